//! Acts on indicators 指标. An indicator is data: a definition is refused unless it can be computed and every code and
//! id in it exists.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::committee::CommitteeKind;
use entity::definition::{Definition, Measure, Measured, TimeKind};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{CategoryId, IndicatorId, LedgerId, LinkRuleId, ProgrammeId};
use entity::member::MemberKind;
use entity::organisation::OrganisationKind;
use entity::region::RegionLevel;
use entity::{category, category_set, duty_rule, indicator, link_rule};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, PaginatorTrait, QueryFilter, Select, Set,
};
use serde::Serialize;
use uuid::Uuid;

use super::own::{all, categories, own, sets};
use super::units;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx};
use crate::progress::pattern::{is_region, names_nobody};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::message::Message;
use platform::say;

const fn subject(id: IndicatorId) -> Subject {
    Subject { of: SourceType::Indicator, id: id.0 }
}

/// Input of `indicatorDefine`: the indicator to create.
/// 新建指标的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndicatorDefineInput")]
pub struct IndicatorDefine {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Programme that owns the indicator.
    /// 指标所属的行动。
    pub programme: ID,
    /// Code, unique in the programme. The code of a catalogue indicator replaces that indicator in this programme.
    /// 指标代码,在行动内唯一;使用公共目录的代码时,在本行动中取代该公共指标。
    pub code: String,
    /// Name of the indicator.
    /// 指标名称。
    pub name: String,
    /// English name of the indicator.
    /// 指标的英文名称。
    pub name_en: Option<String>,
    /// Unit of the value, such as 万元.
    /// 数值的单位,如“万元”。
    pub unit: String,
    /// Number of measured units that make one `unit`; 1 if absent. Example: 1000000 fen are 1万元.
    /// 换算系数:多少计量单位合一个展示单位,默认1;如1000000分合1万元。
    pub divisor: Option<i64>,
    /// Records or roster rows to find, and how to measure them.
    /// 指标定义:筛选哪些记录、如何计量。
    pub definition: Definition,
}

impl Act for IndicatorDefine {
    const NAME: &'static str = "indicatorDefine";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let programme = own(tx, &self.programme).await?.id;
        can_be_asked(tx, programme, None, &self.definition).await?;
        let divisor = divisor(self.divisor)?;
        makes_sense(tx, programme, &self.definition, (&self.unit, divisor)).await?;
        let row = tx
            .insert(indicator::ActiveModel {
                id: Set(IndicatorId(tx.new_id(self.id).await?)),
                programme_id: Set(Some(programme)),
                code: Set(check::code("code", &self.code)?),
                name: Set(check::name("name", &self.name)?),
                name_en: Set(check::optional_text("nameEn", self.name_en.as_deref())?),
                unit: Set(check::text("unit", &self.unit)?),
                divisor: Set(divisor),
                definition: Set(self.definition.clone()),
                public: Set(false),
                position: Set(next_position(tx, programme).await?),
                version: Set(tx.seq()),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        Ok(subject(row.id))
    }
}

fn divisor(divisor: Option<i64>) -> Result<i64> {
    let divisor = divisor.unwrap_or(1);
    if divisor > 0 {
        return Ok(divisor);
    }
    Err(Error::field("divisor", ErrorCode::Invalid, say!("indicator-divisor-too-low")))
}

/// Query of the indicators that can be asked for together: the catalogue's and the programme's own.
fn asked_together(tx: &Tx, programme: ProgrammeId) -> Result<Select<indicator::Entity>> {
    use indicator::Column;
    let owner = Condition::any().add(Column::ProgrammeId.is_null()).add(Column::ProgrammeId.eq(programme));
    Ok(indicator::Entity::whole(&tx.may(Action::ReadReference)?).filter(owner))
}

/// Position of a new indicator: after the catalogue's and after the programme's earlier ones.
async fn next_position(tx: &Tx, programme: ProgrammeId) -> Result<i32> {
    let known = asked_together(tx, programme)?.count(tx.db()).await?;
    Ok(i32::try_from(known).unwrap_or(i32::MAX))
}

/// Most values in a list of a definition.
const MOST_VALUES: usize = 100;

/// Most parts of all indicators that can be asked for together; each part becomes one SELECT of the same statement.
const MOST_PARTS: usize = 400;

/// Refuses a definition with which the programme's indicators could not all be asked for at once.
async fn can_be_asked(
    tx: &Tx,
    programme: ProgrammeId,
    id: Option<IndicatorId>,
    definition: &Definition,
) -> Result<()> {
    if definition.parts().any(|part| part.longest() > MOST_VALUES) {
        return Err(bad(say!("indicator-list-too-long", most = MOST_VALUES)));
    }
    let others = asked_together(tx, programme)?.all(tx.db()).await?;
    let others = others.iter().filter(|row| Some(row.id) != id).map(|row| &row.definition);
    let parts: usize = others.chain([definition]).map(|definition| definition.parts().count()).sum();
    if parts <= MOST_PARTS {
        return Ok(());
    }
    Err(bad(say!("indicator-parts-too-many", most = MOST_PARTS, parts = parts)))
}

/// Input of `indicatorUpdate`: the fields to change; the code and absent fields stay.
/// 变更指标的输入;代码和未填写的字段保持不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndicatorUpdateInput")]
pub struct IndicatorUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Indicator to change; a programme owns it.
    /// 要变更的指标,须为行动自有。
    pub indicator: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// New name of the indicator.
    /// 新的指标名称。
    pub name: Option<String>,
    /// New English name; null removes it.
    /// 新的英文名称;填 null 则清除。
    pub name_en: MaybeUndefined<String>,
    /// New unit of the value.
    /// 新的数值单位。
    pub unit: Option<String>,
    /// New number of measured units that make one `unit`.
    /// 新的换算系数:多少计量单位合一个展示单位。
    pub divisor: Option<i64>,
    /// New definition; it replaces the whole of the old one.
    /// 新的指标定义,整体替换原定义。
    pub definition: Option<Definition>,
}

