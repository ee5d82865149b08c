//! Acts that change a region: renaming or recoding it, and ending it.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::ids::{LedgerId, RegionId};
use entity::region::{self, RegionLevel};
use entity::values::{Date, RegionCode};
use entity::{household, ledger, region_designation};
use sea_orm::{ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use serde::Serialize;

use super::key;
use super::rows::{self, administered, code_is_free, described, has_form, kept, subject};
use crate::access::scope::Whole;
use crate::access::{Action, Within};
use crate::ledger::{Act, Record, Subject, Tx};
use crate::link;
use crate::name;
use crate::record;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Changes to a region.
/// 区划变更内容。
#[derive(InputObject, Serialize)]
#[graphql(name = "RegionUpdateInput")]
pub struct RegionUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the region.
    /// 区划的全局标识。
    pub region: ID,
    /// New name; stays if absent.
    /// 新名称,默认不变。
    pub name: Option<String>,
    /// New statistical code; stays if absent, removed if null.
    /// 新的统计用区划代码,默认不变;null表示删除。
    pub code: MaybeUndefined<RegionCode>,
}

impl Act for RegionUpdate {
    const NAME: &'static str = "regionUpdate";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let before = own(tx, &self.region).await?;
        let mut row = before.clone().into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if !self.code.is_undefined() {
            let code = self.code.as_opt_ref().flatten().cloned();
            if let Some(code) = &code {
                has_form(before.level, code)?;
                code_is_free(tx, before.id, code, before.valid_from).await?;
            }
            row.code = Set(code);
        }
        let row = tx.update(row).await?;
        if self.name.is_some() {
            name::keep(tx, row.id, &row.name).await?;
        }
        Ok(subject(row.id))
    }
}

/// The region, if the act may change it: an administrator changes regions of their own region, an office those below
/// its own.
async fn own(tx: &Tx, region: &ID) -> Result<region::Model> {
    let id = key(region, "region")?;
    if tx.ledger() == LedgerId::REFERENCE {
        return administered(tx, id, "region").await;
    }
    let keeper = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(ledger::Column::Id.eq(tx.ledger()))
        .filter(ledger::Column::RegionId.eq(id))
        .count(tx.db())
        .await?;
    if keeper > 0 {
        return Err(Error::missing("region"));
    }
    kept(tx, id, "region").await
}

/// The end of a township or village, by merger or otherwise.
/// 乡镇或村的撤并。
#[derive(InputObject, Serialize)]
#[graphql(name = "RegionEndInput")]
pub struct RegionEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the township or village.
    /// 乡镇或村的全局标识。
    pub region: ID,
    /// Last day on which the region is valid.
    /// 有效期截止日。
    pub to: Date,
    /// Global id of the region that takes its place: of the same ledger and level, and without an end.
    /// 承接区划的全局标识;须属同一台账、同一层级且仍有效。
    pub successor: Option<ID>,
}

impl Act for RegionEnd {
    const NAME: &'static str = "regionEnd";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = own(tx, &self.region).await?;
        if tx.ledger() == LedgerId::REFERENCE || row.level < RegionLevel::Township {
            return Err(Error::field("region", ErrorCode::Invalid, say!("region-not-to-end")));
        }
        roster::still_open(row.valid_to, "region")?;
        check::ends_after("to", row.valid_from, Some(self.to))?;
        self.nothing_left(tx, row.id).await?;
        let successor = self.successor(tx, &row).await?;
        let mut region = described(tx, row.id, "region").await?;
        let later = |held: &region_designation::Model| {
            held.from_on > self.to || held.to_on.is_some_and(|to| to > self.to)
        };
        if let Some((_, code)) = region.designations.iter().find(|(held, _)| later(held)) {
            let message = say!("region-designated-after", code = code);
            return Err(Error::field("to", ErrorCode::WrongStep, message));
        }
        let ended =
            region::ActiveModel { valid_to: Set(Some(self.to)), successor_id: Set(successor), ..row.into() };
        region.row = tx.update(ended).await?;
        let moves = region.moves();
        tx.changed(&region, moves).await?;
        Ok(subject(region.row.id))
    }
}

impl RegionEnd {
    /// Refuses if households, regions below, organisations, industries, links or records of the region last beyond its
    /// last day.
    async fn nothing_left(&self, tx: &Tx, id: RegionId) -> Result<()> {
        let refused = |message: Message| Err(Error::field("to", ErrorCode::WrongStep, message));
        let households = household::Entity::within(&tx.may(Action::KeepHousehold)?)
            .filter(household::Column::LedgerId.eq(tx.ledger()))
            .filter(household::Column::VillageId.eq(id))
            .filter(roster::outlasts(household::Column::LeftOn, self.to))
            .count(tx.db())
            .await?;
        if households > 0 {
            return refused(say!("region-households-left"));
        }
        let below = region::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(region::Column::ParentId.eq(id))
            .filter(roster::outlasts(region::Column::ValidTo, self.to))
            .count(tx.db())
            .await?;
        if below > 0 {
            return refused(say!("region-below-outlasts"));
        }
        let replaced = region::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(region::Column::SuccessorId.eq(id))
            .filter(region::Column::ValidTo.gte(self.to))
            .count(tx.db())
            .await?;
        if replaced > 0 {
            return refused(say!("region-succeeds-another"));
        }
        if let Some(name) = rows::standing_after(tx, id, self.to).await? {
            return refused(say!("region-not-vacated", name = name));
        }
        link::none_after(tx, id.0, self.to, "to").await?;
        record::none_after(tx, id.0, self.to, "to").await
    }

    async fn successor(&self, tx: &Tx, row: &region::Model) -> Result<Option<RegionId>> {
        let Some(successor) = &self.successor else { return Ok(None) };
        let successor = kept(tx, key(successor, "successor")?, "successor").await?;
        if successor.id == row.id || successor.level != row.level || successor.valid_to.is_some() {
            return Err(Error::field("successor", ErrorCode::Invalid, say!("region-successor-unfit")));
        }
        if self.to.succ_opt().is_some_and(|next| successor.valid_from > next) {
            let message = say!("region-successor-too-late", first = successor.valid_from);
            return Err(Error::field("successor", ErrorCode::Invalid, message));
        }
        Ok(Some(successor.id))
    }
}
