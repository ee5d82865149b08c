//! Retention 保存期限: how long a ledger keeps the personal data of people who have left it, and erasing data past
//! that.

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
use platform::say;

/// Subjects erased by one act. The limit keeps the ledger locked for a moment only.
const AT_A_TIME: usize = 50;

/// Periods for which a ledger keeps the personal data of people who have left it.
/// 台账对已离开者个人信息的保存期限。
#[derive(Description)]
pub struct Retention(LedgerId);

/// Period for which a ledger keeps the personal data of one type of subject.
/// 一类对象的个人信息保存期限。
#[derive(SimpleObject)]
pub struct RetentionRule {
    /// Type of subject: `HOUSEHOLD` (its family included), `FAMILY_MEMBER` or `PERSON`.
    /// 对象类型:农户(含家庭成员)、家庭成员或人员。
    of: SourceType,
    /// Number of months after the last day for which the data are kept.
    /// 最后一日之后保存的月数。
    months: i32,
    /// Number of subjects past the period and not yet erased. A person with an account stays among them until the
    /// account is disabled.
    /// 已到期未删除的对象数;有账户的人员须先停用账户才能删除。
    due: i32,
}

#[Object(use_type_description)]
impl Retention {
    /// Number of the ledger.
    /// 台账编号。
    async fn ledger(&self) -> LedgerId {
        self.0
    }

    /// Rules of retention, one per type of subject. Data of a type without a rule are never erased.
    /// 各类对象的保存期限规则;没有规则的类型不删除。
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
    /// The periods of retention, or the errors to correct.
    /// 保存期限,或需更正的错误。
    RetentionPayload {
        /// The periods of retention after the act.
        /// 操作后的保存期限。
        retention: Retention
    }
);

#[derive(Default)]
pub struct RetentionQuery;

#[Object]
impl RetentionQuery {
    /// Periods for which a ledger keeps personal data, for the office that answers requests about them.
    /// 台账的个人信息保存期限,供负责答复的办公室查看。
    async fn retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of a region of the ledger.\n台账所辖区划的全局标识。")] region: ID,
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

/// Months for which the data of a type of subject are kept after the last day; none without a rule.
pub(super) async fn months(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
    of: SourceType,
) -> Result<Option<i32>> {
    let rules = rules(db, scope, ledger).await?;
    Ok(rules.into_iter().find(|rule| rule.subject_type == of).map(|rule| rule.months))
}

/// Last day of subjects whose data are due: data of a subject that left on this day or before are past their period.
pub(super) fn cut_off(today: Date, months: i32) -> Date {
    let months = Months::new(months.unsigned_abs());
    today.0.checked_sub_months(months).map_or(platform::check::BEGINNING, Date)
}

/// Ids of the subjects of a rule whose period is over and whose data are not erased.
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

/// People who held a seat, and who hold neither a seat nor a place in a committee after the day.
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

/// The period of retention for one type of subject.
/// 一类对象的保存期限。
#[derive(InputObject, Serialize)]
#[graphql(name = "RetentionSetInput")]
pub struct RetentionSet {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of a region of the ledger.
    /// 台账所辖区划的全局标识。
    pub region: ID,
    /// Type of subject: `HOUSEHOLD` (its family included), `FAMILY_MEMBER` or `PERSON`.
    /// 对象类型:农户(含家庭成员)、家庭成员或人员。
    pub of: SourceType,
    /// Number of months after the last day for which the data are kept, 1 to 1200. If absent, the rule is removed and
    /// data of this type are not erased.
    /// 最后一日之后保存的月数,1至1200;不填则取消规则,此类信息不再删除。
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
            let message = say!("retention-of", code = code(&self.of));
            return Err(Error::field("of", ErrorCode::Invalid, message));
        }
        if self.months.is_some_and(|months| !(1..=1200).contains(&months)) {
            return Err(Error::field("months", ErrorCode::Invalid, say!("retention-months")));
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

/// The region that keeps the act's ledger, as the subject of the act.
async fn kept_for(tx: &Tx) -> Result<Subject> {
    let row = ledger::Entity::whole(tx.scope())
        .filter(ledger::Column::Id.eq(tx.ledger()))
        .one(tx.db())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Subject { of: SourceType::Region, id: row.region_id.0 })
}

/// Erasure of personal data past their period, at most 50 subjects at a time. A person with an account is left out
/// until the account is disabled.
/// 删除到期的个人信息,每次至多50个对象;有账户的人员须先停用账户。
#[derive(InputObject, Serialize)]
#[graphql(name = "RetentionApplyInput")]
pub struct RetentionApply {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of a region of the ledger.
    /// 台账所辖区划的全局标识。
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
