//! Acts on requests that people make about their own data: registering a request, and answering it.

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
use platform::say;

payload!(
    /// A request about somebody's own personal data, or the errors to correct.
    /// 个人信息权利请求,或需更正的错误。
    PersonalRequestPayload {
        /// The request as it stands after the act.
        /// 操作后的请求。
        request: PersonalRequest
    }
);

#[derive(Default)]
pub struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Registers a request that somebody makes about their own personal data.
    /// 受理个人信息权利请求。
    async fn personal_request_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request to register.\n要受理的请求。")] input: PersonalRequestOpen,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of(ctx, &input.subject, "subject").await, input).await
    }

    /// Answers a request: confirms a correction that has been made, or refuses the request with a reason.
    /// 办结个人信息权利请求:确认已更正,或说明理由后不予办理。
    async fn personal_request_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request and its answer.\n请求及其办理结果。")] input: PersonalRequestAnswer,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of_request(&input.request), input).await
    }

    /// Returns a copy, in clear, of all data held about a person or household, to be handed to them. It is audited, and
    /// counts against the daily limit of the account.
    /// 生成当事人全部信息的明文副本,供其查阅复制;操作留痕,并计入账户每日查看次数。
    async fn personal_copy_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request that the copy answers.\n副本所办结的请求。")] input: PersonalCopyTake,
    ) -> Option<async_graphql::Result<PersonalCopyPayload>> {
        Some(copy::taken(ctx, input).await)
    }

    /// Erases the personal data of somebody who has left the ledger. Figures stay as they were counted.
    /// 删除已离开台账者的个人信息;已统计的数字不变。
    async fn personal_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request for erasure to carry out.\n要办理的删除请求。")] input: PersonalErase,
    ) -> Option<async_graphql::Result<PersonalRequestPayload>> {
        run(ctx, ledger_of_request(&input.request), input).await
    }

    /// Sets how long a ledger keeps the personal data of people who have left it.
    /// 设定台账对已离开者个人信息的保存期限。
    async fn retention_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ledger and its period of retention.\n台账及其保存期限。")] input: RetentionSet,
    ) -> Option<async_graphql::Result<RetentionPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Erases personal data whose period of retention is over, at most 50 subjects at a time.
    /// 删除保存期限届满的个人信息,每次至多50个对象。
    async fn retention_apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ledger to clear.\n要清理的台账。")] input: RetentionApply,
    ) -> Option<async_graphql::Result<RetentionPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }
}

/// A request that somebody makes about their own personal data.
/// 当事人提出的个人信息权利请求。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalRequestOpenInput")]
pub struct PersonalRequestOpen {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Type of the request: a copy, a correction or a deletion.
    /// 请求类型:查阅复制、更正补充或删除。
    pub kind: RequestKind,
    /// Global id of the household, family member or person whose data the request is about.
    /// 当事人(农户、家庭成员或人员)的全局标识。
    pub subject: ID,
    /// Data that the request is about; all data if empty.
    /// 请求涉及的数据项,默认全部。
    #[graphql(default)]
    pub data: Vec<Datum>,
    /// The request in the person's own words. It is stored readable: write no identity number, phone or bank account in
    /// it.
    /// 当事人的诉求原话;以明文保存,请勿写入身份证号、电话或银行账号。
    pub statement: Option<String>,
    /// Day on which the request was received; today at the latest.
    /// 受理日期,不得晚于今日。
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
                id: Set(PersonalRequestId(tx.new_id(self.id).await?)),
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

/// The answer to a request about somebody's own personal data.
/// 对个人信息权利请求的办理结果。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalRequestAnswerInput")]
pub struct PersonalRequestAnswer {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the open request.
    /// 未办结请求的全局标识。
    pub request: ID,
    /// `DONE` for a correction made since the request was registered, or `REFUSED`. `personalCopyTake` and
    /// `personalErase` answer their requests themselves.
    /// 办理结果:更正已在受理后完成的填DONE,不予办理的填REFUSED;复制和删除由各自的操作自动办结。
    pub answer: RequestAnswer,
    /// Reason for the refusal, or a note of the correction. It is stored readable: write no personal data in it.
    /// 不予办理的理由或更正说明;以明文保存,请勿写入个人信息。
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
    let message = say!("personal-request-answered-by", mutation = mutation);
    Err(Error::field("answer", ErrorCode::WrongStep, message))
}

/// Writes the answer to a request.
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

/// Number of the last act that changed the person's data after the request was registered; an error if there is none.
async fn corrected(tx: &Tx, row: &personal_request::Model) -> Result<i64> {
    let last = match Whose::of(tx, row).await? {
        Whose::Household(home) => Some(home.row.version),
        Whose::FamilyMember(_, home) => Some(home.version),
        Whose::Person(person) => last_change(tx, &person, row.opened_seq).await?,
    };
    last.filter(|seq| *seq > row.opened_seq).ok_or_else(|| {
        let message = say!("personal-request-nothing-corrected");
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
