//! Changes in a ledger, in commit order, for phones: keys only, no values.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{HouseholdId, LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub source_type: SourceType,
    pub source_id: Uuid,
    pub op: FeedOp,
    pub old_household_id: Option<HouseholdId>,
    pub new_household_id: Option<HouseholdId>,
    pub old_village_id: Option<RegionId>,
    pub new_village_id: Option<RegionId>,
    pub old_helper_id: Option<Uuid>,
    pub new_helper_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Change of the row.
    FeedOp {
        Create,
        Change,
    }
}
