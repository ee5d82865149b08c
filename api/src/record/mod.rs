//! Records of the ledger: the code that activities, needs, projects and all other types share. A type of record is a
//! newtype over `Fields`, published by `record_object!` together with its own fields. `aggregate` turns records of all
//! types into facts.

mod aggregate;
mod amend;
mod entry;
mod fields;
mod lifetime;
mod query;
mod resolve;
mod unit;

use async_graphql::Context;
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::record;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::access::{Action, Within};
use crate::mutation::{Asking, Reread};
use platform::error::{Error, Result};

pub use aggregate::{Aggregate, aggregates};
pub use amend::{AnyRecord, RecordMutation, RecordPayload, RecordReject};
pub use entry::{
    About, Coded, Entry, Reached, amend, coded, enter, ledger_of_about, of_type, own_work, reach_step,
    ref_rows, write,
};
pub use fields::{Fields, StepReached};
pub use lifetime::{are_there, none_after, none_erased, nothing_outside};
pub use query::{Listing, RecordFilter, RecordSort, list, one, referring};
pub use resolve::{helper, household, ledger_of_seat, place, seat, served};
pub use unit::{VARIOUS, is_same_unit, ratio};

/// A type of record that is published, such as `Activity`.
pub trait Typed: async_graphql::OutputType + Send + Sync + 'static {
    const OF: SourceType;
    fn wrap(row: record::Model) -> Self;
}

/// A record by its id, within the viewer's scope.
pub async fn reread<T: Typed>(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<T>> {
    let row = record::Entity::within(&ctx.viewer()?.may(Action::ReadRecord)?)
        .filter(record::Column::LedgerId.eq(ledger))
        .filter(record::Column::Id.eq(id))
        .filter(record::Column::SourceType.eq(T::OF))
        .one(&ctx.app()?.db)
        .await?;
    row.map(T::wrap).map(Some).ok_or(Error::NotFound)
}

impl<T: Typed> Reread for T {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        reread(ctx, ledger, id).await
    }
}
