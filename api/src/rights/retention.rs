//! How long a ledger keeps the personal data of those who have left it 保存期限, and erasing what is due.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::Months;
use entity::fact::SourceType;
use entity::ids::{LedgerId, PersonId};
use entity::values::Date;
use entity::{committee_member, family_member, household, ledger, member, person, retention_rule};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use serde::Serialize;
use uuid::Uuid;

use super::erase::{erase, signing_in};
use super::{SUBJECTS, Whose};
use crate::access::scope::Whole;
use crate::access::{Action, Scope, Within};
use crate::ledger::{Act, Subject, Tx, code};
use crate::mutation::{Asking, Reread};
use crate::payload;
use crate::region;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// How many are erased by one act, so that it holds its ledger for a moment and no longer.
const AT_A_TIME: usize = 50;

/// How long a ledger keeps the personal data of those who have left it 保存期限.
#[derive(Description)]
pub struct Retention(LedgerId);

/// How long data of one sort are kept 保存期限.
#[derive(SimpleObject)]
pub struct RetentionRule {
    /// `HOUSEHOLD` with its family, `FAMILY_MEMBER` or `PERSON` 对象类型.
    of: SourceType,
    /// So many months after the last day 保存月数.
    months: i32,
    /// How many left longer ago, and are not erased; who still has an account waits until it is disabled 到期未删除数.
    due: i32,
}

#[Object(use_type_description)]
impl Retention {
    /// Number of the ledger 台账编号.
    async fn ledger(&self) -> LedgerId {
        self.0
    }

    /// Its rules; of what has none, nothing is erased 保存期限规则.
    async fn rules(&self, ctx: &Context<'_>) -> Result<Vec<RetentionRule>> {
        let (scope, app) = (ctx.viewer()?.may(Action::AnswerForData)?, ctx.app()?);
        let mut told = vec![];
        for rule in rules(&app.db, &scope, self.0).await? {
            let due = due(&app.db, &scope, &rule, app.clock.today()).await?.len();
            let due = i32::try_from(due).map_err(Error::internal)?;
            told.push(RetentionRule { of: rule.subject_type, months: rule.months, due });
        }
        Ok(told)
    }
}

payload!(
    /// How long a ledger keeps data, or what is to be mended 保存期限结果.
    RetentionPayload {
        /// How it stands now 保存期限.
        retention: Retention
    }
);

#[derive(Default)]
pub struct RetentionQuery;

#[Object]
impl RetentionQuery {
    /// How long the ledger kept for a region keeps personal data, for the office that answers for them 保存期限.
    async fn retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A region of the ledger")] region: ID,
    ) -> Option<Result<Retention>> {
        Some(asked(ctx, &region).await)
    }
}

async fn asked(ctx: &Context<'_>, region: &ID) -> Result<Retention> {
    let scope = ctx.viewer()?.may(Action::AnswerForData)?;
    let ledger = region::ledger_of(ctx, region, "region").await?;
    if scope.holds(ledger) { Ok(Retention(ledger)) } else { Err(Error::NotFound) }
}

impl Reread for Retention {
    async fn reread(_: &Context<'_>, ledger: LedgerId, _: Uuid) -> Result<Option<Self>> {
        Ok(Some(Self(ledger)))
    }
}

async fn rules(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
) -> Result<Vec<retention_rule::Model>> {
    Ok(retention_rule::Entity::within(scope)
        .filter(retention_rule::Column::LedgerId.eq(ledger))
        .order_by_asc(retention_rule::Column::SubjectType)
        .all(db)
        .await?)
}

/// For how many months after their last day; none where the ledger has not said so.
pub(super) async fn months(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
    of: SourceType,
) -> Result<Option<i32>> {
    let rules = rules(db, scope, ledger).await?;
    Ok(rules.into_iter().find(|rule| rule.subject_type == of).map(|rule| rule.months))
}

/// Whoever left on this day or before is kept no longer.
pub(super) fn cut_off(today: Date, months: i32) -> Date {
    let months = Months::new(months.unsigned_abs());
    today.0.checked_sub_months(months).map_or(platform::check::BEGINNING, Date)
}

/// Who left so long ago that a rule keeps their data no longer, and has not been erased.
async fn due(
    db: &impl ConnectionTrait,
    scope: &Scope,
    rule: &retention_rule::Model,
    today: Date,
) -> Result<Vec<Uuid>> {
    let (ledger, last) = (rule.ledger_id, cut_off(today, rule.months));
    match rule.subject_type {
        SourceType::Household => ids(db, households(scope, ledger, last), household::Column::Id).await,
        SourceType::FamilyMember => ids(db, members(scope, ledger, last), family_member::Column::Id).await,
        _ => ids(db, people(scope, ledger, last), person::Column::Id).await,
    }
}

