//! Acts on places: entering regions, designating regions and describing villages.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, Object};
use entity::ids::{DesignationId, LedgerId, RegionId};
use entity::region::{self, RegionLevel};
use entity::values::{Date, RegionCode};
use entity::{region_designation, village};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::later::{RegionEnd, RegionUpdate};
use super::rows::{
    Described, administered, all_set, code_is_free, coded, described, has_form, kept, placed, subject,
    unplaced,
};
use super::{Region, key};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Record, Subject, Tx, ledger_for};
use crate::link;
use crate::mutation::{Asking, run};
use crate::name;
use crate::payload;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

payload!(
    /// A region, or the errors to correct.
    /// 区划结果,或需更正的错误。
    RegionPayload {
        /// The region as it stands after the act.
        /// 操作后的区划。
        region: Region
    }
);

#[derive(Default)]
pub struct RegionMutation;

#[Object]
impl RegionMutation {
    /// Enters a region. An administrator may enter any below their own; the office of a county enters its townships and
    /// villages.
    /// 新增区划:管理员可新增本区划以下各级区划,县级办公室可新增本县乡镇和村。
    async fn region_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region to enter.\n要新增的区划。")] input: RegionCreate,
    ) -> Option<async_graphql::Result<RegionPayload>> {
        run(ctx, ledger_of_keeper(ctx, input.parent.as_ref(), "parent").await, input).await
    }

    /// Changes the name or code of a region. An administrator may change any of their own; an office, those below its
    /// own.
    /// 变更区划名称或代码:管理员可变更所辖区划,办公室可变更本区划以下的区划。
    async fn region_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region and its changes.\n区划及其变更内容。")] input: RegionUpdate,
    ) -> Option<async_graphql::Result<RegionPayload>> {
        run(ctx, ledger_of_keeper(ctx, Some(&input.region), "region").await, input).await
    }

    /// Ends a township or village. Refused if households, regions, organisations, industries, links or records there
    /// last beyond its last day.
    /// 撤并乡镇或村;其后仍有农户、下级区划、单位、产业、结对或记录的,予以拒绝。
    async fn region_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region to end.\n要撤并的区划。")] input: RegionEnd,
    ) -> Option<async_graphql::Result<RegionPayload>> {
        run(ctx, ledger_of_keeper(ctx, Some(&input.region), "region").await, input).await
    }

    /// Gives a region a dated designation, or ends one.
    /// 给予或终止区划认定。
    async fn region_designate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region and its designation.\n区划及其认定。")] input: RegionDesignate,
    ) -> Option<async_graphql::Result<RegionPayload>> {
        run(ctx, ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Describes a village: population, households and difficulty. A new description replaces the old one as a whole.
    /// 登记村情:人口、户数和困难情况;再次登记整体替换原内容。
    async fn village_describe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The village and its description.\n村及其村情。")] input: VillageDescribe,
    ) -> Option<async_graphql::Result<RegionPayload>> {
        run(ctx, ledger_of(ctx, &input.region, "region").await, input).await
    }
}

/// The ledger of the region that an input names: kept by that region or by the nearest one above it.
pub async fn ledger_of(ctx: &Context<'_>, region: &ID, field: &str) -> Result<LedgerId> {
    ledger_for(&ctx.app()?.db, key(region, field)?, field).await
}

/// The ledger of an act on a region: the reference tables for an administrator, their own ledger for an office.
async fn ledger_of_keeper(ctx: &Context<'_>, region: Option<&ID>, field: &str) -> Result<LedgerId> {
    if ctx.viewer()?.may(Action::KeepRegion)?.reaches(LedgerId::REFERENCE) {
        return Ok(LedgerId::REFERENCE);
    }
    let region =
        region.ok_or_else(|| Error::field(field, ErrorCode::Required, say!("region-above-required")))?;
    ledger_of(ctx, region, field).await
}

/// A region to enter.
/// 要新增的区划。
#[derive(InputObject, Serialize)]
#[graphql(name = "RegionCreateInput")]
pub struct RegionCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Statistical code of twelve digits; none if absent.
    /// 统计用区划代码,十二位;可不填。
    pub code: Option<RegionCode>,
    /// Level in the tree; lower than that of the parent.
    /// 行政层级,须低于上级区划。
    pub level: RegionLevel,
    /// Global id of the region above; only a province has none.
    /// 上级区划的全局标识;仅省级可不填。
    pub parent: Option<ID>,
    /// Name of the region.
    /// 区划名称。
    pub name: String,
    /// First day on which the region is valid.
    /// 有效期起始日。
    pub valid_from: Date,
}

