//! Sanlian 三联: paired assistance as a GraphQL service. The command line and the tests both start an `App`.

pub mod access;
pub mod access_log;
pub mod config;
pub mod demo;
pub mod http;
pub mod ledger;
pub mod loader;
pub mod mutation;
pub mod page;
pub mod progress;

pub mod account;
pub mod activity;
pub mod application;
pub mod audit;
pub mod committee;
pub mod contribution;
pub mod document;
pub mod exemption;
pub mod household;
pub mod industry;
pub mod link;
pub mod mark;
pub mod member;
pub mod name;
pub mod need;
pub mod node;
pub mod organisation;
pub mod outcome;
pub mod personal;
pub mod plan;
pub mod programme;
pub mod project;
pub mod proposal;
pub mod record;
pub mod region;
pub mod request;
pub mod rights;
pub mod roster;
pub mod session;
pub mod setup;
pub mod start;
pub mod verify;
pub mod wave;

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder};

use crate::access_log::AccessLog;
use crate::ledger::Ledger;
use crate::session::settings::Settings;
use crate::session::token::Tokens;
use platform::clock::Clock;
use platform::db::Db;
use platform::detached::Detached;
use platform::seal::Keys;

/// State of a running server.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub ledger: Ledger,
    /// Runs the work that opens, renews and ends sessions.
    pub sessions: Detached,
    pub tokens: Arc<Tokens>,
    pub keys: Arc<Keys>,
    /// Reveals of sealed values that an account may ask for per day.
    pub reveals_per_day: u32,
    pub settings: Arc<Settings>,
    /// OpenID Connect provider at which people may sign in, too.
    pub oidc: Option<Arc<session::oidc::Provider>>,
    /// Limits of documents.
    pub limits: Arc<guard::Limits>,
    /// Request rates of applications.
    pub rates: Arc<http::rate::Rates>,
    /// Trusted documents, which callers name by hash.
    pub documents: Arc<document::known::Documents>,
    /// Admission, budgets and metrics of requests.
    pub front: Arc<http::front::Front>,
    pub access_log: Arc<AccessLog>,
    /// Lock under which patterns of hidden figures are made, one at a time.
    pub patterns: Arc<tokio::sync::Mutex<()>>,
    /// Data for the explorer.
    pub about: Arc<http::explorer::About>,
}

impl App {
    #[must_use]
    pub fn new(db: Db, clock: Clock, tokens: Tokens, keys: Keys) -> Self {
        let keys = Arc::new(keys);
        let access_log = Arc::new(AccessLog::new(&db, clock.clone(), Arc::clone(&keys)));
        let ledger = Ledger::new(db.clone(), clock.clone(), Arc::clone(&keys));
        let (tokens, oidc, patterns) = (Arc::new(tokens), None, Arc::default());
        let (reveals_per_day, settings, rates) = (personal::REVEALS_PER_DAY, Arc::default(), Arc::default());
        let (limits, about) = (Arc::default(), Arc::default());
        let documents = Arc::new(document::known::Documents::registered(document::check::checked, false));
        let front = Arc::new(http::front::Front::new(http::settings::Settings::default(), &clock));
        Self {
            db,
            clock,
            ledger,
            sessions: Detached::new(session::AT_ONCE),
            tokens,
            keys,
            reveals_per_day,
            settings,
            oidc,
            limits,
            rates,
            documents,
            front,
            access_log,
            patterns,
            about,
        }
    }

    /// The same app with these settings of the HTTP front.
    #[must_use]
    pub fn behind(self, front: http::settings::Settings) -> Self {
        Self { front: Arc::new(http::front::Front::new(front, &self.clock)), ..self }
    }

    /// The same app with these settings of sessions.
    #[must_use]
    pub fn with(self, settings: Settings) -> Self {
        Self { settings: Arc::new(settings), ..self }
    }
}

/// All queries.
/// 全部查询。
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    session::SessionQuery,
    account::AccountQuery,
    account::AccountProposalQuery,
    application::ApplicationQuery,
    document::DocumentQuery,
    region::RegionQuery,
    organisation::OrganisationQuery,
    committee::CommitteeQuery,
    member::MemberQuery,
    industry::IndustryQuery,
    programme::ProgrammeQuery,
    household::HouseholdQuery,
    link::LinkQuery,
    activity::ActivityQuery,
    need::NeedQuery,
    plan::PlanQuery,
    project::ProjectQuery,
    contribution::ContributionQuery,
    outcome::OutcomeQuery,
    mark::MarkQuery,
    proposal::ProposalQuery,
    exemption::ExemptionQuery,
    progress::ProgressQuery,
    audit::AuditQuery,
    progress::PublicQuery,
    rights::RightsQuery,
    rights::RetentionQuery,
    http::budget::BudgetQuery,
);

/// All mutations.
/// 全部变更。
#[derive(MergedObject, Default)]
pub struct Mutation(
    session::SessionMutation,
    account::AccountMutation,
    account::IdentityMutation,
    account::AccountProposalMutation,
    application::ApplicationMutation,
    document::DocumentMutation,
    region::RegionMutation,
    region::LedgerMutation,
    organisation::OrganisationMutation,
    committee::CommitteeMutation,
    member::MemberMutation,
    industry::IndustryMutation,
    programme::ProgrammeMutation,
    household::HouseholdMutation,
    link::LinkMutation,
    activity::ActivityMutation,
    need::NeedMutation,
    plan::PlanMutation,
    project::ProjectMutation,
    contribution::ContributionMutation,
    outcome::OutcomeMutation,
    mark::MarkMutation,
    proposal::ProposalMutation,
    exemption::ExemptionMutation,
    record::RecordMutation,
    personal::RevealMutation,
    rights::RightsMutation,
);

pub type Subscription = EmptySubscription;
/// The schema as it is served.
pub type Api = Schema<Query, Mutation, Subscription>;

/// The schema, which needs no database. Limits of documents are checked by the guard, before execution.
#[must_use]
pub fn schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<node::Node>()
        .disable_suggestions()
}

/// The schema as text.
#[must_use]
pub fn sdl() -> String {
    schema().finish().sdl_with_options(SDLExportOptions::new().include_specified_by())
}
