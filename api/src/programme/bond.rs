//! Acts on link rules 联系规则. A child programme may tighten a rule of its parents, never loosen it.

use async_graphql::{ID, InputObject};
use entity::definition::Codes;
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{CategoryId, LinkRuleId, ProgrammeId};
use entity::link_rule::{self, Obligation};
use entity::values::Date;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde::Serialize;
use uuid::Uuid;

use super::own::{among, begins_within, catalogued, ends, kinds_of_helper, no_overlap, own};
use super::tighten::{Ruled, tightens};
use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::link;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// Input of `linkRuleCreate`: the link rule to create.
/// 新建联系规则的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkRuleCreateInput")]
pub struct LinkRuleCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Programme that the rule belongs to.
    /// 规则所属的行动。
    pub programme: ID,
    /// Code, unique in the programme on any day. A rule that tightens one of a parent programme has the same code.
    /// 规则代码,同一行动同一日期内唯一;收紧上级行动的规则时沿用其代码。
    pub code: String,
    /// Name of the rule.
    /// 规则名称。
    pub name: String,
    /// Code of a group; a helper must meet all rules of the group together, as in 1+1.
    /// 规则组代码;帮扶方须同时满足同组各规则,如“1+1”。
    pub group: Option<String>,
    /// Type of the helper: MEMBER, COMMITTEE or ORGANISATION.
    /// 帮扶方类型:席位、委室或单位。
    pub helper_kind: PartyKind,
    /// Kinds of seat, committee or organisation that may help; all if empty.
    /// 可作帮扶方的席位、委室或单位类型;为空时不限。
    #[graphql(default)]
    pub helper_filter: Vec<String>,
    /// Type of the target.
    /// 帮扶对象类型。
    pub target_kind: PartyKind,
    /// Code of the designation that a target must have on the first day of a link, such as `POOR`; none if absent.
    /// 结对首日帮扶对象须具有的认定代码,如 `POOR`;默认不要求。
    pub target_designation: Option<String>,
    /// Fewest links that each helper must have; none if absent.
    /// 每个帮扶方至少须有的结对数;默认不要求。
    pub min_per_helper: Option<i32>,
    /// Most links that a helper may have at a time; no limit if absent.
    /// 每个帮扶方同时最多的结对数;默认不限。
    pub max_per_helper: Option<i32>,
    /// Fewest links that each target must have; none if absent.
    /// 每个帮扶对象至少须有的结对数;默认不要求。
    pub min_per_target: Option<i32>,
    /// Most links that a target may have at a time; no limit if absent.
    /// 每个帮扶对象同时最多的结对数;默认不限。
    pub max_per_target: Option<i32>,
    /// True if each link needs a plan; false if absent.
    /// 每个结对是否须有规划,默认否。
    pub is_plan_required: Option<bool>,
    /// True if each link needs an agreement; false if absent.
    /// 每个结对是否须有协议,默认否。
    pub is_agreement_required: Option<bool>,
    /// True if a helper may be exempted from the rule; false if absent.
    /// 帮扶方可否豁免,默认否。
    pub is_exemption_allowed: Option<bool>,
    /// How binding the rule is.
    /// 规则的约束力。
    pub obligation: Obligation,
    /// First day on which the rule holds; it lies within the programme.
    /// 规则生效日期,须在行动期内。
    pub from: Date,
}

impl Act for LinkRuleCreate {
    const NAME: &'static str = "linkRuleCreate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let programme = own(tx, &self.programme).await?;
        begins_within(&programme, self.from)?;
        let programme = programme.id;
        self.makes_sense()?;
        let designation = self.designation(tx).await?;
        let known = link_rule::Model::of_code(tx, &[programme], &self.code).await?;
        no_overlap(self.from, known.iter().map(|row| row.valid_to))?;
        let row = self.row(tx, programme, designation).await?;
        tightens(tx, &row).await?;
        let row = tx.insert(row.into_active_model().reset_all()).await?;
        Ok(subject(row.id))
    }
}

