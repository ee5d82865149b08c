//! A request 个人信息权利请求 that somebody made about their own personal data, and its answer.

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
    /// `Household`, `FamilyMember` or `Person`.
    pub subject_type: SourceType,
    pub subject_id: Uuid,
    /// Data that the request is about, joined by `+`; all if empty.
    pub data: String,
    pub statement: Option<String>,
    pub received_on: Date,
    /// The act that registered the request.
    pub opened_seq: i64,
    pub answer: Option<RequestAnswer>,
    pub answered_on: Option<Date>,
    /// Reason for the refusal, or a note of what was done.
    pub reason: Option<String>,
    /// The act that carried out the request.
    pub done_seq: Option<i64>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Type of a request about one's own personal data.
    /// 个人信息权利请求的类型。
    RequestKind {
        /// Copy of the data held about the person.
        /// 查阅、复制本人信息。
        Copy,
        /// Correction or completion of wrong data.
        /// 更正、补充错误信息。
        Correction,
        /// Deletion of the data.
        /// 删除本人信息。
        Deletion,
    }
}

text_enum! {
    /// Answer to a request about personal data.
    /// 个人信息权利请求的办理结果。
    RequestAnswer {
        /// Carried out.
        /// 已办理。
        Done,
        /// Refused.
        /// 不予办理。
        Refused,
    }
}