impl Act for IndicatorUpdate {
    const NAME: &'static str = "indicatorUpdate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (old, programme) = kept(tx, &self.indicator).await?;
        check::version(self.expected_version, old.version)?;
        let (id, is_public) = (old.id, old.public);
        let unit = self.unit.as_ref().unwrap_or(&old.unit).clone();
        let told_in = (unit.as_str(), self.divisor.unwrap_or(old.divisor));
        let definition = self.definition.as_ref().unwrap_or(&old.definition);
        if self.definition.is_some() || told_in != (old.unit.as_str(), old.divisor) {
            makes_sense(tx, programme, definition, told_in).await?;
        }
        let mut row = old.into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if !self.name_en.is_undefined() {
            let name = self.name_en.as_opt_deref().flatten();
            row.name_en = Set(check::optional_text("nameEn", name)?);
        }
        if let Some(unit) = &self.unit {
            row.unit = Set(check::text("unit", unit)?);
        }
        if self.divisor.is_some() {
            row.divisor = Set(divisor(self.divisor)?);
        }
        if let Some(definition) = &self.definition {
            can_be_asked(tx, programme, Some(id), definition).await?;
            still_measures(tx, id, definition).await?;
            if is_public && !names_nobody(definition) {
                return Err(bad(say!("indicator-public-looks-for-people")));
            }
            row.definition = Set(definition.clone());
        }
        if row.is_changed() {
            row.version = Set(tx.seq());
            tx.update(row).await?;
        }
        Ok(subject(id))
    }
}

/// Input of `indicatorPublish`: the indicator to publish or withdraw.
/// 公开或取消公开指标的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "IndicatorPublishInput")]
pub struct IndicatorPublish {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Indicator to publish or withdraw.
    /// 要公开或取消公开的指标。
    pub indicator: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// True to publish: anybody may read the figures of quarters that are over, without a token. False to withdraw.
    /// 是否公开:公开后任何人无需令牌即可查看已结束季度的数据;填 false 则取消公开。
    pub is_public: bool,
}

