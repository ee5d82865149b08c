//! Typed ids. A ledger is a small number, every other id a `UUIDv7`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// A ledger 台账. `LedgerId::REFERENCE` is no ledger: it is the clock of the reference tables.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct LedgerId(pub i32);

impl LedgerId {
    pub const REFERENCE: Self = Self(0);
}

#[Scalar(name = "LedgerNumber")]
/// Number of a ledger; it stays when the region that keeps the ledger is renamed or recoded.
/// 台账编号;设立台账的区划更名、改码后不变。
impl ScalarType for LedgerId {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(n) => n
                .as_i64()
                .and_then(|n| i32::try_from(n).ok())
                .filter(|n| *n > 0)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("a ledger number is a positive integer")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        self.0.into()
    }
}

/// Number of a key that seals personal values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
)]
pub struct KeyId(pub i32);

id!(
    AccountId,
    AccountProposalId,
    CategoryId,
    CategorySetId,
    ChecklistId,
    CommitteeId,
    CommitteeMemberId,
    DesignationId,
    DutyRuleId,
    FactId,
    FamilyMemberId,
    GrantId,
    HouseholdId,
    IdentityId,
    IncomeId,
    IndicatorId,
    IndustryId,
    IndustryUnitId,
    LinkRuleId,
    MemberId,
    OrganisationId,
    PersonId,
    PersonalRequestId,
    ProgrammeId,
    ProjectFundId,
    /// Any record of a ledger: activity, need, project … A link's id is a `RecordId`, too.
    RecordId,
    RegionId,
    SessionId,
    TrustedDocumentId,
);