impl Act for RegionCreate {
    const NAME: &'static str = "regionCreate";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::day("validFrom", self.valid_from)?;
        let parent = self.parent(tx).await?;
        let id = RegionId(tx.new_id(self.id).await?);
        let called = check::name("name", &self.name)?;
        if let Some(code) = &self.code {
            has_form(self.level, code)?;
            code_is_free(tx, id, code, self.valid_from).await?;
        }
        let new = region::Model {
            code: self.code.clone(),
            ..unplaced(id, self.level, called, self.valid_from, tx.ledger())
        };
        let row = tx.insert(all_set(placed(new, parent.as_ref(), "level")?)).await?;
        name::keep(tx, id, &row.name).await?;
        if tx.ledger() != LedgerId::REFERENCE {
            tx.created(&Described { row, designations: vec![] });
        }
        Ok(subject(id))
    }
}

impl RegionCreate {
    async fn parent(&self, tx: &Tx) -> Result<Option<region::Model>> {
        let Some(parent) = &self.parent else {
            return if tx.viewer().administers_everywhere() { Ok(None) } else { Err(Error::Forbidden) };
        };
        let id = key(parent, "parent")?;
        let parent = if tx.ledger() == LedgerId::REFERENCE {
            administered(tx, id, "parent").await?
        } else {
            kept(tx, id, "parent").await?
        };
        if self.valid_from < parent.valid_from || parent.valid_to.is_some() {
            return Err(Error::field("parent", ErrorCode::Invalid, say!("parent-not-throughout")));
        }
        Ok(Some(parent))
    }
}

/// A national list of regions, entered in one act. The regions belong to no ledger and yield no facts.
#[derive(Serialize)]
pub struct RegionImport {
    pub idempotency_key: String,
    /// Lines in the order of the list; a parent may come before or after the regions below it.
    pub rows: Vec<RegionRow>,
    pub valid_from: Date,
}

/// A line of the list.
#[derive(Serialize)]
pub struct RegionRow {
    pub code: RegionCode,
    pub level: RegionLevel,
    /// Code of the region above, which is in the list or was entered before.
    pub parent: Option<String>,
    pub name: String,
}

impl Act for RegionImport {
    const NAME: &'static str = "regionImport";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The act's subject is the first region of the list.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        if tx.ledger() != LedgerId::REFERENCE {
            return Err(Error::NotFound);
        }
        let mut lines: Vec<_> =
            self.rows.iter().enumerate().map(|(at, row)| (at, row, RegionId::fresh())).collect();
        let Some(&(_, _, first)) = lines.first() else {
            return Err(Error::field("rows", ErrorCode::Required, say!("empty", field = "rows")));
        };
        lines.sort_by_key(|(_, row, _)| row.level);
        let mut above = self.entered_before(tx).await?;
        let (mut new, mut keys) = (vec![], vec![]);
        for (at, row, id) in lines {
            let field = format!("rows.{at}");
            let parent =
                row.parent.as_ref().map(|code| above.get(code).ok_or_else(|| Error::missing(&field)));
            let called = check::name(&field, &row.name)?;
            keys.extend(name::rows(tx.ledger(), id, &called)?);
            let region = region::Model {
                code: Some(row.code.clone()),
                ..unplaced(id, row.level, called, self.valid_from, tx.ledger())
            };
            let region = placed(region, parent.transpose()?, &field)?;
            new.push(all_set(region.clone()));
            above.insert(row.code.0.clone(), region);
        }
        tx.insert_many(new).await?;
        tx.insert_many(keys).await?;
        Ok(subject(first))
    }
}

impl RegionImport {
    /// Parents that are not in the list but were entered before, by code.
    async fn entered_before(&self, tx: &Tx) -> Result<std::collections::HashMap<String, region::Model>> {
        let listed: BTreeSet<&str> = self.rows.iter().map(|row| row.code.0.as_str()).collect();
        let parents = self.rows.iter().filter_map(|row| row.parent.clone());
        coded(tx, parents.filter(|code| !listed.contains(code.as_str())).collect()).await
    }
}

/// A designation of a region that begins or ends.
/// 区划认定的开始或终止。
#[derive(InputObject, Serialize)]
#[graphql(name = "RegionDesignateInput")]
pub struct RegionDesignate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the region.
    /// 区划的全局标识。
    pub region: ID,
    /// Code of the designation, such as `KEY_REVITALISATION`.
    /// 认定代码,如KEY_REVITALISATION。
    pub designation: String,
    /// First day of a designation that begins; absent to end the present one.
    /// 认定起始日;终止现有认定时不填。
    pub from: Option<Date>,
    /// Last day. With `from`, the last day of the designation that begins; alone, it ends the one that has no last day.
    /// 认定截止日;与from同填为新认定的截止日,单独填写则终止现有认定。
    pub to: Option<Date>,
}

