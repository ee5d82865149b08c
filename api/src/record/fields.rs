//! The fields that all records have.

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

/// Publishes a type of record: what all types show of it, and what it alone has. (Flattening `Fields` as an object of
/// its own will not do: types that lead back to records while it is being registered would find it empty.)
#[macro_export]
macro_rules! record_object {
    ($object:ident { $($own:tt)* }) => {
        #[async_graphql::Object(use_type_description)]
        impl $object {
            /// Global id.
            pub async fn id(&self) -> async_graphql::ID {
                self.0.gid()
            }

            /// What it is about, in a line 标题.
            async fn title(&self) -> &str {
                self.0.title()
            }

            /// What happened, at length 内容.
            async fn detail(&self) -> Option<&str> {
                self.0.detail()
            }

            /// The day it happened 发生日期.
            async fn happened_on(&self) -> entity::values::Date {
                self.0.happened_on()
            }

            /// When it was written down, perhaps offline 填写时间.
            async fn recorded_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.recorded_at()
            }

            /// When it arrived here 接收时间.
            async fn received_at(&self) -> chrono::DateTime<chrono::Utc> {
                self.0.received_at()
            }

            /// The step it is at 环节.
            async fn step(&self) -> entity::fact::Step {
                self.0.step()
            }

            /// The steps it has reached, in order 办理过程.
            async fn steps(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::record::StepReached>> {
                self.0.steps(ctx).await
            }

            /// Whether an office has checked it; published figures count what is VERIFIED 核验状态.
            async fn verification(&self) -> entity::fact::Verification {
                self.0.verification()
            }

            /// Why it was declined, reopened or granted 原因.
            async fn reason(&self) -> Option<&str> {
                self.0.reason()
            }

            /// Why its verification was refused 退回原因.
            async fn rejection_reason(&self) -> Option<&str> {
                self.0.rejection_reason()
            }

            /// Where it happened 地点.
            async fn region(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::region::Region>> {
                self.0.region(ctx).await
            }

            /// The household it is about 农户.
            async fn household(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::household::Household>> {
                self.0.household(ctx).await
            }

            /// Programmes it counts for; it counts for their parents, too 所属行动.
            async fn programmes(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::Programme>> {
                self.0.programmes(ctx).await
            }

            /// Links it serves 服务的结对.
            async fn links(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Link>> {
                self.0.links(ctx).await
            }

            /// Who helped 帮扶方.
            async fn helpers(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Helper>> {
                self.0.helpers(ctx).await
            }

            /// Who or what was helped 帮扶对象.
            async fn targets(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::link::Target>> {
                self.0.targets(ctx).await
            }

            /// Seats that took part 参与席位.
            async fn participants(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::member::Member>> {
                self.0.participants(ctx).await
            }

            /// Rules of the links it serves 联系规则.
            async fn rules(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::LinkRule>> {
                self.0.rules(ctx).await
            }

            /// What it is tagged with 标签.
            async fn tags(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> platform::error::Result<Vec<$crate::programme::Category>> {
                self.0.tags(ctx).await
            }

            /// The record it arose from 由何而来.
            async fn origin(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> Option<platform::error::Result<$crate::record::AnyRecord>> {
                self.0.origin(ctx).await
            }

            /// Number of the act that last changed it; guards edits 版本.
            async fn version(&self) -> i64 {
                self.0.version()
            }

            $($own)*
        }
    };
}

/// A row with what all types of record show of it.
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

    /// A record of the same ledger, where it is in scope itself.
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

    /// A field that only some types show.
    #[must_use]
    pub fn code(value: &str) -> Option<&str> {
        (!value.is_empty()).then_some(value)
    }

    #[must_use]
    pub const fn of(&self) -> SourceType {
        self.0.source_type
    }
}

/// A step that a record reached 环节.
#[derive(Description)]
pub struct StepReached(record_step::Model);

#[Object(use_type_description)]
impl StepReached {
    /// The step 环节.
    async fn step(&self) -> Step {
        self.0.step
    }

    /// The day it was reached 日期.
    async fn on(&self) -> Date {
        self.0.on_day
    }

    /// What was said of it 说明.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }
}

/// The party behind a helper's role.
#[must_use]
pub const fn helper_kind(role: RefRole) -> Option<PartyKind> {
    match role {
        RefRole::HelperMember => Some(PartyKind::Member),
        RefRole::HelperCommittee => Some(PartyKind::Committee),
        RefRole::HelperOrganisation => Some(PartyKind::Organisation),
        _ => None,
    }
}

/// The party behind a target's role.
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
