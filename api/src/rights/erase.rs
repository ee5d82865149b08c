//! Erasing personal data: names, texts and sealed values of a subject are removed from every table. Facts stay, so no
//! figure changes: they hold ids, places, days and numbers, and the erased row behind an id identifies nobody.
#![expect(clippy::disallowed_methods, reason = "one look at accounts, which lie in no ledger")]

use std::collections::HashSet;

use async_graphql::{ID, InputObject};
use entity::fact::SourceType;
use entity::ids::{HouseholdId, PersonId, RecordId};
use entity::personal_request::{self, RequestAnswer, RequestKind};
use entity::values::Date;
use entity::{
    account, account_proposal, committee_member, family_member, household, household_income, link, person,
    record, record_step,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::answer::answer;
use super::{Whose, about, open_request_for, retention};
use crate::access::scope::{Whole, one_of, proposals_for};
use crate::access::{Action, Within};
use crate::household::{self as homes, Family, Registered};
use crate::ledger::{Act, Moves, Record, Subject, Tx};
use crate::name;
use crate::personal::{self, Owner};
use platform::check::BEGINNING;
use platform::db::Transaction;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Text that replaces a name or a text in a column that must not be empty.
const ERASED: &str = "已删除";

/// The erasure of the personal data of somebody who asked for it.
/// 应当事人请求删除其个人信息。
#[derive(InputObject, Serialize)]
#[graphql(name = "PersonalEraseInput")]
pub struct PersonalErase {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the open request for deletion.
    /// 未办结删除请求的全局标识。
    pub request: ID,
    /// Reply to the person. It is stored readable: write no personal data in it.
    /// 给当事人的办理说明;以明文保存,请勿写入个人信息。
    pub reason: String,
}

impl Act for PersonalErase {
    const NAME: &'static str = "personalErase";
    const ACTION: Action = Action::AnswerForData;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (row, whose) = open_request_for(tx, &self.request, RequestKind::Deletion).await?;
        may_go(tx, &whose).await?;
        erase(tx, whose).await?;
        let done = Some(tx.seq());
        answer(tx, row, RequestAnswer::Done, done, &self.reason).await
    }
}

/// Refuses while the subject is still in the ledger, while the period of retention lasts, or while the person can sign
/// in.
async fn may_go(tx: &Tx, whose: &Whose) -> Result<()> {
    let refused = |message: Message| Err(Error::field("request", ErrorCode::WrongStep, message));
    let Some(left) = last_day(tx, whose).await?.filter(|last| *last < tx.today()) else {
        return refused(say!("erasure-still-there"));
    };
    match retention::months(tx.db(), tx.scope(), tx.ledger(), whose.key().0).await? {
        None => refused(say!("erasure-no-retention")),
        Some(months) if left > retention::cut_off(tx.today(), months) => {
            refused(say!("erasure-too-early", months = months, day = left))
        }
        Some(_) if can_sign_in(tx, whose).await? => refused(say!("erasure-account")),
        Some(_) => Ok(()),
    }
}

async fn can_sign_in(tx: &Tx, whose: &Whose) -> Result<bool> {
    Ok(match whose {
        Whose::Person(row) => !signing_in(tx, &[row.id.0]).await?.is_empty(),
        Whose::Household(_) | Whose::FamilyMember(..) => false,
    })
}

/// Ids of the given people who have an account that is not disabled.
pub(super) async fn signing_in(tx: &Tx, people: &[Uuid]) -> Result<HashSet<PersonId>> {
    let theirs = one_of(tx.scope().backend(), account::Column::PersonId, people.iter().copied());
    let accounts = account::Entity::find().filter(theirs).filter(account::Column::Disabled.eq(false));
    let accounts = tx.over_all_ledgers(async |db| Ok(accounts.all(db).await?)).await?;
    Ok(accounts.into_iter().filter_map(|account| account.person_id).collect())
}

/// Last day of a subject in the ledger: of the household, of the family member, or of a person's last seat or place in
/// a committee; none while it is open.
async fn last_day(tx: &Tx, whose: &Whose) -> Result<Option<Date>> {
    Ok(match whose {
        Whose::Household(home) => home.row.left_on,
        Whose::FamilyMember(row, home) => [row.to_on, home.left_on].into_iter().flatten().min(),
        Whose::Person(row) => {
            let seats = about::seats(tx, row.id).await?.into_iter().map(|seat| seat.to_on);
            let sits = committee_member::Column::PersonId.eq(row.id);
            let sits = committee_member::Entity::whole(tx.scope()).filter(sits).all(tx.db()).await?;
            let ends = seats.chain(sits.into_iter().map(|seat| seat.to_on));
            ends.collect::<Option<Vec<Date>>>().map(|ends| ends.into_iter().max().unwrap_or(BEGINNING))
        }
    })
}

/// Erases all personal data of a subject.
pub(super) async fn erase(tx: &mut Tx, whose: Whose) -> Result<()> {
    statements(tx, whose.key()).await?;
    match whose {
        Whose::Household(home) => of_household(tx, home).await,
        Whose::FamilyMember(row, home) => of_member(tx, row, &home).await,
        Whose::Person(row) => of_person(tx, row).await,
    }
}

