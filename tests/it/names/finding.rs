//! Within scope: what is found is what is shown.

use super::*;

on_both! {
    /// The same names in the county beside, in a household one is not linked to, in another village: never found.
    async fn nobody_is_found_beyond_ones_scope(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let (member, unlinked) = (&world.members[0].client, &world.members[1].client);
        let team = granted(&world, "VILLAGE_TEAM", &world.villages[1]).await;
        let all = &world.households;
        for part in ["户主", "戶主", "huzhu", "hz", "主", "家人", "jr", "h"] {
            assert_eq!(found(&world.office, part).await, *all, "{part}");
            assert_eq!(found(&world.neighbour, part).await, [world.stranger.as_str()], "{part}");
            assert_eq!(found(member, part).await, all[..1], "{part}");
            assert_eq!(found(unlinked, part).await, [""; 0], "{part}");
            assert_eq!(found(&team, part).await, all[2..4], "{part}");
        }
        assert_eq!(found(&world.office, "邻县户主").await, [""; 0]);
        assert_eq!(found(&world.office, "lx").await, [""; 0]);
    }

    /// Who is shown masks finds nobody by what they hide, nor is told whether there is anybody.
    async fn a_masked_name_is_not_searched(world: World) {
        let collector = granted(&world, "COLLECTOR", &world.villages[0]).await;
        let inspector = granted(&world, "INSPECTOR", &world.county).await;
        let heads = "{ households { totalCount nodes { headName } } }";
        for by in [&world.city_office, &collector, &inspector] {
            let shown = by.post(heads, Value::Null).await.expect_ok();
            assert!(shown.at("/households/totalCount").as_i64() > Some(0) && !shown.text.contains("户主0"), "{shown}");
            let told: Vec<String> = [asked(by, "户主0").await, asked(by, "没有").await, asked(by, "").await].map(|answer| {
                assert_eq!(answer.code(), Some("FORBIDDEN"), "{answer}");
                answer.text
            }).into();
            assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
        }
        for by in [&world.province_office, &world.admin] {
            assert_eq!(asked(by, "户主0").await.code(), Some("FORBIDDEN"));
        }
        assert_eq!(asked(&world.app.stranger(), "户主0").await.code(), Some("UNAUTHENTICATED"));
    }

    /// Masked in some households and in clear in others: found among the others alone, by whatever is filtered besides.
    async fn in_a_mixed_scope_the_clear_part_is_searched(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let id = uuid::Uuid::now_v7();
        let person = "query($id: ID!) { node(id: $id) { ... on Member { person { id } } } }";
        let person = world.office.post(person, json!({ "id": world.members[0].seat })).await.expect_ok();
        let grants = json!([{ "role": "CITY_OFFICE", "region": world.city, "from": "2021-01-01" },
            { "role": "COLLECTOR", "region": world.other_village, "from": "2021-01-01" }]);
        world.admin.done("accountUpdate", "account", json!({ "account": account_of(&world, "member1").await, "isDisabled": true })).await;
        let both = json!({ "id": id, "name": "both", "password": "correct horse battery",
            "person": person.text_at("/node/person/id"), "grants": grants });
        world.admin.done("accountOpen", "account", both).await;
        let both = world.app.signed_in(entity::ids::AccountId(id));
        let all = both.post("{ households { totalCount } }", Value::Null).await.expect_ok();
        assert_eq!(all.at("/households/totalCount"), 7);
        assert_eq!(found(&both, "户主").await, world.households[..1]);
        let filtered = "query($village: ID) { households(filter: { region: $village, nameContains: \"hz\" }) { totalCount } }";
        for (village, count) in [(&world.villages[0], 1), (&world.villages[1], 0), (&world.other_village, 0)] {
            let answer = both.post(filtered, json!({ "village": village })).await.expect_ok();
            assert_eq!(answer.at("/households/totalCount"), count);
        }
    }

    /// Pages of what is found are whole.
    async fn what_is_found_is_paged(world: World) {
        let list = tests::list::List { field: "households", arguments: "filter: { nameContains: \"hz\" }", node: "id", of: None };
        let wanted: Vec<Value> = world.households.iter().map(|id| json!({ "id": id })).collect();
        for backwards in [false, true] {
            assert_eq!(list.paged(&world.office, backwards).await, wanted);
        }
    }

    /// Places, bodies and people of the roster, in the same way and by everybody who reads them.
    async fn the_roster_is_found_in_the_same_way(world: World) {
        let office = &world.office;
        for (list, parts, name) in [
            ("regions", ["乔庄", "喬莊鎮", "qiaozhuang", "qz"], "乔庄镇"),
            ("regions", ["青川", "青川縣", "qingchuan", "qcx"], "青川县"),
            ("organisations", ["邻县政协", "鄰縣", "linxianzheng", "lxzx"], "邻县政协"),
            ("committees", ["提案", "提案委", "tian", "taw"], "提案委"),
            ("industries", ["茶叶", "茶葉", "chaye", "cy"], "茶叶"),
            ("people", ["委员1", "委員１", "weiyuan1", "wy1"], "委员1"),
        ] {
            for part in parts {
                let query = format!("query($part: String) {{ {list}(filter: {{ nameContains: $part }}) {{ totalCount nodes {{ name }} }} }}");
                let answer = office.post(&query, json!({ "part": part })).await.expect_ok();
                let names: Vec<&Value> = answer.at(&format!("/{list}/nodes")).as_array().unwrap().iter().map(|node| &node["name"]).collect();
                assert_eq!(names, [name], "{list} {part}");
                assert_eq!(answer.at(&format!("/{list}/totalCount")), 1);
            }
        }
        let seats = "query($part: String) { members(filter: { nameContains: $part }) { nodes { id } } }";
        let answer = office.post(seats, json!({ "part": "WY2" })).await.expect_ok();
        assert_eq!(answer.at("/members/nodes"), &json!([{ "id": world.members[1].seat }]));
        office.done("organisationUpdate", "organisation", json!({ "organisation": world.organisation, "name": "政协办" })).await;
        office.done("industryUpdate", "industry", json!({ "industry": world.industry, "name": "竹荪" })).await;
        world.admin.done("regionUpdate", "region", json!({ "region": world.township, "name": "木鱼镇" })).await;
        for (list, old, new) in [("organisations", "县政协", "zxb"), ("industries", "cy", "zhusun"), ("regions", "qzz", "木魚")] {
            let count = async |part: &str| {
                let query = format!("query($part: String) {{ {list}(filter: {{ nameContains: $part }}) {{ totalCount }} }}");
                let answer = office.post(&query, json!({ "part": part })).await.expect_ok();
                answer.at(&format!("/{list}/totalCount")).as_i64().unwrap()
            };
            let left = i64::from(list == "organisations");
            assert_eq!((count(old).await, count(new).await), (left, 1), "{list}");
        }
    }
}

async fn account_of(world: &World, name: &str) -> String {
    let query = "query($part: String) { accounts(filter: { nameContains: $part }) { nodes { id } } }";
    let answer = world.admin.post(query, json!({ "part": name })).await.expect_ok();
    answer.text_at("/accounts/nodes/0/id").to_owned()
}
