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

/// Act that was done, as the journal records it; refused acts are in the access log.
/// 已完成的操作记录;被拒绝的操作见访问日志。
#[derive(Description)]
pub struct AuditAct(pub act::Model);

#[Object(use_type_description)]
impl AuditAct {
    /// Number of the ledger in which the act was done; 0 for the reference tables.
    /// 操作所在台账的编号;基础数据为0。
    async fn ledger(&self) -> LedgerId {
        self.0.ledger_id
    }

    /// Name of that ledger; empty for the reference tables.
    /// 操作所在台账的名称;基础数据为空。
    async fn ledger_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        ledger_name(ctx, self.0.ledger_id).await.transpose()
    }

    /// Number of the act in its ledger.
    /// 操作在台账中的序号。
    async fn number(&self) -> BigInt {
        BigInt(self.0.seq)
    }

    /// Time of the act.
    /// 操作时间。
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Global id of the account that acted.
    /// 操作账户的全局标识。
    async fn account(&self) -> ID {
        Gid::reference(SourceType::Account, self.0.account_id).into()
    }

    /// Name of the account that acted.
    /// 操作账户名。
    async fn account_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        account_name(ctx, self.0.account_id).await.transpose()
    }

    /// Name of the mutation, such as `householdReveal`.
    /// 操作的mutation名称,如householdReveal。
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Global id of the row that the act was about.
    /// 操作对象的全局标识。
    async fn subject(&self) -> ID {
        Gid::subject(self.0.subject_type, self.0.ledger_id, self.0.subject_id).into()
    }

    /// Type of that row.
    /// 操作对象的类型。
    async fn subject_type(&self) -> SourceType {
        self.0.subject_type
    }

    /// Kinds and reason of the personal values that the act showed in clear; empty if it showed none.
    /// 操作明文显示的个人信息的类型与理由;未显示的为空。
    async fn reveal(&self, ctx: &Context<'_>) -> Option<Result<AuditReveal>> {
        revealed(ctx, &self.0).await.transpose()
    }
}

async fn revealed(ctx: &Context<'_>, act: &act::Model) -> Result<Option<AuditReveal>> {
    Ok(loader::one(ctx.rows()?, RevealOf(act.ledger_id, act.seq)).await?.map(AuditReveal))
}

/// Personal values that were shown in clear: their kinds, owner and reason, never the values.
/// 明文查看个人信息的记录:含类型、所属与理由,不含信息内容。
#[derive(Description)]
pub struct AuditReveal(reveal::Model);

#[Object(use_type_description)]
impl AuditReveal {
    /// Purpose of the reveal.
    /// 查看用途。
    async fn purpose(&self) -> RevealPurpose {
        self.0.purpose
    }

    /// Reason, in the words of the person who asked.
    /// 查看理由,由查看人填写。
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Kinds of the values.
    /// 所查看信息的类型。
    async fn kinds(&self) -> Vec<PersonalKind> {
        personal::kinds(&self.0)
    }

    /// Global id of the household, family member or person whose values were shown.
    /// 信息所属的农户、家庭成员或人员的全局标识。
    async fn owner(&self) -> ID {
        Gid::subject(self.0.owner_type, self.0.ledger_id, self.0.owner_id).into()
    }

    /// Type of the owner: household, family member or person.
    /// 所属对象的类型:农户、家庭成员或人员。
    async fn owner_type(&self) -> SourceType {
        self.0.owner_type
    }
}
