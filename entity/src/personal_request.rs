//! What somebody asked about their own personal data, and how it was answered 个人信息权利请求.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{LedgerId, PersonalRequestId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "personal_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonalRequestId,
    pub kind: RequestKind,
    /// A household, a member of a family, or a person of the roster.
    pub subject_type: SourceType,
    pub subject_id: Uuid,
    /// Kinds of the data it is about, joined by `+`; all where empty.
    pub data: String,
    pub statement: Option<String>,
    pub received_on: Date,
    /// The act that took note of it.
    pub opened_seq: i64,
    pub answer: Option<RequestAnswer>,
    pub answered_on: Option<Date>,
    /// Why it was refused, or what was done.
    pub reason: Option<String>,
    /// The act that did what was asked.
    pub done_seq: Option<i64>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// What somebody may ask about their own personal data 请求类型.
    RequestKind {
        /// 查阅复制: what is held of them
        Copy,
        /// 更正补充: that what is wrong be put right
        Correction,
        /// 删除: that it be erased
        Deletion,
    }
}

text_enum! {
    /// How a request was answered 办理结果.
    RequestAnswer {
        /// 已办理
        Done,
        /// 不予办理
        Refused,
    }
}
