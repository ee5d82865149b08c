//! `Person` 人员: a holder of seats and posts, or a caring person without any.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, PersonId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    pub name: String,
    pub party_member: bool,
    pub expertise: Option<String>,
    pub keeper_id: LedgerId,
    /// Day on which their personal data were erased.
    pub erased_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
