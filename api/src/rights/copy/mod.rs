//! The copy of all data held about a person or household, made for them. It is read within the act that journals it, so
//! it shows the ledger at that moment. Other people named in the data are left out, or appear by name only.

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

/// All data held about a household, family member or person.
/// 当事人的全部个人信息副本。
#[derive(Clone, Debug, SimpleObject)]
pub struct PersonalCopy {
    /// Global id of the household, family member or person.
    /// 当事人(农户、家庭成员或人员)的全局标识。
    subject: ID,
    /// Time at which the copy was made.
    /// 副本生成时间。
    taken_at: DateTime<Utc>,
    /// The person's data, in clear.
    /// 当事人的个人信息明文。
    entries: Vec<CopiedEntry>,
    /// Links of the household, or links under which the person's seats help.
    /// 农户的结对联系,或人员席位所帮扶的结对联系。
    links: Vec<CopiedLink>,
    /// Records about the household, or in which the person's seats took part.
    /// 涉及该农户的工作记录,或人员席位参与的工作记录。
    records: Vec<CopiedRecord>,
    /// Occasions on which the person's sealed values were shown in clear.
    /// 当事人加密信息的明文查看记录。
    reveals: Vec<CopiedReveal>,
}

/// One datum about the person.
/// 一项个人信息。
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedEntry {
    /// Name of the field in this schema, such as `identityNumber`.
    /// 本接口中的字段名,如identityNumber。
    field: String,
    /// Chinese name of the datum.
    /// 数据项的中文名称。
    term: String,
    /// The value as it is stored; income as year, source and amount in fen.
    /// 存储的内容;收入为年度、来源和金额(分)。
    value: String,
    /// First day on which the value held; null for values without a span.
    /// 起始日期;无期限的为空。
    from: Option<Date>,
    /// Last day on which the value held; null while it holds.
    /// 截止日期;仍有效的为空。
    to: Option<Date>,
}

/// A link between a helper and a target.
/// 一项结对联系。
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedLink {
    /// Global id.
    /// 全局标识。
    id: ID,
    /// Name of the rule that the link is under.
    /// 所属联系规则的名称。
    rule: String,
    /// Name of the helper; null in the copy of a person.
    /// 帮扶方名称;人员副本中为空。
    helper: Option<String>,
    /// Name of the region in which the target lies.
    /// 帮扶对象所在区划的名称。
    region: String,
    /// First day of the link.
    /// 结对开始日期。
    from: Date,
    /// Last day of the link; null while it lasts.
    /// 结对结束日期;仍在结对的为空。
    to: Option<Date>,
}

/// A record of work.
/// 一条工作记录。
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedRecord {
    /// Global id.
    /// 全局标识。
    id: ID,
    /// Type of the record.
    /// 记录类型。
    of: SourceType,
    /// Code of the record's kind.
    /// 种类代码。
    kind: String,
    /// Step that the record has reached.
    /// 记录所处的环节。
    step: Step,
    /// Day on which the work happened.
    /// 发生日期。
    happened_on: Date,
    /// Title of the record; null where it is about another household as well, or in the copy of a person.
    /// 标题;同时涉及其他农户的记录和人员副本中为空。
    title: Option<String>,
    /// Text of the record; null where the title is null.
    /// 内容;标题为空的,内容也为空。
    detail: Option<String>,
    /// Amount in fen.
    /// 金额,单位为分。
    amount: Money,
}

/// An occasion on which sealed values were shown in clear.
/// 一次明文查看。
#[derive(Clone, Debug, SimpleObject)]
pub struct CopiedReveal {
    /// Day on which the values were shown.
    /// 查看日期。
    on: Date,
    /// Purpose for which the values were shown.
    /// 查看用途。
    purpose: RevealPurpose,
    /// Kinds of the values shown.
    /// 所查看信息的类型。
    kinds: Vec<PersonalKind>,
}

/// A copy of somebody's data, or the errors to correct.
/// 个人信息副本,或需更正的错误。
#[derive(SimpleObject)]
pub struct PersonalCopyPayload {
    /// The copy, given once; null if the idempotency key was used before.
    /// 副本,仅给出一次;幂等键用过的为空。
    copy: Option<PersonalCopy>,
    /// Errors that the caller can correct; nothing was shown if there are any.
    /// 可更正的错误;有错误时未显示任何内容。
    user_errors: Vec<UserError>,
}

/// A copy of somebody's data, made because they asked for it.
/// 应当事人请求生成的个人信息副本。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalCopyTakeInput")]
pub struct PersonalCopyTake {
    /// Key chosen by the caller, once per intent; sending it again returns no copy.
    /// 幂等键:同一操作重复提交时使用同一键,不会再次给出副本。
    pub idempotency_key: String,
    /// Global id of the open request for a copy.
    /// 未办结复制请求的全局标识。
    pub request: ID,
    /// Receiver of the copy and how their identity was checked. It is stored readable: write no personal data in it.
    /// 领取人及身份核实方式;以明文保存,请勿写入个人信息。
    pub reason: String,
}

/// The input, with a slot into which the act puts the copy.
#[derive(Serialize)]
struct Taking {
    #[serde(flatten)]
    input: PersonalCopyTake,
    #[serde(skip)]
    per_day: u32,
    #[serde(skip)]
    copy: Arc<Mutex<Option<PersonalCopy>>>,
}

/// Makes a copy; it is returned only after the act is in the journal.
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

/// Names of regions, by id.
async fn places(tx: &Tx, ids: impl IntoIterator<Item = RegionId>) -> Result<HashMap<RegionId, String>> {
    let these = one_of(tx.scope().backend(), region::Column::Id, ids.into_iter().map(|id| id.0));
    let rows = region::Entity::whole(tx.scope()).filter(these).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
