//! Scopes as settings for row-level security. The migration `m015_row_security` says which setting opens which table;
//! a test asks the whole access matrix with the service's own filter switched off.

use entity::ids::{AccountId, LedgerId, PersonId};
use uuid::Uuid;

use super::policy::Action;
use super::scope::{Area, Own, Scope};
use platform::db::Bounds;

pub(super) fn of(account: AccountId, person: Option<PersonId>, scope: impl Fn(Action) -> Scope) -> Bounds {
    let (households, records) = (scope(Action::ReadHousehold), scope(Action::ReadRecord));
    let progress = scope(Action::ReadProgress);
    let whole = [&households, &records, &progress].map(Scope::ledgers).concat();
    let (assigned, own): (Vec<&Own>, Vec<&Own>) =
        households.own().iter().chain(records.own()).partition(|own| !own.only.is_empty());
    let (collected, there): (Vec<&Area>, Vec<&Area>) =
        records.areas().iter().partition(|area| !area.only.is_empty());
    let bounds = Bounds::nothing()
        .ids("account", [account.0])
        .ids("person", person.map(|person| person.0))
        .ledgers("households", households.ledgers().iter().copied())
        .ledgers("records", records.ledgers().iter().copied())
        .ledgers("facts", unique(whole))
        .ledgers("audit", scope(Action::ReadAudit).ledgers().iter().copied())
        .ledgers("answers", scope(Action::AnswerForData).ledgers().iter().copied())
        .ledgers("roster", scope(Action::KeepRoster).ledgers().iter().copied())
        .ledgers("accounts", scope(Action::KeepAccount).ledgers().iter().copied());
    let bounds = bounds
        .ledgers("own_ledgers", unique(all(&own, |own| &own.ledgers)))
        .ledgers("link_ledgers", unique(all(&own, |own| &own.link_ledgers)))
        .ids("own_helpers", unique(all(&own, |own| &own.helpers)))
        .ids("own_households", unique(all(&own, |own| &own.households)).into_iter().map(|id| id.0))
        .ids("own_refs", unique(all(&own, |own| &own.refs)))
        .ledgers("assigned_ledgers", unique(all(&assigned, |own| &own.ledgers)))
        .ids("assigned_refs", unique(all(&assigned, |own| &own.refs)));
    let areas: Vec<&Area> = households.areas().iter().chain(records.areas()).collect();
    bounds
        .ledgers("area_ledgers", unique(areas.iter().map(|area| area.ledger).collect::<Vec<LedgerId>>()))
        .ids("household_places", places(households.areas()))
        .ids("record_places", places(there))
        .ids("need_places", places(collected))
}

fn all<T: Copy>(own: &[&Own], of: impl Fn(&Own) -> &Vec<T>) -> Vec<T> {
    own.iter().flat_map(|own| of(own).iter().copied()).collect()
}

fn places<'a>(areas: impl IntoIterator<Item = &'a Area>) -> Vec<Uuid> {
    unique(areas.into_iter().flat_map(|area| area.places.iter().map(|place| place.0)).collect())
}

fn unique<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