impl Act for IndicatorPublish {
    const NAME: &'static str = "indicatorPublish";
    const ACTION: Action = Action::PublishFigures;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Figures about people are public only through indicators of the catalogue: an office could define two indicators
    /// whose difference is one household. If a record of a village names a household as well, the figure is hidden.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = of_ledger(tx, &self.indicator).await?;
        // Publishing an indicator of the catalogue takes effect in the whole country.
        if tx.ledger() == LedgerId::REFERENCE && !tx.viewer().administers_everywhere() {
            return Err(Error::Forbidden);
        }
        check::version(self.expected_version, row.version)?;
        let id = row.id;
        if self.is_public && row.programme_id.is_some() && !names_nobody(&row.definition) {
            return Err(Error::field(
                "indicator",
                ErrorCode::NotEligible,
                say!("indicator-looks-for-people"),
            ));
        }
        if row.public != self.is_public {
            let (public, version) = (Set(self.is_public), Set(tx.seq()));
            tx.update(indicator::ActiveModel { public, version, ..row.into() }).await?;
        }
        Ok(subject(id))
    }
}

/// Finds an indicator that the act's ledger keeps.
async fn of_ledger(tx: &Tx, id: &ID) -> Result<indicator::Model> {
    let id = IndicatorId(Gid::parse(id, "indicator", &[SourceType::Indicator])?.id);
    let row = indicator::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(indicator::Column::Id.eq(id))
        .filter(indicator::Column::KeeperId.eq(tx.ledger()))
        .one(tx.db())
        .await?;
    row.ok_or_else(|| Error::missing("indicator"))
}

/// Finds an indicator that the act's ledger keeps and a programme owns.
async fn kept(tx: &Tx, id: &ID) -> Result<(indicator::Model, ProgrammeId)> {
    let row = of_ledger(tx, id).await?;
    let programme = row.programme_id.ok_or_else(|| Error::missing("indicator"))?;
    Ok((row, programme))
}

/// Can the definition measure a duty? It must be one count or sum, without `or` and without denominator.
pub(super) const fn measures_a_duty(definition: &Definition) -> bool {
    use Measure::{Count, SumAmount, SumPersons, SumQuantity};
    definition.denominator.is_none()
        && definition.or.is_empty()
        && matches!(definition.measure.measure, Count | SumQuantity | SumAmount | SumPersons)
}

/// Refuses a new definition that cannot measure the duties which use the indicator.
async fn still_measures(tx: &Tx, id: IndicatorId, definition: &Definition) -> Result<()> {
    if measures_a_duty(definition) {
        return Ok(());
    }
    let duties = duty_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(duty_rule::Column::IndicatorId.eq(id))
        .count(tx.db())
        .await?;
    if duties == 0 {
        return Ok(());
    }
    Err(bad(say!("indicator-used-by-duty")))
}

fn bad(message: Message) -> Error {
    Error::field("definition", ErrorCode::Invalid, message)
}

/// Refuses a definition that cannot be computed, that names a code or rule which does not exist, or whose unit does not
/// fit its divisor.
async fn makes_sense(
    tx: &Tx,
    programme: ProgrammeId,
    definition: &Definition,
    (unit, divisor): (&str, i64),
) -> Result<()> {
    let Definition { measure, or, denominator, of_denominator } = definition;
    let adds_up = |part: &Measured| !matches!(part.measure, Measure::Latest | Measure::Minimum);
    if denominator.as_ref().is_some_and(|below| !adds_up(measure) || !adds_up(below)) {
        return Err(bad(say!("indicator-rate-not-additive")));
    }
    let mut united = or.iter().chain(std::iter::once(measure));
    if !or.is_empty() && !united.all(|part| part.measure == Measure::Distinct) {
        return Err(bad(say!("indicator-or-not-distinct")));
    }
    let told_apart = |part: &Measured| part.measure == Measure::Distinct;
    if *of_denominator && !(told_apart(measure) && denominator.as_ref().is_some_and(told_apart)) {
        return Err(bad(say!("indicator-share-not-distinct")));
    }
    let sets = sets(tx, programme).await?;
    let known = categories(tx, sets.iter().map(|set| set.id)).await?;
    let catalogue = Known { sets, categories: known };
    for part in definition.parts() {
        can_be_measured(part)?;
        catalogue.names(part)?;
        if let Some(kept) = catalogue.unit_of_sum(part)?.filter(|_| denominator.is_none()) {
            units::told_in(kept, unit, divisor)
                .map_err(|message| Error::field("unit", ErrorCode::Invalid, message))?;
        }
        rules_exist(tx, part).await?;
    }
    Ok(())
}

