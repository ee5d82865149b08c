//! Acts on organisations: entering, changing and ending them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::fact::SourceType;
use entity::ids::OrganisationId;
use entity::organisation::{self, OrganisationKind, System};
use entity::values::Date;
use entity::{committee, member, programme};
use sea_orm::{ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::{Organisation, key, ledger_of};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Moves, Record, Subject, Tx};
use crate::link;
use crate::mutation::run;
use crate::name;
use crate::payload;
use crate::record;
use crate::region;
use crate::roster;
use platform::check;
use platform::check::BEGINNING;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

payload!(
    /// An organisation, or the errors to correct.
    /// 单位结果,或需更正的错误。
    OrganisationPayload {
        /// The organisation as it stands after the act.
        /// 操作后的单位。
        organisation: Organisation
    }
);

#[derive(Default)]
pub struct OrganisationMutation;

#[Object]
impl OrganisationMutation {
    /// Enters an organisation in its region.
    /// 新增单位。
    async fn organisation_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation to enter.\n要新增的单位。")] input: OrganisationCreate,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, region::ledger_of(ctx, &input.region, "region").await, input).await
    }

    /// Changes the data of an organisation; absent fields stay as they are.
    /// 变更单位信息;未填的字段保持不变。
    async fn organisation_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation and its changes.\n单位及其变更内容。")] input: OrganisationUpdate,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }

    /// Ends an organisation. Refused if its committees, seats, programmes, links or records last beyond its last day.
    /// 撤销单位;其后仍有委室、席位、行动、结对或记录的,予以拒绝。
    async fn organisation_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation to end.\n要撤销的单位。")] input: OrganisationEnd,
    ) -> Option<async_graphql::Result<OrganisationPayload>> {
        run(ctx, ledger_of(ctx, &input.organisation, "organisation").await, input).await
    }
}

const fn subject(id: OrganisationId) -> Subject {
    Subject { of: SourceType::Organisation, id: id.0 }
}

/// An organisation to enter.
/// 要新增的单位。
#[derive(InputObject, Serialize)]
#[graphql(name = "OrganisationCreateInput")]
pub struct OrganisationCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Global id of the region of the organisation, which gives it its level.
    /// 所在区划的全局标识,单位层级由此而定。
    pub region: ID,
    /// Name of the organisation; unique in its region.
    /// 单位名称,同一区划内不得重名。
    pub name: String,
    /// Kind of the organisation.
    /// 单位类型。
    pub kind: OrganisationKind,
    /// System to which the organisation belongs.
    /// 所属系统。
    pub system: System,
    /// First day of the organisation; absent if it is older than the records.
    /// 成立日期;早于记录的不填。
    pub from: Option<Date>,
}

impl Act for OrganisationCreate {
    const NAME: &'static str = "organisationCreate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let region = region::lasting(tx, region::key(&self.region, "region")?, "region").await?;
        check::optional_day("from", self.from)?;
        let row = tx
            .insert(organisation::ActiveModel {
                id: Set(OrganisationId(tx.new_id(self.id).await?)),
                region_id: Set(region.id),
                name: Set(check::name("name", &self.name)?),
                kind: Set(self.kind),
                system: Set(self.system),
                from_on: Set(self.from),
                to_on: Set(None),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        tx.created(&row);
        name::keep(tx, row.id, &row.name).await?;
        Ok(subject(row.id))
    }
}

/// Changes to an organisation.
/// 单位变更内容。
#[derive(InputObject, Serialize)]
#[graphql(name = "OrganisationUpdateInput")]
pub struct OrganisationUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the organisation.
    /// 单位的全局标识。
    pub organisation: ID,
    /// New name, unique in its region; stays if absent.
    /// 新名称,同一区划内不得重名;默认不变。
    pub name: Option<String>,
    /// New kind; stays if absent.
    /// 新类型,默认不变。
    pub kind: Option<OrganisationKind>,
    /// New system; stays if absent.
    /// 新的所属系统,默认不变。
    pub system: Option<System>,
    /// New first day; stays if absent, null if the organisation is older than the records.
    /// 新的成立日期,默认不变;早于记录的填null。
    pub from: MaybeUndefined<Date>,
}

