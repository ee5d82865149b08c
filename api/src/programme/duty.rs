//! Acts on duties 任务规则 and checklists 清单. A checklist is a named list of duties, each fulfilled by marks.

use async_graphql::{ID, InputObject};
use entity::definition::Codes;
use entity::duty_rule::{self, DutyPeriod, DutySubject};
use entity::fact::SourceType;
use entity::ids::{ChecklistId, DutyRuleId, IndicatorId, ProgrammeId};
use entity::link_rule::Obligation;
use entity::values::{Date, Quantity};
use entity::{checklist, indicator};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::indicator::measures_a_duty;
use super::lineage::lineage;
use super::own::{among, begins_within, ends, kinds_of_subject, link_rules, no_overlap, once, own};
use super::tighten::tightens;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx};
use crate::link;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// Input of `checklistCreate`: the checklist to create.
/// 新建清单的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "ChecklistCreateInput")]
pub struct ChecklistCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Programme that the checklist belongs to.
    /// 清单所属的行动。
    pub programme: ID,
    /// Code, unique in the programme.
    /// 清单代码,在行动内唯一。
    pub code: String,
    /// Name of the checklist.
    /// 清单名称。
    pub name: String,
    /// Type of subject that has the checklist.
    /// 清单的任务主体类型。
    pub subject: DutySubject,
    /// Codes of link rules whose links, or linked households, have the checklist; all of the programme if empty.
    /// 适用的联系规则代码,其结对或结对农户适用本清单;为空时适用本行动全部规则。
    #[graphql(default)]
    pub link_rules: Vec<String>,
    /// Kinds of seat, committee or organisation, or levels of region, that have the checklist; all if empty.
    /// 适用的席位、委室、单位类型或区划级别;为空时不限。
    #[graphql(default)]
    pub subject_kinds: Vec<String>,
    /// Period in which each item is to be done.
    /// 各项目的完成周期。
    pub period: DutyPeriod,
    /// How binding the checklist is.
    /// 清单的约束力。
    pub obligation: Obligation,
    /// First day on which the checklist holds; it lies within the programme.
    /// 清单生效日期,须在行动期内。
    pub from: Date,
    /// Items of the checklist, in order; at least one.
    /// 清单项目,按顺序,至少一项。
    pub items: Vec<ChecklistItemInput>,
}

/// An item of a new checklist.
/// 新建清单中的一个项目。
#[derive(InputObject, Serialize)]
pub struct ChecklistItemInput {
    /// UUID of the item's duty, chosen by the caller; the server makes one if absent.
    /// 该项任务规则的UUID,由调用方选择;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Code, unique in the checklist. The item's duty has the code `CHECKLIST/ITEM`.
    /// 项目代码,在清单内唯一;其任务规则的代码为 `清单代码/项目代码`。
    pub code: String,
    /// Name of the item.
    /// 项目名称。
    pub name: String,
    /// Quantity to reach per period, more than 0.
    /// 每周期的目标值,须大于0。
    pub target: Quantity,
}

impl Act for ChecklistCreate {
    const NAME: &'static str = "checklistCreate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let programme = own(tx, &self.programme).await?;
        begins_within(&programme, self.from)?;
        let programme = programme.id;
        if self.items.is_empty() {
            return Err(Error::field("items", ErrorCode::Required, say!("checklist-without-items")));
        }
        once("items.code", self.items.iter().map(|item| item.code.as_str()))?;
        let ids = self.items.iter().filter_map(|item| item.id).chain(self.id);
        if !is_distinct(ids.collect()) {
            return Err(Error::field("items.id", ErrorCode::AlreadyExists, say!("id-taken")));
        }
        let whose = Whose::of(tx, programme, self.subject, &self.link_rules, &self.subject_kinds).await?;
        let id = ChecklistId(tx.new_id(self.id).await?);
        let mut items: Vec<duty_rule::Model> = vec![];
        for (position, item) in (next_position(tx, programme).await?..).zip(&self.items) {
            let item = self.item(tx, &whose, id, position, item).await?;
            tightens(tx, &item).await?;
            items.push(item);
        }
        let row = tx
            .insert(checklist::ActiveModel {
                id: Set(id),
                programme_id: Set(programme),
                code: Set(check::code("code", &self.code)?),
                name: Set(check::name("name", &self.name)?),
                subject: Set(self.subject),
                obligation: Set(self.obligation),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.insert_many(items.into_iter().map(|item| item.into_active_model().reset_all()).collect()).await?;
        Ok(Subject { of: SourceType::Checklist, id: row.id.0 })
    }
}

fn is_distinct(mut ids: Vec<Uuid>) -> bool {
    let length = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ids.len() == length
}

impl ChecklistCreate {
    async fn item(
        &self,
        tx: &Tx,
        whose: &Whose,
        list: ChecklistId,
        position: i32,
        item: &ChecklistItemInput,
    ) -> Result<duty_rule::Model> {
        let code = check::code("items.code", &item.code)?;
        Ok(duty_rule::Model {
            checklist_id: Some(list),
            position,
            code: format!("{}/{code}", self.code),
            name: check::name("items.name", &item.name)?,
            target: some("items.target", item.target)?,
            period: self.period,
            obligation: self.obligation,
            ..whose.row(tx, DutyRuleId(tx.new_id(item.id).await?), self.from)
        })
    }
}

/// Subjects of a duty, after validation.
struct Whose {
    programme: ProgrammeId,
    subject: DutySubject,
    link_rules: Vec<String>,
    kinds: Vec<String>,
}

impl Whose {
    async fn of(
        tx: &Tx,
        programme: ProgrammeId,
        subject: DutySubject,
        rules: &[String],
        kinds: &[String],
    ) -> Result<Self> {
        let link_rules = link_rules(tx, programme, rules).await?;
        let kinds = among("subjectKinds", kinds, &kinds_of_subject(subject))?;
        Ok(Self { programme, subject, link_rules, kinds })
    }

