//! Lists of records: one filter and one order for all types.

use async_graphql::{Context, Enum, ID, InputObject};
use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::{PartyKind, RefRole};
use entity::values::Date;
use entity::{household, link, record, record_ref};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::Typed;
use crate::access::{Action, Within};
use crate::mutation::{Asking, Reread};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region;
use platform::error::{Error, Result};
use platform::gid::Gid;

/// Conditions that the records must meet, all of them.
/// 记录筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct RecordFilter {
    /// Region in which the records lie, with all regions below it.
    /// 所在区划,含所有下级。
    region: Option<ID>,
    /// Programme that the records name; records of its child programmes are left out.
    /// 所属行动;不含其下级行动的记录。
    programme: Option<ID>,
    /// Link that the records serve.
    /// 服务的结对。
    link: Option<ID>,
    /// Seat, committee or organisation that the records name, as helper or otherwise.
    /// 记录涉及的席位、委室或单位,不限于帮扶方。
    helper: Option<ID>,
    /// Target that the records name.
    /// 记录涉及的帮扶对象。
    target: Option<ID>,
    /// Code of the kind of the records.
    /// 类型代码。
    kind: Option<String>,
    /// Code of the category of the records.
    /// 类别代码。
    category: Option<String>,
    /// Key of a category that the records are tagged with.
    /// 标签的类别键。
    tag: Option<Uuid>,
    /// Step that the records are at.
    /// 当前环节。
    step: Option<Step>,
    /// Verification of the records.
    /// 核验状态。
    verification: Option<Verification>,
    /// First day on which the records may have happened.
    /// 发生日期的起始日(含)。
    happened_from: Option<Date>,
    /// Last day on which the records may have happened.
    /// 发生日期的截止日(含)。
    happened_to: Option<Date>,
    /// Last day by which the records are due; records without a due day are left out.
    /// 办理期限的截止日(含);没有期限的不列出。
    due_to: Option<Date>,
}

/// Sort key of records.
/// 记录的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum RecordSort {
    /// Day on which the records happened.
    /// 发生日期。
    #[default]
    Happened,
    /// Time at which the server received the records.
    /// 接收时间。
    Received,
}

/// Arguments of a list of records.
pub struct Listing {
    pub filter: Option<RecordFilter>,
    pub order_by: Option<RecordSort>,
    pub direction: Option<Direction>,
    pub page: Page,
}

/// A page of records of one type.
pub async fn list<T: Typed>(ctx: &Context<'_>, listing: Listing) -> Result<Nodes<T>> {
    let rows = selected(ctx, T::OF, listing.filter.unwrap_or_default())?;
    let by = match listing.order_by.unwrap_or_default() {
        RecordSort::Happened => record::Column::HappenedOn,
        RecordSort::Received => record::Column::ReceivedAt,
    };
    let sort = Sort { by, id: record::Column::Id, direction: listing.direction.unwrap_or_default() };
    page::read(&ctx.app()?.db, rows, sort, listing.page, T::wrap).await
}

/// A record of a type, by its global id.
pub async fn one<T: Typed>(ctx: &Context<'_>, id: &ID) -> Option<Result<T>> {
    match Gid::parse(id, "id", &[T::OF]) {
        Ok(gid) => T::reread(ctx, gid.ledger, gid.id).await.transpose(),
        Err(_) => Some(Err(Error::NotFound)),
    }
}

fn selected(ctx: &Context<'_>, of: SourceType, filter: RecordFilter) -> Result<Select<record::Entity>> {
    use record::Column;
    let scope = ctx.viewer()?.may(Action::ReadRecord)?;
    let mut rows = record::Entity::within(&scope).filter(Column::SourceType.eq(of));
    if let Some(region) = filter.region {
        rows = rows
            .filter(Column::RegionId.in_subquery(region::ids_below(region::key(&region, "filter.region")?)));
    }
    let named: [(&str, Option<ID>, &[SourceType]); 4] = [
        ("filter.programme", filter.programme, &[SourceType::Programme]),
        ("filter.link", filter.link, &[SourceType::Link]),
        ("filter.helper", filter.helper, PartyKind::HELPERS),
        ("filter.target", filter.target, PartyKind::TARGETS),
    ];
    for (field, id, of) in named {
        if let Some(id) = id {
            rows = rows.filter(shown(ctx, Gid::parse(&id, field, of)?)?);
        }
    }
    if let Some(tag) = filter.tag {
        let tagged = refs(tag).and_where(record_ref::Column::Role.eq(RefRole::Tag)).to_owned();
        rows = rows.filter(Expr::exists(tagged));
    }
    let plain = [
        filter.kind.map(|kind| Column::Kind.eq(kind)),
        filter.category.map(|category| Column::Category.eq(category)),
        filter.step.map(|step| Column::Step.eq(step)),
        filter.verification.map(|verification| Column::Verification.eq(verification)),
        filter.happened_from.map(|day| Column::HappenedOn.gte(day)),
        filter.happened_to.map(|day| Column::HappenedOn.lte(day)),
        filter.due_to.map(|day| Column::DueOn.lte(day)),
    ];
    Ok(plain.into_iter().flatten().fold(rows, Select::filter))
}