impl Act for OrganisationUpdate {
    const NAME: &'static str = "organisationUpdate";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.organisation, "organisation")?;
        let old = roster::kept::<organisation::Entity>(tx, id.0, "organisation").await?;
        let (moves, ends) = (old.moves(), old.to_on);
        let mut row = old.into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if let Some(kind) = self.kind {
            row.kind = Set(kind);
        }
        if let Some(system) = self.system {
            row.system = Set(system);
        }
        if !self.from.is_undefined() {
            let from = self.from.as_opt_ref().flatten().copied();
            check::span(("from", from.unwrap_or(BEGINNING)), ("from", ends))?;
            if let Some(first) = from {
                none_earlier(tx, id, first).await?;
            }
            row.from_on = Set(from);
        }
        let row = tx.update(row).await?;
        if self.kind.is_some() {
            link::still_eligible(tx, id.0, "kind").await?;
        }
        tx.changed(&row, moves).await?;
        if self.name.is_some() {
            name::keep(tx, id, &row.name).await?;
        }
        Ok(subject(id))
    }
}

/// The end of an organisation.
/// 单位的撤销。
#[derive(InputObject, Serialize)]
#[graphql(name = "OrganisationEndInput")]
pub struct OrganisationEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the organisation.
    /// 单位的全局标识。
    pub organisation: ID,
    /// Last day of the organisation.
    /// 撤销日期。
    pub to: Date,
}

impl Act for OrganisationEnd {
    const NAME: &'static str = "organisationEnd";
    const ACTION: Action = Action::KeepRoster;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = key(&self.organisation, "organisation")?;
        let row = roster::kept::<organisation::Entity>(tx, id.0, "organisation").await?;
        roster::still_open(row.to_on, "organisation")?;
        check::ends_after("to", row.from_on.unwrap_or(BEGINNING), Some(self.to))?;
        record::nothing_outside(tx, id.0, (None, Some(self.to)), "to").await?;
        none_within(tx, id, self.to).await?;
        let row = tx.update(organisation::ActiveModel { to_on: Set(Some(self.to)), ..row.into() }).await?;
        tx.changed(&row, Moves::default()).await?;
        Ok(subject(id))
    }
}

/// Refuses a first day after the beginning of a committee, seat, programme, link or record of the organisation.
async fn none_earlier(tx: &Tx, id: OrganisationId, first: Date) -> Result<()> {
    let reading = tx.may(Action::ReadReference)?;
    let committees = committee::Entity::whole(&reading)
        .filter(committee::Column::OrganisationId.eq(id))
        .filter(committee::Column::FromOn.lt(first))
        .count(tx.db())
        .await?;
    let seats = member::Entity::whole(&reading)
        .filter(member::Column::OrganisationId.eq(id))
        .filter(member::Column::FromOn.lt(first))
        .count(tx.db())
        .await?;
    let programmes = programme::Entity::whole(&reading)
        .filter(programme::Column::OrganisationId.eq(id))
        .filter(programme::Column::FromOn.lt(first))
        .count(tx.db())
        .await?;
    if committees + seats + programmes > 0 {
        return Err(Error::field("from", ErrorCode::WrongStep, say!("organisation-began-before")));
    }
    record::nothing_outside(tx, id.0, (Some(first), None), "from").await
}

/// Refuses if a committee, seat or programme of the organisation lasts beyond the last day.
async fn none_within(tx: &Tx, id: OrganisationId, last: Date) -> Result<()> {
    let reading = tx.may(Action::ReadReference)?;
    let committees = committee::Entity::whole(&reading)
        .filter(committee::Column::OrganisationId.eq(id))
        .filter(roster::outlasts(committee::Column::ToOn, last))
        .count(tx.db())
        .await?;
    let seats = member::Entity::whole(&reading)
        .filter(member::Column::OrganisationId.eq(id))
        .filter(roster::outlasts(member::Column::ToOn, last))
        .count(tx.db())
        .await?;
    let programmes = programme::Entity::whole(&reading)
        .filter(programme::Column::OrganisationId.eq(id))
        .filter(roster::outlasts(programme::Column::ToOn, last))
        .count(tx.db())
        .await?;
    if committees + seats + programmes == 0 {
        return Ok(());
    }
    Err(Error::field("to", ErrorCode::WrongStep, say!("organisation-not-vacated")))
}
