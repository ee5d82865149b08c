//! Acts on programmes 行动. A programme's parent cannot be changed, so that the parent's past figures stay as they are.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::fact::SourceType;
use entity::ids::{OrganisationId, ProgrammeId};
use entity::values::Date;
use entity::{duty_rule, link_rule, organisation, programme, region};
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::own::{known, own};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx, ledger_for};

use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::message::Message;
use platform::say;

const fn subject(id: ProgrammeId) -> Subject {
    Subject { of: SourceType::Programme, id: id.0 }
}

/// Input of `programmeCreate`: the programme to create.
/// 新建行动的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProgrammeCreateInput")]
pub struct ProgrammeCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Code, unique among all programmes.
    /// 行动代码,在所有行动中唯一。
    pub code: String,
    /// Name of the programme.
    /// 行动名称。
    pub name: String,
    /// English name of the programme.
    /// 行动的英文名称。
    pub name_en: Option<String>,
    /// Organisation that runs the programme, for its whole period.
    /// 主办单位,须在整个行动期内存续。
    pub organisation: ID,
    /// Parent programme, run by an organisation of the same region or of one above; it cannot be changed later.
    /// 上级行动,其主办单位须属同一区划或上级区划;设定后不可更改。
    pub parent: Option<ID>,
    /// First day of the programme.
    /// 行动开始日期。
    pub from: Date,
    /// Last day of the programme, no later than the parent's; required if the parent has one.
    /// 行动结束日期,不得晚于上级行动;上级行动有结束日期时必填。
    pub to: Option<Date>,
    /// Purpose of the programme, in prose.
    /// 行动说明。
    pub description: Option<String>,
}

