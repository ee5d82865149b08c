//! What row-level security lets through, as settings of one transaction. The policies that read them are in the
//! migration `m015_row_security`.

use std::fmt::Write;

use entity::ids::LedgerId;
use uuid::Uuid;

/// Settings of a transaction; where a setting is not made, its policy lets nothing through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds(String);

impl Bounds {
    /// Everything: for the service itself, before there is a viewer, and for operators.
    #[must_use]
    pub fn house() -> Self {
        Self("SET LOCAL sanlian.house = 'on';".to_owned())
    }

    /// Nothing at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self("SET LOCAL sanlian.house = '';".to_owned())
    }

    #[must_use]
    pub fn ledgers(self, setting: &str, ledgers: impl IntoIterator<Item = LedgerId>) -> Self {
        self.set(setting, ledgers.into_iter().map(|ledger| ledger.0))
    }

    #[must_use]
    pub fn ids(self, setting: &str, ids: impl IntoIterator<Item = Uuid>) -> Self {
        self.set(setting, ids)
    }

    /// What an act writes lies in this ledger.
    #[must_use]
    pub fn entering(self, ledger: LedgerId) -> Self {
        self.ledgers("door", [ledger])
    }

    /// Numbers and ids alone, so that nothing needs to be quoted.
    fn set(mut self, setting: &str, values: impl IntoIterator<Item = impl std::fmt::Display>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return self;
        }
        let _ = write!(self.0, "SET LOCAL sanlian.{setting} = '{{");
        for (at, value) in values.enumerate() {
            let _ = write!(self.0, "{}{value}", if at == 0 { "" } else { "," });
        }
        self.0.push_str("}';");
        self
    }

    pub(super) fn sql(&self) -> &str {
        &self.0
    }
}
