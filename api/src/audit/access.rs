//! A line of the access log as auditors see it.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::access_line::{self, AccessKind, AccessResult};
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::values::BigInt;
use uuid::Uuid;

use super::{account_name, ledger_name};
use crate::access::Datum;
use platform::error::Result;
use platform::gid::Gid;

/// Line of the access log: a sign-in, a refusal, an export, or personal data shown in clear.
/// 访问日志的一条记录:登录、拒绝、导出,或明文显示个人信息。
#[derive(Description)]
pub struct AuditAccess(pub access_line::Model);

#[Object(use_type_description)]
impl AuditAccess {
    /// Number of the chain that holds the line; each run of a server has a chain of its own.
    /// 记录所在的链编号;服务器每次运行各成一链。
    async fn chain(&self) -> i32 {
        self.0.chain_id
    }

    /// Number of the line in its chain.
    /// 记录在链中的序号。
    async fn number(&self) -> BigInt {
        BigInt(self.0.seq)
    }

    /// Time of the event; if the line stands for several within a second or so, the time of the first.
    /// 发生时间;约一秒内的多次合为一条的,为首次时间。
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Kind of the event.
    /// 访问类型。
    async fn kind(&self) -> AccessKind {
        self.0.kind
    }

    /// Outcome of the event.
    /// 访问结果。
    async fn result(&self) -> AccessResult {
        self.0.result
    }

    /// Global id of the account; empty if it is not known.
    /// 账户的全局标识;未知的为空。
    async fn account(&self) -> Option<ID> {
        self.0.account_id.map(|id| Gid::reference(SourceType::Account, id).into())
    }

    /// Name of the account; empty if the account is not known.
    /// 账户名;账户未知的为空。
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        account_name(ctx, self.0.account_id?).await.transpose()
    }

    /// Id of the session; empty if there was none.
    /// 会话标识;无会话的为空。
    async fn session(&self) -> Option<Uuid> {
        self.0.session_id.map(|id| id.0)
    }

    /// Network address of the client; empty if it is not known.
    /// 来源网络地址;未知的为空。
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Operation asked for: names of fields of Query or Mutation, the path of a refused field such as
    /// `household.members.phone`, or an HTTP route such as `POST /oauth/token`.
    /// 操作:Query或Mutation的字段名、被拒绝字段的路径,或HTTP路由。
    async fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Number of the ledger that the event concerns; empty if none is known.
    /// 所涉台账的编号;未知的为空。
    async fn ledger(&self) -> Option<LedgerId> {
        self.0.ledger_id
    }

    /// Name of that ledger.
    /// 所涉台账的名称。
    async fn ledger_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        ledger_name(ctx, self.0.ledger_id?).await.transpose()
    }

    /// Global id of the household or person whose data were shown; a family member counts as the household. Empty for
    /// other events.
    /// 数据主体的全局标识:农户(含其家庭成员)或人员;未显示个人信息的为空。
    async fn subject(&self) -> Option<ID> {
        let (of, ledger, id) = (self.0.subject_type?, self.0.ledger_id?, self.0.subject_id?);
        Some(Gid::subject(of, ledger, id).into())
    }

    /// Type of the subject: household or person.
    /// 数据主体的类型:农户或人员。
    async fn subject_type(&self) -> Option<SourceType> {
        self.0.subject_type
    }

    /// Kinds of personal data that were shown in clear.
    /// 明文显示的个人信息项。
    async fn data(&self) -> Vec<Datum> {
        self.0.data.split('+').filter_map(Datum::coded).collect()
    }

    /// Number of equal events within a second or so; of kind LOST, the number of lines lost.
    /// 约一秒内相同访问的次数;类型为LOST的,为丢失的条数。
    async fn times(&self) -> i32 {
        self.0.times
    }

    /// Id of the first request, as in the server's answer and its own log.
    /// 首次请求的编号,与服务器的应答和日志一致。
    async fn request(&self) -> Option<Uuid> {
        self.0.request_id
    }
}