impl Act for ProgrammeCreate {
    const NAME: &'static str = "programmeCreate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let organisation = organisation(tx, &self.organisation).await?;
        check::span(("from", self.from), ("to", self.to))?;
        let parent = match &self.parent {
            Some(parent) => Some(parent_of(tx, parent, &organisation).await?),
            None => None,
        };
        within(parent.as_ref(), self.from, self.to)?;
        is_there(&organisation, (self.from, self.to))?;
        let row = tx
            .insert(programme::ActiveModel {
                id: Set(ProgrammeId(tx.new_id(self.id).await?)),
                code: Set(check::code("code", &self.code)?),
                name: Set(check::name("name", &self.name)?),
                name_en: Set(check::optional_text("nameEn", self.name_en.as_deref())?),
                organisation_id: Set(organisation.id),
                parent_id: Set(parent.map(|parent| parent.id)),
                from_on: Set(self.from),
                to_on: Set(self.to),
                description: Set(check::optional_prose("description", self.description.as_deref())?),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        Ok(subject(row.id))
    }
}

/// Finds an organisation whose region the act's ledger is kept for.
async fn organisation(tx: &Tx, id: &ID) -> Result<organisation::Model> {
    let id = OrganisationId(Gid::parse(id, "organisation", &[SourceType::Organisation])?.id);
    let row = organisation_by_id(tx, id).await?;
    if ledger_for(tx.db(), row.region_id, "organisation").await? == tx.ledger() {
        Ok(row)
    } else {
        Err(Error::missing("organisation"))
    }
}

async fn organisation_by_id(tx: &Tx, id: OrganisationId) -> Result<organisation::Model> {
    organisation::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(organisation::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("organisation"))
}

/// Finds the parent programme; its organisation lies in the region of `body` or in one above.
async fn parent_of(tx: &Tx, id: &ID, body: &organisation::Model) -> Result<programme::Model> {
    let parent = known(tx, id, "parent").await?;
    let above = organisation_by_id(tx, parent.organisation_id).await?.region_id;
    let place = region::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(region::Column::Id.eq(body.region_id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("organisation"))?;
    let serves = [Some(place.id), place.township_id, place.county_id, place.city_id, place.province_id]
        .contains(&Some(above));
    if serves {
        return Ok(parent);
    }
    Err(Error::field("parent", ErrorCode::Invalid, say!("programme-parent-elsewhere", code = parent.code)))
}

/// A programme begins no earlier than its parent, and ends no later.
fn within(parent: Option<&programme::Model>, from: Date, to: Option<Date>) -> Result<()> {
    if let Some(first) = parent.map(|parent| parent.from_on).filter(|first| from < *first) {
        let message = say!("programme-begins-before-parent", day = first);
        return Err(Error::field("from", ErrorCode::Invalid, message));
    }
    let Some(end) = parent.and_then(|parent| parent.to_on) else { return Ok(()) };
    let (field, fits) = if from > end { ("from", false) } else { ("to", to.is_some_and(|to| to <= end)) };
    if fits {
        return Ok(());
    }
    let message = say!("programme-outlasts-parent", day = end);
    Err(Error::field(field, ErrorCode::Invalid, message))
}

/// Refuses a last day that a child programme outlasts.
async fn holds_those_below(tx: &Tx, id: ProgrammeId, to: Option<Date>) -> Result<()> {
    let Some(last) = to else { return Ok(()) };
    let longer = programme::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(programme::Column::ParentId.eq(id))
        .filter(roster::outlasts(programme::Column::ToOn, last))
        .one(tx.db())
        .await?;
    let Some(longer) = longer else { return Ok(()) };
    let message = say!("programme-outlasted-by-child", code = longer.code);
    Err(Error::field("to", ErrorCode::WrongStep, message))
}

/// Refuses a last day after which a rule or duty of the programme, or a link under one of its rules, begins.
async fn holds_its_rules(tx: &Tx, id: ProgrammeId, to: Option<Date>) -> Result<()> {
    let Some(last) = to else { return Ok(()) };
    let reading = tx.may(Action::ReadReference)?;
    let rule = link_rule::Entity::whole(&reading)
        .filter(link_rule::Column::ProgrammeId.eq(id))
        .filter(link_rule::Column::ValidFrom.gt(last))
        .one(tx.db())
        .await?;
    let duty = duty_rule::Entity::whole(&reading)
        .filter(duty_rule::Column::ProgrammeId.eq(id))
        .filter(duty_rule::Column::ValidFrom.gt(last))
        .one(tx.db())
        .await?;
    let Some(code) = rule.map(|row| row.code).or(duty.map(|row| row.code)) else {
        return crate::link::none_of_programme_after(tx, id, last, "to").await;
    };
    let message = say!("programme-rule-begins-later", code = code);
    Err(Error::field("to", ErrorCode::WrongStep, message))
}

/// Refuses a programme that begins before its organisation or outlasts it.
fn is_there(body: &organisation::Model, (from, to): (Date, Option<Date>)) -> Result<()> {
    let refused = |message: Message| Err(Error::field("organisation", ErrorCode::NotEligible, message));
    if let Some(first) = body.from_on.filter(|first| from < *first) {
        return refused(say!("programme-begins-before-organisation", name = body.name, day = first));
    }
    match body.to_on {
        Some(last) if to.is_none_or(|to| to > last) => {
            refused(say!("programme-outlasts-organisation", name = body.name, day = last))
        }
        _ => Ok(()),
    }
}

/// Input of `programmeUpdate`: the fields to change; absent fields stay.
/// 变更行动的输入;未填写的字段保持不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProgrammeUpdateInput")]
pub struct ProgrammeUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Programme to change.
    /// 要变更的行动。
    pub programme: ID,
    /// New name of the programme.
    /// 新的行动名称。
    pub name: Option<String>,
    /// New purpose of the programme; null removes it.
    /// 新的行动说明;填 null 则清除。
    pub description: MaybeUndefined<String>,
    /// New last day of the programme; null removes the end.
    /// 新的结束日期;填 null 则取消结束日期。
    pub to: MaybeUndefined<Date>,
}

impl Act for ProgrammeUpdate {
    const NAME: &'static str = "programmeUpdate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let old = own(tx, &self.programme).await?;
        let mut row = old.clone().into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if !self.description.is_undefined() {
            let description = self.description.as_opt_deref().flatten();
            row.description = Set(check::optional_prose("description", description)?);
        }
        if !self.to.is_undefined() {
            let to = self.to.as_opt_ref().flatten().copied();
            check::ends_after("to", old.from_on, to)?;
            let parent = match old.parent_id {
                Some(parent) => Some(super::lineage::programme_by_id(tx, parent, "programme").await?),
                None => None,
            };
            within(parent.as_ref(), old.from_on, to)?;
            holds_those_below(tx, old.id, to).await?;
            holds_its_rules(tx, old.id, to).await?;
            is_there(&organisation_by_id(tx, old.organisation_id).await?, (old.from_on, to))
                .map_err(|error| error.on("to"))?;
            row.to_on = Set(to);
        }
        if row.is_changed() {
            tx.update(row).await?;
        }
        Ok(subject(old.id))
    }
}
