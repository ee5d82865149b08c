//! `Indicator` 指标: a filter and a measure, or a ratio of two such; data, not code.

use sea_orm::entity::prelude::*;

use crate::definition::Definition;
use crate::ids::{IndicatorId, LedgerId, ProgrammeId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IndicatorId,
    /// The programme that owns the indicator; none for the common catalogue.
    pub programme_id: Option<ProgrammeId>,
    pub code: String,
    pub name: String,
    pub name_en: Option<String>,
    pub unit: String,
    /// Number of the measure's own units in one `unit`: 1000000 fen are 1 万元.
    pub divisor: i64,
    pub definition: Definition,
    /// True if the indicator is shown without a token.
    pub public: bool,
    pub position: i32,
    pub version: i64,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