fn can_be_measured(part: &Measured) -> Result<()> {
    use Measure::{Count, Distinct, Minimum, SumAmount, SumPersons, SumQuantity};
    use SourceType::{Account, CategorySet, Checklist, DutyRule, Indicator, LinkRule, Person, Programme};
    if matches!(
        part.of,
        Account | CategorySet | Checklist | DutyRule | Indicator | LinkRule | Person | Programme
    ) {
        return Err(bad(say!("indicator-type-not-counted")));
    }
    if is_region(part)
        && !matches!((part.measure, part.by), (Count, _) | (Distinct, Some(RefRole::TargetRegion)))
    {
        return Err(bad(say!("indicator-regions-only-counted")));
    }
    if matches!(part.measure, Distinct | Minimum) && part.by.is_none() {
        return Err(bad(say!("indicator-by-missing")));
    }
    if part.time == TimeKind::Stock && matches!(part.measure, SumAmount | SumPersons | SumQuantity) {
        return Err(bad(say!("indicator-stock-summed")));
    }
    match (part.quantity_from, part.quantity_to) {
        (Some(from), Some(to)) if to < from => Err(bad(say!("indicator-quantities-crossed"))),
        _ => Ok(()),
    }
}

async fn rules_exist(tx: &Tx, part: &Measured) -> Result<()> {
    let ids: Vec<LinkRuleId> = part.rules.iter().copied().map(LinkRuleId).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::Id.is_in(ids.clone()))
        .all(tx.db())
        .await?;
    match ids.iter().find(|id| !found.iter().any(|rule| rule.id == **id)) {
        Some(id) => Err(bad(say!("indicator-rule-unknown", id = id.0.to_string()))),
        None => Ok(()),
    }
}

/// The category sets, with their categories, that a programme's indicator may name.
struct Known {
    sets: Vec<category_set::Model>,
    categories: Vec<category::Model>,
}

const DESIGNATIONS: [&str; 2] = ["HOUSEHOLD_DESIGNATION", "REGION_DESIGNATION"];

impl Known {
    fn names(&self, part: &Measured) -> Result<()> {
        let step = part.step;
        self.codes("kinds", &part.kinds, &kinds(part.of, step), kind_set(part.of, step))?;
        self.codes("categories", &part.categories, &[], category_set(part.of, step))?;
        self.codes("exceptCategories", &part.except_categories, &[], category_set(part.of, step))?;
        let helper_kinds = [all::<MemberKind>(), all::<CommitteeKind>(), all::<OrganisationKind>()].concat();
        if let Some(code) = part.helper_kinds.iter().find(|code| !helper_kinds.contains(code)) {
            return Err(bad(say!("indicator-helper-kind-unknown", code = code)));
        }
        let target_kinds = [helper_kinds, all::<RegionLevel>()].concat();
        if let Some(code) = part.target_kinds.iter().find(|code| !target_kinds.contains(code)) {
            return Err(bad(say!("indicator-target-kind-unknown", code = code)));
        }
        self.ids("tags", &part.tags, &[])?;
        self.ids("helperTags", &part.helper_tags, &["MEMBER_TAG"])?;
        self.ids("targetDesignation", part.target_designation.as_slice(), &DESIGNATIONS)?;
        self.ids("placeDesignation", part.place_designation.as_slice(), &DESIGNATIONS[1..])
    }

