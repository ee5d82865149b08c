//! Projects 项目: what is built or run for a region, an industry or a household, with its funds by source and the
//! households it drives. Each source is a fact of its own, and so are the households driven, on the day they first were.

use std::collections::BTreeSet;

use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{HouseholdId, ProjectFundId};
use entity::values::{Date, Money};
use entity::{project_fund, project_household, record};
use sea_orm::{IntoActiveModel, Set};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::ledger::{Act, Record, Subject, Tx};
use crate::loader::{self, DrivenBy, FundsOf};
use crate::mutation::{Asking, run};
use crate::record::{
    About, Aggregate, Coded, Entry, Fields, Reached, Typed, amend, coded, ledger_of_about, of_type, own_work,
    reach_step, write,
};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// What is built or run, with its funds 项目.
#[derive(async_graphql::Description)]
pub struct Project(pub Fields);

record_object!(Project {
    /// Code of its category, from the catalogue PROJECT_CATEGORY 类别.
    async fn category(&self) -> &str {
        &self.0.0.category
    }

    /// Persons who benefit 受益人数.
    async fn persons(&self) -> i64 {
        self.0.0.persons
    }

    /// Its funds, oldest first 项目资金.
    async fn funds(&self, ctx: &Context<'_>) -> Result<Vec<ProjectFund>> {
        Ok(self.granted(ctx).await?.into_iter().map(ProjectFund).collect())
    }

    /// Sum of its funds, from all sources 资金合计.
    async fn funds_total(&self, ctx: &Context<'_>) -> Result<Money> {
        let funds = self.granted(ctx).await?;
        Ok(Money(funds.iter().fold(0, |sum, fund| sum.saturating_add(fund.amount.0))))
    }

    /// How many households it drives 带动农户数.
    async fn driven_household_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(loader::one(ctx.rows()?, DrivenBy(self.0.0.ledger_id, self.0.0.id)).await?.unwrap_or_default())
    }
});

impl Project {
    async fn granted(&self, ctx: &Context<'_>) -> Result<Vec<project_fund::Model>> {
        loader::many(ctx.rows()?, FundsOf(self.0.0.ledger_id, self.0.0.id)).await
    }
}

/// One source of a project's funds 项目资金.
#[derive(Description)]
pub struct ProjectFund(project_fund::Model);

#[Object(use_type_description)]
impl ProjectFund {
    /// Its own id, by which it is corrected.
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// Code of the source, from the catalogue FUND_SOURCE 资金来源.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Amount in fen 金额(分).
    async fn amount(&self) -> Money {
        self.0.amount
    }

    /// The day it was granted 到位日期.
    async fn granted_on(&self) -> Date {
        self.0.granted_on
    }
}

impl Typed for Project {
    const OF: SourceType = SourceType::Project;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ProjectQuery,
    Project,
    /// One project 项目.
    project,
    /// Projects that you may see 项目列表.
    projects
);

payload!(
    /// A project, or what is to be mended 项目结果.
    ProjectPayload {
        /// The project as it is now 项目.
        project: Project
    }
);

#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Records a project with its funds 登记项目.
    async fn project_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProjectCreate,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }

    /// Adds funds to a project 追加项目资金.
    async fn project_fund_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProjectFundAdd,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }

    /// Corrects funds of a project; those that never came are 0 更正项目资金.
    async fn project_fund_amend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProjectFundAmend,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }

    /// Adds households that a project drives 登记带动农户.
    async fn project_households_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProjectHouseholdsAdd,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// Funds from one source 项目资金.
#[derive(InputObject, Serialize, Clone)]
pub struct ProjectFundInput {
    /// Code of the source, from the catalogue FUND_SOURCE: `COUNTY` 资金来源.
    pub source: String,
    /// Amount in fen 金额(分).
    pub amount: Money,
    /// The day it was granted 到位日期.
    pub granted_on: Date,
}

/// Sources that a project can be created with.
const MOST_FUNDS: usize = 100;

/// A project to be recorded 登记项目.
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectCreateInput")]
pub struct ProjectCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, since when, where, by whom, for whom 记录要素.
    pub about: About,
    /// Code of its category, from the catalogue PROJECT_CATEGORY: `INFRASTRUCTURE` 类别.
    pub category: String,
    /// Persons who benefit 受益人数.
    pub persons: Option<i32>,
    /// Its funds by source, at most 100; more can be added later 项目资金.
    #[graphql(default)]
    pub funds: Vec<ProjectFundInput>,
}

impl Act for ProjectCreate {
    const NAME: &'static str = "projectCreate";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        if self.funds.len() > MOST_FUNDS {
            let message = format!("create a project with at most {MOST_FUNDS} funds, and add the others");
            return Err(Error::field("funds", ErrorCode::Invalid, message));
        }
        let persons = check::persons("persons", self.persons)?;
        let entry = Entry::new(SourceType::Project, &self.about).category("PROJECT_CATEGORY", &self.category);
        let mut project = write(tx, Entry { persons, ..entry }).await?;
        for (nth, fund) in self.funds.iter().enumerate() {
            grant(tx, &mut project, fund, &format!("funds.{nth}")).await?;
        }
        tx.created(&project);
        Ok(Subject { of: SourceType::Project, id: project.row.id.0 })
    }
}

/// Writes funds of a project.
async fn grant(tx: &Tx, project: &mut Aggregate, fund: &ProjectFundInput, field: &str) -> Result<()> {
    let row = project_fund::ActiveModel {
        id: Set(ProjectFundId::fresh()),
        ..granted(tx, project, fund, field).await?
    };
    project.funds.push(tx.insert(row).await?);
    Ok(())
}