    /// A duty of these subjects with an empty code and a target of 0; the caller fills in the rest.
    fn row(&self, tx: &Tx, id: DutyRuleId, from: Date) -> duty_rule::Model {
        duty_rule::Model {
            id,
            programme_id: self.programme,
            checklist_id: None,
            position: 0,
            code: String::new(),
            name: String::new(),
            subject: self.subject,
            link_rules: Codes(self.link_rules.clone()),
            subject_kinds: Codes(self.kinds.clone()),
            indicator_id: None,
            target: Quantity(0),
            period: DutyPeriod::Once,
            due_day: None,
            obligation: Obligation::Goal,
            valid_from: from,
            valid_to: None,
            version: tx.seq(),
            keeper_id: tx.ledger(),
        }
    }
}

fn some(field: &str, target: Quantity) -> Result<Quantity> {
    if target.0 > 0 {
        return Ok(target);
    }
    Err(Error::field(field, ErrorCode::Invalid, say!("duty-target-too-low", field = field)))
}

/// All duties of a programme, unordered.
async fn duties(tx: &Tx, programme: ProgrammeId) -> Result<Vec<duty_rule::Model>> {
    Ok(duty_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(duty_rule::Column::ProgrammeId.eq(programme))
        .all(tx.db())
        .await?)
}

async fn next_position(tx: &Tx, programme: ProgrammeId) -> Result<i32> {
    Ok(duties(tx, programme).await?.iter().map(|row| row.position + 1).max().unwrap_or(0))
}

/// Input of `dutyRuleCreate`: the duty to create.
/// 新建任务规则的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "DutyRuleCreateInput")]
pub struct DutyRuleCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Programme that the duty belongs to.
    /// 任务规则所属的行动。
    pub programme: ID,
    /// Code, unique in the programme on any day. A duty that tightens one of a parent programme has the same code.
    /// 任务规则代码,同一行动同一日期内唯一;收紧上级行动的要求时沿用其代码。
    pub code: String,
    /// Name of the duty.
    /// 任务规则名称。
    pub name: String,
    /// Type of subject that has the duty.
    /// 任务主体类型。
    pub subject: DutySubject,
    /// Codes of link rules whose links, or linked households, have the duty; all of the programme if empty.
    /// 适用的联系规则代码,其结对或结对农户须完成本任务;为空时适用本行动全部规则。
    #[graphql(default)]
    pub link_rules: Vec<String>,
    /// Kinds of seat, committee or organisation, or levels of region, that have the duty; all if empty.
    /// 适用的席位、委室、单位类型或区划级别;为空时不限。
    #[graphql(default)]
    pub subject_kinds: Vec<String>,
    /// Code of the indicator that measures the subject's records: one of the programme, of a parent or of the
    /// catalogue. If absent, marks are counted.
    /// 计量主体记录的指标代码,取自本行动、上级行动或公共目录;默认按清单完成计量。
    pub indicator: Option<String>,
    /// Quantity to reach per period, more than 0, in the indicator's unit.
    /// 每周期的目标值,须大于0,按指标单位计。
    pub target: Quantity,
    /// Period in which the target is to be reached.
    /// 完成目标的周期。
    pub period: DutyPeriod,
    /// Day of the period by which the duty is due, counted from 1; the last day if absent.
    /// 周期内的截止日,从1起计;默认为周期最后一日。
    pub due_day: Option<i32>,
    /// How binding the duty is.
    /// 任务规则的约束力。
    pub obligation: Obligation,
    /// First day on which the duty holds; it lies within the programme.
    /// 任务规则生效日期,须在行动期内。
    pub from: Date,
}

