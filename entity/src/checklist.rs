//! `Checklist` 清单: a named list of duty rules for one kind of subject.

use sea_orm::entity::prelude::*;

use crate::duty_rule::DutySubject;
use crate::ids::{ChecklistId, LedgerId, ProgrammeId};
use crate::link_rule::Obligation;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "checklist")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChecklistId,
    pub programme_id: ProgrammeId,
    pub code: String,
    pub name: String,
    pub subject: DutySubject,
    pub obligation: Obligation,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
