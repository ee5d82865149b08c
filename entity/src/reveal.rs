//! Who was shown personal values in clear: whose, of which kinds, what for. The values are not in it.

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
    /// The day in Asia/Shanghai, for the limit.
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
    /// What personal values are shown in clear for 查看用途.
    RevealPurpose {
        /// 联系本人
        Contact,
        /// 发放补助
        Payment,
        /// 身份核验
        IdentityCheck,
        /// 信息更正
        Correction,
        /// 督查审计
        Inspection,
        /// 本人查阅复制
        OwnCopy,
    }
}
