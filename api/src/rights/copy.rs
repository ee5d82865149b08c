//! The copy of all that is held of somebody, for themselves. It is made within the act that takes note of it, so that what
//! is handed out is what the ledger held at that moment; others who are named in it are left out or named no further.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use entity::fact::{SourceType, Step};
use entity::ids::{HouseholdId, LedgerId, PersonId};
use entity::personal::PersonalKind;
use entity::personal_request::{RequestAnswer, RequestKind};
use entity::reveal::RevealPurpose;
use entity::values::{Date, Money};
use entity::{
    family_member, household, household_income, link, link_rule, member, organisation, person,
    personal_value, record, record_ref, region, reveal,
};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::Serialize;
use uuid::Uuid;

use super::answer::answer;
use super::{Whose, about, ledger_of_request, open_request_for};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::access_log;
use crate::error::{Error, Result, UserError};
use crate::gid::Gid;
use crate::household::{self as homes, Registered};
use crate::ledger::{Act, Subject, Tx, code};
use crate::mutation::Asking;
use crate::personal;

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
    disclosures: Vec<CopiedDisclosure>,
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
pub struct CopiedDisclosure {
    /// When 日期.
    on: Date,
    /// What for 用途.
    purpose: RevealPurpose,
    /// Which kinds of values 类型.
    kinds: Vec<String>,
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
    let done = made(ctx, ledger, input).await;
    if let Some(result) = done.as_ref().err().and_then(access_log::result_of) {
        access_log::refused(ctx, Taking::NAME, about, result);
    }
    match done {
        Ok(copy) => Ok(PersonalCopyPayload { copy, user_errors: vec![] }),
        Err(Error::User(error)) => Ok(PersonalCopyPayload { copy: None, user_errors: vec![error] }),
        Err(error) => Err(error.into()),
    }
}

