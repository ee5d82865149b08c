//! Rows of a request, loaded in batches and at most once. One loader per request: what one viewer has loaded is
//! never handed to another. Children are loaded for parents that are visible already, and stay within their ledger.
#![expect(clippy::disallowed_methods, reason = "loaders stay within a parent that a scope has let through")]

use std::collections::HashMap;
use std::hash::Hash;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use entity::fact::{SourceType, Verification};
use entity::fact_ref::RefRole;
use entity::ids::{
    AccountId, AccountProposalId, CategoryId, CategorySetId, ChecklistId, CommitteeId, CommitteeMemberId,
    DutyRuleId, HouseholdId, IndicatorId, IndustryId, IndustryUnitId, LedgerId, LinkRuleId, MemberId,
    OrganisationId, PersonId, ProgrammeId, RecordId, RegionId,
};
use entity::values::Date;
use entity::{
    account, account_identity, account_proposal_grant, application, category, category_set, checklist,
    committee, committee_member, duty_rule, family_member, household, household_designation,
    household_income, indicator, industry, industry_unit, ledger, link, link_rule, member, organisation,
    person, personal_value, programme, project_fund, project_household, record, record_ref, record_step,
    region, region_designation, reveal, role_grant, village,
};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Value};
use uuid::Uuid;

use crate::access::holders;
use crate::access::scope::{in_ledgers, one_of};
use crate::wave::{self, NoDelay, Waves};
use platform::db::RequestDb;
use platform::error::{Error, Result};

/// Loader of all rows that a request may ask for.
pub type Rows = DataLoader<Source, HashMapCache>;

/// Source from which loaders read.
pub struct Source {
    pub(crate) db: RequestDb,
    pub(crate) today: Date,
}

/// Loaders of one request, and the waves in which they load.
#[must_use]
pub fn rows(db: RequestDb, today: Date) -> (Rows, Waves) {
    let (batches, waves) = wave::waves();
    (DataLoader::with_cache(Source { db, today }, batches, NoDelay, HashMapCache::default()), waves)
}

/// Rows of a reference table, or of a table keyed by one id, by that id.
macro_rules! by_id {
    ($($id:ident => $table:ident . $column:ident),* $(,)?) => {$(
        impl Loader<$id> for Source {
            type Value = $table::Model;
            type Error = Error;

            async fn load(&self, keys: &[$id]) -> Result<HashMap<$id, $table::Model>, Error> {
                let column = $table::Column::$column;
                let rows = $table::Entity::find()
                    .filter(one_of(self.db.backend(), column, keys.iter().map(|key| key.0)))
                    .all(&self.db)
                    .await?;
                Ok(by_key(rows, column).into_iter().map(|(key, row)| ($id(key), row)).collect())
            }
        }
    )*};
}

by_id!(
    CategoryId => category.Id,
    CategorySetId => category_set.Id,
    ChecklistId => checklist.Id,
    CommitteeId => committee.Id,
    CommitteeMemberId => committee_member.Id,
    DutyRuleId => duty_rule.Id,
    IndicatorId => indicator.Id,
    IndustryId => industry.Id,
    IndustryUnitId => industry_unit.Id,
    LinkRuleId => link_rule.Id,
    MemberId => member.Id,
    OrganisationId => organisation.Id,
    PersonId => person.Id,
    ProgrammeId => programme.Id,
    RegionId => region.Id,
);

impl Loader<LedgerId> for Source {
    type Value = ledger::Model;
    type Error = Error;

    async fn load(&self, keys: &[LedgerId]) -> Result<HashMap<LedgerId, ledger::Model>, Error> {
        let rows = ledger::Entity::find()
            .filter(in_ledgers(self.db.backend(), ledger::Column::Id, keys))
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Key that is found if the person holds or held a seat or a post.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Holder(pub PersonId);

impl Loader<Holder> for Source {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[Holder]) -> Result<HashMap<Holder, ()>, Error> {
        let ids = keys.iter().map(|key| key.0.0);
        let rows: Vec<PersonId> = person::Entity::find()
            .select_only()
            .column(person::Column::Id)
            .filter(one_of(self.db.backend(), person::Column::Id, ids))
            .filter(holders())
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|id| (Holder(id), ())).collect())
    }
}

/// Key of the village row of a region.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VillageOf(pub RegionId);

