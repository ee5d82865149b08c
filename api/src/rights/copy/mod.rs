//! The copy of all that is held of somebody, for themselves. It is made within the act that takes note of it, so that what
//! is handed out is what the ledger held at that moment; others who are named in it are left out or named no further.

mod entries;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use entity::fact::{SourceType, Step};
use entity::ids::{LedgerId, RegionId};
use entity::personal::PersonalKind;
use entity::personal_request::{RequestAnswer, RequestKind};
use entity::reveal::RevealPurpose;
use entity::values::{Date, Money};
use entity::{personal_value, region};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use uuid::Uuid;

use super::answer::answer;
use super::{Whose, ledger_of_request, open_request_for};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::access_log;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::Asking;
use crate::personal;
use platform::error::{Result, UserError};
use platform::gid::Gid;

/// All that is held of somebody 个人信息副本.
#[derive(Clone, Debug, SimpleObject)]
pub struct PersonalCopy {
    /// Global id of the household, family member or person 当事人.
    subject: ID,
    /// When it was made 生成时间.
    taken_at: DateTime<Utc>,
    /// What is said of them, in clear 个人信息.
    entries: Vec<CopiedEntry>,
    /// Who helps the household, or what the person's seats help with 结对联系.
    links: Vec<CopiedLink>,
    /// What was recorded about the household, or of the person's seats; as it is written, where it is about them alone
    /// 工作记录.
    records: Vec<CopiedRecord>,
    /// When sealed values of theirs were shown in clear, and what for 明文查看记录.
    reveals: Vec<CopiedReveal>,
}

/// A datum of somebody 数据项.
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedEntry {
    /// Its name in this schema: `identityNumber` 字段.
    field: String,
    /// Its name in Chinese 名称.
    term: String,
    /// As it is held 内容.
    value: String,
    /// First day, of what lasts 起.
    from: Option<Date>,
    /// Last day, of what has ended 止.
    to: Option<Date>,
}

/// A link 结对联系.
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedLink {
    /// Global id.
    id: ID,
    /// The rule it is under 联系规则.
    rule: String,
    /// Who helps, to the household that is helped 帮扶主体.
    helper: Option<String>,
    /// Where the target is 所在区划.
    region: String,
    /// First day 起.
    from: Date,
    /// Last day 止.
    to: Option<Date>,
}

/// A record of work 工作记录.
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedRecord {
    /// Global id.
    id: ID,
    /// What sort of record it is 类型.
    of: SourceType,
    /// Its kind, by code 种类.
    kind: String,
    /// How far it has come 环节.
    step: Step,
    /// When it happened 日期.
    happened_on: Date,
    /// Its title, where it is about the household alone 标题.
    title: Option<String>,
    /// What was written, where it is about the household alone 内容.
    detail: Option<String>,
    /// Amount in fen 金额(分).
    amount: Money,
}

/// Sealed values were shown in clear 明文查看.
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedReveal {
    /// When 日期.
    on: Date,
    /// What for 用途.
    purpose: RevealPurpose,
    /// Which kinds of values 类型.
    kinds: Vec<PersonalKind>,
}

/// A copy, or what is to be mended 个人信息副本结果.
#[derive(SimpleObject)]
pub struct PersonalCopyPayload {
    /// The copy, this once; nothing where the key was used before 副本.
    copy: Option<PersonalCopy>,
    /// What the person can mend; nothing was shown where there is any 可更正的错误.
    user_errors: Vec<UserError>,
}

/// A copy for somebody who asked for it 个人信息查阅复制.
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalCopyTakeInput")]
pub struct PersonalCopyTake {
    /// Chosen by the caller, once per intent; a repeat shows nothing again 幂等键.
    pub idempotency_key: String,
    /// The open request for it 请求.
    pub request: ID,
    /// To whom it is handed out, and how it is known that it is they; it is kept, so it holds no value 办理说明.
    pub reason: String,
}

/// The input, and where the act leaves the copy.
#[derive(Serialize)]
struct Taking {
    #[serde(flatten)]
    input: PersonalCopyTake,
    #[serde(skip)]
    per_day: u32,
    #[serde(skip)]
    copy: Arc<Mutex<Option<PersonalCopy>>>,
}

/// Makes a copy; it is out of hand only when the act is in the journal.
pub async fn taken(ctx: &Context<'_>, input: PersonalCopyTake) -> async_graphql::Result<PersonalCopyPayload> {
    let ledger = ledger_of_request(&input.request);
    let about = ledger.as_ref().ok().copied();
    let made = made(ctx, ledger, input).await;
    let (copy, user_errors) = personal::shown(ctx, Taking::NAME, about, made)?;
    Ok(PersonalCopyPayload { copy, user_errors })
}

async fn made(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    input: PersonalCopyTake,
) -> Result<Option<PersonalCopy>> {
    let (app, viewer) = (ctx.app()?, ctx.viewer()?);
    viewer.may(Action::AnswerForData)?;
    let (ledger, copy) = (ledger?, Arc::default());
    let server = app.apart().await;
    let act = Taking { input, per_day: server.reveals_per_day, copy: Arc::clone(&copy) };
    if server.ledger.enter(viewer, ledger, act).await?.repeated {
        return Ok(None);
    }
    access_log::exported(ctx, Taking::NAME, ledger);
    Ok(copy.lock().unwrap_or_else(PoisonError::into_inner).take())
}

impl Act for Taking {
    const NAME: &'static str = "personalCopyTake";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (row, whose) = open_request_for(tx, &self.input.request, RequestKind::Copy).await?;
        let (values, key) = (values(tx, whose.key()).await?, whose.key());
        let why = (RevealPurpose::OwnCopy, self.input.reason.as_str());
        let copy = copied(tx, whose, &values).await?;
        personal::note(tx, key, &values, why, self.per_day).await?;
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
        answer(tx, row, RequestAnswer::Done, Some(tx.seq()), &self.input.reason).await
    }
}

async fn values(tx: &Tx, (of, id): (SourceType, Uuid)) -> Result<Vec<personal_value::Model>> {
    use personal_value::Column;
    Ok(personal_value::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::OwnerType.eq(of))
        .filter(Column::OwnerId.eq(id))
        .order_by_asc(Column::Kind)
        .all(tx.db())
        .await?)
}

async fn copied(tx: &Tx, whose: Whose, values: &[personal_value::Model]) -> Result<PersonalCopy> {
    let (of, id) = whose.key();
    let (links, records) = match &whose {
        Whose::Household(home) => work::of_household(tx, home.row.id).await?,
        Whose::FamilyMember(_, home) => work::of_household(tx, home.id).await?,
        Whose::Person(row) => work::of_person(tx, row.id).await?,
    };
    let mut entries = entries::sealed(tx, values)?;
    entries.extend(match &whose {
        Whose::Household(home) => entries::of_household(tx, home).await?,
        Whose::FamilyMember(row, home) => entries::of_member(tx, row, home).await?,
        Whose::Person(row) => entries::of_person(tx, row).await?,
    });
    Ok(PersonalCopy {
        subject: Gid::subject(of, tx.ledger(), id).into(),
        taken_at: tx.at(),
        entries,
        links,
        records,
        reveals: work::reveals(tx, &whose).await?,
    })
}

/// What places are called.
async fn places(tx: &Tx, ids: impl IntoIterator<Item = RegionId>) -> Result<HashMap<RegionId, String>> {
    let these = one_of(tx.scope().backend(), region::Column::Id, ids.into_iter().map(|id| id.0));
    let rows = region::Entity::whole(tx.scope()).filter(these).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
