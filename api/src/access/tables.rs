//! How each table lies: in a ledger, with the way that one's own links lead to it, or whole everywhere.

use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::{
    access_line, account, act, category, category_set, cell, checklist, committee, committee_member,
    duty_rule, fact, fact_ref, family_member, feed, household, household_designation, household_income,
    household_name_key, indicator, industry, industry_unit, ledger, ledger_clock, link, link_rule, member,
    organisation, person, personal_request, personal_value, programme, project_fund, project_household,
    record, record_ref, record_step, region, region_designation, retention_rule, reveal, roster_name_key,
    trusted_document, village,
};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::scope::{Area, Ledgered, Own, Reference, in_ledgers, one_of};

macro_rules! reference {
    ($($table:ident),* $(,)?) => {$(
        impl Reference for $table::Entity {}
    )*};
}

reference!(
    category,
    category_set,
    checklist,
    committee,
    committee_member,
    duty_rule,
    indicator,
    industry,
    industry_unit,
    ledger,
    link_rule,
    member,
    organisation,
    person,
    programme,
    region,
    region_designation,
    roster_name_key,
    village,
);

/// Tables that only whole ledgers lead to.
macro_rules! ledger_only {
    ($($table:ident),* $(,)?) => {$(
        impl Ledgered for $table::Entity {
            const LEDGER: Self::Column = $table::Column::LedgerId;
        }
    )*};
}

ledger_only!(
    access_line,
    act,
    cell,
    fact,
    fact_ref,
    feed,
    ledger_clock,
    personal_request,
    retention_rule,
    reveal
);

/// An account lies with the clock of the reference tables: for those who keep accounts alone.
impl Ledgered for account::Entity {
    const LEDGER: Self::Column = account::Column::KeeperId;
}

/// As accounts do: for those who keep applications alone.
impl Ledgered for trusted_document::Entity {
    const LEDGER: Self::Column = trusted_document::Column::KeeperId;
}

/// Tables that hang on a household.
macro_rules! by_household {
    ($($table:ident . $household:ident),* $(,)?) => {$(
        impl Ledgered for $table::Entity {
            const LEDGER: Self::Column = $table::Column::LedgerId;

            fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
                let households = own.households.iter().map(|household| household.0);
                own.only.is_empty().then(|| {
                    Condition::all()
                        .add(in_ledgers(backend, Self::LEDGER, &own.ledgers))
                        .add(one_of(backend, $table::Column::$household, households))
                })
            }

            fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
                let living_there = Query::select()
                    .column(household::Column::Id)
                    .from(household::Entity)
                    .and_where(household::Column::LedgerId.eq(area.ledger))
                    .and_where(one_of(backend, household::Column::VillageId, area.places.iter().map(|at| at.0)))
                    .to_owned();
                Some(
                    Condition::all()
                        .add(Self::LEDGER.eq(area.ledger))
                        .add($table::Column::$household.in_subquery(living_there)),
                )
            }
        }
    )*};
}

by_household!(
    family_member.HouseholdId,
    household.Id,
    household_designation.HouseholdId,
    household_income.HouseholdId,
    household_name_key.HouseholdId,
    personal_value.HouseholdId,
);

impl Ledgered for link::Entity {
    const LEDGER: Self::Column = link::Column::LedgerId;

    fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
        let helpers = || one_of(backend, link::Column::HelperId, own.helpers.iter().copied());
        own.only.is_empty().then(|| Condition::all().add(helpers()))
    }

    fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
        Some(Condition::all().add(Self::LEDGER.eq(area.ledger)).add(one_of(
            backend,
            link::Column::RegionId,
            area.places.iter().map(|at| at.0),
        )))
    }
}

/// A record is one's own if one entered it or it refers to one's seat, link or target; it lies in an area if its place
/// does.
macro_rules! by_record {
    ($($table:ident . $record:ident),* $(,)?) => {$(
        impl Ledgered for $table::Entity {
            const LEDGER: Self::Column = $table::Column::LedgerId;

            fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
                let referring = Query::select()
                    .column(record_ref::Column::RecordId)
                    .from(record_ref::Entity)
                    .and_where(in_ledgers(backend, record_ref::Column::LedgerId, &own.ledgers))
                    .and_where(one_of(backend, record_ref::Column::RefId, own.refs.iter().copied()))
                    .to_owned();
                let entered = records(backend, &own.ledgers, &[])
                    .and_where(record::Column::EnteredBy.eq(own.account))
                    .to_owned();
                let mut condition = Condition::all().add(in_ledgers(backend, Self::LEDGER, &own.ledgers)).add(
                    Condition::any()
                        .add($table::Column::$record.in_subquery(referring))
                        .add($table::Column::$record.in_subquery(entered)),
                );
                if !own.only.is_empty() {
                    let of_these = records(backend, &own.ledgers, own.only);
                    condition = condition.add($table::Column::$record.in_subquery(of_these));
                }
                Some(condition)
            }

            fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
                let there = records(backend, &[area.ledger], area.only)
                    .and_where(one_of(backend, record::Column::RegionId, area.places.iter().map(|at| at.0)))
                    .to_owned();
                Some(
                    Condition::all()
                        .add(Self::LEDGER.eq(area.ledger))
                        .add($table::Column::$record.in_subquery(there)),
                )
            }
        }
    )*};
}

/// Ids of records of these types; of all where none is named.
fn records(backend: DbBackend, ledgers: &[LedgerId], only: &[SourceType]) -> SelectStatement {
    let mut select = Query::select();
    select.column(record::Column::Id).from(record::Entity).and_where(in_ledgers(
        backend,
        record::Column::LedgerId,
        ledgers,
    ));
    if !only.is_empty() {
        select.and_where(record::Column::SourceType.is_in(only.iter().copied()));
    }
    select
}

by_record!(
    project_household.ProjectId,
    project_fund.ProjectId,
    record.Id,
    record_ref.RecordId,
    record_step.RecordId
);
