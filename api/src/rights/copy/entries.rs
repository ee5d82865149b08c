//! Entries of a copy: the data about the subject itself, one entry per datum.

use std::collections::HashMap;

use entity::personal::PersonalKind;
use entity::{family_member, household, household_income, organisation, person, personal_value};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::super::about;
use super::{CopiedEntry, places};
use crate::access::Within;
use crate::access::scope::{Whole, one_of, proposals_for};
use crate::household::{self as homes, Registered};
use crate::ledger::{Tx, code};
use crate::personal;
use platform::error::Result;

fn entry(field: &str, term: &str, value: impl Into<String>) -> CopiedEntry {
    let (field, term, value) = (field.to_owned(), term.to_owned(), value.into());
    CopiedEntry { field, term, value, from: None, to: None }
}

fn some(field: &str, term: &str, value: Option<impl ToString>) -> Option<CopiedEntry> {
    value.map(|value| entry(field, term, value.to_string()))
}

pub(super) fn sealed(tx: &Tx, values: &[personal_value::Model]) -> Result<Vec<CopiedEntry>> {
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

async fn at_home(tx: &Tx, row: &household::Model) -> Result<Vec<CopiedEntry>> {
    let village = some("village", "所在村", places(tx, [row.village_id]).await?.remove(&row.village_id));
    let entries = [
        village,
        some("number", "户编号", row.number.as_ref()),
        some("address", "住址", row.address.as_ref()),
        some("housing", "住房情况", row.housing.as_ref()),
        some("hasSafeWater", "饮水是否安全", row.safe_water),
        some("hasMedicalCover", "是否有医疗保障", row.medical_cover),
        some("registeredOn", "建档日期", Some(row.registered_on)),
        some("leftOn", "销户·迁出日期", row.left_on),
    ];
    Ok(entries.into_iter().flatten().collect())
}

pub(super) async fn of_household(tx: &Tx, home: &Registered) -> Result<Vec<CopiedEntry>> {
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

pub(super) async fn of_member(
    tx: &Tx,
    row: &family_member::Model,
    home: &household::Model,
) -> Result<Vec<CopiedEntry>> {
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

pub(super) async fn of_person(tx: &Tx, row: &person::Model) -> Result<Vec<CopiedEntry>> {
    let mut entries = vec![
        entry("name", "姓名", &row.name),
        entry("isPartyMember", "是否中共党员", row.party_member.to_string()),
    ];
    entries.extend(some("expertise", "专长", row.expertise.as_ref()));
    let seats = about::seats(tx, row.id).await?;
    let at = seats.iter().map(|seat| seat.organisation_id.0);
    let at = one_of(tx.scope().backend(), organisation::Column::Id, at);
    let at = organisation::Entity::whole(tx.scope()).filter(at).all(tx.db()).await?;
    let at: HashMap<_, _> = at.into_iter().map(|row| (row.id, row.name)).collect();
    entries.extend(seats.into_iter().map(|seat| {
        let at = at.get(&seat.organisation_id).map(String::as_str).unwrap_or_default();
        let (from, to) = (Some(seat.from_on), seat.to_on);
        CopiedEntry { from, to, ..entry("seats", "席位", format!("{at} {}", code(&seat.kind))) }
    }));
    let proposals = proposals_for(row.id);
    let proposals = tx.over_all_ledgers(async |db| Ok(proposals.all(db).await?)).await?;
    entries.extend(proposals.into_iter().flat_map(|row| {
        let answer = row.answer_reason.map(|reason| entry("answerReason", "退回理由", reason));
        [entry("reason", "申请理由", row.reason)].into_iter().chain(answer)
    }));
    Ok(entries)
}
