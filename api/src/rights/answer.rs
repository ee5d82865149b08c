//! Acts on what people ask about their own data: taking note of it, and answering.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::PersonalRequestId;
use entity::personal_request::{self, RequestAnswer, RequestKind};
use entity::values::Date;
use entity::{act, person};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use serde::Serialize;
use uuid::Uuid;

use super::copy::{self, PersonalCopyPayload, PersonalCopyTake};
use super::erase::PersonalErase;
use super::retention::{RetentionApply, RetentionPayload, RetentionSet};
use super::{PersonalRequest, Whose, ledger_of, ledger_of_request, open_request};
use crate::access::{Action, Datum, Within};
use crate::ledger::{Act, Subject, Tx};
use crate::member::PersonUpdate;
use crate::mutation::run;
use crate::payload;
use crate::region;
use platform::check;
use platform::error::{Error, ErrorCode, Result};

payload!(
    /// A request about somebody's own data, or what is to be mended 个人信息权利请求结果.
    PersonalRequestPayload {
        /// The request as it is now 请求.
        request: PersonalRequest
    }
);

#[derive(Default)]
pub struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Takes note of what somebody asks about their own data 受理个人信息权利请求.
    async fn personal_request_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PersonalRequestOpen,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of(ctx, &input.subject, "subject").await, input).await
    }

    /// Answers a request: what was to be corrected has been, or it is refused for a reason 办结个人信息权利请求.
    async fn personal_request_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PersonalRequestAnswer,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of_request(&input.request), input).await
    }

    /// All that is held of somebody, in clear, for themselves; it is audited, and limited per day 个人信息查阅复制.
    async fn personal_copy_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request it answers")] input: PersonalCopyTake,
    ) -> Option<async_graphql::Result<PersonalCopyPayload>> {
        Some(copy::taken(ctx, input).await)
    }

    /// Erases the personal data of somebody who has left; what was counted stays counted 删除个人信息.
    async fn personal_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PersonalErase,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of_request(&input.request), input).await
    }

    /// Says how long a ledger keeps the personal data of those who have left it 设定保存期限.
    async fn retention_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: RetentionSet,
    ) -> Option<async_graphql::Result<RetentionPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Erases the personal data of those who left longer ago than the ledger keeps them, some at a time 到期删除.
    async fn retention_apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: RetentionApply,
    ) -> Option<async_graphql::Result<RetentionPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }
}

/// What somebody asks about their own data 受理请求.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalRequestOpenInput")]
pub struct PersonalRequestOpen {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// What they ask 请求类型.
    pub kind: RequestKind,
    /// The household, family member or person whose data it is about 当事人.
    pub subject: ID,
    /// Which of their data; all where empty 数据项.
    #[graphql(default)]
    pub data: Vec<Datum>,
    /// As they put it; it is kept, so it holds no sealed value 诉求.
    pub statement: Option<String>,
    /// When it came in 受理日期.
    pub received_on: Date,
}

impl PersonalRequestOpen {
    fn data(&self) -> String {
        let mut data = self.data.clone();
        data.sort_unstable();
        data.dedup();
        data.iter().map(|datum| datum.code()).collect::<Vec<_>>().join("+")
    }
}

impl Act for PersonalRequestOpen {
    const NAME: &'static str = "personalRequestOpen";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::has_come("receivedOn", self.received_on, tx.today())?;
        let (subject_type, subject_id) = Whose::find(tx, &self.subject, "subject").await?.key();
        let row = tx
            .insert(personal_request::ActiveModel {
                ledger_id: Set(tx.ledger()),
                id: Set(PersonalRequestId(check::id(self.id)?)),
                kind: Set(self.kind),
                subject_type: Set(subject_type),
                subject_id: Set(subject_id),
                data: Set(self.data()),
                statement: Set(check::optional_prose("statement", self.statement.as_deref())?),
                received_on: Set(self.received_on),
                opened_seq: Set(tx.seq()),
                answer: Set(None),
                answered_on: Set(None),
                reason: Set(None),
                done_seq: Set(None),
                version: Set(tx.seq()),
            })
            .await?;
        Ok(subject(&row))
    }
}

pub(super) const fn subject(row: &personal_request::Model) -> Subject {
    Subject { of: SourceType::PersonalRequest, id: row.id.0 }
}

/// How a request is answered 办结请求.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalRequestAnswerInput")]
pub struct PersonalRequestAnswer {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which request 请求.
    pub request: ID,
    /// `DONE`, of a correction that has been made since the request came in; copies and erasures answer their requests
    /// themselves 办理结果.
    pub answer: RequestAnswer,
    /// Why it is refused, or what was done; it is kept, so it holds no value 办理说明.
    pub reason: String,
}

impl Act for PersonalRequestAnswer {
    const NAME: &'static str = "personalRequestAnswer";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = open_request(tx, &self.request).await?;
        let done = match (self.answer, row.kind) {
            (RequestAnswer::Refused, _) => None,
            (RequestAnswer::Done, RequestKind::Correction) => Some(corrected(tx, &row).await?),
            (RequestAnswer::Done, RequestKind::Copy) => return elsewhere("personalCopyTake"),
            (RequestAnswer::Done, RequestKind::Deletion) => return elsewhere("personalErase"),
        };
        answer(tx, row, self.answer, done, &self.reason).await
    }
}

fn elsewhere<T>(mutation: &str) -> Result<T> {
    let message = format!("`{mutation}` does what is asked, and answers the request with it");
    Err(Error::field("answer", ErrorCode::WrongStep, message))
}

/// Writes the answer of a request.
pub(super) async fn answer(
    tx: &Tx,
    row: personal_request::Model,
    answer: RequestAnswer,
    done_seq: Option<i64>,
    reason: &str,
) -> Result<Subject> {
    let answered = personal_request::ActiveModel {
        answer: Set(Some(answer)),
        answered_on: Set(Some(tx.today())),
        reason: Set(Some(check::prose("reason", reason)?)),
        done_seq: Set(done_seq),
        version: Set(tx.seq()),
        ..row.into()
    };
    Ok(subject(&tx.update(answered).await?))
}

/// The act that has changed what is said of somebody since they asked.
async fn corrected(tx: &Tx, row: &personal_request::Model) -> Result<i64> {
    let last = match Whose::of(tx, row).await? {
        Whose::Household(home) => Some(home.row.version),
        Whose::FamilyMember(_, home) => Some(home.version),
        Whose::Person(person) => last_change(tx, &person, row.opened_seq).await?,
    };
    last.filter(|seq| *seq > row.opened_seq).ok_or_else(|| {
        let message = "nothing that is said of them has changed since the request came in";
        Error::field("answer", ErrorCode::WrongStep, message)
    })
}

async fn last_change(tx: &Tx, person: &person::Model, since: i64) -> Result<Option<i64>> {
    let line = act::Entity::within(tx.scope())
        .filter(act::Column::LedgerId.eq(tx.ledger()))
        .filter(act::Column::Seq.gt(since))
        .filter(act::Column::SubjectId.eq(person.id))
        .filter(act::Column::Action.eq(PersonUpdate::NAME))
        .order_by_desc(act::Column::Seq)
        .one(tx.db())
        .await?;
    Ok(line.map(|line| line.seq))
}
