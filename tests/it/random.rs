//! Random writes, edits and ends: facts and cells equal a recount, figures equal a count by hand, and what was known
//! on a past evening is answered as it was then.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tests::{DbKind, TestApp, World};

/// Something that an office does; numbers pick among what there is.
#[derive(Clone, Debug)]
enum Deed {
    Visit { link: usize, day: u32 },
    Move { record: usize, day: u32 },
    Reject { record: usize },
    Verify { record: usize },
    Report { link: usize, day: u32 },
    Resolve { need: usize },
    End { link: usize, day: u32 },
    Mark { link: usize, quantity: u32 },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let (nth, day) = (0..40_usize, 0..300_u32);
    let deed = prop_oneof![
        4 => (nth.clone(), day.clone()).prop_map(|(link, day)| Deed::Visit { link, day }),
        2 => (nth.clone(), day.clone()).prop_map(|(record, day)| Deed::Move { record, day }),
        1 => nth.clone().prop_map(|record| Deed::Reject { record }),
        1 => nth.clone().prop_map(|record| Deed::Verify { record }),
        2 => (nth.clone(), day.clone()).prop_map(|(link, day)| Deed::Report { link, day }),
        2 => nth.clone().prop_map(|need| Deed::Resolve { need }),
        1 => (nth.clone(), day.clone()).prop_map(|(link, day)| Deed::End { link, day }),
        1 => (nth, 1..4_u32).prop_map(|(link, quantity)| Deed::Mark { link, quantity }),
    ];
    proptest::collection::vec(deed, 10..30)
}

/// What the test itself remembers of what was done.
#[derive(Default)]
struct Memory {
    links: Vec<String>,
    ended: Vec<Option<String>>,
    /// Visits: id, day, whether they count, and which link they serve.
    visits: Vec<(String, String, bool, usize)>,
    /// Needs: id, whether resolved.
    needs: Vec<(String, bool)>,
}

fn date(day: u32) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
    (first + chrono::Days::new(day.into())).to_string()
}

impl Memory {
    /// Whether a link has ended before a day.
    fn over(&self, link: usize, day: u32) -> bool {
        self.ended[link % self.links.len()].as_deref().is_some_and(|last| *last < *date(day))
    }

    #[expect(clippy::too_many_lines, reason = "one arm a deed")]
    async fn does(&mut self, world: &World, item: &str, deed: &Deed) {
        let office = &world.office;
        match deed {
            Deed::Visit { link, day } | Deed::Report { link, day } if self.over(*link, *day) => {
                let late = tests::world::visit(&self.links[link % self.links.len()], &date(*day));
                assert_eq!(office.refused("activityRecord", "activity", late).await, "NOT_ELIGIBLE");
            }
            Deed::Visit { link, day } => {
                let at = link % self.links.len();
                let link = &self.links[at];
                let id = world.visit(office, link, &date(*day)).await;
                self.visits.push((id, date(*day), true, at));
            }
            Deed::Move { record, day } if !self.visits.is_empty() => {
                let at = record % self.visits.len();
                if self.over(self.visits[at].3, *day) {
                    let late = json!({ "record": self.visits[at].0, "happenedOn": date(*day) });
                    assert_eq!(office.refused("recordAmend", "record", late).await, "NOT_ELIGIBLE");
                    return;
                }
                let visit = &mut self.visits[at];
                office
                    .done("recordAmend", "record", json!({ "record": visit.0, "happenedOn": date(*day) }))
                    .await;
                (visit.1, visit.2) = (date(*day), true);
            }
            Deed::Reject { record } if !self.visits.is_empty() => {
                let at = record % self.visits.len();
                office
                    .done("recordReject", "record", json!({ "record": self.visits[at].0, "reason": "重复" }))
                    .await;
                self.visits[at].2 = false;
            }
            Deed::Verify { record } if !self.visits.is_empty() => {
                let at = record % self.visits.len();
                office.done("recordVerify", "record", json!({ "record": self.visits[at].0 })).await;
                self.visits[at].2 = true;
            }
            Deed::Report { link, day } => {
                let link = &self.links[link % self.links.len()];
                let about = json!({ "title": "问题", "happenedOn": date(*day), "links": [link] });
                let need = json!({ "about": about, "category": "WATER" });
                self.needs.push((office.done("needReport", "need", need).await, false));
            }
            Deed::Resolve { need } if !self.needs.is_empty() => {
                let at = need % self.needs.len();
                let steps: &[&str] = if self.needs[at].1 { &["REOPEN"] } else { &["MATCH", "RESOLVE"] };
                for step in steps {
                    let input = json!({ "need": self.needs[at].0, "step": step, "on": "2022-12-30", "reason": "复查",
                        "helper": (*step == "MATCH").then(|| world.members[0].seat.clone()) });
                    office.done("needAdvance", "need", input).await;
                }
                self.needs[at].1 = !self.needs[at].1;
            }
            Deed::End { link, day } => {
                let at = link % self.links.len();
                if self.ended[at].is_none() {
                    let end = json!({ "link": self.links[at], "to": date(*day), "reason": "迁出" });
                    let answer = office.act_plainly("linkEnd", end).await;
                    // Not before work that it serves.
                    if answer.at("/linkEnd/userErrors") == &json!([]) {
                        self.ended[at] = Some(date(*day));
                    } else {
                        assert_eq!(answer.at("/linkEnd/userErrors/0/code"), "WRONG_STEP", "{answer}");
                    }
                }
            }
            Deed::Mark { link, .. } if self.over(*link, 363) => {}
            Deed::Mark { link, quantity } => {
                let subject = &self.links[link % self.links.len()];
                let mark =
                    json!({ "duty": item, "subject": subject, "on": "2022-12-30", "quantity": quantity });
                office.done("markSet", "mark", mark).await;
            }
            Deed::Move { .. } | Deed::Reject { .. } | Deed::Verify { .. } | Deed::Resolve { .. } => {}
        }
    }

