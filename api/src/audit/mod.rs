//! What auditors ask 审计: the acts of ledgers, with what was revealed and why; and the access log. Ids and kinds of data
//! are told, values never.

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

/// Which acts 操作筛选.
#[derive(InputObject, Default)]
pub struct AuditActFilter {
    /// In this ledger 台账.
    ledger: Option<LedgerId>,
    /// In the ledgers of this region and of all below it 区划.
    region: Option<ID>,
    /// By this account 账户.
    account: Option<ID>,
    /// With this mutation: `householdReveal` 操作.
    action: Option<String>,
    /// From this day 起.
    from: Option<Date>,
    /// To this day 止.
    to: Option<Date>,
}

/// Which lines of the access log 访问筛选.
#[derive(InputObject, Default)]
pub struct AuditAccessFilter {
    /// In this ledger 台账.
    ledger: Option<LedgerId>,
    /// In the ledgers of this region and of all below it 区划.
    region: Option<ID>,
    /// By this account 账户.
    account: Option<ID>,
    /// What happened 访问类型.
    kind: Option<AccessKind>,
    /// How it ended 访问结果.
    result: Option<AccessResult>,
    /// Whose data were shown: a household or a person 数据主体.
    subject: Option<ID>,
    /// From this day 起.
    from: Option<Date>,
    /// To this day 止.
    to: Option<Date>,
}

#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Acts of the ledgers you audit, and of the reference tables if you audit all ledgers, by their time: who did what, when, to what, and why
    /// personal values were revealed 操作审计.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn audit_acts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which acts; all where absent")] filter: Option<AuditActFilter>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

    /// Lines of the access log by their time: sign-ins, refusals, exports, and whose data were shown to whom in clear.
    /// Those of no ledger are for an auditor of all ledgers 访问审计.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn audit_access(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lines; all where absent")] filter: Option<AuditAccessFilter>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// In one ledger, or in those of a region and of all below it.
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

/// On one of the days from one to another.
fn between<C: ColumnTrait>(at: C, from: Option<Date>, to: Option<Date>) -> Condition {
    let next = to.and_then(Date::succ_opt);
    Condition::all()
        .add_option(from.map(|from| at.gte(start_of_day(from))))
        .add_option(next.map(|next| at.lt(start_of_day(next))))
}

/// The name of an account that a visible line names.
async fn account_name(ctx: &Context<'_>, account: AccountId) -> Result<Option<String>> {
    loader::one(ctx.rows()?, NameOf(account)).await
}

/// The name of a ledger that a visible line lies in.
async fn ledger_name(ctx: &Context<'_>, ledger: LedgerId) -> Result<Option<String>> {
    Ok(loader::one(ctx.rows()?, ledger).await?.map(|row| row.name))
}
