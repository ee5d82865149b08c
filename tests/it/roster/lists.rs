//! Lists of the roster: filtered, sorted and paged to the end in both directions.

use serde_json::{Value, json};
use tests::list::List;
use tests::{Client, TestApp, World, on_both};

use super::{Places, done};

/// The names of a list, read in pages of two, from the start or from the end.
async fn paged(client: &Client, field: &str, arguments: &str, backwards: bool) -> Vec<String> {
    let node = if field == "members" { "person { name }" } else { "name" };
    let nodes = List { field, arguments, node, of: None }.paged(client, backwards).await;
    let name =
        |node: &Value| node.pointer("/person/name").unwrap_or(&node["name"]).as_str().unwrap().to_owned();
    nodes.iter().map(name).collect()
}

/// The names that a filter leaves.
async fn filtered(client: &Client, list: &str, filter: Value) -> Vec<String> {
    let kind = match list {
        "organisations" => "OrganisationFilter",
        "committees" => "CommitteeFilter",
        "members" => "MemberFilter",
        "people" => "PersonFilter",
        _ => "IndustryFilter",
    };
    let node = if list == "members" { "person { name }" } else { "name" };
    let query = format!("query($filter: {kind}!) {{ {list}(filter: $filter) {{ nodes {{ {node} }} }} }}");
    let answer = client.post(&query, json!({ "filter": filter })).await.expect_ok();
    let nodes = answer.at(&format!("/{list}/nodes")).as_array().unwrap().clone();
    nodes
        .iter()
        .map(|node| node.pointer("/person/name").unwrap_or(&node["name"]).as_str().unwrap().to_owned())
        .collect()
}