/// Lists of a reference row's children.
macro_rules! children {
    ($($(#[$meta:meta])* $key:ident($parent:ident) => $table:ident . $column:ident by $order:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $key(pub $parent);

        impl Loader<$key> for Source {
            type Value = Vec<$table::Model>;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Vec<$table::Model>>, Error> {
                let column = $table::Column::$column;
                let rows = $table::Entity::find()
                    .filter(one_of(self.db.backend(), column, keys.iter().map(|key| key.0.0)))
                    .order_by_asc($table::Column::$order)
                    .order_by_asc($table::Column::Id)
                    .all(&self.db)
                    .await?;
                Ok(lists(rows, column).into_iter().map(|(key, rows)| ($key($parent(key)), rows)).collect())
            }
        }
    )*};
}

children!(
    /// Designations of a region.
    RegionDesignationsOf(RegionId) => region_designation.RegionId by FromOn,
    /// Committees of an organisation.
    CommitteesOf(OrganisationId) => committee.OrganisationId by Id,
    /// Members of a committee.
    CommitteeMembersOf(CommitteeId) => committee_member.CommitteeId by FromOn,
    /// Parks and operators of an industry.
    UnitsOf(IndustryId) => industry_unit.IndustryId by Id,
    /// Link rules of a programme.
    LinkRulesOf(ProgrammeId) => link_rule.ProgrammeId by Id,
    /// Duty rules of a programme.
    DutyRulesOf(ProgrammeId) => duty_rule.ProgrammeId by Position,
    /// Checklists of a programme.
    ChecklistsOf(ProgrammeId) => checklist.ProgrammeId by Id,
    /// Duty rules of a checklist.
    ItemsOf(ChecklistId) => duty_rule.ChecklistId by Position,
    /// Category sets of a programme.
    CategorySetsOf(ProgrammeId) => category_set.ProgrammeId by Id,
    /// Categories of a set.
    CategoriesOf(CategorySetId) => category.SetId by Position,
    /// Grants of an account.
    GrantsOf(AccountId) => role_grant.AccountId by FromOn,
    /// Roles of a proposed account.
    ProposedGrantsOf(AccountProposalId) => account_proposal_grant.ProposalId by Position,
    /// Seats of a person.
    SeatsOf(PersonId) => member.PersonId by FromOn,
    /// Identities of an account at the OpenID Connect provider.
    IdentitiesOf(AccountId) => account_identity.AccountId by LinkedAt,
);

/// Key of the application that an account belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApplicationOf(pub AccountId);

impl Loader<ApplicationOf> for Source {
    type Value = application::Model;
    type Error = Error;

    async fn load(&self, keys: &[ApplicationOf]) -> Result<HashMap<ApplicationOf, application::Model>> {
        let ids = keys.iter().map(|key| key.0.0);
        let rows = application::Entity::find()
            .filter(one_of(self.db.backend(), application::Column::AccountId, ids))
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| (ApplicationOf(row.account_id), row)).collect())
    }
}

impl Loader<VillageOf> for Source {
    type Value = village::Model;
    type Error = Error;

    async fn load(&self, keys: &[VillageOf]) -> Result<HashMap<VillageOf, village::Model>, Error> {
        let column = village::Column::RegionId;
        let rows = village::Entity::find()
            .filter(one_of(self.db.backend(), column, keys.iter().map(|key| key.0.0)))
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| (VillageOf(row.region_id), row)).collect())
    }
}

