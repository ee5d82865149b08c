//! What a phone's query costs, and which part of it is the door, access, personal data and audit: each as a ratio to the
//! whole query in the same run, and the whole to hand-written SQL that fetches the same rows. `cargo run --release --bin phone`.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Client, DbKind, TestApp, World};
use uuid::Uuid;

/// Requests in a row, and how often each row comes round.
const REQUESTS: u32 = 200;
const ROUNDS: usize = 5;

/// Of whom nothing is told.
const NOBODY: &str = "{ __typename }";
/// Households by what is nobody's datum.
const PLAIN: &str = "{ viewer { account seats { member { kind } links {
    household { number village { name township { name } } members { id } openNeeds { title isOverdue } }
    plan { title } rule { code name }
    standing { lastContactOn nextDueOn isOverdue contacts { done duty { code } } checklists { checklist { code } done target } }
} } } }";
/// As phones ask it.
const PHONE: &str = "{ viewer { account seats { member { kind } links {
    household { headName village { name township { name } } members { name relation } openNeeds { title isOverdue } }
    plan { title } rule { code name }
    standing { lastContactOn nextDueOn isOverdue contacts { done duty { code } } checklists { checklist { code } done target } }
} } } }";
/// With addresses and sealed phones, opened.
const SEALED: &str = "{ viewer { account seats { member { kind } links {
    household { headName address phone village { name township { name } } members { name relation phone } openNeeds { title isOverdue } }
    plan { title } rule { code name }
    standing { lastContactOn nextDueOn isOverdue contacts { done duty { code } } checklists { checklist { code } done target } }
} } } }";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for kind in [DbKind::Sqlite, DbKind::Postgres, DbKind::RowSecurity] {
            let Some(app) = TestApp::fresh(kind).await else { continue };
            measure(kind, &helped(app).await).await;
        }
    });
}

/// A member who helps four households, each with a phone, a need and a plan.
async fn helped(app: TestApp) -> World {
    let world = World::on(app).await;
    world.app.go_to("2022-05-10");
    for nth in 0..4 {
        let link = world.link(0, nth, "2022-01-01").await;
        let household = &world.households[nth];
        let phone =
            json!({ "household": household, "phone": format!("1398765000{nth}"), "address": "1组2号" });
        world.office.done("householdUpdate", "household", phone).await;
        let about = |title: &str| json!({ "title": title, "happenedOn": "2022-05-01", "links": [link] });
        let need = json!({ "about": about("修水管"), "category": "WATER", "dueOn": "2022-05-05" });
        world.members[0].client.done("needReport", "need", need).await;
        let plan = json!({ "about": about("养蜂"), "kind": "HOUSEHOLD_PLAN" });
        world.members[0].client.done("planCreate", "plan", plan).await;
        world.visit(&world.members[0].client, &link, "2022-05-09").await;
    }
    world
}

async fn measure(kind: DbKind, world: &World) {
    let (member, stranger) = (&world.members[0].client, world.app.stranger());
    let schema = api::schema().data((*world.app).clone()).finish();
    let shape = &api::http::OUTLINE.shape;
    let mut best = [Duration::MAX; 9];
    for _ in 0..ROUNDS {
        let written = async {
            world.app.access_log.flush().await.expect("it is written");
            let since = Instant::now();
            asked(member, SEALED).await;
            let asked = since.elapsed();
            let since = Instant::now();
            world.app.access_log.flush().await.expect("it is written");
            (asked / REQUESTS, since.elapsed() / REQUESTS)
        };
        let (sealed, log) = written.await;
        let round = [
            timed(asked(&stranger, NOBODY)).await,
            timed(asked(member, NOBODY)).await,
            timed(asked(member, PLAIN)).await,
            timed(asked(member, PHONE)).await,
            sealed,
            log,
            timed(by_hand(world)).await,
            timed(within(&schema, NOBODY)).await,
            timed(measured(shape, PHONE)).await,
        ];
        for (best, now) in best.iter_mut().zip(round) {
            *best = now.min(*best);
        }
    }
    let [nobody, viewer, plain, phone, sealed, log, hand, bare, guard] =
        best.map(|time| time.as_secs_f64() * 1e3);
    println!(
        "{kind:?}: the phone's query {phone:.2} ms, with sealed phones {sealed:.2} ms; by hand {hand:.2} ms"
    );
    let part =
        |name: &str, time: f64| println!("  {name:<44} {time:>6.3} ms  {:>5.2} of the query", time / phone);
    part("the door: HTTP, budget, place, headers, metrics", nobody - bare);
    part("the door: the document read and measured", guard);
    part("who asks: token, session, roles, bounds", viewer - nobody);
    part("names, masks and the trail for the log", phone - plain);
    part("sealed values: opened, beside the query", sealed - phone);
    part("the access log, written behind", log);
    println!("  the query to the same rows by hand: {:.2}", phone / hand);
}

/// Past the door.
async fn within(schema: &api::http::Api, query: &str) {
    for _ in 0..REQUESTS {
        let _ = schema.execute(query).await;
    }
}

async fn measured(shape: &guard::Shape, text: &str) {
    let (limits, variables) = (guard::Limits::default(), Default::default());
    for _ in 0..REQUESTS {
        let asked = guard::Asked { text, operation: None, variables: &variables };
        let _ = std::hint::black_box(guard::read(&asked, shape, &limits));
    }
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let since = Instant::now();
    work.await;
    since.elapsed() / REQUESTS
}

async fn asked(by: &Client, query: &str) {
    for _ in 0..REQUESTS {
        let _ = by.post(query, Value::Null).await.expect_ok();
    }
}

/// The rows that the query shows, as somebody would fetch them who knows what is there: without figures, which it has
/// besides.
async fn by_hand(world: &World) {
    let db = &world.app.db.read;
    let of = entity_id(&world.members[0].seat);
    let read = async |sql: &str| {
        let statement = Statement::from_sql_and_values(world.app.db.backend(), sql, [of.into()]);
        db.query_all_raw(statement).await.expect("it reads")
    };
    for _ in 0..REQUESTS {
        read(
            "SELECT l.id, l.from_on, h.id, h.head_name, h.number, v.name, t.name, r.code, r.name FROM link l
             JOIN household h ON h.ledger_id = l.ledger_id AND h.id = l.household_id
             JOIN region v ON v.id = h.village_id LEFT JOIN region t ON t.id = v.township_id
             JOIN link_rule r ON r.id = l.rule_id WHERE l.helper_id = $1",
        )
        .await;
        read(
            "SELECT m.id, m.household_id, m.name, m.relation FROM link l
             JOIN family_member m ON m.ledger_id = l.ledger_id AND m.household_id = l.household_id
             WHERE l.helper_id = $1",
        )
        .await;
        read(
            "SELECT n.id, n.household_id, n.source_type, n.title, n.due_on FROM link l
             JOIN record n ON n.ledger_id = l.ledger_id AND n.household_id = l.household_id
             AND n.source_type IN ('need', 'plan') WHERE l.helper_id = $1",
        )
        .await;
        read(
            "SELECT l.id, MAX(f.on_day) FROM link l
             JOIN fact_ref x ON x.ledger_id = l.ledger_id AND x.ref_id = l.id AND x.role = 'link'
             JOIN fact f ON f.ledger_id = x.ledger_id AND f.id = x.fact_id AND f.source_type = 'activity'
             WHERE l.helper_id = $1 GROUP BY l.id",
        )
        .await;
    }
}

fn entity_id(id: &str) -> Uuid {
    platform::gid::Gid::decode(&id.into()).expect("an id").id
}
