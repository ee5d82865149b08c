//! Queries of auditors 审计: the acts of ledgers, with reveals and their reasons, and the access log. The answers hold
//! ids and kinds of data, never values.

mod access;
mod act;

use async_graphql::{Context, ID, InputObject, Object};
use entity::access_line::{self, AccessKind, AccessResult};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId};
use entity::values::Date;
use entity::{act as acts, ledger};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};

use crate::access::scope::access_lines;
use crate::access::{Action, Within};
use crate::loader::{self, NameOf};
use crate::mutation::Asking;
use crate::page::{self, Direction, Nodes, Order, Page};
use crate::region;
use platform::clock::start_of_day;
use platform::error::Result;
use platform::gid::Gid;

pub use access::AuditAccess;
pub use act::{AuditAct, AuditReveal};

/// Conditions on acts; an act must meet all of them.
/// 操作的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct AuditActFilter {
    /// Ledger in which the act was done.
    /// 操作所在的台账。
    ledger: Option<LedgerId>,
    /// Region of the ledger in which the act was done, or a region above it.
    /// 操作所在台账的区划,含其下级区划。
    region: Option<ID>,
    /// Account that acted.
    /// 操作账户。
    account: Option<ID>,
    /// Name of the mutation, such as `householdReveal`.
    /// 操作的mutation名称,如householdReveal。
    action: Option<String>,
    /// First day of the acts.
    /// 起始日期(含)。
    from: Option<Date>,
    /// Last day of the acts.
    /// 截止日期(含)。
    to: Option<Date>,
}

/// Conditions on lines of the access log; a line must meet all of them.
/// 访问日志的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct AuditAccessFilter {
    /// Ledger that the event concerns.
    /// 访问所涉的台账。
    ledger: Option<LedgerId>,
    /// Region of the ledger that the event concerns, or a region above it.
    /// 访问所涉台账的区划,含其下级区划。
    region: Option<ID>,
    /// Account of the event.
    /// 访问账户。
    account: Option<ID>,
    /// Kind of the event.
    /// 访问类型。
    kind: Option<AccessKind>,
    /// Outcome of the event.
    /// 访问结果。
    result: Option<AccessResult>,
    /// Household or person whose data were shown.
    /// 数据主体:农户或人员。
    subject: Option<ID>,
    /// First day of the events.
    /// 起始日期(含)。
    from: Option<Date>,
    /// Last day of the events.
    /// 截止日期(含)。
    to: Option<Date>,
}

#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Acts of the ledgers that you audit, by time: who did what to which row, and why personal values were revealed.
    /// Acts of the reference tables are included if you audit all ledgers.
    /// 操作审计:本账户所审计台账的操作,按时间排列,含操作账户、对象与明文查看理由。
    /// 审计全部台账的,包括基础数据的操作。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn audit_acts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which acts to list; all if absent.\n筛选条件,默认全部操作。")] filter: Option<
            AuditActFilter,
        >,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<AuditAct>>> {
        use acts::Column;
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected_acts(ctx, filter.unwrap_or_default())?;
            let then = vec![Column::LedgerId, Column::Seq];
            let sort = Order { by: Column::At, then, direction: direction.unwrap_or_default() };
            page::read_by(&ctx.app()?.db, rows, sort, page, AuditAct).await
        };
        Some(page.await)
    }

    /// Lines of the access log by time: sign-ins, refusals, exports, and personal data shown in clear. Lines that
    /// concern no ledger are included if you audit all ledgers.
    /// 访问审计:登录、拒绝、导出及明文显示个人信息的记录,按时间排列。
    /// 审计全部台账的,包括不涉及台账的记录。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn audit_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lines to list; all if absent.\n筛选条件,默认全部记录。")] filter: Option<
            AuditAccessFilter,
        >,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<AuditAccess>>> {
        use access_line::Column;
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected_lines(ctx, filter.unwrap_or_default()).await?;
            let then = vec![Column::ChainId, Column::Seq];
            let sort = Order { by: Column::At, then, direction: direction.unwrap_or_default() };
            page::read_by(&ctx.app()?.db, rows, sort, page, AuditAccess).await
        };
        Some(page.await)
    }
}

fn selected_acts(ctx: &Context<'_>, filter: AuditActFilter) -> Result<Select<acts::Entity>> {
    use acts::Column;
    let mut rows = acts::Entity::within(&ctx.viewer()?.may(Action::ReadAudit)?)
        .filter(placed(Column::LedgerId, filter.ledger, filter.region.as_ref())?)
        .filter(between(Column::At, filter.from, filter.to));
    if let Some(account) = filter.account {
        rows = rows.filter(Column::AccountId.eq(account_key(&account)?));
    }
    if let Some(action) = filter.action {
        rows = rows.filter(Column::Action.eq(action));
    }
    Ok(rows)
}

async fn selected_lines(ctx: &Context<'_>, filter: AuditAccessFilter) -> Result<Select<access_line::Entity>> {
    use access_line::Column;
    let scope = ctx.viewer()?.may(Action::ReadAudit)?;
    let mut rows = access_lines(&ctx.app()?.db, &scope)
        .await?
        .filter(placed(Column::LedgerId, filter.ledger, filter.region.as_ref())?)
        .filter(between(Column::At, filter.from, filter.to));
    if let Some(account) = filter.account {
        rows = rows.filter(Column::AccountId.eq(account_key(&account)?));
    }
    if let Some(kind) = filter.kind {
        rows = rows.filter(Column::Kind.eq(kind));
    }
    if let Some(result) = filter.result {
        rows = rows.filter(Column::Result.eq(result));
    }
    if let Some(subject) = filter.subject {
        let gid = Gid::parse(&subject, "filter.subject", &[SourceType::Household, SourceType::Person])?;
        rows = rows.filter(Column::SubjectId.eq(gid.id)).filter(Column::SubjectType.eq(gid.of));
    }
    Ok(rows)
}

fn account_key(id: &ID) -> Result<AccountId> {
    Gid::parse(id, "filter.account", &[SourceType::Account]).map(|gid| AccountId(gid.id))
}

/// Condition that `column` is `ledger`, and a ledger of `region` or of a region below it.
fn placed<C: ColumnTrait>(column: C, ledger: Option<LedgerId>, region: Option<&ID>) -> Result<Condition> {
    let mut condition = Condition::all().add_option(ledger.map(|ledger| column.eq(ledger)));
    if let Some(region) = region {
        let below = Query::select()
            .column(ledger::Column::Id)
            .from(ledger::Entity)
            .and_where(
                ledger::Column::RegionId
                    .in_subquery(region::ids_below(region::key(region, "filter.region")?)),
            )
            .to_owned();
        condition = condition.add(column.in_subquery(below));
    }
    Ok(condition)
}

/// Condition that the time lies on one of the days from `from` to `to`.
fn between<C: ColumnTrait>(at: C, from: Option<Date>, to: Option<Date>) -> Condition {
    let next = to.and_then(Date::succ_opt);
    Condition::all()
        .add_option(from.map(|from| at.gte(start_of_day(from))))
        .add_option(next.map(|next| at.lt(start_of_day(next))))
}

/// Name of an account that a visible line names.
async fn account_name(ctx: &Context<'_>, account: AccountId) -> Result<Option<String>> {
    loader::one(ctx.rows()?, NameOf(account)).await
}

/// Name of the ledger in which a visible line lies.
async fn ledger_name(ctx: &Context<'_>, ledger: LedgerId) -> Result<Option<String>> {
    Ok(loader::one(ctx.rows()?, ledger).await?.map(|row| row.name))
}
