//! A line of the access log 访问日志: who came in, was refused, or was shown personal data, when and from where. It
//! holds ids and kinds of data, never a value.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{AccountId, LedgerId, SessionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub kind: AccessKind,
    pub result: AccessResult,
    pub account_id: Option<AccountId>,
    pub session_id: Option<SessionId>,
    pub address: Option<String>,
    /// Names of fields of the schema; empty where none was asked for.
    pub operation: String,
    pub ledger_id: Option<LedgerId>,
    pub subject_type: Option<SourceType>,
    pub subject_id: Option<Uuid>,
    /// Kinds of what was shown, joined by `+`.
    pub data: String,
    pub times: i32,
    pub request_id: Option<Uuid>,
    /// Keyed hash over the line before and this one.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// What a line of the access log tells 访问类型.
    AccessKind {
        /// 登录: a sign-in, or a change of password, which begins a session as well
        SignIn,
        /// 退出
        SignOut,
        /// 拒绝: something was asked for and not given
        Refusal,
        /// 明文查看: personal data were shown in clear to one who needs them
        UnmaskedRead,
        /// 导出
        Export,
        /// 服务启动: a server began to write
        Started,
        /// 服务停止: it was told to stop, and ended in peace
        Stopped,
        /// 丢失: so many lines were more than it could write
        Lost,
    }
}

text_enum! {
    /// How it ended 访问结果.
    AccessResult {
        /// 成功
        Succeeded,
        /// 密码错误: account or password was wrong
        Failed,
        /// 已锁定: there were too many wrong passwords before, and none was looked at
        Locked,
        /// 无权限
        Forbidden,
        /// 不存在或不属于本人: absent, or not theirs
        NotFound,
        /// 会话已失效: the token's session had ended, or its account was disabled
        Unauthenticated,
        /// 超过次数: more often than is allowed in a day
        LimitExceeded,
        /// 令牌重复使用: a refresh token came again after it was replaced, and its session was ended
        Reused,
    }
}
