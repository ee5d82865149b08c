//! An act as auditors see it.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::personal::PersonalKind;
use entity::reveal::RevealPurpose;
use entity::values::BigInt;
use entity::{act, reveal};

use super::{account_name, ledger_name};
use crate::loader::{self, RevealOf};
use crate::mutation::Asking;
use crate::personal;
use platform::error::Result;
use platform::gid::Gid;

/// An act that was done, as the journal has it 操作记录; what was refused stands in the access log.
#[derive(Description)]
pub struct AuditAct(pub act::Model);

#[Object(use_type_description)]
impl AuditAct {
    /// The ledger it was done in; 0 is the clock of the reference tables 台账编号.
    async fn ledger(&self) -> LedgerId {
        self.0.ledger_id
    }

    /// Name of the ledger 台账名称.
    async fn ledger_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        ledger_name(ctx, self.0.ledger_id).await.transpose()
    }

    /// Its number in the ledger 序号.
    async fn number(&self) -> BigInt {
        BigInt(self.0.seq)
    }

    /// When 时间.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who: global id of the account 账户.
    async fn account(&self) -> ID {
        Gid::reference(SourceType::Account, self.0.account_id).into()
    }

    /// Name of the account 账户名.
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        account_name(ctx, self.0.account_id).await.transpose()
    }

    /// What: name of the mutation 操作.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// To what: global id of the row it was about 对象.
    async fn subject(&self) -> ID {
        Gid::subject(self.0.subject_type, self.0.ledger_id, self.0.subject_id).into()
    }

    /// Type of that row 对象类型.
    async fn subject_type(&self) -> SourceType {
        self.0.subject_type
    }

    /// What was revealed, and why, where it has shown personal values in clear 明文查看.
    async fn reveal(&self, ctx: &Context<'_>) -> Option<Result<AuditReveal>> {
        revealed(ctx, &self.0).await.transpose()
    }
}

async fn revealed(ctx: &Context<'_>, act: &act::Model) -> Result<Option<AuditReveal>> {
    Ok(loader::one(ctx.rows()?, RevealOf(act.ledger_id, act.seq)).await?.map(AuditReveal))
}

/// That personal values were shown in clear for a reason; the values are not told 明文查看记录.
#[derive(Description)]
pub struct AuditReveal(reveal::Model);

#[Object(use_type_description)]
impl AuditReveal {
    /// What for 用途.
    async fn purpose(&self) -> RevealPurpose {
        self.0.purpose
    }

    /// Why, in the words of who asked 理由.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Kinds of the values 类型.
    async fn kinds(&self) -> Vec<PersonalKind> {
        personal::kinds(&self.0)
    }

    /// Whose: global id of a household, a member of a family, or a person 所属.
    async fn owner(&self) -> ID {
        Gid::subject(self.0.owner_type, self.0.ledger_id, self.0.owner_id).into()
    }

    /// Whether that is a household, a member of a family, or a person 所属类型.
    async fn owner_type(&self) -> SourceType {
        self.0.owner_type
    }
}