/// Removes the statements of all requests of a subject.
async fn statements(tx: &Tx, (of, id): (SourceType, Uuid)) -> Result<()> {
    use personal_request::Column;
    let rows = personal_request::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::SubjectType.eq(of))
        .filter(Column::SubjectId.eq(id))
        .filter(Column::Statement.is_not_null())
        .all(tx.db())
        .await?;
    for row in rows {
        tx.update(personal_request::ActiveModel { statement: Set(None), ..row.into() }).await?;
    }
    Ok(())
}

async fn of_household(tx: &mut Tx, home: Registered) -> Result<()> {
    let (before, Registered { row, designations }) = (home.moves(), home);
    let id = row.id;
    for member in homes::family(tx, id).await? {
        if member.erased_on.is_none() {
            statements(tx, (SourceType::FamilyMember, member.id.0)).await?;
            of_member(tx, member, &row).await?;
        }
    }
    personal::forget_all(tx, Owner::household(id)).await?;
    name::forget(tx, id).await?;
    let income = Condition::all()
        .add(household_income::Column::LedgerId.eq(tx.ledger()))
        .add(household_income::Column::HouseholdId.eq(id));
    tx.replace::<household_income::Entity, household_income::ActiveModel>(income, vec![]).await?;
    of_links(tx, id).await?;
    of_records(tx, id).await?;
    let row = tx
        .update(household::ActiveModel {
            number: Set(None),
            head_name: Set(ERASED.to_owned()),
            address: Set(None),
            housing: Set(None),
            safe_water: Set(None),
            medical_cover: Set(None),
            erased_on: Set(Some(tx.today())),
            version: Set(tx.seq()),
            ..row.into()
        })
        .await?;
    tx.changed(&Registered { row, designations }, before).await
}

async fn of_member(tx: &mut Tx, row: family_member::Model, home: &household::Model) -> Result<()> {
    let before = Family { row: &row, household: home }.moves();
    personal::forget_all(tx, Owner::family_member(row.id, home.id)).await?;
    name::forget(tx, (row.id, home.id)).await?;
    let row = tx
        .update(family_member::ActiveModel {
            name: Set(ERASED.to_owned()),
            relation: Set(ERASED.to_owned()),
            born_on: Set(None),
            occupation: Set(None),
            schooling: Set(None),
            erased_on: Set(Some(tx.today())),
            ..row.into()
        })
        .await?;
    tx.changed(&Family { row: &row, household: home }, before).await
}

async fn of_person(tx: &mut Tx, row: person::Model) -> Result<()> {
    personal::forget_all(tx, Owner::person(row.id)).await?;
    name::forget(tx, row.id).await?;
    of_proposals(tx, row.id).await?;
    let row = tx
        .update(person::ActiveModel {
            name: Set(ERASED.to_owned()),
            party_member: Set(false),
            expertise: Set(None),
            erased_on: Set(Some(tx.today())),
            ..row.into()
        })
        .await?;
    tx.changed(&row, Moves::default()).await
}

/// Erases the reasons given in account proposals for a person.
async fn of_proposals(tx: &Tx, person: PersonId) -> Result<()> {
    let erased = async |db: &Transaction| {
        for row in proposals_for(person).all(db).await? {
            let answer_reason = Set(blank(row.answer_reason.as_ref()));
            let reason = Set(ERASED.to_owned());
            tx.update(account_proposal::ActiveModel { reason, answer_reason, ..row.into() }).await?;
        }
        Ok(())
    };
    tx.over_all_ledgers(erased).await
}

/// Erases notes and end reasons of a household's links.
async fn of_links(tx: &Tx, household: HouseholdId) -> Result<()> {
    let rows = about::links(tx, household).await?;
    for row in rows.into_iter().filter(|row| row.note.is_some() || row.end_reason.is_some()) {
        let end_reason = Set(blank(row.end_reason.as_ref()));
        tx.update(link::ActiveModel { note: Set(None), end_reason, ..row.into() }).await?;
    }
    Ok(())
}

fn blank(text: Option<&String>) -> Option<String> {
    text.map(|_| ERASED.to_owned())
}

/// Erases the texts of records about this household alone. The text of a record shared with other households stays: it
/// is about them, too.
async fn of_records(tx: &Tx, household: HouseholdId) -> Result<()> {
    let rows = about::records(tx, household).await?;
    let shared = about::shared(tx, household, &rows).await?;
    for row in rows.into_iter().filter(|row| !shared.contains(&row.id)) {
        steps(tx, row.id).await?;
        tx.update(record::ActiveModel {
            title: Set(ERASED.to_owned()),
            detail: Set(None),
            reason: Set(blank(row.reason.as_ref())),
            rejection: Set(blank(row.rejection.as_ref())),
            version: Set(tx.seq()),
            ..row.into()
        })
        .await?;
    }
    Ok(())
}

async fn steps(tx: &Tx, record: RecordId) -> Result<()> {
    let rows = record_step::Entity::within(&tx.may(Action::ReadRecord)?)
        .filter(record_step::Column::LedgerId.eq(tx.ledger()))
        .filter(record_step::Column::RecordId.eq(record))
        .filter(record_step::Column::Note.is_not_null())
        .all(tx.db())
        .await?;
    for row in rows {
        tx.update(record_step::ActiveModel { note: Set(None), ..row.into() }).await?;
    }
    Ok(())
}