impl Act for DutyRuleCreate {
    const NAME: &'static str = "dutyRuleCreate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let programme = own(tx, &self.programme).await?;
        begins_within(&programme, self.from)?;
        let programme = programme.id;
        let whose = Whose::of(tx, programme, self.subject, &self.link_rules, &self.subject_kinds).await?;
        let same = duties(tx, programme).await?.into_iter().filter(|row| row.code == self.code);
        no_overlap(self.from, same.map(|row| row.valid_to))?;
        let target = some("target", self.target)?;
        let indicator_id = match &self.indicator {
            Some(code) => Some(measured(tx, programme, code).await?),
            None => None,
        };
        let row = duty_rule::Model {
            position: next_position(tx, programme).await?,
            code: check::code("code", &self.code)?,
            name: check::name("name", &self.name)?,
            indicator_id,
            target,
            period: self.period,
            due_day: due_day(self.due_day, self.period)?,
            obligation: self.obligation,
            ..whose.row(tx, DutyRuleId(tx.new_id(self.id).await?), self.from)
        };
        tightens(tx, &row).await?;
        let row = tx.insert(row.into_active_model().reset_all()).await?;
        Ok(Subject { of: SourceType::DutyRule, id: row.id.0 })
    }
}

/// The indicator with this code: the programme's own, else that of the nearest parent, else the catalogue's.
async fn measured(tx: &Tx, programme: ProgrammeId, code: &str) -> Result<IndicatorId> {
    use indicator::Column;
    let lineage = lineage(tx.db(), programme).await?;
    let own = Column::ProgrammeId.is_in(lineage.iter().copied());
    let mut rows = indicator::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(Column::Code.eq(code))
        .filter(Condition::any().add(Column::ProgrammeId.is_null()).add(own))
        .all(tx.db())
        .await?;
    let height = |id: ProgrammeId| lineage.iter().position(|other| *other == id);
    rows.sort_by_key(|row| row.programme_id.map_or(Some(lineage.len()), height));
    let row = rows.first().ok_or_else(|| {
        Error::field("indicator", ErrorCode::Invalid, say!("indicator-unknown", code = code))
    })?;
    if measures_a_duty(&row.definition) {
        return Ok(row.id);
    }
    Err(Error::field("indicator", ErrorCode::Invalid, say!("indicator-measures-no-duty", code = code)))
}

fn due_day(day: Option<i32>, period: DutyPeriod) -> Result<Option<i32>> {
    let last = match period {
        DutyPeriod::Week => 7,
        DutyPeriod::TwoWeeks => 14,
        DutyPeriod::Month => 31,
        DutyPeriod::TwoMonths => 62,
        DutyPeriod::Quarter => 92,
        DutyPeriod::HalfYear => 184,
        DutyPeriod::Year | DutyPeriod::Programme | DutyPeriod::Once | DutyPeriod::AdHoc => 366,
    };
    if day.is_none_or(|day| (1..=last).contains(&day)) {
        return Ok(day);
    }
    Err(Error::field("dueDay", ErrorCode::Invalid, say!("duty-due-day-outside", last = last)))
}

/// Input of `dutyRuleEnd`: the duty to end.
/// 终止任务规则的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "DutyRuleEndInput")]
pub struct DutyRuleEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Duty to end; an item of a checklist is a duty, too.
    /// 要终止的任务规则,也可为清单项目。
    pub rule: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// Last day on which the duty holds; no mark may answer it later.
    /// 任务规则失效前的最后一日;此后不得有相应的完成记录。
    pub to: Date,
}

impl Act for DutyRuleEnd {
    const NAME: &'static str = "dutyRuleEnd";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let gid = Gid::parse(&self.rule, "rule", &[SourceType::DutyRule])?;
        let row = roster::kept::<duty_rule::Entity>(tx, gid.id, "rule").await?;
        check::version(self.expected_version, row.version)?;
        let valid_to = Set(Some(ends(row.valid_from, row.valid_to, self.to)?));
        link::no_mark_after(tx, row.id.0, self.to, "to").await?;
        let ended = duty_rule::ActiveModel { valid_to, version: Set(tx.seq()), ..row.into() };
        let row = tx.update(ended).await?;
        Ok(Subject { of: SourceType::DutyRule, id: row.id.0 })
    }
}
