//! Personal values: identity numbers, phones and bank accounts of people, households and family members. They are
//! stored sealed in their owner's ledger, are found by a keyed hash, and appear in no journal, feed, log or error.

mod find;
mod keep;
pub mod rekey;
mod reveal;
mod show;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use entity::fact::SourceType;
use entity::ids::{FamilyMemberId, HouseholdId, LedgerId, PersonId};
use entity::personal::PersonalKind;
use entity::personal_value;
use serde::Serialize;
use uuid::Uuid;

use platform::check;
use platform::error::{Error, Result};
use platform::seal::Seal;

pub use find::{households, people};
pub use keep::{birth_in_number, forget_all, keep, keep_change, returns};
pub use reveal::{HouseholdReveal, PersonReveal, RevealMutation, RevealPayload, kinds, note, shown};
pub use show::{born_on, of_household, of_person, plain, whole};

/// Default number of acts a day by which an account may be shown sealed values.
pub const REVEALS_PER_DAY: u32 = 50;

/// A personal value as somebody wrote it down. Neither `Debug` nor an error repeats it.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Written(String);

impl Written {
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text without blanks around it; none if it has no visible character.
    fn text(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !check::in_one_line(text).is_empty())
    }
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written(…)")
    }
}

#[Scalar(name = "PersonalText")]
/// Identity number, phone or bank account as it was written down: a text with digits of any width, blanks and dashes.
/// It is stored sealed; no answer to its input, no error and no journal repeats it.
/// 书写形式的身份证号、电话或银行账号:可含全角数字、空格和短横;加密保存,错误和日志均不复述。
impl ScalarType for Written {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::custom("write it as a text")),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

/// Owner of a personal value: a household, a family member or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    of: SourceType,
    id: Uuid,
    household: Option<HouseholdId>,
}

impl Owner {
    #[must_use]
    pub const fn household(id: HouseholdId) -> Self {
        Self { of: SourceType::Household, id: id.0, household: Some(id) }
    }

    #[must_use]
    pub const fn family_member(id: FamilyMemberId, household: HouseholdId) -> Self {
        Self { of: SourceType::FamilyMember, id: id.0, household: Some(household) }
    }

    #[must_use]
    pub const fn person(id: PersonId) -> Self {
        Self { of: SourceType::Person, id: id.0, household: None }
    }
}

/// Purpose that separates the hashes of one kind from those of another.
const fn purpose(kind: PersonalKind) -> &'static str {
    match kind {
        PersonalKind::IdentityNumber => "identity number",
        PersonalKind::Phone => "phone",
        PersonalKind::BankAccount => "bank account",
    }
}

/// Context that a sealed value is bound to: table, column, ledger, owner and kind. It opens in no other place.
fn place(ledger: LedgerId, of: SourceType, owner: Uuid, kind: PersonalKind) -> Vec<u8> {
    let (of, kind) = (crate::ledger::code(&of), crate::ledger::code(&kind));
    format!("personal_value.sealed {} {of} {owner} {kind}", ledger.0).into_bytes()
}

/// Opens the sealed value of a row; `key` is the row's key.
pub fn opened(row: &personal_value::Model, key: &dyn Seal) -> Result<String> {
    let place = place(row.ledger_id, row.owner_type, row.owner_id, row.kind);
    let clear =
        key.open(&row.sealed, &place).and_then(|clear| String::from_utf8(clear).map_err(Error::internal));
    clear.map_err(|error| {
        let (ledger, owner) = (row.ledger_id.0, row.owner_id);
        Error::internal(format!("{} of {owner} in ledger {ledger}: {}", purpose(row.kind), error.detail()))
    })
}
