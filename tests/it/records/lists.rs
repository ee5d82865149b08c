//! Lists of records, links and groups of progress: pages put together are the whole list, in each order and from
//! either end, also where rows have the same sort key.

use platform::gid::Gid;
use serde_json::{Value, json};
use tests::list::List;
use tests::{World, on_both};
use uuid::Uuid;

/// Three equal days would end a page in their midst; they are not entered in their order.
const DAYS: [&str; 7] =
    ["2022-02-03", "2022-02-01", "2022-02-02", "2022-02-02", "2022-02-01", "2022-02-02", "2022-02-03"];

/// A row of a list by its sort key and its own id, which orders those of one key.
type Row = (String, Uuid, String);

fn row(key: &str, id: String) -> Row {
    (key.to_owned(), Gid::decode(&id.as_str().into()).unwrap().id, id)
}

/// The list is the same rows, sorted, in both directions and from both ends.
async fn is_whole(world: &World, field: &str, order: &str, mut rows: Vec<Row>) {
    rows.sort();
    for direction in ["ASC", "DESC"] {
        let wanted: Vec<Value> = rows.iter().map(|(.., id)| json!({ "id": id })).collect();
        let arguments = format!("orderBy: {order} direction: {direction}");
        let list = List { field, arguments: &arguments, node: "id", of: None };
        for backwards in [false, true] {
            assert_eq!(list.paged(&world.office, backwards).await, wanted, "{list:?} backwards: {backwards}");
        }
        rows.reverse();
    }
}

/// The same of the groups of a county's year.
async fn groups(world: &World, by: &str, node: &str, wanted: &[Value]) {
    let county = &world.county;
    let of = format!(
        "progress(input: {{ region: {{ id: \"{county}\" }}, period: {{ year: 2022 }}, groupBy: {by} }})"
    );
    let list = List { field: "groups", of: Some(&of), node, arguments: "" };
    for backwards in [false, true] {
        assert_eq!(list.paged(&world.office, backwards).await, wanted, "{by} backwards: {backwards}");
    }
}

/// What is told of groups that stand for these rows, in the order of their ids.
fn nodes(mut rows: Vec<Row>, field: &str) -> Vec<Value> {
    rows.sort();
    rows.into_iter().map(|(.., id)| json!({ field: { "id": id } })).collect()
}

on_both! {
    /// All arrive at one moment, but the last two, which arrive later and happened earlier.
    async fn records_are_paged_to_the_end(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let (mut visits, mut needs) = (vec![], vec![]);
        for (nth, on) in DAYS.into_iter().enumerate() {
            let received = if nth < 5 { "2022-03-01" } else { "2022-03-02" };
            world.app.go_to(received);
            visits.push((received, on, world.visit(&world.office, &link, on).await));
            let about = json!({ "title": "饮水", "happenedOn": on, "links": [link] });
            let need = json!({ "about": about, "category": "WATER" });
            needs.push((received, on, world.office.done("needReport", "need", need).await));
        }
        for (field, records) in [("activities", visits), ("needs", needs)] {
            let by_day = records.iter().map(|(_, on, id)| row(on, id.clone())).collect();
            is_whole(&world, field, "HAPPENED", by_day).await;
            let by_arrival = records.into_iter().map(|(received, _, id)| row(received, id)).collect();
            is_whole(&world, field, "RECEIVED", by_arrival).await;
        }
    }

    async fn links_are_paged_to_the_end(world: World) {
        let mut links = vec![];
        for (member, household, day) in [(0, 0, 3), (0, 2, 1), (1, 4, 3), (1, 1, 1), (2, 3, 3), (2, 5, 2)] {
            let from = DAYS[day];
            links.push((from, world.link(member, household, from).await));
        }
        let by_day = links.iter().map(|(from, id)| row(from, id.clone())).collect();
        is_whole(&world, "links", "FROM", by_day).await;
        is_whole(&world, "links", "ENTERED", links.into_iter().map(|(_, id)| row("", id)).collect()).await;
    }

    /// Also those of which nothing is known.
    async fn groups_are_paged_to_the_end(world: World) {
        world.app.go_to("2022-03-01");
        for (member, household) in [(2, 0), (0, 2), (1, 4)] {
            let link = world.link(member, household, "2022-01-01").await;
            world.visit(&world.office, &link, "2022-02-01").await;
        }
        let months: Vec<Value> = (1..=12).map(|month| json!({ "month": format!("2022-{month:02}-01") })).collect();
        groups(&world, "MONTH", "month", &months).await;
        let places = [&world.county, &world.township].into_iter().chain(&world.villages);
        let places = places.map(|id| row("", id.clone())).collect();
        groups(&world, "VILLAGE", "region { id }", &nodes(places, "region")).await;
        let seats = world.members.iter().map(|member| &member.seat);
        let helpers = seats.chain([&world.committee, &world.organisation]).map(|id| row("", id.clone())).collect();
        let node = "helper { ... on Member { id } ... on Committee { id } ... on Organisation { id } }";
        groups(&world, "HELPER", node, &nodes(helpers, "helper")).await;
        groups(&world, "TOTAL", "month", &[json!({ "month": null })]).await;
    }
}