/// Rows of a ledger: by their own id, or a parent's.
macro_rules! in_ledger {
    ($($(#[$meta:meta])* $key:ident($parent:ident) => $table:ident . $column:ident by $order:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $key(pub LedgerId, pub $parent);

        impl Loader<$key> for Source {
            type Value = Vec<$table::Model>;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Vec<$table::Model>>, Error> {
                let column = $table::Column::$column;
                let rows = $table::Entity::find()
                    .filter(in_ledgers(self.db.backend(), $table::Column::LedgerId, &ledgers(keys.iter().map(|key| key.0))))
                    .filter(one_of(self.db.backend(), column, keys.iter().map(|key| key.1.0)))
                    .order_by_asc($table::Column::$order)
                    .all(&self.db)
                    .await?;
                let mut lists: HashMap<$key, Vec<$table::Model>> = HashMap::new();
                for row in rows {
                    if let Some(parent) = uuid(&row.get(column)) {
                        lists.entry($key(row.ledger_id, $parent(parent))).or_default().push(row);
                    }
                }
                Ok(lists)
            }
        }
    )*};
}

in_ledger!(
    /// A household by its id.
    HouseholdRow(HouseholdId) => household.Id by Id,
    /// A link by its id.
    LinkRow(RecordId) => link.Id by Id,
    /// A record by its id.
    RecordRow(RecordId) => record.Id by Id,
    /// Designations of a household.
    DesignationsOf(HouseholdId) => household_designation.HouseholdId by FromOn,
    /// Family members of a household.
    FamilyOf(HouseholdId) => family_member.HouseholdId by Id,
    /// Income of a household.
    IncomeOf(HouseholdId) => household_income.HouseholdId by Year,
    /// Personal values of a household and its family.
    HouseholdValues(HouseholdId) => personal_value.HouseholdId by OwnerId,
    /// Personal values of a person.
    PersonValues(PersonId) => personal_value.OwnerId by Kind,
    /// Links of a household.
    LinksOf(HouseholdId) => link.HouseholdId by FromOn,
    /// References of a record.
    RefsOf(RecordId) => record_ref.RecordId by Role,
    /// Steps of a record.
    StepsOf(RecordId) => record_step.RecordId by Position,
    /// Funds of a project.
    FundsOf(RecordId) => project_fund.ProjectId by GrantedOn,
);

/// Number of households that a project drives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DrivenBy(pub LedgerId, pub RecordId);

impl Loader<DrivenBy> for Source {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[DrivenBy]) -> Result<HashMap<DrivenBy, i64>, Error> {
        use project_household::Column;
        let rows: Vec<(LedgerId, RecordId, i64)> = project_household::Entity::find()
            .select_only()
            .columns([Column::LedgerId, Column::ProjectId])
            .column_as(Column::HouseholdId.count(), "driven")
            .filter(in_ledgers(self.db.backend(), Column::LedgerId, &ledgers(keys.iter().map(|key| key.0))))
            .filter(one_of(self.db.backend(), Column::ProjectId, keys.iter().map(|key| key.1.0)))
            .group_by(Column::LedgerId)
            .group_by(Column::ProjectId)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|(ledger, project, driven)| (DrivenBy(ledger, project), driven)).collect())
    }
}

/// Open needs of a household, oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenNeedsOf(pub LedgerId, pub HouseholdId);

impl Loader<OpenNeedsOf> for Source {
    type Value = Vec<record::Model>;
    type Error = Error;

    async fn load(&self, keys: &[OpenNeedsOf]) -> Result<HashMap<OpenNeedsOf, Self::Value>, Error> {
        use record::Column;
        let rows = record::Entity::find()
            .filter(in_ledgers(self.db.backend(), Column::LedgerId, &ledgers(keys.iter().map(|key| key.0))))
            .filter(one_of(self.db.backend(), Column::HouseholdId, keys.iter().map(|key| key.1.0)))
            .filter(Column::SourceType.eq(SourceType::Need))
            .filter(Column::Step.is_in(entity::fact::Step::OF_OPEN_NEEDS))
            .filter(Column::Verification.ne(Verification::Rejected))
            .order_by_asc(Column::HappenedOn)
            .order_by_asc(Column::Id)
            .all(&self.db)
            .await?;
        let mut lists: HashMap<OpenNeedsOf, Self::Value> = HashMap::new();
        for row in rows {
            if let Some(household) = row.household_id {
                lists.entry(OpenNeedsOf(row.ledger_id, household)).or_default().push(row);
            }
        }
        Ok(lists)
    }
}

/// Name of an account that a visible line names. It is read past the viewer's bounds: an auditor may not read
/// accounts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameOf(pub AccountId);

impl Loader<NameOf> for Source {
    type Value = String;
    type Error = Error;

    async fn load(&self, keys: &[NameOf]) -> Result<HashMap<NameOf, String>, Error> {
        let names: Vec<(AccountId, String)> = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Name])
            .filter(one_of(self.db.backend(), account::Column::Id, keys.iter().map(|key| key.0.0)))
            .into_tuple()
            .all(&self.db.past_bounds())
            .await?;
        Ok(names.into_iter().map(|(id, name)| (NameOf(id), name)).collect())
    }
}

