//! Rows of seats and people: conditions to find them, and the facts that they yield.

use entity::fact::{SourceType, Step};
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{CommitteeId, RegionId};
use entity::values::Date;
use entity::{committee_member, link, member, person};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::access::{Scope, Within};
use crate::ledger::{Draft, Record, code};
use crate::link::valid_on;
use crate::roster;

/// Condition for seats that have a link on that day, among the links in a scope.
pub(super) fn linked(scope: &Scope, on: Date) -> Expr {
    let links = link::Entity::within(scope)
        .select_only()
        .column(link::Column::Id)
        .filter(
            Expr::col((link::Entity, link::Column::HelperId)).equals((member::Entity, member::Column::Id)),
        )
        .filter(link::Column::HelperKind.eq(PartyKind::Member))
        .filter(valid_on(on));
    Expr::exists(links.into_query())
}

/// Ids of the people in a committee on that day, as a subquery.
pub(super) fn people_in(committee: CommitteeId, on: Date) -> SelectStatement {
    use committee_member::Column;
    Query::select()
        .column(Column::PersonId)
        .from(committee_member::Entity)
        .and_where(Column::CommitteeId.eq(committee))
        .cond_where(roster::valid_on(Column::FromOn, Column::ToOn, on))
        .to_owned()
}

/// A seat with the region of its organisation.
pub struct Placed<'a>(pub &'a member::Model, pub RegionId);

impl Record for Placed<'_> {
    fn of(&self) -> SourceType {
        SourceType::Member
    }

    fn id(&self) -> Uuid {
        self.0.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let Self(row, region) = self;
        vec![
            Draft::new(SourceType::Member, row.id, Step::Recorded, *region, row.from_on)
                .until(row.to_on)
                .kind(code(&row.kind))
                .refers([
                    (RefRole::HelperMember, row.id.0),
                    (RefRole::Person, row.person_id.0),
                    (RefRole::Organisation, row.organisation_id.0),
                ])
                .refers(row.tags.0.iter().map(|tag| (RefRole::Tag, *tag))),
        ]
    }
}

/// A person yields no facts: seats are counted instead.
impl Record for person::Model {
    fn of(&self) -> SourceType {
        SourceType::Person
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        vec![]
    }
}