/// What is said of funds, without their id.
async fn granted(
    tx: &Tx,
    project: &Aggregate,
    fund: &ProjectFundInput,
    field: &str,
) -> Result<project_fund::ActiveModel> {
    let source = Coded { set: "FUND_SOURCE", code: &fund.source, field: &format!("{field}.source") };
    check::has_come(&format!("{field}.grantedOn"), fund.granted_on, tx.today())?;
    Ok(project_fund::ActiveModel {
        ledger_id: Set(tx.ledger()),
        project_id: Set(project.row.id),
        source: Set(coded(tx, source, &project.programmes).await?),
        amount: Set(fund.amount),
        granted_on: Set(fund.granted_on),
        ..project_fund::ActiveModel::default()
    })
}

/// Funds to be added to a project 追加项目资金.
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectFundAddInput")]
pub struct ProjectFundAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which project 项目.
    pub project: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// What is added 资金.
    pub fund: ProjectFundInput,
}

impl Act for ProjectFundAdd {
    const NAME: &'static str = "projectFundAdd";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut project = own_project(tx, &self.project, self.expected_version).await?;
        grant(tx, &mut project, &self.fund, "fund").await?;
        let (row, before) = (project.row.clone().into_active_model(), project.moves());
        amend(tx, project, row, before).await
    }
}

/// Funds of a project to be corrected 更正项目资金.
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectFundAmendInput")]
pub struct ProjectFundAmend {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which project 项目.
    pub project: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// Key of the funds 资金.
    pub key: Uuid,
    /// What they are, all of it 更正为.
    pub fund: ProjectFundInput,
}

impl Act for ProjectFundAmend {
    const NAME: &'static str = "projectFundAmend";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut project = own_project(tx, &self.project, self.expected_version).await?;
        let at = project.funds.iter().position(|fund| fund.id.0 == self.key);
        let at = at.ok_or_else(|| Error::missing("key"))?;
        let amended = granted(tx, &project, &self.fund, "fund").await?;
        let id = sea_orm::Unchanged(ProjectFundId(self.key));
        project.funds[at] = tx.update(project_fund::ActiveModel { id, ..amended }).await?;
        let (row, before) = (project.row.clone().into_active_model(), project.moves());
        amend(tx, project, row, before).await
    }
}

async fn own_project(tx: &Tx, id: &ID, expected: Option<i64>) -> Result<Aggregate> {
    let project = of_type(tx, id, "project", &[SourceType::Project], expected).await?;
    own_work(tx, &project)?;
    Ok(project)
}

/// Households that can be added at a time.
const MOST_HOUSEHOLDS: usize = 2_000;

/// Households that a project drives 登记带动农户.
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectHouseholdsAddInput")]
pub struct ProjectHouseholdsAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which project 项目.
    pub project: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// Households of the project's ledger, at most 2000 at a time; those that it drives already are passed over 农户.
    pub households: Vec<ID>,
    /// The day since which it drives them 日期.
    pub on: Date,
}

impl Act for ProjectHouseholdsAdd {
    const NAME: &'static str = "projectHouseholdsAdd";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut project = own_project(tx, &self.project, self.expected_version).await?;
        check::has_come("on", self.on, tx.today())?;
        check::ends_after("on", project.row.happened_on, Some(self.on))?;
        let known: BTreeSet<Uuid> = project.driven.iter().map(|driven| driven.household_id.0).collect();
        let fresh = self.households(tx).await?.into_iter().filter(|id| !known.contains(id));
        let fresh: Vec<_> = fresh
            .map(|household| project_household::Model {
                ledger_id: tx.ledger(),
                project_id: project.row.id,
                household_id: HouseholdId(household),
                on_day: self.on,
            })
            .collect();
        tx.insert_many(fresh.iter().map(driven_row).collect()).await?;
        project.driven.extend(fresh);
        if project.steps.iter().any(|step| step.step == Step::Driving) {
            let (row, before) = (project.row.clone().into_active_model(), project.moves());
            return amend(tx, project, row, before).await;
        }
        reach_step(tx, project, Step::Driving, self.on, Reached::default()).await
    }
}

fn driven_row(driven: &project_household::Model) -> project_household::ActiveModel {
    project_household::ActiveModel {
        ledger_id: Set(driven.ledger_id),
        project_id: Set(driven.project_id),
        household_id: Set(driven.household_id),
        on_day: Set(driven.on_day),
    }
}

impl ProjectHouseholdsAdd {
    /// The households named, each once; all of them are within scope and lie in the act's ledger.
    async fn households(&self, tx: &Tx) -> Result<BTreeSet<Uuid>> {
        if self.households.is_empty() {
            return Err(Error::field("households", ErrorCode::Required, "name a household"));
        }
        if self.households.len() > MOST_HOUSEHOLDS {
            let message = format!("name at most {MOST_HOUSEHOLDS} households at a time");
            return Err(Error::field("households", ErrorCode::Invalid, message));
        }
        let mut ids = BTreeSet::new();
        for id in &self.households {
            let gid = Gid::parse(id, "households", &[SourceType::Household])?;
            if gid.ledger != tx.ledger() {
                return Err(Error::missing("households"));
            }
            ids.insert(gid.id);
        }
        let named: Vec<_> = ids.iter().map(|id| (RefRole::TargetHousehold, *id)).collect();
        crate::record::are_there(tx, "households", &named, Some(self.on)).await?;
        crate::record::none_erased(tx, &named, "households").await?;
        Ok(ids)
    }
}
