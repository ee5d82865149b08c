//! References of a record to other rows, each in a role: programmes, links served, helpers, targets, participants,
//! tags.

use sea_orm::entity::prelude::*;

use crate::fact_ref::RefRole;
use crate::ids::{LedgerId, RecordId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_ref")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: RecordId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: RefRole,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ref_id: Uuid,
    #[sea_orm(belongs_to, from = "(ledger_id, record_id)", to = "(ledger_id, id)")]
    pub record: BelongsTo<super::record::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
