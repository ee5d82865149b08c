//! Marks 清单完成: a subject has done something that a duty asks for. A mark refers to its duty and its subject as the
//! duty counts it; a duty that an indicator counts over records takes no marks.

use async_graphql::{Context, ID, InputObject, Object};
use entity::duty_rule::{self, DutySubject};
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{DutyRuleId, LedgerId, ProgrammeId, RegionId};
use entity::record;
use entity::values::{Date, Quantity};
use entity::{ledger, link_rule};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx, code, ledger_for};
use crate::loader;
use crate::mutation::{Asking, run};
use crate::programme::DutyRule;
use crate::programme::{goes_on, lineage, programme_by_id};
use crate::progress::duty::{role, source};
use crate::record::{About, Entry, Fields, Typed, enter, household, ledger_of_seat, place, seat, served};
use crate::region;
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// Something that a duty asks for is done 清单完成.
#[derive(async_graphql::Description)]
pub struct Mark(pub Fields);

record_object!(Mark {
    /// The duty it answers 任务规则.
    async fn duty(&self, ctx: &Context<'_>) -> Option<Result<DutyRule>> {
        self.answered(ctx).await.transpose()
    }

    /// How much of it is done 数量.
    async fn quantity(&self) -> Quantity {
        self.0.0.quantity
    }
});

impl Mark {
    async fn answered(&self, ctx: &Context<'_>) -> Result<Option<DutyRule>> {
        let refs = loader::many(ctx.rows()?, loader::RefsOf(self.0.0.ledger_id, self.0.0.id)).await?;
        let Some(duty) = refs.iter().find(|row| row.role == RefRole::Duty) else { return Ok(None) };
        Ok(loader::one(ctx.rows()?, DutyRuleId(duty.ref_id)).await?.map(DutyRule))
    }
}

impl Typed for Mark {
    const OF: SourceType = SourceType::Mark;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    MarkQuery,
    Mark,
    /// One mark 清单完成.
    mark,
    /// Marks that you may see 清单完成列表.
    marks
);

payload!(
    /// A mark, or what is to be mended 清单完成结果.
    MarkPayload {
        /// The mark as it is now 清单完成.
        mark: Mark
    }
);

#[derive(Default)]
pub struct MarkMutation;

#[Object]
impl MarkMutation {
    /// Marks that a subject has done what a duty asks for 登记清单完成.
    async fn mark_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: MarkSet,
    ) -> Option<async_graphql::Result<MarkPayload>> {
        run(ctx, ledger_of_subject(ctx, &input.subject).await, input).await
    }
}

/// Types whose rows have duties.
const SUBJECTS: &[SourceType] = &[
    SourceType::Link,
    SourceType::Household,
    SourceType::Member,
    SourceType::Committee,
    SourceType::Organisation,
    SourceType::Region,
    SourceType::Programme,
];

/// The ledger in which a mark lies: the subject's own, or that of its home.
async fn ledger_of_subject(ctx: &Context<'_>, subject: &ID) -> Result<LedgerId> {
    let gid = Gid::parse(subject, "subject", SUBJECTS)?;
    match gid.of {
        SourceType::Link | SourceType::Household => Ok(gid.ledger),
        SourceType::Region => ledger_for(&ctx.app()?.db, RegionId(gid.id), "subject").await,
        SourceType::Programme => {
            let row = loader::one(ctx.rows()?, ProgrammeId(gid.id)).await?;
            row.map(|row| row.keeper_id).ok_or_else(|| Error::missing("subject"))
        }
        _ => {
            let reading = ctx.viewer()?.may(Action::ReadReference)?;
            ledger_of_seat(&ctx.app()?.db, &reading, gid, "subject").await
        }
    }
}

/// A mark to be set 登记清单完成.
#[derive(InputObject, Serialize)]
#[graphql(name = "MarkSetInput")]
pub struct MarkSet {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// The duty it answers 任务规则.
    pub duty: ID,
    /// Who has done it: a link, household, seat, committee, organisation, region or programme, as the duty says 主体.
    pub subject: ID,
    /// The day it was done, in Asia/Shanghai 完成日期.
    pub on: Date,
    /// How much of it; one where absent 数量.
    pub quantity: Option<Quantity>,
    /// What was done, in a line; the duty's name where absent 标题.
    pub title: Option<String>,
    /// What was done and how it is known 佐证.
    pub detail: Option<String>,
}

impl Act for MarkSet {
    const NAME: &'static str = "markSet";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::has_come("on", self.on, tx.today())?;
        let duty = self.duty(tx).await?;
        let mut about = About {
            id: self.id,
            title: self.title.clone().unwrap_or_else(|| duty.name.clone()),
            detail: self.detail.clone(),
            happened_on: self.on,
            ..About::default()
        };
        let subject = subject(tx, &duty, &self.subject, &mut about).await?;
        let refs = vec![
            (RefRole::Duty, duty.id.0),
            (RefRole::Programme, duty.programme_id.0),
            (role(duty.subject), subject),
        ];
        let quantity = self.quantity.unwrap_or(Quantity::whole(1));
        enter(tx, Entry { quantity, refs, ..Entry::new(SourceType::Mark, &about) }).await
    }
}

