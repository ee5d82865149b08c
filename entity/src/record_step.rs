//! A step that a record reached, in the order of its course.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::fact::Step;
use crate::ids::{AccountId, LedgerId, RecordId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: RecordId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub step: Step,
    pub on_day: Date,
    pub note: Option<String>,
    pub entered_by: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}
