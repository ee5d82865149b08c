//! Helpers 帮扶方 and targets 帮扶对象: the parties at the two ends of a link.

use async_graphql::{Context, Union};
use entity::fact_ref::PartyKind;
use entity::ids::{CommitteeId, HouseholdId, IndustryId, LedgerId, MemberId, OrganisationId, RegionId};
use uuid::Uuid;

use crate::committee::{self, Committee};
use crate::household::{self, Household};
use crate::industry::{self, Industry};
use crate::member::{self, Member};
use crate::organisation::{self, Organisation};
use crate::region::{self, Region};
use platform::error::Result;

/// The party that helps: a seat, a committee or an organisation.
/// 帮扶方:席位、委室或单位。
#[derive(Union)]
pub enum Helper {
    Member(Member),
    Committee(Committee),
    Organisation(Organisation),
}

impl Helper {
    pub async fn by_id(ctx: &Context<'_>, kind: PartyKind, id: Uuid) -> Result<Option<Self>> {
        Ok(match kind {
            PartyKind::Member => member::by_id(ctx, MemberId(id)).await?.map(Self::Member),
            PartyKind::Committee => committee::by_id(ctx, CommitteeId(id)).await?.map(Self::Committee),
            PartyKind::Organisation => {
                organisation::by_id(ctx, OrganisationId(id)).await?.map(Self::Organisation)
            }
            PartyKind::Household | PartyKind::Region | PartyKind::Industry => None,
        })
    }
}

/// The party that is helped: a household, a region, an industry, a seat, a committee or an organisation.
/// 帮扶对象:农户、区划、产业、席位、委室或单位。
#[derive(Union)]
pub enum Target {
    Household(Household),
    Region(Region),
    Industry(Industry),
    Member(Member),
    Committee(Committee),
    Organisation(Organisation),
}

impl Target {
    pub async fn by_id(
        ctx: &Context<'_>,
        ledger: LedgerId,
        kind: PartyKind,
        id: Uuid,
    ) -> Result<Option<Self>> {
        Ok(match kind {
            PartyKind::Household => {
                household::by_id(ctx, ledger, HouseholdId(id)).await?.map(Self::Household)
            }
            PartyKind::Region => region::by_id(ctx, RegionId(id)).await?.map(Self::Region),
            PartyKind::Industry => industry::by_id(ctx, IndustryId(id)).await?.map(Self::Industry),
            PartyKind::Member => member::by_id(ctx, MemberId(id)).await?.map(Self::Member),
            PartyKind::Committee => committee::by_id(ctx, CommitteeId(id)).await?.map(Self::Committee),
            PartyKind::Organisation => {
                organisation::by_id(ctx, OrganisationId(id)).await?.map(Self::Organisation)
            }
        })
    }
}