/// Condition for records that refer to a row. A household or link that the viewer may not see finds nothing: a record
/// does not show it either.
fn shown(ctx: &Context<'_>, to: Gid) -> Result<Expr> {
    let (viewer, mut refs) = (ctx.viewer()?, refs(to.id));
    let visible = match to.of {
        SourceType::Household => {
            let rows = household::Entity::within(&viewer.may(Action::ReadHousehold)?)
                .filter(household::Column::LedgerId.eq(to.ledger));
            Some((RefRole::TargetHousehold, only(rows, household::Column::Id, to.id)))
        }
        SourceType::Link => {
            let rows = link::Entity::within(&viewer.may(Action::ReadHousehold)?)
                .filter(link::Column::LedgerId.eq(to.ledger));
            Some((RefRole::Link, only(rows, link::Column::Id, to.id)))
        }
        _ => None,
    };
    match visible {
        Some((role, visible)) => refs
            .and_where(record_ref::Column::LedgerId.eq(to.ledger))
            .and_where(record_ref::Column::Role.eq(role))
            .and_where(record_ref::Column::RefId.in_subquery(visible)),
        None => refs.and_where(record_ref::Column::Role.is_not_in([RefRole::TargetHousehold, RefRole::Link])),
    };
    Ok(Expr::exists(refs))
}

/// The id of one row, if it is visible.
fn only<E: EntityTrait>(visible: Select<E>, id: E::Column, one: Uuid) -> SelectStatement {
    visible.select_only().column(id).filter(id.eq(one)).into_query()
}

/// Condition for records that refer to a row in any role.
pub fn referring(to: Uuid) -> Expr {
    Expr::exists(refs(to))
}

fn refs(to: Uuid) -> SelectStatement {
    use record_ref::Column;
    Query::select()
        .expr(Expr::val(1))
        .from(record_ref::Entity)
        .and_where(
            Expr::col((record_ref::Entity, Column::LedgerId))
                .equals((record::Entity, record::Column::LedgerId)),
        )
        .and_where(
            Expr::col((record_ref::Entity, Column::RecordId)).equals((record::Entity, record::Column::Id)),
        )
        .and_where(Column::RefId.eq(to))
        .to_owned()
}

/// A query of one record of a type, and one of a list: the same for every type.
#[macro_export]
macro_rules! record_query {
    ($query:ident, $object:ident, $(#[$one_meta:meta])* $one:ident, $(#[$list_meta:meta])* $list:ident) => {
        #[derive(Default)]
        pub struct $query;

        #[async_graphql::Object]
        impl $query {
            $(#[$one_meta])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Global id of the record.\n记录的全局标识。")] id: async_graphql::ID,
            ) -> Option<platform::error::Result<$object>> {
                $crate::record::one(ctx, &id).await
            }

            $(#[$list_meta])*
            #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
            async fn $list(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which records to list; all if absent.\n筛选条件,默认全部。")]
                filter: Option<$crate::record::RecordFilter>,
                #[graphql(desc = "Sort key; by the day of the record if absent.\n排序字段,默认按发生日期。")]
                order_by: Option<$crate::record::RecordSort>,
                #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")]
                direction: Option<$crate::page::Direction>,
                #[graphql(
                    desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
                )]
                first: Option<i32>,
                #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
                #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")]
                last: Option<i32>,
                #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
            ) -> Option<platform::error::Result<$crate::page::Nodes<$object>>> {
                let page = async {
                    let page = $crate::page::Page::of(first, after, last, before)?;
                    $crate::record::list(ctx, $crate::record::Listing { filter, order_by, direction, page }).await
                };
                Some(page.await)
            }
        }
    };
}
