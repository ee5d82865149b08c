//! An occasion on which personal values were shown in clear: the account, the owner, the kinds and the purpose, but no
//! value.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{AccountId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reveal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    /// The act's number in the journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub account_id: AccountId,
    /// The day in Asia/Shanghai, for the daily limit.
    pub on_day: Date,
    pub purpose: RevealPurpose,
    pub reason: String,
    pub owner_type: SourceType,
    pub owner_id: Uuid,
    /// Kinds of the values shown, joined by `+`.
    pub kinds: String,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Purpose for which personal values are shown in clear.
    /// 查看个人信息明文的用途。
    RevealPurpose {
        /// Contacting the person.
        /// 联系本人。
        Contact,
        /// Paying a subsidy.
        /// 发放补助。
        Payment,
        /// Checking somebody's identity.
        /// 身份核验。
        IdentityCheck,
        /// Correcting the data.
        /// 信息更正。
        Correction,
        /// Inspection or audit.
        /// 督查、审计。
        Inspection,
        /// Giving the person a copy of their own data.
        /// 本人查阅、复制。
        OwnCopy,
    }
}
