//! Rights of people over their own data 个人信息权利: requests and their answers, the copy of a person's data, erasure,
//! and how long a ledger keeps the data of people who have left it. Erasure changes no figure.

mod about;
mod answer;
mod copy;
mod erase;
mod retention;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use chrono::Days;
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::personal_request::{self, RequestAnswer, RequestKind};
use entity::values::Date;
use entity::{family_member, household, person};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::{Action, Datum, Within};
use crate::household as homes;
use crate::ledger::{Tx, code};
use crate::member::{ledger_of_person, person_key};
use crate::mutation::{Asking, Reread};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

pub use answer::{PersonalRequestPayload, RightsMutation};
pub use copy::PersonalCopy;
pub use retention::{Retention, RetentionPayload, RetentionQuery};

/// Days that an office has to answer a request.
const DAYS_TO_ANSWER: Days = Days::new(30);

/// Types of rows that hold data about somebody.
const SUBJECTS: &[SourceType] = &[SourceType::Household, SourceType::FamilyMember, SourceType::Person];

/// A request that somebody made about their own personal data.
/// 当事人就本人信息提出的权利请求。
#[derive(Description)]
pub struct PersonalRequest(pub personal_request::Model);

#[Object(use_type_description)]
impl PersonalRequest {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::PersonalRequest, self.0.ledger_id, self.0.id).into()
    }

    /// Type of the request.
    /// 请求类型。
    async fn kind(&self) -> RequestKind {
        self.0.kind
    }

    /// Global id of the household, family member or person whose data the request is about.
    /// 当事人(农户、家庭成员或人员)的全局标识。
    async fn subject(&self) -> ID {
        Gid::subject(self.0.subject_type, self.0.ledger_id, self.0.subject_id).into()
    }

    /// Data that the request is about; all data if empty.
    /// 请求涉及的数据项,空表示全部。
    async fn data(&self) -> Vec<Datum> {
        self.0.data.split('+').filter_map(Datum::coded).collect()
    }

    /// The request in the person's own words; null after their data were erased.
    /// 当事人的诉求原话;信息删除后为空。
    async fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// Day on which the request was received.
    /// 受理日期。
    async fn received_on(&self) -> Date {
        self.0.received_on
    }

    /// Day by which the request should be answered, 30 days after it was received.
    /// 办理期限:受理后30日。
    async fn due_on(&self) -> Option<Date> {
        self.0.received_on.checked_add_days(DAYS_TO_ANSWER)
    }

    /// Answer to the request; null while it is open.
    /// 办理结果;未办结的为空。
    async fn answer(&self) -> Option<RequestAnswer> {
        self.0.answer
    }

    /// Day on which the request was answered; null while it is open.
    /// 办结日期;未办结的为空。
    async fn answered_on(&self) -> Option<Date> {
        self.0.answered_on
    }

    /// Reason for the refusal, or a note of what was done; null while the request is open.
    /// 不予办理的理由或办理说明;未办结的为空。
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Number, in the ledger's journal, of the act that carried out the request; null unless it was carried out.
    /// 完成该请求的操作在台账日志中的序号;未完成的为空。
    async fn done_seq(&self) -> Option<i64> {
        self.0.done_seq
    }

    /// Number of the act that last changed the request.
    /// 最近一次变更的操作序号。
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// Conditions on requests; a request must meet all of them.
/// 请求的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct PersonalRequestFilter {
    /// Only requests of this type.
    /// 仅此类型的请求。
    kind: Option<RequestKind>,
    /// True for open requests only, false for answered ones only.
    /// true仅列未办结的,false仅列已办结的。
    is_open: Option<bool>,
    /// Only requests about this household, family member or person, by global id.
    /// 仅此当事人(农户、家庭成员或人员)的请求,按全局标识。
    subject: Option<ID>,
}

/// Sort key of a list of requests.
/// 请求列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum PersonalRequestSort {
    /// By the day on which the request was received, which is also the order in which requests fall due.
    /// 按受理日期,即到期先后。
    #[default]
    Received,
}

#[derive(Default)]
pub struct RightsQuery;

#[Object]
impl RightsQuery {
    /// Returns one request about somebody's own data, to the office that answers it.
    /// 查询一项个人信息权利请求,供负责答复的办公室使用。
    async fn personal_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the request.\n请求的全局标识。")] id: ID,
    ) -> Option<Result<PersonalRequest>> {
        match Gid::parse(&id, "id", &[SourceType::PersonalRequest]) {
            Ok(gid) => PersonalRequest::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Lists requests that people made about their own data, for the office that answers them.
    /// 个人信息权利请求列表,供负责答复的办公室使用。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn personal_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which requests to list; all if absent.\n筛选条件,默认全部请求。")] filter: Option<
            PersonalRequestFilter,
        >,
        #[graphql(desc = "Sort key; by day of receipt if absent.\n排序字段,默认按受理日期。")]
        order_by: Option<PersonalRequestSort>,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<PersonalRequest>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let PersonalRequestSort::Received = order_by.unwrap_or_default();
            let (by, id) = (personal_request::Column::ReceivedOn, personal_request::Column::Id);
            let sort = Sort { by, id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, PersonalRequest).await
        };
        Some(page.await)
    }
}

