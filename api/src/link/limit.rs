//! Limits on the number of links at a time. A helper of a city or province may be linked in several county ledgers: a
//! limit counts the helper's links in all ledgers, also when two acts run at once. The module `keeper` decides which
//! ledgers may use up a limit.

use entity::fact_ref::PartyKind;
use entity::ids::LedgerId;
use entity::values::Date;
use entity::{committee, ledger, link, link_rule, member, organisation, region};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::overlapping;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::ledger::Tx;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// Locks the helper's row, so that acts of two ledgers count the helper's links one after the other. Acts of one ledger
/// never overlap, and SQLite has only one writer.
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

/// The columns of a link that limits need.
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
pub(super) async fn judge(
    tx: &Tx,
    rule: &link_rule::Model,
    new: &link::Model,
    helper_keeper: LedgerId,
) -> Result<()> {
    let others = taken(tx, rule, new, helper_keeper).await?;
    let of_helper = || others.iter().filter(|link| link.helper_id == new.helper_id);
    let of_target = others.iter().filter(|link| link.target_id == new.target_id);
    if of_helper().any(|link| link.target_id == new.target_id) {
        return Err(Error::field("target", ErrorCode::AlreadyExists, say!("link-exists")));
    }
    for (field, found, most) in [
        ("helper", at_once(of_helper(), new), rule.max_per_helper),
        ("target", at_once(of_target, new), rule.max_per_target),
    ] {
        if most.is_some_and(|most| usize::try_from(most).is_ok_and(|most| found >= most)) {
            let message = say!("links-at-a-time", most = most.unwrap_or_default());
            return Err(Error::field(field, ErrorCode::LimitExceeded, message));
        }
    }
    Ok(())
}

/// Links of the helper in ledgers that may use up the helper's limit, and of the target in its own, that share a day with
/// the new one.
#[expect(clippy::disallowed_methods, reason = "a limit counts links in all ledgers and shows none of them")]
async fn taken(
    tx: &Tx,
    rule: &link_rule::Model,
    new: &link::Model,
    helper_keeper: LedgerId,
) -> Result<Vec<Taken>> {
    use link::Column;
    let versions = Query::select()
        .column(link_rule::Column::Id)
        .from(link_rule::Entity)
        .and_where(link_rule::Column::ProgrammeId.eq(rule.programme_id))
        .and_where(link_rule::Column::Code.eq(rule.code.as_str()))
        .to_owned();
    let of_helper = Condition::all()
        .add(Column::HelperKind.eq(new.helper_kind))
        .add(Column::HelperId.eq(new.helper_id))
        .add(counts_in(tx.ledger(), rule.keeper_id, helper_keeper));
    let of_target =
        Condition::all().add(Column::LedgerId.eq(tx.ledger())).add(Column::TargetId.eq(new.target_id));
    let rows = link::Entity::find()
        .select_only()
        .columns([Column::HelperId, Column::TargetId, Column::FromOn, Column::ToOn])
        .filter(Column::RuleId.in_subquery(versions))
        .filter(overlapping(new.from_on, new.to_on))
        .filter(Condition::any().add(of_helper).add(of_target))
        .into_model::<Taken>();
    tx.over_all_ledgers(async |db| Ok(rows.all(db).await?)).await
}

/// Links of these ledgers count: the act's own, the one that keeps the rule, and those of the helper's keeper and below.
/// Others were made while the rule had no limit (ADR 37); the helper's office does not see them.
fn counts_in(own: LedgerId, rule_keeper: LedgerId, helper_keeper: LedgerId) -> Condition {
    let of_keeper = Query::select()
        .column(ledger::Column::RegionId)
        .from(ledger::Entity)
        .and_where(ledger::Column::Id.eq(helper_keeper))
        .take();
    let below = [region::Column::Id, region::Column::CityId, region::Column::ProvinceId]
        .into_iter()
        .fold(Condition::any(), |any, column| any.add(column.in_subquery(of_keeper.clone())));
    let regions = Query::select().column(region::Column::Id).from(region::Entity).cond_where(below).take();
    let ledgers = Query::select()
        .column(ledger::Column::Id)
        .from(ledger::Entity)
        .and_where(ledger::Column::RegionId.in_subquery(regions))
        .take();
    Condition::any()
        .add(link::Column::LedgerId.is_in([own, rule_keeper]))
        .add(link::Column::LedgerId.in_subquery(ledgers))
        .add_option((helper_keeper == LedgerId::REFERENCE).then(|| Expr::cust("1 = 1")))
}

/// The greatest number of these links that hold on one day of the new link. The number rises only where a link begins,
/// so only first days are looked at.
fn at_once<'a>(others: impl Iterator<Item = &'a Taken>, new: &link::Model) -> usize {
    let others: Vec<_> = others.collect();
    let days = others.iter().map(|link| link.from_on.max(new.from_on));
    days.map(|day| others.iter().filter(|link| link.holds_on(day)).count()).max().unwrap_or_default()
}
