//! Rows of committees: the facts that committees and places in them yield.

use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::RegionId;
use entity::{committee, committee_member};
use uuid::Uuid;

use crate::ledger::{Draft, Record, code};

/// A committee with the region of its organisation.
pub struct Placed<'a>(pub &'a committee::Model, pub RegionId);

impl Record for Placed<'_> {
    fn of(&self) -> SourceType {
        SourceType::Committee
    }

    fn id(&self) -> Uuid {
        self.0.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let Self(row, region) = self;
        vec![
            Draft::new(SourceType::Committee, row.id, Step::Recorded, *region, row.from_on)
                .until(row.to_on)
                .kind(code(&row.kind))
                .refers([
                    (RefRole::HelperCommittee, row.id.0),
                    (RefRole::Organisation, row.organisation_id.0),
                ]),
        ]
    }
}

/// A person's place in a committee, with the region of the committee's organisation.
pub struct Sitting<'a>(pub &'a committee_member::Model, pub RegionId);

impl Record for Sitting<'_> {
    fn of(&self) -> SourceType {
        SourceType::CommitteeMember
    }

    fn id(&self) -> Uuid {
        self.0.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let Self(row, region) = self;
        vec![
            Draft::new(SourceType::CommitteeMember, row.id, Step::Recorded, *region, row.from_on)
                .until(row.to_on)
                .kind(code(&row.role))
                .refers([(RefRole::Committee, row.committee_id.0), (RefRole::Person, row.person_id.0)]),
        ]
    }
}
