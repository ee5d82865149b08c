//! Rows of organisations: the facts that they yield.

use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::organisation;
use uuid::Uuid;

use crate::ledger::{Draft, Record, code};
use platform::check::BEGINNING;

impl Record for organisation::Model {
    fn of(&self) -> SourceType {
        SourceType::Organisation
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        vec![
            Draft::new(
                SourceType::Organisation,
                self.id,
                Step::Recorded,
                self.region_id,
                self.from_on.unwrap_or(BEGINNING),
            )
            .until(self.to_on)
            .kind(code(&self.kind))
            .refers([(RefRole::HelperOrganisation, self.id.0)]),
        ]
    }
}
