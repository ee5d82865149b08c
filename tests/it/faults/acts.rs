//! Every act, failing at moments that are drawn by chance: what is acknowledged is there, and of what is not, nothing is.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, World, on_both};

use super::injected::{Fault, Injector, Kind};
use super::{acts as acts_under, expect_sound};
use crate::matrix::done::{acts, ready};
use crate::matrix::filled;

/// What a caller knows of an act.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Done,
    Refused,
    Busy,
}

fn told(name: &str, answer: &Answer) -> Told {
    match answer.code() {
        Some("BUSY") => Told::Busy,
        Some("FORBIDDEN" | "NOT_FOUND") => Told::Refused,
        Some(_) => panic!("{name}: {answer}"),
        None if answer.json["data"][name]["userErrors"] == json!([]) => Told::Done,
        None => Told::Refused,
    }
}

/// One act under one key.
struct Attempt<'a> {
    world: &'a World,
    client: &'a Client,
    injector: &'a Injector,
    name: &'a str,
    input: Value,
}

impl Attempt<'_> {
    fn key(&self) -> &str {
        self.input["idempotencyKey"].as_str().unwrap()
    }

    async fn rows(&self) -> i64 {
        let each = ADDED_TO.map(|table| format!("SELECT 1 FROM {table}"));
        self.world.rows(&format!("({}) added", each.join(" UNION ALL "))).await
    }

    /// What is told while this fails, and how many acts are there under the key before and after. Where none is, none
    /// of these tables has a row more.
    async fn tried(&self, fault: Option<Fault>) -> (Told, i64, i64) {
        let (before, rows_before) = (acts_under(self.world, self.key()).await, self.rows().await);
        self.injector.set(fault);
        let answer = self.client.act_plainly(self.name, self.input.clone()).await;
        self.injector.set(None);
        let there = acts_under(self.world, self.key()).await;
        if there == 0 {
            assert_eq!(self.rows().await, rows_before, "{}: half of it is there: {answer}", self.name);
        }
        (told(self.name, &answer), before, there)
    }
}

/// Tables to which acts add: the journal, its feed, and a few that are the subjects of acts.
const ADDED_TO: [&str; 10] =
    ["act", "feed", "fact", "record", "link", "household", "person", "account", "region", "organisation"];

on_both! {
    async fn what_is_acknowledged_is_there(app: TestApp) {
        let (mut world, place, _provider) = ready(app).await;
        let tokens = [&world.office, &world.admin, &world.city_office].map(|by| by.token().unwrap().to_owned());
        let injector = Injector::default();
        let heard = injector.clone();
        world.app = world.app.hearing(move |moment| heard.hear(moment));
        let clients = tokens.map(|token| world.app.client(token));
        let mut chance = TestRunner::default();
        let mut draw = |times| {
            let (at, kind) = (0..24_usize, 0..3_usize).new_tree(&mut chance).unwrap().current();
            Fault { at, kind: [Kind::Lost, Kind::Code("53100"), Kind::Code("40001")][kind], times }
        };
        let (mut failed, mut undone) = (0, vec![]);
        for (name, input) in acts() {
            let input = filled(&place, input).unwrap();
            let mut is_done = false;
            for (nth, client) in clients.iter().enumerate() {
                let mut attempt = Attempt { world: &world, client, injector: &injector, name, input: input.clone() };
                attempt.input["idempotencyKey"] = format!("{name}-{nth}").into();
                // One that lasts, and then one that passes.
                for fault in [draw(usize::MAX), draw(1)] {
                    let (told, before, there) = attempt.tried(Some(fault)).await;
                    let case = format!("{name}, {fault:?}, {before} act before: {told:?}");
                    match told {
                        Told::Done => assert_eq!(there, 1, "{case}, and is not there"),
                        Told::Refused => assert_eq!(there, 0, "{case}, and is there"),
                        Told::Busy => {
                            // Of what passes, an act is not told; what is read after an act that was there before may be.
                            assert!(there < 2 && (fault.times > 1 || before == 1), "{case}, {there} now");
                            failed += 1;
                        }
                    }
                    is_done |= there == 1;
                }
                if is_done {
                    assert_eq!(attempt.tried(None).await, (Told::Done, 1, 1), "{name}: its key does not find it");
                    break;
                }
            }
            if !is_done {
                undone.push(name);
            }
        }
        assert_eq!(undone, Vec::<&str>::new());
        assert!(failed > 30, "{failed} acts failed");
        expect_sound(&world).await;
    }
}