on_both! {
    /// Every list is read to its end in each order and direction, and the two directions agree.
    async fn lists_are_paged_to_the_end(app: TestApp) {
        let places = Places::of(app).await;
        let names = ["E", "A", "D", "B", "C"];
        let organisation = places.organisation("Z").await;
        for name in names {
            places.organisation(name).await;
            places.committee(&organisation, name).await;
            places.seat(&places.person(name).await, &organisation).await;
            let industry = json!({ "region": places.county, "name": name });
            done(&places.office, "industryCreate", "industry", industry).await;
        }
        for list in ["organisations", "committees", "members", "people", "industries"] {
            let of = |names: &[&str]| {
                let first = if list == "organisations" { Some("Z") } else { None };
                first.into_iter().chain(names.iter().copied()).map(str::to_owned).collect::<Vec<_>>()
            };
            for backwards in [false, true] {
                assert_eq!(paged(&places.office, list, "", backwards).await, of(&names), "{list}");
                let mut turned = of(&names);
                turned.reverse();
                assert_eq!(paged(&places.office, list, "direction: DESC", backwards).await, turned, "{list}");
                if list == "members" {
                    assert_eq!(paged(&places.office, list, "orderBy: FROM", backwards).await, of(&names));
                    continue;
                }
                let mut sorted = of(&names);
                sorted.sort();
                assert_eq!(paged(&places.office, list, "orderBy: NAME", backwards).await, sorted, "{list}");
            }
        }
        assert_eq!(paged(&places.office, "committees", "orderBy: FROM", true).await, names);
    }

    /// Each filter leaves what it says; a name is no pattern.
    async fn lists_are_filtered(app: TestApp) {
        let places = Places::of(app).await;
        let office = &places.office;
        let (cppcc, union) = (places.organisation("县政协").await, places.organisation("100%").await);
        let beside = json!({ "region": places.other_county, "name": "邻县政协", "kind": "NPC", "system": "NPC" });
        done(&places.neighbour, "organisationCreate", "organisation", beside).await;
        for (filter, names) in [
            (json!({ "region": places.county }), vec!["县政协", "100%"]),
            (json!({ "region": places.province, "kind": "NPC" }), vec!["邻县政协"]),
            (json!({ "system": "PARTY" }), vec![]),
            (json!({ "nameContains": "政协" }), vec!["县政协", "邻县政协"]),
            (json!({ "nameContains": "%" }), vec![]),
            (json!({ "nameContains": "100%" }), vec!["100%"]),
            (json!({ "nameContains": "" }), vec![]),
        ] {
            assert_eq!(filtered(office, "organisations", filter).await, names);
        }
        let committee = places.committee(&cppcc, "提案委").await;
        let group = json!({ "organisation": cppcc, "parent": committee, "name": "一组", "kind": "WORK_GROUP", "from": "2021-06-01" });
        let group = done(office, "committeeCreate", "committee", group).await;
        done(office, "committeeEnd", "committee", json!({ "committee": group, "to": "2021-12-31" })).await;
        for (filter, names) in [
            (json!({ "organisation": cppcc }), vec!["提案委", "一组"]),
            (json!({ "organisation": union }), vec![]),
            (json!({ "region": places.other_county }), vec![]),
            (json!({ "region": places.city, "kind": "WORK_GROUP" }), vec!["一组"]),
            (json!({ "parent": committee }), vec!["一组"]),
            (json!({ "validOn": "2021-05-31" }), vec!["提案委"]),
            (json!({ "validOn": "2021-12-31" }), vec!["提案委", "一组"]),
            (json!({ "validOn": "2022-01-01" }), vec!["提案委"]),
            (json!({ "nameContains": "组" }), vec!["一组"]),
        ] {
            assert_eq!(filtered(office, "committees", filter).await, names);
        }
        let industry = |name: &str, tier: i32| json!({ "region": places.county, "name": name, "tier": tier });
        done(office, "industryCreate", "industry", industry("茶叶", 1)).await;
        done(office, "industryCreate", "industry", industry("食用菌", 2)).await;
        for (filter, names) in [
            (json!({ "region": places.city }), vec!["茶叶", "食用菌"]),
            (json!({ "region": places.township }), vec![]),
            (json!({ "tier": 2 }), vec!["食用菌"]),
            (json!({ "nameContains": "茶" }), vec!["茶叶"]),
        ] {
            assert_eq!(filtered(office, "industries", filter).await, names);
        }
    }

    /// Seats by body, committee, day and name; whether one is linked is told to those who may see links.
    async fn seats_are_filtered(app: TestApp) {
        let places = Places::of(app).await;
        let office = &places.office;
        let (cppcc, union) = (places.organisation("县政协").await, places.organisation("工会").await);
        let committee = places.committee(&cppcc, "提案委").await;
        let (zhang, li) = (places.person("张三").await, places.person("李四").await);
        places.seat(&zhang, &cppcc).await;
        let seat = places.seat(&li, &union).await;
        done(office, "memberEnd", "member", json!({ "member": seat, "to": "2021-12-31" })).await;
        let place = json!({ "committee": committee, "person": li, "role": "MEMBER", "from": "2021-06-01" });
        done(office, "committeeMemberAdd", "committeeMember", place).await;
        for (filter, names) in [
            (json!({}), vec!["张三", "李四"]),
            (json!({ "organisation": union }), vec!["李四"]),
            (json!({ "committee": committee }), vec!["李四"]),
            (json!({ "committee": committee, "validOn": "2021-05-31" }), vec![]),
            (json!({ "region": places.county, "kind": "CPPCC_MEMBER" }), vec!["张三", "李四"]),
            (json!({ "region": places.other_county }), vec![]),
            (json!({ "kind": "LEADER" }), vec![]),
            (json!({ "validOn": "2022-01-01" }), vec!["张三"]),
            (json!({ "validOn": "2020-12-31" }), vec![]),
            (json!({ "nameContains": "李" }), vec!["李四"]),
            (json!({ "isLinked": true }), vec![]),
            (json!({ "isLinked": false }), vec!["张三", "李四"]),
        ] {
            assert_eq!(filtered(office, "members", filter).await, names);
        }
        assert_eq!(filtered(office, "people", json!({ "nameContains": "张" })).await, ["张三"]);
        let linked = "{ members(filter: { isLinked: true }) { nodes { id } } }";
        assert_eq!(places.province_office.post(linked, Value::Null).await.code(), Some("FORBIDDEN"));
        assert_eq!(places.app.stranger().post("{ people { nodes { id } } }", Value::Null).await.code(), Some("UNAUTHENTICATED"));
    }

    /// A seat is linked while its link is: for the office, and for the member alone who holds it.
    async fn linked_seats_are_told_apart(world: World) {
        world.link(0, 0, "2022-01-01").await;
        world.link(1, 1, "2022-02-01").await;
        let linked = async |client: &Client, linked: bool| filtered(client, "members", json!({ "isLinked": linked })).await;
        assert_eq!(linked(&world.office, true).await, ["委员1"]);
        assert_eq!(linked(&world.office, false).await, ["委员2", "委员3"]);
        assert_eq!(linked(&world.members[1].client, true).await, [""; 0]);
        world.app.go_to("2022-02-01");
        assert_eq!(linked(&world.office, true).await, ["委员1", "委员2"]);
        assert_eq!(linked(&world.members[1].client, true).await, ["委员2"]);
        assert_eq!(linked(&world.neighbour, true).await, [""; 0]);
    }
}