    /// Unit of a sum of quantities, or an error if the kinds have different units. None for other measures.
    fn unit_of_sum(&self, part: &Measured) -> Result<Option<&str>> {
        let set = kind_set(part.of, part.step);
        let of_type = |row: &&category::Model| {
            part.kinds.contains(&row.code) && self.set_of(row).is_some_and(|at| Some(at.code.as_str()) == set)
        };
        match part.measure {
            Measure::SumQuantity => units::add_up(part, self.categories.iter().filter(of_type)).map_err(bad),
            _ => Ok(None),
        }
    }

    /// Refuses a code that is not in `fixed`, in the catalogue's `set`, or in a set of the programme or a parent.
    fn codes(&self, what: &str, codes: &[String], fixed: &[String], set: Option<&str>) -> Result<()> {
        let fits = |at: &category_set::Model| at.programme_id.is_some() || Some(at.code.as_str()) == set;
        let known = |code: &String| {
            fixed.contains(code)
                || self.categories.iter().any(|row| row.code == *code && self.set_of(row).is_some_and(fits))
        };
        match (codes.iter().find(|code| !known(code)), set) {
            (Some(code), Some(set)) => {
                Err(bad(say!("indicator-code-not-in-set", field = what, code = code, set = set)))
            }
            (Some(code), None) => Err(bad(say!("indicator-code-not-of-type", field = what, code = code))),
            (None, _) => Ok(()),
        }
    }

    /// Refuses an id that is no category of the catalogue's sets `of`; if `of` is empty, of any set in `self`.
    fn ids(&self, what: &str, ids: &[Uuid], of: &[&str]) -> Result<()> {
        let fits = |at: &category_set::Model| {
            of.is_empty() || (at.programme_id.is_none() && of.contains(&at.code.as_str()))
        };
        let known = |id: &Uuid| {
            let row = self.categories.iter().find(|row| row.id == CategoryId(*id));
            row.and_then(|row| self.set_of(row)).is_some_and(fits)
        };
        match ids.iter().find(|id| !known(id)) {
            Some(id) => Err(bad(say!("indicator-category-unknown", field = what, id = id.to_string()))),
            None => Ok(()),
        }
    }

    fn set_of(&self, row: &category::Model) -> Option<&category_set::Model> {
        self.sets.iter().find(|set| set.id == row.set_id)
    }
}

/// Kinds of the types whose kinds are an enum; empty for types whose kinds are categories.
fn kinds(of: SourceType, step: Option<Step>) -> Vec<String> {
    match of {
        SourceType::Member => all::<MemberKind>(),
        SourceType::Committee => all::<CommitteeKind>(),
        SourceType::Organisation => all::<OrganisationKind>(),
        SourceType::Region if step != Some(Step::Designated) => all::<RegionLevel>(),
        SourceType::CommitteeMember => all::<entity::committee_member::CommitteeRole>(),
        SourceType::IndustryUnit => all::<entity::industry_unit::IndustryUnitKind>(),
        _ => vec![],
    }
}

/// Code of the catalogue's category set that holds the kinds of a type.
const fn kind_set(of: SourceType, step: Option<Step>) -> Option<&'static str> {
    match (of, step) {
        (SourceType::Activity, _) => Some("ACTIVITY_KIND"),
        (SourceType::Contribution, _) => Some("CONTRIBUTION_KIND"),
        (SourceType::Outcome, _) => Some("OUTCOME_KIND"),
        (SourceType::Plan, _) => Some("PLAN_KIND"),
        (SourceType::Proposal, _) => Some("PROPOSAL_KIND"),
        (SourceType::Household, Some(Step::Designated)) => Some("HOUSEHOLD_DESIGNATION"),
        (SourceType::Region, Some(Step::Designated)) => Some("REGION_DESIGNATION"),
        _ => None,
    }
}

/// Code of the catalogue's category set that holds the categories of a type.
const fn category_set(of: SourceType, step: Option<Step>) -> Option<&'static str> {
    match (of, step) {
        (SourceType::Need, _) => Some("NEED_CATEGORY"),
        (SourceType::Project, Some(Step::Funded)) => Some("FUND_SOURCE"),
        (SourceType::Project, _) => Some("PROJECT_CATEGORY"),
        _ => None,
    }
}
