//! How each table is scoped: by ledger, with the rows that the viewer's own links lead to, or whole as a reference
//! table.

use entity::fact::SourceType;
use entity::{
    access_line, account, act, category, category_set, cell, checklist, committee, committee_member,
    duty_rule, fact, fact_ref, family_member, feed, household, household_designation, household_income,
    household_name_key, indicator, industry, industry_unit, ledger, ledger_clock, link, link_rule, member,
    organisation, person, personal_request, personal_value, programme, project_fund, project_household,
    record, record_ref, record_step, region, region_designation, retention_rule, reveal, roster_name_key,
    trusted_document, village,
};
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Query};
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
    programme,
    region,
    region_designation,
    roster_name_key,
    village,
);

/// Tables that are read only with the whole ledger in scope.
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

/// Present and past holders of a seat or a post are visible to every viewer who may read people; other people only in
/// the ledger that keeps them.
impl Ledgered for person::Entity {
    const LEDGER: Self::Column = person::Column::KeeperId;

    fn everywhere() -> Option<Condition> {
        Some(holders())
    }
}

/// People who hold or held a seat or a post.
pub fn holders() -> Condition {
    let held = |table: DynIden, of: DynIden| {
        let holder = Expr::col((table.clone(), of)).equals((person::Entity, person::Column::Id));
        Expr::exists(Query::select().expr(Expr::val(1)).from(table).and_where(holder).to_owned())
    };
    let seat = held(member::Entity.into_iden(), member::Column::PersonId.into_iden());
    let post = held(committee_member::Entity.into_iden(), committee_member::Column::PersonId.into_iden());
    Condition::any().add(seat).add(post)
}

/// An account lies in the ledger of its keeper: only viewers who keep accounts read it.
impl Ledgered for account::Entity {
    const LEDGER: Self::Column = account::Column::KeeperId;
}

/// A trusted document lies in the ledger of its keeper, too: only viewers who keep applications read it.
impl Ledgered for trusted_document::Entity {
    const LEDGER: Self::Column = trusted_document::Column::KeeperId;
}

/// Tables whose rows hang on a household and are visible with it.
macro_rules! by_household {
    ($($table:ident),* $(,)?) => {$(
        impl Ledgered for $table::Entity {
            const LEDGER: Self::Column = $table::Column::LedgerId;

            fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
                of_own_households(own, backend, Self::LEDGER, $table::Column::HouseholdId)
            }

            fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
                let home = Query::select()
                    .expr(Expr::val(1))
                    .from(household::Entity)
                    .and_where(same(Self::LEDGER, household::Column::LedgerId))
                    .and_where(same($table::Column::HouseholdId, household::Column::Id))
                    .and_where(in_places(backend, household::Column::VillageId, area))
                    .to_owned();
                Some(Condition::all().add(Self::LEDGER.eq(area.ledger)).add(Expr::exists(home)))
            }
        }
    )*};
}

by_household!(family_member, household_designation, household_income, household_name_key, personal_value,);

impl Ledgered for household::Entity {
    const LEDGER: Self::Column = household::Column::LedgerId;

    fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
        of_own_households(own, backend, Self::LEDGER, household::Column::Id)
    }

    fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
        let there = in_places(backend, household::Column::VillageId, area);
        Some(Condition::all().add(Self::LEDGER.eq(area.ledger)).add(there))
    }
}

fn of_own_households<C: ColumnTrait>(
    own: &Own,
    backend: DbBackend,
    ledger: C,
    household: C,
) -> Option<Condition> {
    let households = own.households.iter().map(|household| household.0);
    own.only.is_empty().then(|| {
        Condition::all()
            .add(in_ledgers(backend, ledger, &own.ledgers))
            .add(one_of(backend, household, households))
    })
}

impl Ledgered for link::Entity {
    const LEDGER: Self::Column = link::Column::LedgerId;

    fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
        own.only.is_empty().then(|| {
            Condition::all().add(in_ledgers(backend, Self::LEDGER, &own.link_ledgers)).add(one_of(
                backend,
                link::Column::HelperId,
                own.helpers.iter().copied(),
            ))
        })
    }

    fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
        Some(Condition::all().add(Self::LEDGER.eq(area.ledger)).add(one_of(
            backend,
            link::Column::RegionId,
            area.places.iter().map(|at| at.0),
        )))
    }
}

/// A record is the viewer's own if the viewer entered it or it refers to the viewer's seat, link or target; it lies
/// in an area if its place does. Each condition looks at one row, so the cost of reading a record does not depend on
/// their number.
impl Ledgered for record::Entity {
    const LEDGER: Self::Column = record::Column::LedgerId;

    fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
        let referring = Query::select()
            .expr(Expr::val(1))
            .from(record_ref::Entity)
            .and_where(same(Self::LEDGER, record_ref::Column::LedgerId))
            .and_where(same(record::Column::Id, record_ref::Column::RecordId))
            .and_where(one_of(backend, record_ref::Column::RefId, own.refs.iter().copied()))
            .to_owned();
        let named =
            Condition::any().add(record::Column::EnteredBy.eq(own.account)).add(Expr::exists(referring));
        Some(of_types(own.only).add(in_ledgers(backend, Self::LEDGER, &own.ledgers)).add(named))
    }

    fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
        let there = in_places(backend, record::Column::RegionId, area);
        Some(of_types(area.only).add(Self::LEDGER.eq(area.ledger)).add(there))
    }
}

/// Tables whose rows hang on a record and are visible with it.
macro_rules! by_record {
    ($($table:ident . $record:ident),* $(,)?) => {$(
        impl Ledgered for $table::Entity {
            const LEDGER: Self::Column = $table::Column::LedgerId;

            fn own(own: &Own, backend: DbBackend) -> Option<Condition> {
                let ledgers = in_ledgers(backend, Self::LEDGER, &own.ledgers);
                let seen = <record::Entity as Ledgered>::own(own, backend)?;
                Some(Condition::all().add(ledgers).add(of_record(Self::LEDGER, $table::Column::$record, seen)))
            }

            fn area(area: &Area, backend: DbBackend) -> Option<Condition> {
                let ledger = Self::LEDGER.eq(area.ledger);
                let seen = <record::Entity as Ledgered>::area(area, backend)?;
                Some(Condition::all().add(ledger).add(of_record(Self::LEDGER, $table::Column::$record, seen)))
            }
        }
    )*};
}

by_record!(project_household.ProjectId, project_fund.ProjectId, record_ref.RecordId, record_step.RecordId);

/// Condition: the row's record is `seen`.
fn of_record<C: ColumnTrait>(ledger: C, record: C, seen: Condition) -> Expr {
    let of_row = Query::select()
        .expr(Expr::val(1))
        .from(record::Entity)
        .and_where(same(ledger, record::Column::LedgerId))
        .and_where(same(record, record::Column::Id))
        .cond_where(seen)
        .to_owned();
    Expr::exists(of_row)
}

/// Records of these types; all types if none is named.
fn of_types(only: &[SourceType]) -> Condition {
    let types = (!only.is_empty()).then(|| record::Column::SourceType.is_in(only.iter().copied()));
    Condition::all().add_option(types)
}

fn in_places<C: ColumnTrait>(backend: DbBackend, column: C, area: &Area) -> Expr {
    one_of(backend, column, area.places.iter().map(|place| place.0))
}

/// Two columns of different tables hold the same.
fn same<A: ColumnTrait, B: ColumnTrait>(one: A, other: B) -> Expr {
    Expr::col(one.as_column_ref()).eq(Expr::col(other.as_column_ref()))
}
