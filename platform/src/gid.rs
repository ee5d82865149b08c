//! Global ids: a type, the ledger where the row lies in one, and the row's own id. Reading one needs no search.

use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::fact::SourceType;
use entity::ids::LedgerId;
use uuid::Uuid;

use crate::error::{Error, Result};

/// What a global id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gid {
    pub of: SourceType,
    /// `LedgerId::REFERENCE` for rows of reference tables.
    pub ledger: LedgerId,
    pub id: Uuid,
}

impl Gid {
    /// Of a row in a ledger.
    #[must_use]
    pub fn record(of: SourceType, ledger: LedgerId, id: impl Into<Key>) -> Self {
        Self { of, ledger, id: id.into().0 }
    }

    /// Of a row in a reference table.
    #[must_use]
    pub fn reference(of: SourceType, id: impl Into<Key>) -> Self {
        Self::record(of, LedgerId::REFERENCE, id)
    }

    /// Of what an act of a ledger was about: a row of that ledger, or of a reference table.
    #[must_use]
    pub fn subject(of: SourceType, ledger: LedgerId, id: Uuid) -> Self {
        use SourceType::{
            Activity, Contribution, Exemption, FamilyMember, Household, Link, Mark, Need, Outcome,
            PersonalRequest, Plan, Project, Proposal,
        };
        match of {
            Link | Exemption | Activity | Need | Project | Contribution | Outcome | Plan | Mark
            | Proposal | Household | FamilyMember | PersonalRequest => Self::record(of, ledger, id),
            _ => Self::reference(of, id),
        }
    }

    /// Reads an input field; what is no id of these types names nothing.
    pub fn parse(id: &ID, field: &str, of: &[SourceType]) -> Result<Self> {
        Self::decode(id).filter(|gid| of.contains(&gid.of)).ok_or_else(|| Error::missing(field))
    }

    /// As it is sent.
    #[must_use]
    pub fn text(self) -> String {
        let of = serde_json::to_value(self.of).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(format!("{}:{}:{}", of.as_str().unwrap_or_default(), self.ledger.0, self.id))
    }

    #[must_use]
    pub fn decode(id: &ID) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?).ok()?;
        let mut parts = text.split(':');
        let of = type_named(parts.next()?)?;
        let ledger = LedgerId(parts.next()?.parse().ok()?);
        let id = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { of, ledger, id })
    }
}

impl From<Gid> for ID {
    fn from(gid: Gid) -> Self {
        Self(gid.text())
    }
}

fn type_named(name: &str) -> Option<SourceType> {
    serde_json::from_value(name.into()).ok()
}

/// Any typed id, as a key.
pub struct Key(Uuid);

impl Key {
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

macro_rules! keys {
    ($($id:ident),*) => {$(
        impl From<entity::ids::$id> for Key {
            fn from(id: entity::ids::$id) -> Self {
                Self(id.0)
            }
        }
    )*};
}

keys!(
    AccountId,
    AccountProposalId,
    CategorySetId,
    ChecklistId,
    CommitteeId,
    CommitteeMemberId,
    DutyRuleId,
    FamilyMemberId,
    HouseholdId,
    IndicatorId,
    IndustryId,
    IndustryUnitId,
    LinkRuleId,
    MemberId,
    OrganisationId,
    PersonId,
    PersonalRequestId,
    ProgrammeId,
    RecordId,
    RegionId,
    TrustedDocumentId
);

impl From<Uuid> for Key {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_a_tampered_one_does_not() {
        let gid = Gid::record(SourceType::Household, LedgerId(7), Uuid::from_u128(42));
        let id = ID::from(gid);
        assert_eq!(Gid::decode(&id), Some(gid));
        assert_eq!(Gid::decode(&ID(id[1..].to_owned())), None);
        assert!(Gid::parse(&id, "link", &[SourceType::Link]).is_err());
    }
}