async fn made(
    ctx: &Context<'_>,
    ledger: Result<LedgerId>,
    input: PersonalCopyTake,
) -> Result<Option<PersonalCopy>> {
    let (app, viewer) = (ctx.app()?, ctx.viewer()?);
    viewer.may(Action::AnswerForData)?;
    let (ledger, copy) = (ledger?, Arc::default());
    let act = Taking { input, per_day: app.reveals_per_day, copy: Arc::clone(&copy) };
    app.db.read.rest().await?;
    if app.ledger.enter(viewer, ledger, act).await?.repeated {
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
    let mut entries = sealed(tx, values)?;
    let (links, records) = match whose {
        Whose::Household(home) => {
            entries.extend(of_household(tx, &home).await?);
            of_home(tx, home.row.id).await?
        }
        Whose::FamilyMember(row, home) => {
            entries.extend(of_member(tx, &row, &home).await?);
            of_home(tx, home.id).await?
        }
        Whose::Person(row) => {
            entries.extend(of_person(tx, &row).await?);
            of_seats(tx, row.id).await?
        }
    };
    Ok(PersonalCopy {
        subject: Gid::subject(of, tx.ledger(), id).into(),
        taken_at: tx.at(),
        entries,
        links,
        records,
        disclosures: disclosures(tx, id).await?,
    })
}

fn entry(field: &str, term: &str, value: impl Into<String>) -> CopiedEntry {
    let (field, term, value) = (field.to_owned(), term.to_owned(), value.into());
    CopiedEntry { field, term, value, from: None, to: None }
}

fn some(field: &str, term: &str, value: Option<impl ToString>) -> Option<CopiedEntry> {
    value.map(|value| entry(field, term, value.to_string()))
}

fn sealed(tx: &Tx, values: &[personal_value::Model]) -> Result<Vec<CopiedEntry>> {
    let named = |row: &personal_value::Model| {
        let (field, term) = match row.kind {
            PersonalKind::IdentityNumber => ("identityNumber", "身份证号"),
            PersonalKind::Phone => ("phone", "电话"),
            PersonalKind::BankAccount => ("bankAccount", "银行账号"),
        };
        Ok(entry(field, term, personal::opened(row, tx.keys().get(row.key_id)?.as_ref())?))
    };
    values.iter().map(named).collect()
}

/// Where somebody is, as far as the places have names.
async fn place(tx: &Tx, id: entity::ids::RegionId) -> Result<String> {
    let row = region::Entity::whole(tx.scope()).filter(region::Column::Id.eq(id)).one(tx.db()).await?;
    Ok(row.map(|row| row.name).unwrap_or_default())
}

async fn at_home(tx: &Tx, row: &household::Model) -> Result<Vec<CopiedEntry>> {
    let village = entry("village", "所在村", place(tx, row.village_id).await?);
    let rest = [
        some("number", "户编号", row.number.as_ref()),
        some("address", "住址", row.address.as_ref()),
        some("housing", "住房情况", row.housing.as_ref()),
        some("hasSafeWater", "饮水是否安全", row.safe_water),
        some("hasMedicalCover", "是否有医疗保障", row.medical_cover),
        some("registeredOn", "建档日期", Some(row.registered_on)),
        some("leftOn", "销户·迁出日期", row.left_on),
    ];
    Ok([village].into_iter().chain(rest.into_iter().flatten()).collect())
}

async fn of_household(tx: &Tx, home: &Registered) -> Result<Vec<CopiedEntry>> {
    let mut entries = vec![entry("headName", "户主姓名", &home.row.head_name)];
    entries.extend(at_home(tx, &home.row).await?);
    entries.extend(home.designations.iter().map(|(row, code)| CopiedEntry {
        from: Some(row.from_on),
        to: row.to_on,
        ..entry("designations", "认定", code)
    }));
    for row in homes::family(tx, home.row.id).await? {
        let who = format!("{} {}", row.name, row.relation);
        let (from, to) = (Some(row.from_on), row.to_on);
        entries.push(CopiedEntry { from, to, ..entry("members", "家庭成员", who) });
    }
    let income = household_income::Entity::within(tx.scope())
        .filter(household_income::Column::LedgerId.eq(tx.ledger()))
        .filter(household_income::Column::HouseholdId.eq(home.row.id))
        .order_by_asc(household_income::Column::Year)
        .all(tx.db())
        .await?;
    entries.extend(income.iter().map(|row| {
        let said = format!("{} {} {}", row.year, code(&row.source), row.amount.0);
        entry("income", "收入(年度 来源 分)", said)
    }));
    Ok(entries)
}

async fn of_member(tx: &Tx, row: &family_member::Model, home: &household::Model) -> Result<Vec<CopiedEntry>> {
    let (from, to) = (Some(row.from_on), row.to_on);
    let relation = CopiedEntry { from, to, ..entry("relation", "与户主关系", &row.relation) };
    let rest = [
        some("bornOn", "出生日期", row.born_on),
        some("occupation", "职业", row.occupation.as_ref()),
        some("schooling", "教育程度", row.schooling.as_ref()),
    ];
    let own = [entry("name", "姓名", &row.name), relation].into_iter().chain(rest.into_iter().flatten());
    Ok(own.chain(at_home(tx, home).await?).collect())
}

async fn of_person(tx: &Tx, row: &person::Model) -> Result<Vec<CopiedEntry>> {
    let mut entries = vec![
        entry("name", "姓名", &row.name),
        entry("isPartyMember", "是否中共党员", row.party_member.to_string()),
    ];
    entries.extend(some("expertise", "专长", row.expertise.as_ref()));
    for seat in seats(tx, row.id).await? {
        let at = organisation::Entity::whole(tx.scope())
            .filter(organisation::Column::Id.eq(seat.organisation_id))
            .one(tx.db())
            .await?;
        let said = format!("{} {}", at.map(|at| at.name).unwrap_or_default(), code(&seat.kind));
        entries.push(CopiedEntry {
            from: Some(seat.from_on),
            to: seat.to_on,
            ..entry("seats", "席位", said)
        });
    }
    Ok(entries)
}

async fn seats(tx: &Tx, person: PersonId) -> Result<Vec<member::Model>> {
    let of = member::Column::PersonId.eq(person);
    let rows = member::Entity::whole(tx.scope()).filter(of).order_by_asc(member::Column::FromOn);
    Ok(rows.all(tx.db()).await?)
}

/// Links and records of a household, with who helps and what was written about it alone.
async fn of_home(tx: &Tx, household: HouseholdId) -> Result<(Vec<CopiedLink>, Vec<CopiedRecord>)> {
    let of = link::Column::HouseholdId.eq(household).and(link::Column::LedgerId.eq(tx.ledger()));
    let (links, rows) = (links(tx, of.into(), true).await?, about::records(tx, household).await?);
    let shared = about::shared(tx, household, &rows).await?;
    let records = rows.into_iter().map(|row| {
        let alone = !shared.contains(&row.id);
        record(row, alone)
    });
    Ok((links, records.collect()))
}

/// Links of a person's seats, and records they took part in; what was written of those they help is not theirs.
async fn of_seats(tx: &Tx, person: PersonId) -> Result<(Vec<CopiedLink>, Vec<CopiedRecord>)> {
    let seats: Vec<Uuid> = seats(tx, person).await?.iter().map(|seat| seat.id.0).collect();
    let Ok(scope) = tx.may(Action::ReadRecord) else { return Ok((vec![], vec![])) };
    let of = Condition::all().add(one_of(scope.backend(), link::Column::HelperId, seats.iter().copied()));
    let taking_part = record_ref::Entity::within(&scope)
        .select_only()
        .column(record_ref::Column::RecordId)
        .filter(record_ref::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(scope.backend(), record_ref::Column::RefId, seats));
    let rows = record::Entity::within(&scope)
        .filter(record::Column::LedgerId.eq(tx.ledger()))
        .filter(record::Column::Id.in_subquery(taking_part.into_query()))
        .order_by_asc(record::Column::HappenedOn)
        .order_by_asc(record::Column::Id)
        .all(tx.db())
        .await?;
    Ok((links(tx, of, false).await?, rows.into_iter().map(|row| record(row, false)).collect()))
}

fn record(row: record::Model, alone: bool) -> CopiedRecord {
    CopiedRecord {
        id: Gid::record(row.source_type, row.ledger_id, row.id).into(),
        of: row.source_type,
        kind: row.kind,
        step: row.step,
        happened_on: row.happened_on,
        title: alone.then_some(row.title),
        detail: row.detail.filter(|_| alone),
        amount: row.amount,
    }
}

async fn links(tx: &Tx, of: Condition, with_helpers: bool) -> Result<Vec<CopiedLink>> {
    let Ok(scope) = tx.may(Action::ReadHousehold) else { return Ok(vec![]) };
    let rows = link::Entity::within(&scope).filter(of).order_by_asc(link::Column::FromOn).all(tx.db());
    let mut links = vec![];
    for row in rows.await? {
        let rule = link_rule::Entity::whole(tx.scope())
            .filter(link_rule::Column::Id.eq(row.rule_id))
            .one(tx.db())
            .await?;
        links.push(CopiedLink {
            id: Gid::record(SourceType::Link, row.ledger_id, row.id).into(),
            rule: rule.map(|rule| rule.name).unwrap_or_default(),
            helper: if with_helpers { about::helper(tx, &row).await? } else { None },
            region: place(tx, row.region_id).await?,
            from: row.from_on,
            to: row.to_on,
        });
    }
    Ok(links)
}

async fn disclosures(tx: &Tx, owner: Uuid) -> Result<Vec<CopiedDisclosure>> {
    let rows = reveal::Entity::within(tx.scope())
        .filter(reveal::Column::LedgerId.eq(tx.ledger()))
        .filter(reveal::Column::OwnerId.eq(owner))
        .order_by_asc(reveal::Column::Seq)
        .all(tx.db())
        .await?;
    let told = |row: reveal::Model| CopiedDisclosure {
        on: row.on_day,
        purpose: row.purpose,
        kinds: row.kinds.split('+').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
    };
    Ok(rows.into_iter().map(told).collect())
}
