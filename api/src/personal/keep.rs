//! Storing personal values that acts on their owners write.

use async_graphql::MaybeUndefined;
use entity::fact::SourceType;
use entity::personal::{IdentityNumber, Personal, PersonalKind, Unfit, is_masked};
use entity::values::Date;
use entity::{family_member, household, personal_value};
use sea_orm::{ColumnTrait, Condition, Iterable, QueryFilter, Set};
use uuid::Uuid;

use super::{Owner, Written, opened, place, purpose};
use crate::access::Within;
use crate::access::scope::one_of;
use crate::ledger::Tx;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;
use platform::seal;

/// Applies an edit of a value: absent leaves the value, null removes it, a text replaces it.
pub async fn keep_change(
    tx: &Tx,
    owner: Owner,
    kind: PersonalKind,
    field: &str,
    written: &MaybeUndefined<Written>,
) -> Result<()> {
    match written {
        MaybeUndefined::Undefined => Ok(()),
        MaybeUndefined::Null => keep(tx, owner, kind, field, None).await,
        MaybeUndefined::Value(written) => keep(tx, owner, kind, field, Some(written)).await,
    }
}

/// Stores a value of an owner. A blank text removes the value; the mask of the stored value leaves it as it is.
pub async fn keep(
    tx: &Tx,
    owner: Owner,
    kind: PersonalKind,
    field: &str,
    written: Option<&Written>,
) -> Result<()> {
    let known = stored(tx, owner, kind).await?;
    let Some(text) = written.and_then(Written::text) else { return forget(tx, known).await };
    if is_masked(text) {
        return if known.is_some_and(|row| row.masked == text) { Ok(()) } else { Err(masked(field)) };
    }
    let value = Personal::read(kind, text).map_err(|unfit| refused(field, kind, unfit))?;
    has_been_born(tx, field, &value)?;
    let (key_id, key, used) = seal::sealing(tx.db(), tx.keys(), tx.at()).await?;
    let hashes = used.hashes(purpose(kind), value.clear());
    if known.as_ref().is_some_and(|row| hashes.contains(&row.hash)) {
        return Ok(());
    }
    alone(tx, owner, kind, field, hashes).await?;
    let row = personal_value::ActiveModel {
        ledger_id: Set(tx.ledger()),
        owner_type: Set(owner.of),
        owner_id: Set(owner.id),
        kind: Set(kind),
        household_id: Set(owner.household),
        sealed: Set(key.seal(value.clear().as_bytes(), &place(tx.ledger(), owner.of, owner.id, kind))?),
        key_id: Set(key_id),
        hash: Set(key.hash(purpose(kind), value.clear().as_bytes())),
        masked: Set(value.mask()),
        version: Set(tx.seq()),
    };
    if known.is_some() {
        tx.update(row).await?
    } else {
        tx.insert(row).await?
    };
    Ok(())
}

/// Checks an owner who comes back into the ledger: another may have been given the identity number since.
pub async fn returns(tx: &Tx, owner: Owner, field: &str) -> Result<()> {
    let kind = PersonalKind::IdentityNumber;
    let Some(row) = stored(tx, owner, kind).await? else { return Ok(()) };
    let value = opened(&row, tx.keys().get(row.key_id)?.as_ref())?;
    let used = seal::in_use(tx.db(), tx.keys()).await?;
    alone(tx, owner, kind, field, used.hashes(purpose(kind), &value)).await
}

/// The birth date in the identity number of an owner, if there is a number.
pub async fn birth_in_number(tx: &Tx, owner: Owner) -> Result<Option<Date>> {
    let Some(row) = stored(tx, owner, PersonalKind::IdentityNumber).await? else { return Ok(None) };
    let value = opened(&row, tx.keys().get(row.key_id)?.as_ref())?;
    let number: IdentityNumber = value.parse().map_err(|_| Error::internal("a kept number is none"))?;
    Ok(number.born_on())
}

async fn stored(tx: &Tx, owner: Owner, kind: PersonalKind) -> Result<Option<personal_value::Model>> {
    Ok(personal_value::Entity::within(tx.scope()).filter(at(tx, owner, kind)).one(tx.db()).await?)
}

fn at(tx: &Tx, owner: Owner, kind: PersonalKind) -> Condition {
    use personal_value::Column;
    Condition::all()
        .add(Column::LedgerId.eq(tx.ledger()))
        .add(Column::OwnerType.eq(owner.of))
        .add(Column::OwnerId.eq(owner.id))
        .add(Column::Kind.eq(kind))
}

