//! The demonstration: a real county's programme with made-up people. Its acts enter by the door one after another,
//! while a clock set by hand walks through 2022, so that every as-of of that year can be asked; a present quarter
//! follows. An interrupted load resumes: every act has an idempotency key.

mod data;
mod records;
mod roster;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::ID;
use chrono::{DateTime, Duration, Utc};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId};
use entity::indicator;
use entity::values::Date;
use futures::future::BoxFuture;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::App;
use crate::access::scope::Whole;
use crate::access::{Action, Viewer};
use crate::http::explorer::DemoAccount;
use crate::ledger::{Act, Ledger, Subject, Tx};
use crate::programme::IndicatorPublish;
use data::{Key, Scenario};
use platform::check::day_before;
use platform::clock::{Clock, day_in_shanghai, start_of_day};
use platform::error::{Error, Result};
use platform::gid::Gid;
use sea_orm::{ColumnTrait, DatabaseConnection, QueryFilter};

const SCENARIO: &str = include_str!("../../data/demo/qingchuan.json");
const REGIONS: &str = include_str!("../../data/regions.csv");

/// Name and password of the first account.
const ADMIN: (&str, &str) = ("admin", "demo-admin-2022");
/// Idempotency key of the last act, by which a complete demo is known.
const LAST: &str = "demo:done";

/// Indicators that the demo's administrator makes public.
const PUBLIC: [&str; 6] = [
    "COMMITTEE_FIELD_RESEARCH",
    "HOUSEHOLD_NEEDS_RESOLVED",
    "HOUSEHOLD_VISITS",
    "INDUSTRY_SUGGESTIONS",
    "THEMATIC_CONSULTATIONS",
    "VILLAGES_LINKED",
];

/// Content of a database, as the demo sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Empty,
    /// A demo whose loading was interrupted.
    Half,
    Whole,
    /// Other data than the demo's.
    Foreign,
}

/// Callback for progress: acts done, and acts in all.
pub type Tell<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Finds out what a database holds.
pub async fn state(db: &DatabaseConnection) -> Result<State> {
    let tables = crate::setup::tables(db).await?;
    if tables.is_empty() {
        return Ok(State::Empty);
    }
    if !["account", "act", "ledger_clock"].iter().all(|ours| tables.iter().any(|table| table == ours)) {
        return Ok(State::Foreign);
    }
    let accounts = crate::account::count(db).await?;
    if accounts == 0 {
        return Ok(State::Empty);
    }
    let keys = crate::ledger::keys_used(db, LedgerId::REFERENCE, &[roster::FIRST, LAST]).await?;
    Ok(match (keys.contains(roster::FIRST), keys.contains(LAST)) {
        (true, true) => State::Whole,
        (true, false) => State::Half,
        (false, _) => State::Foreign,
    })
}

/// The accounts to try, administrators last.
pub fn accounts() -> Result<Vec<DemoAccount>> {
    let told = scenario()?.accounts.into_iter().map(|(account, password, role, region, _, _)| {
        let role = role.map_or("MEMBER".to_owned(), |role| crate::ledger::code(&role));
        DemoAccount { account, password, role, region }
    });
    let mut accounts: Vec<_> = told.collect();
    accounts.sort_by_key(|account| account.role == "ADMIN");
    Ok(accounts)
}

fn scenario() -> Result<Scenario> {
    serde_json::from_str(SCENARIO).map_err(|error| Error::internal(format!("the demo's data: {error}")))
}

/// Loads the whole demonstration into a prepared database.
pub async fn load(app: &App, tell: Tell<'_>) -> Result<()> {
    let today = app.clock.today();
    let scenario = scenario()?;
    let mut loader = Loader::new(app, scenario.home.programme.clone());
    loader.roster(&scenario).await?;
    loader.records(&scenario.records)?;
    if today > Date::from_ymd_opt(2023, 1, 11).unwrap_or_default() {
        loader.present(&scenario.present, today)?;
    }
    loader.enter_all(tell).await?;
    loader.publish(day_before(today)).await?;
    crate::setup::analyze(&app.db.write).await?;
    loader.enter(day_before(today), Actor::Admin, Finished).await
}

/// The last act, which marks the demonstration as complete.
#[derive(Serialize)]
struct Finished;

impl Act for Finished {
    const NAME: &'static str = "demoFinished";
    const ACTION: Action = Action::KeepRegion;

    fn idempotency_key(&self) -> &str {
        LAST
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        Ok(Subject { of: SourceType::Account, id: tx.account().0 })
    }
}

type Entering = Box<dyn FnOnce(Ledger, Arc<Viewer>, LedgerId) -> BoxFuture<'static, Result<()>> + Send>;

/// An act that is queued for its day.
struct Waiting {
    on: Date,
    by: Actor,
    enter: Entering,
}

/// Account that enters an act.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Actor {
    Admin,
    Province,
    City,
    County,
    Member,
}

struct Loader {
    app: App,
    clock: Clock,
    programme: String,
    ids: HashMap<Key, ID>,
    /// The helper of each link.
    helper_of: HashMap<Key, ID>,
    accounts: HashMap<Actor, AccountId>,
    ledgers: HashMap<Actor, LedgerId>,
    waiting: Vec<Waiting>,
    /// Acts that have been entered on the clock's day, without the first.
    nth: i64,
}