fn selected(ctx: &Context<'_>, filter: PersonalRequestFilter) -> Result<Select<personal_request::Entity>> {
    use personal_request::Column;
    let mut rows = personal_request::Entity::within(&ctx.viewer()?.may(Action::AnswerForData)?);
    if let Some(kind) = filter.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(open) = filter.is_open {
        rows = rows.filter(if open { Column::Answer.is_null() } else { Column::Answer.is_not_null() });
    }
    if let Some(subject) = filter.subject {
        let subject = Gid::parse(&subject, "filter.subject", SUBJECTS)?;
        rows = rows.filter(Column::SubjectType.eq(subject.of)).filter(Column::SubjectId.eq(subject.id));
    }
    Ok(rows)
}

impl Reread for PersonalRequest {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = personal_request::Entity::within(&ctx.viewer()?.may(Action::AnswerForData)?)
            .filter(personal_request::Column::LedgerId.eq(ledger))
            .filter(personal_request::Column::Id.eq(id))
            .one(&ctx.app()?.db)
            .await?;
        row.map(Self).map(Some).ok_or(Error::NotFound)
    }
}

/// The ledger that holds somebody's data.
async fn ledger_of(ctx: &Context<'_>, subject: &ID, field: &str) -> Result<LedgerId> {
    let gid = Gid::parse(subject, field, SUBJECTS)?;
    if gid.of == SourceType::Person { ledger_of_person(ctx, subject, field).await } else { Ok(gid.ledger) }
}

/// A subject of personal data, with the rows that an act in its ledger needs.
enum Whose {
    Household(homes::Registered),
    FamilyMember(family_member::Model, household::Model),
    Person(person::Model),
}

impl Whose {
    async fn find(tx: &Tx, subject: &ID, field: &str) -> Result<Self> {
        let gid = Gid::parse(subject, field, SUBJECTS)?;
        match gid.of {
            SourceType::Household => {
                let id = homes::household_of(subject).map_err(|_| Error::missing(field))?;
                homes::registered(tx, tx.scope(), id, field).await.map(Self::Household)
            }
            SourceType::FamilyMember => {
                let member = homes::member(tx, subject, field).await?;
                let home = homes::registered(tx, tx.scope(), member.household_id, field).await?;
                Ok(Self::FamilyMember(member, home.row))
            }
            _ => {
                let row = roster::kept::<person::Entity>(tx, person_key(subject, field)?.0, field).await?;
                check::not_erased(row.erased_on, field)?;
                Ok(Self::Person(row))
            }
        }
    }

    async fn of(tx: &Tx, request: &personal_request::Model) -> Result<Self> {
        let subject = Gid::subject(request.subject_type, request.ledger_id, request.subject_id);
        Self::find(tx, &subject.into(), "request").await
    }

    const fn key(&self) -> (SourceType, Uuid) {
        match self {
            Self::Household(home) => (SourceType::Household, home.row.id.0),
            Self::FamilyMember(row, _) => (SourceType::FamilyMember, row.id.0),
            Self::Person(row) => (SourceType::Person, row.id.0),
        }
    }
}

/// The open request that an input names; an error if it has been answered.
async fn open_request(tx: &Tx, request: &ID) -> Result<personal_request::Model> {
    let id = Gid::parse(request, "request", &[SourceType::PersonalRequest])?.id;
    let row = personal_request::Entity::within(tx.scope())
        .filter(personal_request::Column::LedgerId.eq(tx.ledger()))
        .filter(personal_request::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("request"))?;
    if row.answer.is_some() {
        return Err(Error::field("request", ErrorCode::WrongStep, say!("personal-request-answered")));
    }
    Ok(row)
}

/// The open request of the given kind that an input names, with its subject.
async fn open_request_for(
    tx: &Tx,
    request: &ID,
    kind: RequestKind,
) -> Result<(personal_request::Model, Whose)> {
    let row = open_request(tx, request).await?;
    if row.kind != kind {
        let message = say!("personal-request-of-another-kind", kind = code(&row.kind));
        return Err(Error::field("request", ErrorCode::WrongStep, message));
    }
    let whose = Whose::of(tx, &row).await?;
    Ok((row, whose))
}

/// The ledger that a request's global id names.
fn ledger_of_request(request: &ID) -> Result<LedgerId> {
    Gid::parse(request, "request", &[SourceType::PersonalRequest]).map(|gid| gid.ledger)
}