async fn forget(tx: &Tx, known: Option<personal_value::Model>) -> Result<()> {
    let Some(row) = known else { return Ok(()) };
    let owner = Owner { of: row.owner_type, id: row.owner_id, household: row.household_id };
    tx.replace::<personal_value::Entity, personal_value::ActiveModel>(at(tx, owner, row.kind), vec![]).await
}

/// Removes all values of an owner.
pub async fn forget_all(tx: &Tx, owner: Owner) -> Result<()> {
    for kind in PersonalKind::iter() {
        tx.replace::<personal_value::Entity, personal_value::ActiveModel>(at(tx, owner, kind), vec![])
            .await?;
    }
    Ok(())
}

/// Within a ledger no two people of the roster have one identity number, and no two members of families who are there on one
/// day. A holder of a seat may well be a member of a family, too.
async fn alone(tx: &Tx, owner: Owner, kind: PersonalKind, field: &str, hashes: Vec<Vec<u8>>) -> Result<()> {
    use personal_value::Column;
    if kind != PersonalKind::IdentityNumber {
        return Ok(());
    }
    let others = personal_value::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::Kind.eq(kind))
        .filter(Column::Hash.is_in(hashes))
        .filter(Column::OwnerType.eq(owner.of))
        .filter(Column::OwnerId.ne(owner.id))
        .all(tx.db())
        .await?;
    let ids: Vec<Uuid> = others.iter().map(|row| row.owner_id).collect();
    let there = match owner.of {
        _ if ids.is_empty() => false,
        SourceType::FamilyMember => is_there_with(tx, owner, ids).await?,
        _ => true,
    };
    if there {
        let message = say!("identity-number-taken");
        return Err(Error::field(field, ErrorCode::AlreadyExists, message));
    }
    Ok(())
}

/// Whether one of these members of families is in a household of the ledger on a day on which the owner is.
async fn is_there_with(tx: &Tx, owner: Owner, mut others: Vec<Uuid>) -> Result<bool> {
    others.push(owner.id);
    let backend = tx.scope().backend();
    let members = family_member::Entity::within(tx.scope())
        .filter(family_member::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(backend, family_member::Column::Id, others))
        .all(tx.db())
        .await?;
    let homes = household::Entity::within(tx.scope())
        .filter(household::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(backend, household::Column::Id, members.iter().map(|row| row.household_id.0)))
        .all(tx.db())
        .await?;
    let (own, others): (Vec<_>, Vec<_>) = members
        .iter()
        .filter_map(|row| {
            let home = homes.iter().find(|home| home.id == row.household_id)?;
            let last = [row.to_on, home.left_on].into_iter().flatten().min();
            Some((row.id.0, row.from_on, last))
        })
        .partition(|(id, ..)| *id == owner.id);
    Ok(own.iter().any(|(_, from, to)| {
        others
            .iter()
            .any(|(_, other, last)| to.is_none_or(|to| *other <= to) && last.is_none_or(|last| *from <= last))
    }))
}

fn has_been_born(tx: &Tx, field: &str, value: &Personal) -> Result<()> {
    let born_on = if let Personal::IdentityNumber(number) = value { number.born_on() } else { None };
    let may_be_alive = born_on.is_none_or(|day| check::born(field, day, tx.today()).is_ok());
    if may_be_alive { Ok(()) } else { Err(refused(field, value.kind(), Unfit::BirthDate)) }
}

fn masked(field: &str) -> Error {
    Error::field(field, ErrorCode::Invalid, say!("personal-value-masked", field = field))
}

/// The error for a text that is no such value; it does not repeat the text.
pub(super) fn refused(field: &str, kind: PersonalKind, unfit: Unfit) -> Error {
    Error::field(field, ErrorCode::Invalid, unfit_message(field, kind, unfit))
}

fn unfit_message(field: &str, kind: PersonalKind, unfit: Unfit) -> Message {
    match (unfit, kind) {
        (Unfit::Damaged, _) => say!("number-damaged", field = field),
        (Unfit::Length, PersonalKind::IdentityNumber) => say!("identity-number-length", field = field),
        (Unfit::Length, PersonalKind::Phone) => say!("phone-length", field = field),
        (Unfit::Length, PersonalKind::BankAccount) => say!("bank-account-length", field = field),
        (Unfit::Characters, PersonalKind::Phone) => say!("phone-characters", field = field),
        (Unfit::Characters, _) => say!("number-characters", field = field),
        (Unfit::BirthDate, _) => say!("identity-number-birth-date", field = field),
        (Unfit::CheckDigit, _) => say!("number-check-digit", field = field),
        (Unfit::Century, _) => say!("identity-number-century", field = field),
        (Unfit::AreaCode, _) => say!("phone-area-code", field = field),
    }
}
