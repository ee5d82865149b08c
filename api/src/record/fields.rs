//! Fields that records of all types have.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{CategoryId, LinkRuleId, MemberId, ProgrammeId, RecordId};
use entity::values::Date;
use entity::{record, record_step};
use uuid::Uuid;

use super::AnyRecord;
use crate::access::Action;
use crate::household::{self, Household};
use crate::link::{self, Helper, Link, Target};
use crate::loader::{self, RecordRow, RefsOf, StepsOf};
use crate::member::{self, Member};
use crate::mutation::Asking;
use crate::programme::{self, Programme};
use crate::region::{self, Region};
use platform::error::Result;
use platform::gid::Gid;

/// Publishes a type of record: the fields that all types share, and its own. (`Fields` cannot be flattened in as an
/// object of its own: types that lead back to records would find it empty while it is being registered.)
#[macro_export]
macro_rules! record_object {
    ($object:ident { $($own:tt)* }) => {
        #[async_graphql::Object(use_type_description)]
        impl $object {
            /// Global id.
            /// 全局标识。
            pub async fn id(&self) -> async_graphql::ID {
                self.0.gid()
            }

            /// Title in one line.
            /// 标题,一行。
            async fn title(&self) -> &str {
                self.0.title()
            }

            /// Details, with line breaks.
            /// 详细内容,可分行。
            async fn detail(&self) -> Option<&str> {
                self.0.detail()
            }

            /// Day on which it happened, in Asia/Shanghai; first day of a plan or an exemption.
            /// 发生日期(北京时间);规划、豁免为起始日期。
            async fn happened_on(&self) -> entity::values::Date {
                self.0.happened_on()
            }

            /// Time at which the record was written down, perhaps on a device that was offline.
            /// 填写时间,离线填写的早于接收时间。
            async fn recorded_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.recorded_at()
            }

            /// Time at which the server received the record.
            /// 服务器接收时间。
            async fn received_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.received_at()
            }

            /// Step of its course that the record is at.
            /// 当前环节。
            async fn step(&self) -> entity::fact::Step {
                self.0.step()
            }

            /// Steps taken since the record was entered, in order; the step at which it was entered is not listed.
            /// 登记之后的办理过程,按先后排列,不含登记时的环节。
            async fn steps(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::record::StepReached>> {
                self.0.steps(ctx).await
            }

            /// Verification by an office; published figures count VERIFIED records only.
            /// 核验状态;公布的数据只统计已核验的记录。
            async fn verification(&self) -> entity::fact::Verification {
                self.0.verification()
            }

            /// Reason given for a step of a need, such as DECLINED, or for an exemption; empty for other types.
            /// 需求办理(如不予办理)或豁免的原因;其他类型为空。
            async fn reason(&self) -> Option<&str> {
                self.0.reason()
            }

            /// Reason for which an office rejected the record; empty unless it is REJECTED.
            /// 核验退回的原因;未退回的为空。
            async fn rejection_reason(&self) -> Option<&str> {
                self.0.rejection_reason()
            }

            /// Region where it happened; where none was named, the one where its link or target lies.
            /// 发生地点;未填写的为结对或帮扶对象所在地。
            async fn region(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::region::Region>> {
                self.0.region(ctx).await
            }

            /// Household that the record is about, the first of several; empty if there is none or the viewer may not
            /// see it.
            /// 相关农户,涉及多户的为第一户;没有或不可见的为空。
            async fn household(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::household::Household>> {
                self.0.household(ctx).await
            }

            /// Programmes that the record counts for; it counts for their parents, too.
            /// 所属行动;同时计入其上级行动。
            async fn programmes(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::Programme>> {
                self.0.programmes(ctx).await
            }

            /// Links that the record serves, as far as the viewer may see them.
            /// 服务的结对,仅列可见的。
            async fn links(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Link>> {
                self.0.links(ctx).await
            }

            /// Helpers: seats, committees or organisations.
            /// 帮扶方:席位、委室或单位。
            async fn helpers(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Helper>> {
                self.0.helpers(ctx).await
            }

            /// Targets that were helped: households, regions, industries, seats, committees or organisations.
            /// 帮扶对象:农户、区划、产业、席位、委室或单位。
            async fn targets(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Target>> {
                self.0.targets(ctx).await
            }

            /// Seats that took part.
            /// 参与的席位。
            async fn participants(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::member::Member>> {
                self.0.participants(ctx).await
            }

            /// Link rules of the links that the record serves, or the rule that an exemption is from.
            /// 服务的结对所依据的联系规则;豁免则为所豁免的规则。
            async fn rules(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::LinkRule>> {
                self.0.rules(ctx).await
            }

            /// Categories that the record is tagged with.
            /// 标签。
            async fn tags(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::Category>> {
                self.0.tags(ctx).await
            }

            /// Record that this one arose from; empty if there is none or the viewer may not see it.
            /// 来源记录;没有或不可见的为空。
            async fn origin(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::record::AnyRecord>> {
                self.0.origin(ctx).await
            }

            /// Number of the act that last changed the row; sent as `expectedVersion`, it guards an edit.
            /// 最近一次变更的序号;修改时可作为预期版本提交。
            async fn version(&self) -> i64 {
                self.0.version()
            }

            $($own)*
        }
    };
}

/// The row of a record, with the fields that all types show.
pub struct Fields(pub record::Model);

impl Fields {
    pub fn title(&self) -> &str {
        &self.0.title
    }

    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    pub fn happened_on(&self) -> Date {
        self.0.happened_on
    }

    pub fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    pub fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    pub fn step(&self) -> Step {
        self.0.step
    }

    pub async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<StepReached>> {
        let rows = loader::many(ctx.rows()?, StepsOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().map(StepReached).collect())
    }

    pub fn verification(&self) -> Verification {
        self.0.verification
    }

    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    pub fn rejection_reason(&self) -> Option<&str> {
        self.0.rejection.as_deref()
    }

    pub async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    pub async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        household::by_id(ctx, self.0.ledger_id, self.0.household_id?).await.transpose()
    }

    pub async fn programmes(&self, ctx: &Context<'_>) -> Result<Vec<Programme>> {
        let mut programmes = vec![];
        for id in self.refs(ctx, |role| role == RefRole::Programme).await? {
            programmes.extend(programme::by_id(ctx, ProgrammeId(id.1)).await?);
        }
        Ok(programmes)
    }

    pub async fn links(&self, ctx: &Context<'_>) -> Result<Vec<Link>> {
        let mut links = vec![];
        for id in self.refs(ctx, |role| role == RefRole::Link).await? {
            links.extend(link::by_id(ctx, self.0.ledger_id, RecordId(id.1)).await?);
        }
        Ok(links)
    }

    pub async fn helpers(&self, ctx: &Context<'_>) -> Result<Vec<Helper>> {
        let mut helpers = vec![];
        for (role, id) in self.refs(ctx, |role| helper_kind(role).is_some()).await? {
            if let Some(kind) = helper_kind(role) {
                helpers.extend(Helper::by_id(ctx, kind, id).await?);
            }
        }
        Ok(helpers)
    }

    pub async fn targets(&self, ctx: &Context<'_>) -> Result<Vec<Target>> {
        let mut targets = vec![];
        for (role, id) in self.refs(ctx, |role| target_kind(role).is_some()).await? {
            if let Some(kind) = target_kind(role) {
                targets.extend(Target::by_id(ctx, self.0.ledger_id, kind, id).await?);
            }
        }
        Ok(targets)
    }

    pub async fn participants(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let mut members = vec![];
        for (_, id) in self.refs(ctx, |role| role == RefRole::Participant).await? {
            members.extend(member::by_id(ctx, MemberId(id)).await?);
        }
        Ok(members)
    }

    pub async fn rules(&self, ctx: &Context<'_>) -> Result<Vec<programme::LinkRule>> {
        let mut rules = vec![];
        for (_, id) in self.refs(ctx, |role| role == RefRole::Rule).await? {
            rules.extend(programme::rule_by_id(ctx, LinkRuleId(id)).await?);
        }
        Ok(rules)
    }

    pub async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<programme::Category>> {
        let mut tags = vec![];
        for (_, id) in self.refs(ctx, |role| role == RefRole::Tag).await? {
            tags.extend(loader::one(ctx.rows()?, CategoryId(id)).await?.map(programme::Category));
        }
        Ok(tags)
    }

    pub async fn origin(&self, ctx: &Context<'_>) -> Option<Result<AnyRecord>> {
        let origin = self.0.origin_id?;
        self.visible(ctx, origin)
            .await
            .transpose()
            .map(|row| row.map(AnyRecord::of))
            .and_then(Result::transpose)
    }

    pub fn version(&self) -> i64 {
        self.0.version
    }
}

impl Fields {
    #[must_use]
    pub fn gid(&self) -> ID {
        Gid::record(self.0.source_type, self.0.ledger_id, self.0.id).into()
    }

    async fn refs(
        &self,
        ctx: &Context<'_>,
        wanted: impl Fn(RefRole) -> bool,
    ) -> Result<Vec<(RefRole, Uuid)>> {
        let rows = loader::many(ctx.rows()?, RefsOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().filter(|row| wanted(row.role)).map(|row| (row.role, row.ref_id)).collect())
    }

    /// A record of the same ledger; none if it is out of scope itself.
    async fn visible(&self, ctx: &Context<'_>, id: RecordId) -> Result<Option<record::Model>> {
        let ledger = self.0.ledger_id;
        let scope = ctx.viewer()?.may(Action::ReadRecord)?;
        let refs = if scope.holds(ledger) {
            vec![]
        } else {
            let refs = loader::many(ctx.rows()?, RefsOf(ledger, id)).await?;
            refs.iter().map(|row| row.ref_id).collect()
        };
        let rows = loader::many(ctx.rows()?, RecordRow(ledger, id)).await?;
        Ok(rows.into_iter().find(|row| scope.shows_record(row, &refs)))
    }

    /// The value of a column that only some types fill; none if it is empty.
    #[must_use]
    pub fn code(value: &str) -> Option<&str> {
        (!value.is_empty()).then_some(value)
    }

    #[must_use]
    pub const fn of(&self) -> SourceType {
        self.0.source_type
    }
}

/// A step that a record has reached.
/// 记录达到的环节。
#[derive(Description)]
pub struct StepReached(record_step::Model);

#[Object(use_type_description)]
impl StepReached {
    /// Step that was reached.
    /// 达到的环节。
    async fn step(&self) -> Step {
        self.0.step
    }

    /// Day on which the step was reached.
    /// 达到该环节的日期。
    async fn on(&self) -> Date {
        self.0.on_day
    }

    /// Note on the step; empty if none was given.
    /// 办理说明;没有的为空。
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

/// Kind of party that helps in a role; none if it is no helper's role.
#[must_use]
pub const fn helper_kind(role: RefRole) -> Option<PartyKind> {
    match role {
        RefRole::HelperMember => Some(PartyKind::Member),
        RefRole::HelperCommittee => Some(PartyKind::Committee),
        RefRole::HelperOrganisation => Some(PartyKind::Organisation),
        _ => None,
    }
}

/// Kind of party that is helped in a role; none if it is no target's role.
#[must_use]
pub const fn target_kind(role: RefRole) -> Option<PartyKind> {
    match role {
        RefRole::TargetHousehold => Some(PartyKind::Household),
        RefRole::TargetRegion => Some(PartyKind::Region),
        RefRole::TargetIndustry => Some(PartyKind::Industry),
        RefRole::TargetMember => Some(PartyKind::Member),
        RefRole::TargetCommittee => Some(PartyKind::Committee),
        RefRole::TargetOrganisation => Some(PartyKind::Organisation),
        _ => None,
    }
}