impl Loader {
    fn new(app: &App, programme: String) -> Self {
        let clock = Clock::set_at(DateTime::UNIX_EPOCH);
        let db = app.db.clone();
        let ledger = Ledger::new(db, clock.clone(), app.keys.clone());
        let app = App { ledger, clock: clock.clone(), ..app.clone() };
        let ledgers = HashMap::from([(Actor::Admin, LedgerId::REFERENCE)]);
        Self {
            app,
            clock,
            programme,
            ids: HashMap::new(),
            helper_of: HashMap::new(),
            accounts: HashMap::new(),
            ledgers,
            waiting: vec![],
            nth: 0,
        }
    }

    /// The global id behind a key of the scenario.
    fn id(&self, key: &str) -> Result<ID> {
        self.ids.get(key).cloned().ok_or_else(|| Error::internal(format!("the demo's data name no `{key}`")))
    }

    fn all(&self, keys: &[Key]) -> Result<Vec<ID>> {
        keys.iter().map(|key| self.id(key)).collect()
    }

    /// Gives a row of a reference table its id.
    fn reference(&mut self, of: SourceType, key: &str, on: Date) -> Uuid {
        let id = fixed_id(key, on);
        self.ids.insert(key.to_owned(), Gid::reference(of, id).into());
        id
    }

    /// Gives a row of the county's ledger its id.
    fn record(&mut self, of: SourceType, key: &str, on: Date) -> Uuid {
        let id = fixed_id(key, on);
        self.ids.insert(key.to_owned(), Gid::record(of, self.ledgers[&Actor::County], id).into());
        id
    }

    /// Queues an act for its day, or for the first day of the demo if that is later.
    fn wait<A: Act>(&mut self, on: Date, by: Actor, act: A) {
        let enter: Entering = Box::new(move |ledger, viewer, into| {
            Box::pin(async move {
                let key = act.idempotency_key().to_owned();
                let entered = ledger.enter(&viewer, into, act).await;
                entered.map(drop).map_err(|error| Error::internal(format!("{key}: {}", error.detail())))
            })
        });
        self.waiting.push(Waiting { on: on.max(roster::begins()), by, enter });
    }

    /// Enters all queued acts, in the order of their days.
    async fn enter_all(&mut self, tell: Tell<'_>) -> Result<()> {
        self.waiting.sort_by_key(|waiting| waiting.on);
        let waiting = std::mem::take(&mut self.waiting);
        let all = waiting.len();
        let mut viewers: HashMap<Actor, (Date, Arc<Viewer>)> = HashMap::new();
        for (done, Waiting { on, by, enter }) in waiting.into_iter().enumerate() {
            self.walk_to(on);
            let known = viewers.get(&by).filter(|(day, _)| *day == on).map(|(_, viewer)| viewer.clone());
            let viewer = match known {
                Some(viewer) => viewer,
                None => self.viewer(by).await?,
            };
            viewers.insert(by, (on, viewer.clone()));
            let into = self.ledgers[&if by == Actor::Member { Actor::County } else { by }];
            enter(self.app.ledger.clone(), viewer, into).await?;
            tell(done + 1, all);
            if done % 1_000 == 999 {
                crate::setup::analyze(&self.app.db.write).await?;
            }
        }
        Ok(())
    }

    /// Sets the clock: the first act of a day at nine, each further act a second later.
    fn walk_to(&mut self, on: Date) {
        self.nth = if day_in_shanghai(self.clock.now()) == on { self.nth + 1 } else { 0 };
        self.clock.set(start_of_day(on) + Duration::hours(9) + Duration::seconds(self.nth));
    }

    /// Publishes the indicators in `PUBLIC`.
    async fn publish(&mut self, on: Date) -> Result<()> {
        let scope = self.viewer(Actor::Admin).await?.may(Action::ReadReference)?;
        let rows = indicator::Entity::whole(&scope)
            .filter(indicator::Column::ProgrammeId.is_null())
            .filter(indicator::Column::Code.is_in(PUBLIC))
            .all(&self.app.db.read)
            .await?;
        for row in rows {
            let publish = IndicatorPublish {
                idempotency_key: format!("demo:public:{}", row.code),
                indicator: Gid::reference(SourceType::Indicator, row.id.0).into(),
                expected_version: None,
                is_public: true,
            };
            self.enter(on, Actor::Admin, publish).await?;
        }
        Ok(())
    }

    async fn viewer(&self, by: Actor) -> Result<Arc<Viewer>> {
        let account =
            *self.accounts.get(&by).ok_or_else(|| Error::internal("the demo has no such account"))?;
        Viewer::load(&self.app.db, account, self.clock.today()).await.map(Arc::new)
    }

    /// Enters an act at once.
    async fn enter<A: Act>(&mut self, on: Date, by: Actor, act: A) -> Result<()> {
        self.walk_to(on);
        let viewer = self.viewer(by).await?;
        let key = act.idempotency_key().to_owned();
        let entered = self.app.ledger.enter(&viewer, self.ledgers[&by], act).await;
        entered.map(drop).map_err(|error| Error::internal(format!("{key}: {}", error.detail())))
    }
}

/// An id that is the same whenever the demo is loaded, and sorts by the day it stands for.
fn fixed_id(key: &str, on: Date) -> Uuid {
    let hash = Sha256::digest(key);
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    let instant: DateTime<Utc> = start_of_day(on);
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
