//! A set of categories 类别集: kinds of a record type, designations, or a programme's own set (七个助推).

use sea_orm::entity::prelude::*;

use crate::ids::{CategorySetId, LedgerId, ProgrammeId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_set")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategorySetId,
    /// The programme that owns the set; none for the common catalogue.
    pub programme_id: Option<ProgrammeId>,
    pub code: String,
    pub name: String,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
