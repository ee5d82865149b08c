//! The rights of people over their own data 个人信息权利: what they ask for, and how it is answered; the copy of what is held
//! of them; erasure, and how long a ledger keeps the data of those who have left it. What was counted stays counted.

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

pub use answer::{PersonalRequestPayload, RightsMutation};
pub use copy::PersonalCopy;
pub use retention::{Retention, RetentionPayload, RetentionQuery};

/// How long an office may take to answer.
const DAYS_TO_ANSWER: Days = Days::new(30);

/// Of whom data are held.
const SUBJECTS: &[SourceType] = &[SourceType::Household, SourceType::FamilyMember, SourceType::Person];

/// What somebody asked about their own personal data 个人信息权利请求.
#[derive(Description)]
pub struct PersonalRequest(pub personal_request::Model);

#[Object(use_type_description)]
impl PersonalRequest {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::PersonalRequest, self.0.ledger_id, self.0.id).into()
    }

    /// What was asked 请求类型.
    async fn kind(&self) -> RequestKind {
        self.0.kind
    }

    /// Global id of the household, family member or person whose data it is about 当事人.
    async fn subject(&self) -> ID {
        Gid::subject(self.0.subject_type, self.0.ledger_id, self.0.subject_id).into()
    }

    /// Which of their data it is about; all where empty 数据项.
    async fn data(&self) -> Vec<Datum> {
        self.0.data.split('+').filter_map(Datum::coded).collect()
    }

    /// As they put it; gone when their data were erased 诉求.
    async fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// When it came in 受理日期.
    async fn received_on(&self) -> Date {
        self.0.received_on
    }

    /// Last day on which it should be answered: 30 days after it came in 办理期限.
    async fn due_on(&self) -> Option<Date> {
        self.0.received_on.checked_add_days(DAYS_TO_ANSWER)
    }

    /// How it was answered; absent while it is open 办理结果.
    async fn answer(&self) -> Option<RequestAnswer> {
        self.0.answer
    }

    /// When it was answered 办结日期.
    async fn answered_on(&self) -> Option<Date> {
        self.0.answered_on
    }

    /// Why it was refused, or what was done 办理说明.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Number, in the journal of its ledger, of the act that did what was asked 办理序号.
    async fn done_seq(&self) -> Option<i64> {
        self.0.done_seq
    }

    /// Number of the act that last changed it 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// Which requests 请求筛选.
#[derive(InputObject, Default)]
pub struct PersonalRequestFilter {
    /// Of this kind 请求类型.
    kind: Option<RequestKind>,
    /// Open, or answered 是否未办结.
    is_open: Option<bool>,
    /// About this household, family member or person 当事人.
    subject: Option<ID>,
}

/// Sort key of requests 请求排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum PersonalRequestSort {
    /// By the day they came in, which is the order in which they are due 受理日期.
    #[default]
    Received,
}

#[derive(Default)]
pub struct RightsQuery;

#[Object]
impl RightsQuery {
    /// One request about somebody's own data, for the office that answers it 个人信息权利请求.
    async fn personal_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<PersonalRequest>> {
        match Gid::parse(&id, "id", &[SourceType::PersonalRequest]) {
            Ok(gid) => PersonalRequest::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Requests about people's own data, for the office that answers them 个人信息权利请求列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn personal_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which requests; all where absent")] filter: Option<PersonalRequestFilter>,
        #[graphql(desc = "Sort key; by the day they came in where absent")] order_by: Option<
            PersonalRequestSort,
        >,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// The ledger in which somebody's data lie.
async fn ledger_of(ctx: &Context<'_>, subject: &ID, field: &str) -> Result<LedgerId> {
    let gid = Gid::parse(subject, field, SUBJECTS)?;
    if gid.of == SourceType::Person { ledger_of_person(ctx, subject, field).await } else { Ok(gid.ledger) }
}

/// Somebody of whom data are held, as an act of their ledger finds them.
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

/// The open request that an input names.
async fn open_request(tx: &Tx, request: &ID) -> Result<personal_request::Model> {
    let id = Gid::parse(request, "request", &[SourceType::PersonalRequest])?.id;
    let row = personal_request::Entity::within(tx.scope())
        .filter(personal_request::Column::LedgerId.eq(tx.ledger()))
        .filter(personal_request::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("request"))?;
    if row.answer.is_some() {
        return Err(Error::field("request", ErrorCode::WrongStep, "the request has been answered"));
    }
    Ok(row)
}

/// An open request of this kind, and of whom it is.
async fn open_request_for(
    tx: &Tx,
    request: &ID,
    kind: RequestKind,
) -> Result<(personal_request::Model, Whose)> {
    let row = open_request(tx, request).await?;
    if row.kind != kind {
        let message = format!("what is asked is a {}, not this", code(&row.kind));
        return Err(Error::field("request", ErrorCode::WrongStep, message));
    }
    let whose = Whose::of(tx, &row).await?;
    Ok((row, whose))
}

/// The ledger of a request.
fn ledger_of_request(request: &ID) -> Result<LedgerId> {
    Gid::parse(request, "request", &[SourceType::PersonalRequest]).map(|gid| gid.ledger)
}
