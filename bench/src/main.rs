//! Writes per second through the door, into one ledger and into a hundred, against a floor in the same run: a
//! transaction that ticks the ledger's clock and inserts one row. `cargo run --release --bin bench` in this folder prints a table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use api::access::Viewer;
use api::activity::ActivityRecord;
use platform::db::Bounds;
use api::record::About;
use entity::ids::LedgerId;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Statement};

use serde_json::json;
use tests::world::key;
use tests::{DbKind, TestApp, World};
use uuid::Uuid;

const TASKS: usize = 16;
const ROUND: Duration = Duration::from_secs(3);
const LEDGERS: usize = 100;

/// A ledger with the office that keeps it and a village to write about.
struct Desk {
    ledger: LedgerId,
    office: Arc<Viewer>,
    village: String,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for kind in [DbKind::Sqlite, DbKind::Postgres] {
            let Some(app) = TestApp::fresh(kind).await else { continue };
            let world = World::on(app).await;
            let desks = desks(&world).await;
            for desks in [&desks[..1], &desks[..]] {
                let mut of = [vec![], vec![]];
                for _ in 0..2 {
                    of[0].push(floor(&world, desks).await);
                    of[1].push(door(&world, desks).await);
                }
                let [floor, door] = of.map(|rounds| rounds.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default());
                println!(
                    "{kind:?}, {:>3} ledgers: floor {:>6.0}/s (worst {:>4} ms), door {:>6.0}/s (worst {:>4} ms), ratio {:.2}",
                    desks.len(), floor.0, floor.1, door.0, door.1, door.0 / floor.0
                );
            }
        }
    });
}

/// Counties with ledgers and offices of their own, entered as an administrator would.
async fn desks(world: &World) -> Vec<Desk> {
    let mut desks = vec![];
    for nth in 0..LEDGERS {
        let new = |level: &str, parent: &str| json!({ "level": level, "parent": parent, "name": format!("{level}{nth}"), "validFrom": "2000-01-01" });
        let county = world.admin.done("regionCreate", "region", new("COUNTY", &world.city)).await;
        let open = "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { ledger { number } } }";
        let input = json!({ "idempotencyKey": key(), "region": county, "name": format!("台账{nth}") });
        let number = world.admin.post(open, json!({ "input": input })).await.expect_ok();
        let number = number.at("/ledgerOpen/ledger/number").as_i64().and_then(|n| i32::try_from(n).ok());
        let village = world.admin.done("regionCreate", "region", new("VILLAGE", &county)).await;
        let id = Uuid::now_v7();
        let grants = json!([{ "role": "COUNTY_OFFICE", "region": county, "from": "2021-01-01" }]);
        let account = json!({ "id": id, "name": format!("office{nth}"), "password": "correct horse battery", "grants": grants });
        world.admin.done("accountOpen", "account", account).await;
        let viewer = Viewer::load(&world.app.db, entity::ids::AccountId(id), world.app.clock.today()).await;
        desks.push(Desk {
            ledger: LedgerId(number.expect("a number")),
            office: Arc::new(viewer.expect("an office")),
            village,
        });
    }
    desks
}

/// Runs a write again and again, in many tasks at once: how many a second, and the slowest in milliseconds.
async fn rush(desks: &[Desk], write: impl AsyncFn(&Desk)) -> (f64, u128) {
    let (written, next) = (AtomicU64::new(0), AtomicUsize::new(0));
    let began = Instant::now();
    let worst = join_all((0..TASKS).map(async |_| {
        let mut worst = Duration::ZERO;
        while began.elapsed() < ROUND {
            let desk = &desks[next.fetch_add(1, Ordering::Relaxed) % desks.len()];
            let since = Instant::now();
            write(desk).await;
            worst = worst.max(since.elapsed());
            written.fetch_add(1, Ordering::Relaxed);
        }
        worst
    }))
    .await;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = written.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    (rate, worst.into_iter().max().unwrap_or_default().as_millis())
}

/// An activity at a village, by its office: number, key, checks, record, references, facts, cells, feed and journal.
async fn door(world: &World, desks: &[Desk]) -> (f64, u128) {
    rush(desks, async |desk| {
        let about = About {
            title: "走访".to_owned(),
            happened_on: world.app.clock.today(),
            region: Some(desk.village.as_str().into()),
            ..About::default()
        };
        let act = ActivityRecord { idempotency_key: key(), kind: "VISIT".to_owned(), persons: None, about };
        world.app.ledger.enter(&desk.office, desk.ledger, act).await.expect("it is entered");
    })
    .await
}

async fn floor(world: &World, desks: &[Desk]) -> (f64, u128) {
    let db = &world.app.db;
    let backend = db.backend();
    rush(desks, async |desk| {
        let tx = db.begin(&Bounds::house()).await.expect("it begins");
        let tick = "UPDATE ledger_clock SET seq = seq + 1 WHERE ledger_id = $1 RETURNING seq";
        let tick = Statement::from_sql_and_values(backend, tick, [desk.ledger.into()]);
        tx.query_one_raw(tick).await.expect("it ticks");
        let row = "INSERT INTO person (id, name, party_member, keeper_id) VALUES ($1, $2, false, $3)";
        let values = [Uuid::now_v7().into(), "某人".into(), desk.ledger.into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, row, values)).await.expect("it is written");
        tx.commit().await.expect("it commits");
    })
    .await
}
