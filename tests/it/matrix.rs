//! The access matrix: every field of Query and Mutation, asked by every role about every place. The golden file reads
//! as a table; a new field without a probe fails. `farpro` and `farcou` are offices of another province.
//!
//! `y` answered · `e` let in, refused for what was said · `F` forbidden · `N` as if absent · `U` nobody is signed in ·
//! `-` there is no such thing at the place. Lists show how many rows they hold.

pub mod done;
mod place;
mod probes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{Days, NaiveDate};
use entity::ids::AccountId;
use serde_json::{Value, json};
use tests::{Client, TestApp, World, on_all, world::key};
use uuid::Uuid;

use place::{furnish, registered};
use probes::{ACTS, Asked, LISTS, ONE, OPEN};

const PASSWORD: &str = "Correct-horse-7";

/// What there is at a place, by the word that probes use for it.
pub type Place = BTreeMap<&'static str, String>;

/// What a role is answered about everything of a place: a cell for each field.
async fn asked(client: &Client, place: &Place) -> Vec<(String, String)> {
    let mut cells = vec![];
    let there = |asked: &&Asked| place.contains_key(asked.thing);
    let questions: Vec<&Asked> = ONE.iter().filter(there).collect();
    let fields: Vec<String> = questions
        .iter()
        .enumerate()
        .map(|(nth, asked)| {
            let rest = asked.rest.replace('$', &format!("\"{}\"", place[asked.thing]));
            format!("q{nth}: {}{rest}", asked.field)
        })
        .collect();
    // `viewer` may not be null: nobody is told about each field alone.
    for (nth, field) in fields.iter().enumerate() {
        let answer = client.post(&format!("{{ {field} }}"), Value::Null).await;
        let data = answer.json["data"].get(format!("q{nth}")).cloned().unwrap_or_default();
        let empty = data.is_null() || data == json!([null]);
        let cell = answer.code().map_or(if empty { "N" } else { "y" }, letter);
        cells.push((questions[nth].field.to_owned(), cell.to_owned()));
    }
    cells.extend(
        ONE.iter().filter(|asked| !there(asked)).map(|asked| (asked.field.to_owned(), "-".to_owned())),
    );
    for (name, input) in ACTS {
        cells.push(((*name).to_owned(), act(client, place, name, input).await));
    }
    cells
}

/// The input of an act about a place; none where the place has not what it is about.
pub fn filled(place: &Place, input: &str) -> Option<Value> {
    let mut input = input.replace('~', &key().to_uppercase().replace('-', "_")).replace('@', &new_day());
    for (word, id) in place {
        input = input.replace(&format!("${word}\""), &format!("{id}\""));
    }
    (!input.contains('$')).then(|| serde_json::from_str(&input).unwrap())
}

/// A day that no other probe of this process has.
fn new_day() -> String {
    static DAYS: AtomicU64 = AtomicU64::new(0);
    let first = NaiveDate::from_ymd_opt(2030, 1, 1).unwrap();
    (first + Days::new(DAYS.fetch_add(1, Ordering::Relaxed))).to_string()
}

async fn act(client: &Client, place: &Place, name: &str, input: &str) -> String {
    let Some(input) = filled(place, input) else { return "-".to_owned() };
    let answer = client.act_plainly(name, input).await;
    let errors = answer.json["data"].pointer(&format!("/{name}/userErrors")).cloned().unwrap_or_default();
    match (answer.code(), errors[0]["code"].as_str()) {
        (Some("INVALID"), _) => panic!("{name} is asked wrongly: {answer}"),
        (Some(code), _) => letter(code).to_owned(),
        (None, Some("NOT_FOUND")) => "N".to_owned(),
        (None, Some(_)) => "e".to_owned(),
        (None, None) => "y".to_owned(),
    }
}

fn letter(code: &str) -> &'static str {
    match code {
        "FORBIDDEN" => "F",
        "NOT_FOUND" => "N",
        "UNAUTHENTICATED" => "U",
        _ => "!",
    }
}

