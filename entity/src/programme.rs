//! `Programme` 行动: a campaign and its rules. Its parent is fixed, so that figures of the parent do not change later.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, OrganisationId, ProgrammeId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgrammeId,
    pub code: String,
    pub name: String,
    pub name_en: Option<String>,
    pub organisation_id: OrganisationId,
    pub parent_id: Option<ProgrammeId>,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub description: Option<String>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