const fn subject(id: LinkRuleId) -> Subject {
    Subject { of: SourceType::LinkRule, id: id.0 }
}

impl LinkRuleCreate {
    fn makes_sense(&self) -> Result<()> {
        if RefRole::helper(self.helper_kind).is_none() {
            return Err(Error::field("helperKind", ErrorCode::Invalid, say!("helper-kind-helps-nobody")));
        }
        among("helperFilter", &self.helper_filter, &kinds_of_helper(self.helper_kind))?;
        limits("minPerHelper", self.min_per_helper, "maxPerHelper", self.max_per_helper)?;
        limits("minPerTarget", self.min_per_target, "maxPerTarget", self.max_per_target)
    }

    async fn designation(&self, tx: &Tx) -> Result<Option<CategoryId>> {
        let Some(code) = &self.target_designation else { return Ok(None) };
        let set = match self.target_kind {
            PartyKind::Household => "HOUSEHOLD_DESIGNATION",
            PartyKind::Region => "REGION_DESIGNATION",
            _ => {
                let message = say!("target-kind-without-designations");
                return Err(Error::field("targetDesignation", ErrorCode::Invalid, message));
            }
        };
        Ok(Some(catalogued(tx, set, code, "targetDesignation").await?.id))
    }

    async fn row(
        &self,
        tx: &Tx,
        programme: ProgrammeId,
        designation: Option<CategoryId>,
    ) -> Result<link_rule::Model> {
        let group = self.group.as_deref().map(|group| check::code("group", group)).transpose()?;
        Ok(link_rule::Model {
            id: LinkRuleId(tx.new_id(self.id).await?),
            programme_id: programme,
            code: check::code("code", &self.code)?,
            name: check::name("name", &self.name)?,
            group_code: group,
            helper_kind: self.helper_kind,
            helper_filter: Codes(self.helper_filter.clone()),
            target_kind: self.target_kind,
            target_designation_id: designation,
            min_per_helper: self.min_per_helper,
            max_per_helper: self.max_per_helper,
            min_per_target: self.min_per_target,
            max_per_target: self.max_per_target,
            plan_required: self.is_plan_required.unwrap_or(false),
            agreement_required: self.is_agreement_required.unwrap_or(false),
            exemption_allowed: self.is_exemption_allowed.unwrap_or(false),
            obligation: self.obligation,
            valid_from: self.from,
            valid_to: None,
            version: tx.seq(),
            keeper_id: tx.ledger(),
        })
    }
}

fn limits(least_field: &str, least: Option<i32>, most_field: &str, most: Option<i32>) -> Result<()> {
    if least.is_some_and(|least| least < 0) {
        let message = say!("below-zero", field = least_field);
        return Err(Error::field(least_field, ErrorCode::Invalid, message));
    }
    if most.is_some_and(|most| most < least.unwrap_or(1).max(1)) {
        let message = say!("link-limit-too-low", field = most_field, least = least_field);
        return Err(Error::field(most_field, ErrorCode::Invalid, message));
    }
    Ok(())
}

/// Input of `linkRuleEnd`: the link rule to end.
/// 终止联系规则的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkRuleEndInput")]
pub struct LinkRuleEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Link rule to end.
    /// 要终止的联系规则。
    pub rule: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// Last day on which the rule holds; no link under the rule may begin later.
    /// 规则失效前的最后一日;此后不得有按该规则开始的结对。
    pub to: Date,
}

impl Act for LinkRuleEnd {
    const NAME: &'static str = "linkRuleEnd";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let gid = Gid::parse(&self.rule, "rule", &[SourceType::LinkRule])?;
        let row = roster::kept::<link_rule::Entity>(tx, gid.id, "rule").await?;
        check::version(self.expected_version, row.version)?;
        let valid_to = Set(Some(ends(row.valid_from, row.valid_to, self.to)?));
        link::none_under_after(tx, row.id, self.to, "to").await?;
        let ended = link_rule::ActiveModel { valid_to, version: Set(tx.seq()), ..row.into() };
        let row = tx.update(ended).await?;
        Ok(subject(row.id))
    }
}
