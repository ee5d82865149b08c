//! How many links a rule allows at a time. A helper of a city or province may be linked in several ledgers below: a
//! limit holds over all of them, also when two ask at once. Who may use it up is for `keeper` to say.

use entity::fact_ref::PartyKind;
use entity::values::Date;
use entity::{committee, link, link_rule, member, organisation};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::overlapping;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::ledger::Tx;
use platform::error::{Error, ErrorCode, Result};

/// Two acts of one ledger never overlap; of those of two ledgers the second waits here until the first is through.
/// SQLite has one writer anyhow.
pub(super) async fn lock_helper(tx: &Tx, reading: &Scope, new: &link::Model) -> Result<()> {
    let id = new.helper_id;
    match new.helper_kind {
        PartyKind::Member => lock::<member::Entity>(tx, reading, member::Column::Id, id).await,
        PartyKind::Committee => lock::<committee::Entity>(tx, reading, committee::Column::Id, id).await,
        PartyKind::Organisation => {
            lock::<organisation::Entity>(tx, reading, organisation::Column::Id, id).await
        }
        PartyKind::Household | PartyKind::Region | PartyKind::Industry => Ok(()),
    }
}

async fn lock<E: Whole + EntityTrait>(tx: &Tx, reading: &Scope, column: E::Column, id: Uuid) -> Result<()> {
    E::whole(reading).filter(column.eq(id)).lock_exclusive().one(tx.db()).await?;
    Ok(())
}

/// As much of a link as a limit looks at.
#[derive(FromQueryResult)]
struct Taken {
    helper_id: Uuid,
    target_id: Uuid,
    from_on: Date,
    to_on: Option<Date>,
}

impl Taken {
    fn holds_on(&self, day: Date) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day <= to)
    }
}

/// Neither helper nor target gets more links under the rule, whichever its version, on any day of the new one, than
/// the rule allows.
pub(super) async fn judge(tx: &Tx, rule: &link_rule::Model, new: &link::Model) -> Result<()> {
    let others = taken(tx, rule, new).await?;
    let of_helper = || others.iter().filter(|link| link.helper_id == new.helper_id);
    let of_target = others.iter().filter(|link| link.target_id == new.target_id);
    if of_helper().any(|link| link.target_id == new.target_id) {
        return Err(Error::field(
            "target",
            ErrorCode::AlreadyExists,
            "the helper is linked to this target under this rule",
        ));
    }
    for (field, found, most) in [
        ("helper", at_once(of_helper(), new), rule.max_per_helper),
        ("target", at_once(of_target, new), rule.max_per_target),
    ] {
        if most.is_some_and(|most| usize::try_from(most).is_ok_and(|most| found >= most)) {
            let message =
                format!("the rule allows no more than {} links at a time", most.unwrap_or_default());
            return Err(Error::field(field, ErrorCode::LimitExceeded, message));
        }
    }
    Ok(())
}

/// Links of the helper in any ledger, and of the target in its own, that share a day with the new one.
#[expect(clippy::disallowed_methods, reason = "a limit counts links in all ledgers and shows none of them")]
async fn taken(tx: &Tx, rule: &link_rule::Model, new: &link::Model) -> Result<Vec<Taken>> {
    use link::Column;
    let versions = Query::select()
        .column(link_rule::Column::Id)
        .from(link_rule::Entity)
        .and_where(link_rule::Column::ProgrammeId.eq(rule.programme_id))
        .and_where(link_rule::Column::Code.eq(rule.code.as_str()))
        .to_owned();
    let of_target =
        Condition::all().add(Column::LedgerId.eq(tx.ledger())).add(Column::TargetId.eq(new.target_id));
    let rows = link::Entity::find()
        .select_only()
        .columns([Column::HelperId, Column::TargetId, Column::FromOn, Column::ToOn])
        .filter(Column::RuleId.in_subquery(versions))
        .filter(overlapping(new.from_on, new.to_on))
        .filter(Condition::any().add(Column::HelperId.eq(new.helper_id)).add(of_target))
        .into_model::<Taken>();
    tx.over_all_ledgers(async |db| Ok(rows.all(db).await?)).await
}

/// The most of these links that hold on any one day of the new one.
fn at_once<'a>(others: impl Iterator<Item = &'a Taken>, new: &link::Model) -> usize {
    let others: Vec<_> = others.collect();
    let days = others.iter().map(|link| link.from_on.max(new.from_on));
    days.map(|day| others.iter().filter(|link| link.holds_on(day)).count()).max().unwrap_or_default()
}
