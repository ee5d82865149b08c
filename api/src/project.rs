//! Projects 项目, built or run for a region, an industry or a household, with their funds by source and the households
//! that they drive. Each fund is a fact; so are the households that a project drives since one day.

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
use platform::say;

/// A project, built or run for a region, an industry or a household, with its funds by source.
/// 项目:为区划、产业或农户建设或开展,按来源记载资金。
#[derive(async_graphql::Description)]
pub struct Project(pub Fields);

record_object!(Project {
    /// Code of the category, such as `INFRASTRUCTURE`, from a category set PROJECT_CATEGORY.
    /// 项目类别代码,如 `INFRASTRUCTURE`(基础设施),取自 PROJECT_CATEGORY 类别集。
    async fn category(&self) -> &str {
        &self.0.0.category
    }

    /// Number of persons who benefit.
    /// 受益人数。
    async fn persons(&self) -> i64 {
        self.0.0.persons
    }

    /// Funds of the project, the earliest granted first.
    /// 项目资金,按到位日期先后排列。
    async fn funds(&self, ctx: &Context<'_>) -> Result<Vec<ProjectFund>> {
        Ok(self.granted(ctx).await?.into_iter().map(ProjectFund).collect())
    }

    /// Sum of the funds from all sources, in fen.
    /// 各来源资金合计(分)。
    async fn funds_total(&self, ctx: &Context<'_>) -> Result<Money> {
        let funds = self.granted(ctx).await?;
        Ok(Money(funds.iter().fold(0, |sum, fund| sum.saturating_add(fund.amount.0))))
    }

    /// Number of households that the project drives.
    /// 带动农户数。
    async fn driven_household_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(loader::one(ctx.rows()?, DrivenBy(self.0.0.ledger_id, self.0.0.id)).await?.unwrap_or_default())
    }
});

impl Project {
    async fn granted(&self, ctx: &Context<'_>) -> Result<Vec<project_fund::Model>> {
        loader::many(ctx.rows()?, FundsOf(self.0.0.ledger_id, self.0.0.id)).await
    }
}

/// Funds of a project from one source, granted on one day.
/// 项目的一笔资金:一个来源,一个到位日期。
#[derive(Description)]
pub struct ProjectFund(project_fund::Model);

#[Object(use_type_description)]
impl ProjectFund {
    /// Key of the funds; `projectFundAmend` takes it.
    /// 资金键,更正资金时使用。
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// Code of the source, such as `COUNTY`, from a category set FUND_SOURCE.
    /// 资金来源代码,如 `COUNTY`(县级资金),取自 FUND_SOURCE 类别集。
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Amount in fen.
    /// 金额(分)。
    async fn amount(&self) -> Money {
        self.0.amount
    }

    /// Day on which the funds were granted.
    /// 资金到位日期。
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
    /// One project, by its global id.
    /// 按标识查询一个项目。
    project,
    /// Projects that the viewer may see.
    /// 可查看的项目列表。
    projects
);

payload!(
    /// A project, or the errors to correct.
    /// 项目结果,或需更正的错误。
    ProjectPayload {
        /// The project as it is now; empty if there are errors.
        /// 项目的当前内容;有错误时为空。
        project: Project
    }
);