/// The reveal that an act made, by the number of the act.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RevealOf(pub LedgerId, pub i64);

impl Loader<RevealOf> for Source {
    type Value = reveal::Model;
    type Error = Error;

    async fn load(&self, keys: &[RevealOf]) -> Result<HashMap<RevealOf, Self::Value>, Error> {
        let rows = reveal::Entity::find()
            .filter(in_ledgers(
                self.db.backend(),
                reveal::Column::LedgerId,
                &ledgers(keys.iter().map(|key| key.0)),
            ))
            .filter(reveal::Column::Seq.is_in(keys.iter().map(|key| key.1)))
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| (RevealOf(row.ledger_id, row.seq), row)).collect())
    }
}

/// Plans of a link, oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlansOf(pub LedgerId, pub RecordId);

impl Loader<PlansOf> for Source {
    type Value = Vec<record::Model>;
    type Error = Error;

    async fn load(&self, keys: &[PlansOf]) -> Result<HashMap<PlansOf, Self::Value>, Error> {
        let rows = record_ref::Entity::find()
            .filter(in_ledgers(
                self.db.backend(),
                record_ref::Column::LedgerId,
                &ledgers(keys.iter().map(|key| key.0)),
            ))
            .filter(one_of(self.db.backend(), record_ref::Column::RefId, keys.iter().map(|key| key.1.0)))
            .filter(record_ref::Column::Role.eq(RefRole::Link))
            .find_also_related(record::Entity)
            .filter(record::Column::SourceType.eq(SourceType::Plan))
            .filter(record::Column::Verification.ne(Verification::Rejected))
            .order_by_asc(record::Column::HappenedOn)
            .order_by_asc(record::Column::Id)
            .all(&self.db)
            .await?;
        let mut lists: HashMap<PlansOf, Self::Value> = HashMap::new();
        for (link, row) in rows {
            lists.entry(PlansOf(link.ledger_id, RecordId(link.ref_id))).or_default().extend(row);
        }
        Ok(lists)
    }
}

/// Links by their ids; the caller has checked that they are visible.
pub async fn links(
    source: &Source,
    keys: impl Iterator<Item = (LedgerId, RecordId)>,
) -> Result<Vec<link::Model>> {
    let keys: Vec<_> = keys.collect();
    Ok(link::Entity::find()
        .filter(in_ledgers(
            source.db.backend(),
            link::Column::LedgerId,
            &ledgers(keys.iter().map(|key| key.0)),
        ))
        .filter(one_of(source.db.backend(), link::Column::Id, keys.iter().map(|key| key.1.0)))
        .all(&source.db)
        .await?)
}

fn ledgers(keys: impl Iterator<Item = LedgerId>) -> Vec<LedgerId> {
    let mut ledgers: Vec<_> = keys.collect();
    ledgers.sort_unstable();
    ledgers.dedup();
    ledgers
}

fn by_key<M: ModelTrait>(rows: Vec<M>, column: <M::Entity as EntityTrait>::Column) -> HashMap<Uuid, M> {
    rows.into_iter().filter_map(|row| Some((uuid(&row.get(column))?, row))).collect()
}

fn lists<M: ModelTrait>(rows: Vec<M>, column: <M::Entity as EntityTrait>::Column) -> HashMap<Uuid, Vec<M>> {
    let mut lists: HashMap<Uuid, Vec<M>> = HashMap::new();
    for row in rows {
        if let Some(key) = uuid(&row.get(column)) {
            lists.entry(key).or_default().push(row);
        }
    }
    lists
}

fn uuid(value: &Value) -> Option<Uuid> {
    if let Value::Uuid(id) = value { *id } else { None }
}

/// One row that a visible row refers to.
pub async fn one<K>(rows: &Rows, key: K) -> Result<Option<<Source as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Source: Loader<K, Error = Error>,
{
    rows.load_one(key).await
}

/// All rows that hang on a visible row.
pub async fn many<K, M>(rows: &Rows, key: K) -> Result<Vec<M>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Source: Loader<K, Error = Error, Value = Vec<M>>,
    M: Send + Sync + Clone + 'static,
{
    Ok(one(rows, key).await?.unwrap_or_default())
}