    /// Visits of the third quarter and links at its end, needs resolved in the year: counted by hand.
    fn counted(&self) -> [i64; 3] {
        let third = |day: &str| ("2022-07-01"..="2022-09-30").contains(&day);
        let visits = self.visits.iter().filter(|(_, day, counts, _)| *counts && third(day)).count();
        let links =
            self.ended.iter().filter(|end| end.as_deref().is_none_or(|end| end >= "2022-09-30")).count();
        let needs = self.needs.iter().filter(|(_, resolved)| *resolved).count();
        [visits, links, needs].map(|n| i64::try_from(n).unwrap())
    }
}

const ASK: &str = "query($region: ID!, $asOf: DateTime) {
    a: progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { quarter: { year: 2022, quarter: 3 } },
        asOf: $asOf, indicators: [\"HOUSEHOLD_VISITS\", \"HOUSEHOLD_LINKS\"] }) { groups { nodes { figures { numerator } } } }
    b: progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { year: 2022 },
        asOf: $asOf, indicators: [\"NEEDS_RESOLVED_TOTAL\"] }) { groups { nodes { figures { numerator } } } } }";

async fn asked(world: &World, as_of: Option<&str>) -> [i64; 3] {
    let answer = world.office.post(ASK, json!({ "region": world.county, "asOf": as_of })).await.expect_ok();
    ["/a/groups/nodes/0/figures/0", "/a/groups/nodes/0/figures/1", "/b/groups/nodes/0/figures/0"]
        .map(|at| answer.at(at)["numerator"].as_i64().unwrap())
}

async fn holds(kind: DbKind, deeds: Vec<Deed>) {
    let Some(app) = TestApp::fresh(kind).await else { return };
    let world = World::on(app).await;
    let mut memory = Memory::default();
    for (member, household) in [(0, 0), (0, 1), (1, 2), (1, 3)] {
        memory.links.push(world.link(member, household, "2022-01-01").await);
        memory.ended.push(None);
    }
    let items = "{ programme(by: { code: \"HELP\" }) { checklists { items { id } } } }";
    let items = world.office.post(items, Value::Null).await.expect_ok();
    let item = items.text_at("/programme/checklists/0/items/1/id").to_owned();
    let half = deeds.len() / 2;
    world.app.go_to("2022-12-30");
    for deed in &deeds[..half] {
        memory.does(&world, &item, deed).await;
    }
    let that_evening = memory.counted();
    world.app.go_to("2022-12-31");
    for deed in &deeds[half..] {
        memory.does(&world, &item, deed).await;
    }
    assert_eq!(asked(&world, None).await, memory.counted());
    assert_eq!(asked(&world, Some("2022-12-30T12:00:00Z")).await, that_evening);
    let report = api::verify::run(&world.app.db).await.unwrap();
    assert_eq!(report.differences, Vec::<String>::new());
}

fn random(kind: DbKind) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&deeds(), |deeds| {
            runtime.block_on(holds(kind, deeds));
            Ok(())
        })
        .unwrap();
}

#[test]
fn figures_facts_and_cells_agree_on_sqlite() {
    random(DbKind::Sqlite);
}

#[test]
fn figures_facts_and_cells_agree_on_postgres() {
    random(DbKind::Postgres);
}