#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Records a project with its funds.
    /// 登记项目及其资金。
    async fn project_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to record.\n要登记的项目。")] input: ProjectCreate,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }

    /// Adds funds from one source to a project.
    /// 为项目追加一笔资金。
    async fn project_fund_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project, and the funds to add.\n项目及要追加的资金。")] input: ProjectFundAdd,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }

    /// Corrects funds of a project; the amount of funds that never came is set to 0.
    /// 更正项目资金;未到位的资金金额改为0。
    async fn project_fund_amend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project, and the funds to correct.\n项目及要更正的资金。")]
        input: ProjectFundAmend,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }

    /// Adds households that a project drives.
    /// 登记项目带动的农户。
    async fn project_households_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project, and the households to add.\n项目及要登记的带动农户。")]
        input: ProjectHouseholdsAdd,
    ) -> Option<async_graphql::Result<ProjectPayload>> {
        let ledger = Gid::parse(&input.project, "project", &[SourceType::Project]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// Funds from one source, granted on one day.
/// 一笔资金:一个来源,一个到位日期。
#[derive(InputObject, Serialize, Clone)]
pub struct ProjectFundInput {
    /// Code of the source, such as `COUNTY`, from a set FUND_SOURCE of the catalogue or of the project's programmes.
    /// 资金来源代码,如 `COUNTY`(县级资金),取自目录或所属行动的 FUND_SOURCE 类别集。
    pub source: String,
    /// Amount in fen.
    /// 金额(分)。
    pub amount: Money,
    /// Day on which the funds were granted; not in the future.
    /// 资金到位日期;不晚于今天。
    pub granted_on: Date,
}

/// Most funds that a project can be created with.
const MOST_FUNDS: usize = 100;

/// A project to record.
/// 要登记的项目。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectCreateInput")]
pub struct ProjectCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share; the day is the one on which the project began.
    /// 记录的共同要素;日期为项目开始日期。
    pub about: About,
    /// Code of the category, such as `INFRASTRUCTURE`, from a set PROJECT_CATEGORY of the catalogue or of the record's
    /// programmes.
    /// 项目类别代码,如 `INFRASTRUCTURE`(基础设施),取自目录或所属行动的 PROJECT_CATEGORY 类别集。
    pub category: String,
    /// Number of persons who benefit; 0 if absent.
    /// 受益人数,默认0。
    pub persons: Option<i32>,
    /// Funds of the project by source, at most 100; `projectFundAdd` adds more.
    /// 按来源的项目资金,最多100笔;更多的用 `projectFundAdd` 追加。
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
            let message = say!("project-funds-at-a-time", most = MOST_FUNDS);
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

/// Writes new funds of a project. `field` is their place in the input.
async fn grant(tx: &Tx, project: &mut Aggregate, fund: &ProjectFundInput, field: &str) -> Result<()> {
    let row = project_fund::ActiveModel {
        id: Set(ProjectFundId::fresh()),
        ..granted(tx, project, fund, field).await?
    };
    project.funds.push(tx.insert(row).await?);
    Ok(())
}

/// The row of funds without its id. Refuses an unknown source and a day in the future.
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

/// Funds to add to a project.
/// 要追加的项目资金。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectFundAddInput")]
pub struct ProjectFundAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Project to add the funds to.
    /// 要追加资金的项目。
    pub project: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Funds to add.
    /// 要追加的资金。
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

/// Funds of a project to correct.
/// 要更正的项目资金。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectFundAmendInput")]
pub struct ProjectFundAmend {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Project whose funds to correct.
    /// 要更正资金的项目。
    pub project: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Key of the funds to correct.
    /// 要更正的资金键。
    pub key: Uuid,
    /// Source, amount and day that replace those of the funds.
    /// 更正后的来源、金额和到位日期。
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

/// Most households that one act can add.
const MOST_HOUSEHOLDS: usize = 2_000;

/// Households to add to those that a project drives.
/// 要登记的带动农户。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProjectHouseholdsAddInput")]
pub struct ProjectHouseholdsAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Project that drives the households.
    /// 带动农户的项目。
    pub project: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Households of the project's ledger, at most 2000 at a time; those that the project drives already are skipped.
    /// 项目所在台账的农户,一次最多2000户;已登记的跳过。
    pub households: Vec<ID>,
    /// Day since which the project drives them; neither in the future nor before the project began.
    /// 带动起始日期;不晚于今天,不早于项目开始日期。
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
    /// Ids of the households named, each once. Refuses a household outside the act's ledger or scope.
    async fn households(&self, tx: &Tx) -> Result<BTreeSet<Uuid>> {
        if self.households.is_empty() {
            return Err(Error::field("households", ErrorCode::Required, say!("project-household-missing")));
        }
        if self.households.len() > MOST_HOUSEHOLDS {
            let message = say!("project-households-at-a-time", most = MOST_HOUSEHOLDS);
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
