//! A line of the access log 访问日志: a sign-in, a refusal, or personal data shown, with time and address. It holds ids
//! and kinds of data, never a value.

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
    /// Names of the schema's fields that were asked for; empty if there were none.
    pub operation: String,
    pub ledger_id: Option<LedgerId>,
    pub subject_type: Option<SourceType>,
    pub subject_id: Option<Uuid>,
    /// Kinds of the data shown, joined by `+`.
    pub data: String,
    pub times: i32,
    pub request_id: Option<Uuid>,
    /// Keyed hash over the line before and this one.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Event that a line of the access log records.
    /// 访问日志记录的事件类型。
    AccessKind {
        /// Sign-in, or a change of password, which begins a session as well.
        /// 登录;修改密码也会开始新会话。
        SignIn,
        /// Sign-out.
        /// 退出登录。
        SignOut,
        /// Something was asked for and refused.
        /// 请求被拒绝。
        Refusal,
        /// Personal data were shown in clear to somebody entitled to see them.
        /// 有权者查看了个人信息明文。
        UnmaskedRead,
        /// Data were exported.
        /// 导出数据。
        Export,
        /// A server began to write the log.
        /// 服务启动,开始记录日志。
        Started,
        /// A server stopped in an orderly way.
        /// 服务正常停止。
        Stopped,
        /// Lines were lost, because there were more than the server could write; `times` is their number.
        /// 日志过多未能写入而丢失,times为丢失行数。
        Lost,
    }
}

text_enum! {
    /// Outcome of an event in the access log.
    /// 访问日志中事件的结果。
    AccessResult {
        /// Success.
        /// 成功。
        Succeeded,
        /// Failure: the account name or password was wrong, or lines of the log were lost.
        /// 失败:账户名或密码错误,或日志行丢失。
        Failed,
        /// Sign-in was locked after too many wrong passwords; the password was not checked.
        /// 密码错误次数过多,已锁定,未再核对密码。
        Locked,
        /// The account is not allowed to do this.
        /// 无权限。
        Forbidden,
        /// The object does not exist, or the account may not see it.
        /// 对象不存在,或账户无权查看。
        NotFound,
        /// The token's session has ended, or its account is disabled.
        /// 令牌的会话已失效,或账户已停用。
        Unauthenticated,
        /// A limit was exceeded: of requests, or of values shown in a day.
        /// 超过请求次数或每日查看次数限制。
        LimitExceeded,
        /// A refresh token was used again after it was replaced, so its session was ended.
        /// 刷新令牌被替换后再次使用,会话已终止。
        Reused,
    }
}