impl MarkSet {
    /// The duty, which is in force on the day and is answered by marks.
    async fn duty(&self, tx: &Tx) -> Result<duty_rule::Model> {
        let gid = Gid::parse(&self.duty, "duty", &[SourceType::DutyRule])?;
        let duty = duty_in_force(tx, gid.id, self.on, "on").await?;
        if duty.indicator_id.is_some() {
            let message = "this duty is counted over records: record the work itself";
            return Err(Error::field("duty", ErrorCode::NotEligible, message));
        }
        Ok(duty)
    }
}

/// A duty that is in force on the day of a mark.
pub async fn duty_in_force(tx: &Tx, id: Uuid, day: Date, field: &str) -> Result<duty_rule::Model> {
    let duty = duty_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(duty_rule::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("duty"))?;
    if day < duty.valid_from || duty.valid_to.is_some_and(|to| to < day) {
        return Err(Error::field(field, ErrorCode::NotEligible, "the duty is not in force on this day"));
    }
    goes_on(&programme_by_id(tx, duty.programme_id, "duty").await?, day, field)?;
    Ok(duty)
}

/// The subject of a mark, and what the mark is about because of it.
async fn subject(tx: &Tx, duty: &duty_rule::Model, id: &ID, about: &mut About) -> Result<Uuid> {
    let gid = Gid::parse(id, "subject", SUBJECTS)?;
    if gid.of != source(duty.subject) {
        return Err(not_its_subject());
    }
    match duty.subject {
        DutySubject::Link => {
            let links = served(tx, std::slice::from_ref(id)).await.map_err(|error| error.on("subject"))?;
            for (link, _) in &links {
                under(tx, duty, link.rule_id.0).await?;
            }
            about.links.push(id.clone());
        }
        DutySubject::Household => {
            household(tx, gid, "subject").await?;
            about.targets.push(id.clone());
        }
        DutySubject::Region => {
            let region = region::known(tx, RegionId(gid.id), "subject").await?;
            if !duty.subject_kinds.0.is_empty() && !duty.subject_kinds.0.contains(&code(&region.level)) {
                return Err(not_its_subject());
            }
            about.targets.push(id.clone());
            about.region = Some(id.clone());
        }
        DutySubject::Programme => {
            if gid.id != duty.programme_id.0 || !tx.scope().holds(tx.ledger()) {
                return Err(not_its_subject());
            }
            about.region = Some(Gid::reference(SourceType::Region, kept_for(tx).await?).into());
        }
        DutySubject::Member | DutySubject::Committee | DutySubject::Organisation => {
            let region = own_home(tx, duty, gid).await?;
            about.helpers.push(id.clone());
            about.region = Some(Gid::reference(SourceType::Region, region).into());
        }
    }
    Ok(gid.id)
}

fn not_its_subject() -> Error {
    Error::field("subject", ErrorCode::NotEligible, "the duty is not one of this subject")
}

/// The region that keeps the act's ledger.
async fn kept_for(tx: &Tx) -> Result<RegionId> {
    let row = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(ledger::Column::Id.eq(tx.ledger()))
        .one(tx.db())
        .await?;
    row.map(|row| row.region_id).ok_or_else(|| Error::missing("subject"))
}

/// A link has the duties of its rule's programme, and of the programmes above, where they name the rule or none.
async fn under(tx: &Tx, duty: &duty_rule::Model, rule: Uuid) -> Result<()> {
    let rule = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::Id.eq(rule))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("subject"))?;
    let named = duty.link_rules.0.is_empty() || duty.link_rules.0.contains(&rule.code);
    if named && lineage(tx.db(), rule.programme_id).await?.contains(&duty.programme_id) {
        return Ok(());
    }
    Err(not_its_subject())
}

/// Where a seat, committee or organisation of the right kind is at home. Only an office marks them.
async fn own_home(tx: &Tx, duty: &duty_rule::Model, gid: Gid) -> Result<RegionId> {
    let missing = || Error::missing("subject");
    if !tx.scope().holds(tx.ledger()) {
        return Err(missing());
    }
    let kind = PartyKind::of(gid.of).ok_or_else(missing)?;
    let found = seat(tx.db(), &tx.may(Action::ReadReference)?, kind, gid.id).await?;
    let (region, own_kind) = found.ok_or_else(missing)?;
    if !duty.subject_kinds.0.is_empty() && !duty.subject_kinds.0.contains(&own_kind) {
        return Err(not_its_subject());
    }
    place(tx, region, "subject").await
}