impl Act for RegionDesignate {
    const NAME: &'static str = "regionDesignate";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut region = described(tx, key(&self.region, "region")?, "region").await?;
        let held = region
            .designations
            .iter()
            .position(|(row, code)| *code == self.designation && row.to_on.is_none());
        match (self.from, self.to, held) {
            (Some(from), to, _) => self.begin(tx, &mut region, from, to).await?,
            (None, Some(to), Some(at)) => {
                while_there(&region.row, to, "to")?;
                end(tx, &mut region.designations[at].0, to).await?;
            }
            (None, Some(_), None) => {
                let message = say!("region-not-designated", code = self.designation);
                return Err(Error::field("designation", ErrorCode::Invalid, message));
            }
            (None, None, _) => {
                return Err(Error::field("from", ErrorCode::Required, say!("designation-without-days")));
            }
        }
        let moves = region.moves();
        tx.changed(&region, moves).await?;
        Ok(subject(region.row.id))
    }
}

impl RegionDesignate {
    /// Adds a designation. Refused if the region has ended before it, or holds the same designation in that time.
    async fn begin(&self, tx: &Tx, region: &mut Described, from: Date, to: Option<Date>) -> Result<()> {
        check::span(("from", from), ("to", to))?;
        while_there(&region.row, from, "from")?;
        if let Some(to) = to {
            while_there(&region.row, to, "to")?;
        }
        let same = region.designations.iter().filter(|(_, held)| *held == self.designation);
        let same = same.map(|(row, _)| (row.from_on, row.to_on));
        check::apart("designation", say!("region-designated-already"), (from, to), same)?;
        let set = "REGION_DESIGNATION";
        let category = roster::designation_named(tx, set, &self.designation, "designation").await?;
        let row = tx
            .insert(region_designation::ActiveModel {
                id: Set(DesignationId::fresh()),
                region_id: Set(region.row.id),
                category_id: Set(category.id),
                from_on: Set(from),
                to_on: Set(to),
            })
            .await?;
        region.designations.push((row, category.code));
        Ok(())
    }
}

fn while_there(region: &region::Model, day: Date, field: &str) -> Result<()> {
    match region.valid_to {
        Some(last) if last < day => {
            Err(Error::field(field, ErrorCode::WrongStep, say!("region-ended-before", last = last)))
        }
        _ => Ok(()),
    }
}

async fn end(tx: &Tx, row: &mut region_designation::Model, to: Date) -> Result<()> {
    check::ends_after("to", row.from_on, Some(to))?;
    *row = tx.update(region_designation::ActiveModel { to_on: Set(Some(to)), ..row.clone().into() }).await?;
    link::still_eligible(tx, row.region_id.0, "to").await
}

/// A description of a village.
/// 村情。
#[derive(InputObject, Serialize)]
#[graphql(name = "VillageDescribeInput")]
pub struct VillageDescribe {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the village.
    /// 村(社区)的全局标识。
    pub region: ID,
    /// Number of inhabitants; unknown if absent.
    /// 人口数;不填表示未知。
    pub population: Option<i32>,
    /// Number of households; unknown if absent.
    /// 户数;不填表示未知。
    pub household_count: Option<i32>,
    /// Difficulties of the village, in words.
    /// 困难情况说明。
    pub difficulty: Option<String>,
}

impl Act for VillageDescribe {
    const NAME: &'static str = "villageDescribe";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let region = described(tx, key(&self.region, "region")?, "region").await?;
        if region.row.level != RegionLevel::Village {
            return Err(Error::field("region", ErrorCode::Invalid, say!("region-no-village")));
        }
        not_negative("population", self.population)?;
        not_negative("householdCount", self.household_count)?;
        let new = village::ActiveModel {
            region_id: Set(region.row.id),
            population: Set(self.population),
            household_count: Set(self.household_count),
            difficulty: Set(check::optional_prose("difficulty", self.difficulty.as_deref())?),
        };
        let known = village::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(village::Column::RegionId.eq(region.row.id))
            .one(tx.db())
            .await?;
        match known {
            Some(_) => tx.update(new).await?,
            None => tx.insert(new).await?,
        };
        let moves = region.moves();
        tx.changed(&region, moves).await?;
        Ok(subject(region.row.id))
    }
}

fn not_negative(field: &str, number: Option<i32>) -> Result<()> {
    match number {
        Some(number) if number < 0 => {
            Err(Error::field(field, ErrorCode::Invalid, say!("below-zero", field = field)))
        }
        _ => Ok(()),
    }
}
