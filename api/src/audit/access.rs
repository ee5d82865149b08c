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

/// A line of the access log 访问记录: who came in, was refused, or was shown personal data, when and from where.
#[derive(Description)]
pub struct AuditAccess(pub access_line::Model);

#[Object(use_type_description)]
impl AuditAccess {
    /// Number of the chain, one for each time that a server has run 链编号.
    async fn chain(&self) -> i32 {
        self.0.chain_id
    }

    /// Its number in the chain 序号.
    async fn number(&self) -> BigInt {
        BigInt(self.0.seq)
    }

    /// When; where it has happened several times within a second or so, the first time 时间.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// What happened 访问类型.
    async fn kind(&self) -> AccessKind {
        self.0.kind
    }

    /// How it ended 访问结果.
    async fn result(&self) -> AccessResult {
        self.0.result
    }

    /// Who: global id of the account, where it is known 账户.
    async fn account(&self) -> Option<ID> {
        self.0.account_id.map(|id| Gid::reference(SourceType::Account, id).into())
    }

    /// Name of the account 账户名.
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        account_name(ctx, self.0.account_id?).await.transpose()
    }

    /// The session, where there is one 会话.
    async fn session(&self) -> Option<Uuid> {
        self.0.session_id.map(|id| id.0)
    }

    /// Where from 来源地址.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// What was asked for: fields of Query or Mutation, or the path of the one that was refused 操作.
    async fn operation(&self) -> &str {
        &self.0.operation
    }

    /// In which ledger, or asked of which, where that is known 台账编号.
    async fn ledger(&self) -> Option<LedgerId> {
        self.0.ledger_id
    }

    /// Name of the ledger 台账名称.
    async fn ledger_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        ledger_name(ctx, self.0.ledger_id?).await.transpose()
    }

    /// Whose data: global id of the household, whose family is part of it, or of the person 数据主体.
    async fn subject(&self) -> Option<ID> {
        let (of, ledger, id) = (self.0.subject_type?, self.0.ledger_id?, self.0.subject_id?);
        Some(Gid::subject(of, ledger, id).into())
    }

    /// Whether that is a household or a person 数据主体类型.
    async fn subject_type(&self) -> Option<SourceType> {
        self.0.subject_type
    }

    /// What was shown in clear 数据项.
    async fn data(&self) -> Vec<Datum> {
        self.0.data.split('+').filter_map(Datum::coded).collect()
    }

    /// How often it has happened within a second or so; of lost lines, how many 次数.
    async fn times(&self) -> i32 {
        self.0.times
    }

    /// Id of the first request, as the server's answer and its own log have it 请求编号.
    async fn request(&self) -> Option<Uuid> {
        self.0.request_id
    }
}
