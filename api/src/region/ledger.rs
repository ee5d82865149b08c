//! Ledgers 台账: a county keeps one; a city or a province keeps one for its own work. A ledger has its own number,
//! which stays when its region is renamed or recoded.

use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::ids::LedgerId;
use entity::region::RegionLevel;
use entity::{ledger, ledger_clock};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use serde::Serialize;
use uuid::Uuid;

use super::rows::administered;
use super::rows::subject;
use super::{Region, by_id, key};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, Reread, run};
use crate::payload;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// A ledger: the records that a county, a city or a province keeps.
/// 台账:县、市或省保存的各类记录。
#[derive(Description)]
pub struct Ledger(pub ledger::Model);

#[Object(use_type_description)]
impl Ledger {
    /// Number of the ledger; it stays when the region is renamed or recoded.
    /// 台账编号;区划更名、改码后不变。
    async fn number(&self) -> LedgerId {
        self.0.id
    }

    /// Name of the ledger.
    /// 台账名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Region that keeps the ledger.
    /// 设立台账的区划。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        by_id(ctx, self.0.region_id).await.transpose()
    }
}

/// The ledger of an act is read by the region that keeps it: that region is the act's subject.
impl Reread for Ledger {
    async fn reread(ctx: &Context<'_>, _: LedgerId, region: Uuid) -> Result<Option<Self>> {
        let row = ledger::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?)
            .filter(ledger::Column::RegionId.eq(region))
            .one(&ctx.app()?.db)
            .await?;
        row.map(Ledger).map(Some).ok_or(Error::NotFound)
    }
}

payload!(
    /// A ledger, or the errors to correct.
    /// 台账结果,或需更正的错误。
    LedgerPayload {
        /// The ledger as it stands after the act.
        /// 操作后的台账。
        ledger: Ledger
    }
);

#[derive(Default)]
pub struct LedgerMutation;

#[Object]
impl LedgerMutation {
    /// Opens the ledger of a county, a city or a province.
    /// 为县、市或省开设台账。
    async fn ledger_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ledger to open.\n要开设的台账。")] input: LedgerOpen,
    ) -> Option<async_graphql::Result<LedgerPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }
}

/// A ledger to open.
/// 要开设的台账。
#[derive(InputObject, Serialize)]
#[graphql(name = "LedgerOpenInput")]
pub struct LedgerOpen {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the county, city or province that keeps the ledger.
    /// 设立台账的县、市或省的全局标识。
    pub region: ID,
    /// Name of the ledger.
    /// 台账名称。
    pub name: String,
}

impl Act for LedgerOpen {
    const NAME: &'static str = "ledgerOpen";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The act's subject is the region that keeps the ledger.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let keeper = administered(tx, key(&self.region, "region")?, "region").await?;
        if matches!(keeper.level, RegionLevel::Township | RegionLevel::Village) {
            return Err(Error::field("region", ErrorCode::Invalid, say!("region-keeps-no-ledger")));
        }
        let name = Set(check::name("name", &self.name)?);
        let id = next_ledger(tx).await?;
        tx.insert(ledger::ActiveModel { id: Set(id), region_id: Set(keeper.id), name }).await?;
        let (seq, ticked_at) = (Set(0), Set(tx.at()));
        tx.insert(ledger_clock::ActiveModel { ledger_id: Set(id), seq, ticked_at }).await?;
        Ok(subject(keeper.id))
    }
}

async fn next_ledger(tx: &Tx) -> Result<LedgerId> {
    let last = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
        .order_by_desc(ledger::Column::Id)
        .one(tx.db())
        .await?;
    Ok(LedgerId(last.map_or(LedgerId::REFERENCE.0, |last| last.id.0) + 1))
}