async fn ids<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    id: impl ColumnTrait,
) -> Result<Vec<Uuid>> {
    Ok(rows.select_only().column(id).order_by_asc(id).into_tuple().all(db).await?)
}

fn households(scope: &Scope, ledger: LedgerId, last: Date) -> Select<household::Entity> {
    use household::Column;
    household::Entity::within(scope)
        .filter(Column::LedgerId.eq(ledger))
        .filter(Column::LeftOn.lte(last))
        .filter(Column::ErasedOn.is_null())
}

fn members(scope: &Scope, ledger: LedgerId, last: Date) -> Select<family_member::Entity> {
    use family_member::Column;
    family_member::Entity::within(scope)
        .filter(Column::LedgerId.eq(ledger))
        .filter(Column::ToOn.lte(last))
        .filter(Column::ErasedOn.is_null())
}

/// Those who had seats, and have none.
fn people(scope: &Scope, ledger: LedgerId, last: Date) -> Select<person::Entity> {
    use person::Column;
    let seats = || Query::select().column(member::Column::PersonId).from(member::Entity).to_owned();
    let later = crate::roster::outlasts(member::Column::ToOn, last);
    let sits = Query::select()
        .column(committee_member::Column::PersonId)
        .from(committee_member::Entity)
        .cond_where(crate::roster::outlasts(committee_member::Column::ToOn, last))
        .to_owned();
    person::Entity::within(scope)
        .filter(Column::KeeperId.eq(ledger))
        .filter(Column::ErasedOn.is_null())
        .filter(Column::Id.in_subquery(seats()))
        .filter(Column::Id.not_in_subquery(seats().cond_where(later).to_owned()))
        .filter(Column::Id.not_in_subquery(sits))
}

/// How long data are kept 设定保存期限.
#[derive(InputObject, Serialize)]
#[graphql(name = "RetentionSetInput")]
pub struct RetentionSet {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// The region whose ledger it is 区划.
    pub region: ID,
    /// `HOUSEHOLD` with its family, `FAMILY_MEMBER` or `PERSON` 对象类型.
    pub of: SourceType,
    /// So many months after the last day, 1–1200; absent, nothing of the kind is erased any more 保存月数.
    pub months: Option<i32>,
}

impl Act for RetentionSet {
    const NAME: &'static str = "retentionSet";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        use retention_rule::Column;
        if !SUBJECTS.contains(&self.of) {
            let message = format!("`{}` is none of HOUSEHOLD, FAMILY_MEMBER, PERSON", code(&self.of));
            return Err(Error::field("of", ErrorCode::Invalid, message));
        }
        if self.months.is_some_and(|months| !(1..=1200).contains(&months)) {
            return Err(Error::field("months", ErrorCode::Invalid, "`months` is a number from 1 to 1200"));
        }
        let old = Column::LedgerId.eq(tx.ledger());
        let old = sea_orm::Condition::all().add(old).add(Column::SubjectType.eq(self.of));
        let new = self.months.map(|months| retention_rule::ActiveModel {
            ledger_id: Set(tx.ledger()),
            subject_type: Set(self.of),
            months: Set(months),
            version: Set(tx.seq()),
        });
        tx.replace::<retention_rule::Entity, _>(old, new.into_iter().collect()).await?;
        kept_for(tx).await
    }
}

/// The region that the act's ledger is kept for.
async fn kept_for(tx: &Tx) -> Result<Subject> {
    let row = ledger::Entity::whole(tx.scope())
        .filter(ledger::Column::Id.eq(tx.ledger()))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Subject { of: SourceType::Region, id: row.region_id.0 })
}

/// Erasing what is due, some of it at a time; who still has an account waits until it is disabled 到期删除.
#[derive(InputObject, Serialize)]
#[graphql(name = "RetentionApplyInput")]
pub struct RetentionApply {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// The region whose ledger it is 区划.
    pub region: ID,
}

impl Act for RetentionApply {
    const NAME: &'static str = "retentionApply";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut left = AT_A_TIME;
        for rule in rules(tx.db(), tx.scope(), tx.ledger()).await? {
            let mut these = due(tx.db(), tx.scope(), &rule, tx.today()).await?;
            if rule.subject_type == SourceType::Person {
                let signing_in = signing_in(tx, &these).await?;
                these.retain(|id| !signing_in.contains(&PersonId(*id)));
            }
            these.truncate(left);
            left -= these.len();
            for id in these {
                let subject = Gid::subject(rule.subject_type, tx.ledger(), id).into();
                let whose = Whose::find(tx, &subject, "region").await?;
                erase(tx, whose).await?;
            }
        }
        kept_for(tx).await
    }
}