/// Those who ask: all roles, each where it is usual.
async fn askers(world: &World, own: &Place) -> Vec<(&'static str, Client)> {
    let open = async |grant: Value| {
        let id = Uuid::now_v7();
        let mut grant = grant;
        grant["from"] = "2021-01-01".into();
        let input = json!({ "id": id, "name": key(), "password": PASSWORD, "grants": [grant] });
        world.admin.done("accountOpen", "account", input).await;
        world.app.signed_in(AccountId(id))
    };
    let region = async |level: &str, parent: Option<&str>| {
        let input = json!({ "level": level, "parent": parent, "name": key(), "validFrom": "2000-01-01" });
        let id = world.admin.done("regionCreate", "region", input).await;
        let open = "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { userErrors { code } } }";
        let input = json!({ "idempotencyKey": key(), "region": id, "name": "台账" });
        assert_eq!(world.admin.post(open, json!({ "input": input })).await.code(), None);
        id
    };
    let far = region("PROVINCE", None).await;
    let far_county = region("COUNTY", Some(&far)).await;
    vec![
        ("farpro", open(json!({ "role": "PROVINCE_OFFICE", "region": far })).await),
        ("farcou", open(json!({ "role": "COUNTY_OFFICE", "region": far_county })).await),
        ("county", world.office.clone()),
        ("city", world.city_office.clone()),
        ("provin", world.province_office.clone()),
        ("member", world.members[0].client.clone()),
        (
            "commit",
            open(json!({ "role": "COMMITTEE", "region": world.county, "committee": own["committee"] })).await,
        ),
        ("team", open(json!({ "role": "VILLAGE_TEAM", "region": own["village"] })).await),
        ("collec", open(json!({ "role": "COLLECTOR", "region": own["village"] })).await),
        (
            "depart",
            open(
                json!({ "role": "DEPARTMENT", "region": world.county, "organisation": own["organisation"] }),
            )
            .await,
        ),
        ("inspec", open(json!({ "role": "INSPECTOR", "region": world.county })).await),
        ("audit", open(json!({ "role": "AUDITOR", "region": world.county })).await),
        ("figure", world.application(&world.city, &["FIGURES"]).await.client),
        ("progre", world.application(&world.city, &["PROGRESS"]).await.client),
        ("bulk", world.application(&world.city, &["FIGURES", "PROGRESS", "BULK"]).await.client),
        ("admin", world.admin.clone()),
        ("nobody", world.app.stranger()),
    ]
}

/// Each list with the number of its rows, for each who asks.
async fn lists(client: &Client) -> Vec<(String, String)> {
    let mut cells = vec![];
    for list in LISTS {
        let answer = client.post(&format!("{{ {list} {{ totalCount }} }}"), Value::Null).await;
        let count = answer.json["data"].pointer(&format!("/{list}/totalCount")).and_then(Value::as_i64);
        let cell = answer
            .code()
            .map_or_else(|| count.unwrap_or_default().to_string(), |code| letter(code).to_owned());
        cells.push(((*list).to_owned(), cell));
    }
    cells
}

fn table(title: &str, of: &[(&str, Vec<(String, String)>)]) -> String {
    let mut table = format!("{title:<22}");
    for (asker, _) in of {
        write!(table, " {asker:>6}").unwrap();
    }
    table.push('\n');
    let fields: BTreeSet<&String> =
        of.iter().flat_map(|(_, cells)| cells.iter().map(|(field, _)| field)).collect();
    for field in fields {
        write!(table, "{field:<22}").unwrap();
        for (_, cells) in of {
            let cell = cells.iter().find(|(known, _)| known == field).map_or("", |(_, cell)| cell);
            write!(table, " {cell:>6}").unwrap();
        }
        table.push('\n');
    }
    table + "\n"
}

on_all! {
    /// Who is answered what, about what lies where.
    async fn everything_is_asked_by_everyone(world: World) {
        let seat = &world.members[0].seat;
        let mut own = furnish(&world.office, &world.county, &world.villages[0], Some(seat)).await;
        let others = &world.members[1].seat;
        let mut unlinked = furnish(&world.office, &world.county, &world.villages[1], Some(others)).await;
        let mut beside = furnish(&world.neighbour, &world.other_county, &world.other_village, Some(others)).await;
        let mut above = furnish(&world.city_office, &world.city, &world.city, None).await;
        for place in [&mut own, &mut unlinked, &mut beside, &mut above] {
            registered(&world, place).await;
        }
        let askers = askers(&world, &own).await;
        let mut matrix = String::new();
        let mut counted = vec![];
        for (asker, client) in &askers {
            counted.push((*asker, lists(client).await));
        }
        matrix += &table("lists", &counted);
        for (name, place) in [("own village", &own), ("beside in the county", &unlinked), ("the county beside", &beside), ("the city's own", &above)] {
            let mut answered = vec![];
            for (asker, client) in askers.iter().rev() {
                answered.insert(0, (*asker, asked(client, place).await));
            }
            matrix += &table(name, &answered);
        }
        insta::assert_snapshot!("access_matrix", matrix);
    }

    /// No field is left out.
    async fn every_field_is_probed(app: TestApp) {
        let fields = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
        let answer = app.stranger().post(fields, Value::Null).await.expect_ok();
        let names = |of: &str| -> BTreeSet<String> {
            let fields = answer.at(&format!("/__schema/{of}/fields")).as_array().unwrap();
            fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
        };
        let probed: BTreeSet<String> = ONE.iter().map(|asked| asked.field).chain(LISTS.iter().copied()).map(str::to_owned).collect();
        assert_eq!(names("queryType"), probed);
        let probed: BTreeSet<String> = ACTS.iter().map(|(name, _)| *name).chain(OPEN.iter().copied()).map(str::to_owned).collect();
        assert_eq!(names("mutationType"), probed);
    }
}
