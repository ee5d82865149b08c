//! A record with its references, steps and funds, and the facts it yields: one per step that it has reached, one per
//! fund, and one per day on which a project began to drive households.

use std::collections::{BTreeMap, HashMap};

use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, ProgrammeId, RecordId};
use entity::values::{Date, Day};
use entity::{project_fund, project_household, record, record_ref, record_step};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::access::scope::one_of;
use crate::access::{Scope, Within};
use crate::ledger::{Draft, Moves, Record};
use crate::programme::lineage;
use platform::error::Result;

pub struct Aggregate {
    pub row: record::Model,
    pub refs: Vec<(RefRole, Uuid)>,
    pub steps: Vec<record_step::Model>,
    pub funds: Vec<project_fund::Model>,
    /// Households that a project drives, each with its first day.
    pub driven: Vec<project_household::Model>,
    /// Programmes that the record names, with all their parents.
    pub programmes: Vec<ProgrammeId>,
}

impl Record for Aggregate {
    fn of(&self) -> SourceType {
        self.row.source_type
    }

    fn id(&self) -> Uuid {
        self.row.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let mut facts: Vec<Draft> = self
            .reached()
            .into_iter()
            .filter(|(step, _)| *step != Step::Driving)
            .map(|(step, on)| self.fact(step, on))
            .collect();
        facts.extend(self.funds.iter().map(|fund| {
            let fact = self.fact(Step::Funded, Day::of(fund.granted_on)).category(fund.source.clone());
            Draft { amount: fund.amount, ..fact }
        }));
        let mut driven: BTreeMap<Date, Vec<Uuid>> = BTreeMap::new();
        for household in &self.driven {
            driven.entry(household.on_day).or_default().push(household.household_id.0);
        }
        facts.extend(driven.into_iter().map(|(on, households)| {
            let households = households.into_iter().map(|id| (RefRole::DrivenHousehold, id));
            self.fact(Step::Driving, Day::of(on)).refers(households)
        }));
        facts
    }

    fn moves(&self) -> Moves {
        let helper = self.refs.iter().find(|(role, _)| *role == RefRole::HelperMember).map(|(_, id)| *id);
        Moves { household: self.row.household_id, village: Some(self.row.region_id), helper }
    }
}

impl Aggregate {
    /// The steps of the record with their days: the first one, and all later ones that a reopening did not undo.
    fn reached(&self) -> Vec<(Step, Day)> {
        let mut reached = vec![(self.row.source_type.first_step(), Day::of(self.row.happened_on))];
        for step in &self.steps {
            if step.step == Step::Reopened {
                reached
                    .retain(|(step, _)| !matches!(step, Step::Resolved | Step::Confirmed | Step::Declined));
            }
            reached.push((step.step, Day::of(step.on_day)));
        }
        reached.sort_unstable();
        reached.dedup_by_key(|(step, _)| *step);
        reached
    }

    fn fact(&self, step: Step, on: Day) -> Draft {
        let row = &self.row;
        let mut fact = Draft::new(row.source_type, row.id, step, row.region_id, row.happened_on);
        fact.on = on;
        fact.kind.clone_from(&row.kind);
        fact.category.clone_from(&row.category);
        fact.verification = row.verification;
        if row.source_type.holds_for_a_while() {
            fact.until = Day::until(row.until_on);
        }
        // The fact of a fund has the amount of the fund, not of the record.
        if step != Step::Funded {
            (fact.quantity, fact.amount, fact.persons) = (row.quantity, row.amount, row.persons);
        }
        let said = self.refs.iter().filter(|(role, _)| *role != RefRole::Programme);
        let programmes = self.programmes.iter().map(|programme| (RefRole::Programme, programme.0));
        fact.refers(said.copied().chain(programmes))
    }
}

/// Records with the rows that their facts are made of, in a bounded number of statements.
pub async fn aggregates(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
    rows: Vec<record::Model>,
) -> Result<Vec<Aggregate>> {
    let ids = || rows.iter().map(|row| row.id.0);
    let backend = scope.backend();
    let refs = record_ref::Entity::within(scope)
        .filter(record_ref::Column::LedgerId.eq(ledger))
        .filter(one_of(backend, record_ref::Column::RecordId, ids()))
        .all(db)
        .await?;
    let steps = record_step::Entity::within(scope)
        .filter(record_step::Column::LedgerId.eq(ledger))
        .filter(one_of(backend, record_step::Column::RecordId, ids()))
        .order_by_asc(record_step::Column::Position)
        .all(db)
        .await?;
    let funds = project_fund::Entity::within(scope)
        .filter(project_fund::Column::LedgerId.eq(ledger))
        .filter(one_of(backend, project_fund::Column::ProjectId, ids()))
        .all(db)
        .await?;
    let driven = project_household::Entity::within(scope)
        .filter(project_household::Column::LedgerId.eq(ledger))
        .filter(one_of(backend, project_household::Column::ProjectId, ids()))
        .all(db)
        .await?;
    let (mut refs, mut steps, mut funds, mut driven) = (
        grouped(refs, |row| row.record_id),
        grouped(steps, |row| row.record_id),
        grouped(funds, |row| row.project_id),
        grouped(driven, |row| row.project_id),
    );
    let mut parents: HashMap<Uuid, Vec<ProgrammeId>> = HashMap::new();
    let mut aggregates = vec![];
    for row in rows {
        let refs: Vec<_> =
            refs.remove(&row.id).unwrap_or_default().into_iter().map(|row| (row.role, row.ref_id)).collect();
        let programmes = with_parents(db, &refs, &mut parents).await?;
        let steps = steps.remove(&row.id).unwrap_or_default();
        let (funds, driven) =
            (funds.remove(&row.id).unwrap_or_default(), driven.remove(&row.id).unwrap_or_default());
        aggregates.push(Aggregate { row, refs, steps, funds, driven, programmes });
    }
    Ok(aggregates)
}

/// Programmes among the references, with all their parents.
pub(super) async fn with_parents(
    db: &impl ConnectionTrait,
    refs: &[(RefRole, Uuid)],
    known: &mut HashMap<Uuid, Vec<ProgrammeId>>,
) -> Result<Vec<ProgrammeId>> {
    let mut all = vec![];
    for (_, id) in refs.iter().filter(|(role, _)| *role == RefRole::Programme) {
        if !known.contains_key(id) {
            known.insert(*id, lineage(db, ProgrammeId(*id)).await?);
        }
        all.extend(known[id].iter().copied());
    }
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> RecordId) -> HashMap<RecordId, Vec<T>> {
    let mut groups: HashMap<RecordId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
