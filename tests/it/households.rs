//! Households with time: they move, they leave, their families grow and shrink, and the facts follow.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

const FAMILY: &str = "query($id: ID!) { household(id: $id) { village { name } leftOn
    members { id name relation occupation to } } }";

struct Home {
    world: World,
    id: String,
}

impl Home {
    async fn on(world: World) -> Self {
        world.app.go_to("2022-09-01");
        let id = world.households[0].clone();
        Self { world, id }
    }

    async fn shown(&self) -> Value {
        let answer = self.world.office.post(FAMILY, json!({ "id": self.id })).await.expect_ok();
        answer.at("/household").clone()
    }

    async fn change(&self, mut input: Value) -> String {
        input["household"] = self.id.clone().into();
        self.world.office.done("householdUpdate", "household", input).await
    }

    async fn stays(&self, by: &Client, mutation: &str, input: Value) -> String {
        let before = self.world.rows("act").await;
        let code = by.refused(mutation, "household", input).await;
        assert_eq!(self.world.rows("act").await, before);
        code
    }

    /// Facts of families that hold, on a day, in a village.
    async fn people(&self, village: &str, day: &str) -> i64 {
        let day: entity::values::Date = day.parse().unwrap();
        let day = entity::values::Day::of(day).0;
        let id = platform::gid::Gid::decode(&village.into()).unwrap().id;
        let place = match self.world.app.db.backend() {
            sea_orm::DbBackend::Postgres => format!("'{id}'"),
            _ => format!("X'{}'", id.simple()),
        };
        self.world
            .rows(&format!(
                "fact WHERE source_type = 'family_member' AND until_seq = {} AND region_id = {place}
                 AND on_day <= {day} AND until_day >= {day}",
                i64::MAX
            ))
            .await
    }

    async fn equals_a_recount(&self) {
        let report = api::verify::run(&self.world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }
}

on_both! {
    /// A link goes along unless it is over, also one whose last day is known.
    async fn links_that_go_on_move_with_a_household(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        let link = async |member: usize, to: Option<&str>| {
            let input = json!({ "rule": world.rule_exited, "helper": world.members[member].seat, "target": home.id,
                "from": "2022-01-01", "to": to, "endReason": to.map(|_| "期满") });
            world.office.done("linkCreate", "link", input).await
        };
        let links = [link(0, None).await, link(1, Some("2022-09-01")).await, link(2, Some("2022-08-31")).await];
        home.change(json!({ "village": world.villages[2] })).await;
        let mut places = vec![];
        for link in &links {
            let query = "query($id: ID!) { link(id: $id) { region { name } } }";
            let answer = world.office.post(query, json!({ "id": link })).await.expect_ok();
            places.push(answer.text_at("/link/region/name").to_owned());
        }
        assert_eq!(places, ["3村", "3村", "1村"]);
        home.equals_a_recount().await;
    }

    /// Its people move with a household.
    async fn a_household_moves_within_its_ledger(world: World) {
        let home = Home::on(world).await;
        let (here, there) = (&home.world.villages[0], &home.world.villages[2]);
        assert_eq!((home.people(here, "2022-06-01").await, home.people(there, "2022-06-01").await), (4, 4));
        home.change(json!({ "village": there })).await;
        assert_eq!(home.shown().await["village"]["name"], "3村");
        assert_eq!((home.people(here, "2022-06-01").await, home.people(there, "2022-06-01").await), (2, 6));
        home.equals_a_recount().await;
        let elsewhere = json!({ "household": home.id, "village": home.world.other_village });
        assert_eq!(home.stays(&home.world.office, "householdUpdate", elsewhere).await, "NOT_FOUND");
        let township = json!({ "household": home.id, "village": home.world.township });
        assert_eq!(home.stays(&home.world.office, "householdUpdate", township).await, "INVALID");
    }

    /// It leaves when nobody is linked to it any longer, and its people leave with it.
    async fn a_household_leaves_with_its_people(world: World) {
        let home = Home::on(world).await;
        let link = home.world.link(0, 0, "2022-01-01").await;
        let leave = |on: &str| json!({ "household": home.id, "leftOn": on });
        assert_eq!(home.stays(&home.world.office, "householdUpdate", leave("2022-06-30")).await, "WRONG_STEP");
        assert_eq!(home.stays(&home.world.office, "householdUpdate", leave("2021-11-30")).await, "END_BEFORE_START");
        let end = json!({ "link": link, "to": "2022-06-30", "reason": "迁出" });
        home.world.office.done("linkEnd", "link", end).await;
        home.change(leave("2022-06-30")).await;
        assert_eq!(home.shown().await["leftOn"], "2022-06-30");
        let village = &home.world.villages[0];
        assert_eq!((home.people(village, "2022-06-30").await, home.people(village, "2022-07-01").await), (4, 2));
        home.equals_a_recount().await;
        home.change(json!({ "leftOn": null })).await;
        assert_eq!(home.people(village, "2022-07-01").await, 4);
        home.equals_a_recount().await;
    }

    async fn a_family_changes(world: World) {
        let home = Home::on(world).await;
        let office = &home.world.office;
        let add = json!({ "household": home.id, "member": { "name": "新丁", "relation": "孙子" }, "from": "2022-03-01" });
        office.done("familyMemberAdd", "household", add).await;
        let wife = home.shown().await["members"][1]["id"].as_str().unwrap().to_owned();
        let change = json!({ "member": wife, "name": "改名", "occupation": "务工", "to": "2022-05-31" });
        office.done("familyMemberUpdate", "household", change).await;
        let shown = home.shown().await;
        let told = json!({ "id": wife, "name": "改名", "relation": "配偶", "occupation": "务工", "to": "2022-05-31" });
        assert_eq!(shown["members"][1], told);
        assert_eq!(shown["members"][2]["name"], "新丁");
        let village = &home.world.villages[0];
        let people = [home.people(village, "2022-02-28").await, home.people(village, "2022-03-01").await,
            home.people(village, "2022-06-01").await];
        assert_eq!(people, [4, 5, 4]);
        home.equals_a_recount().await;
        for (input, code) in [
            (json!({ "member": wife, "name": " " }), "REQUIRED"),
            (json!({ "member": wife, "to": "2021-11-30" }), "END_BEFORE_START"),
            (json!({ "member": home.id, "name": "x" }), "NOT_FOUND"),
        ] {
            assert_eq!(home.stays(office, "familyMemberUpdate", input).await, code);
        }
        let rename = json!({ "member": wife, "name": "x" });
        for (by, code) in [(&home.world.neighbour, "NOT_FOUND"), (&home.world.city_office, "FORBIDDEN"),
            (&home.world.members[0].client, "FORBIDDEN")] {
            assert_eq!(home.stays(by, "familyMemberUpdate", rename.clone()).await, code);
        }
    }

    /// A designation is held once at a time, and ends with the household.
    async fn a_designation_is_held_once_and_ends_with_the_household(world: World) {
        let home = Home::on(world).await;
        let office = &home.world.office;
        let begin = |from: &str, to: Option<&str>| json!({ "household": home.id, "designation": "MONITORED_UNSTABLE", "from": from, "to": to });
        office.done("householdDesignate", "household", begin("2022-01-01", Some("2022-03-31"))).await;
        for (from, to) in [("2022-03-31", None), ("2021-12-15", Some("2022-01-01"))] {
            assert_eq!(home.stays(office, "householdDesignate", begin(from, to)).await, "ALREADY_EXISTS");
        }
        office.done("householdDesignate", "household", begin("2022-04-01", None)).await;
        let twice = json!({ "village": home.world.villages[0], "headName": "李", "registeredOn": "2021-12-01",
            "designations": [{ "code": "EXITED" }, { "code": "EXITED" }] });
        assert_eq!(home.stays(office, "householdRegister", twice).await, "ALREADY_EXISTS");
        let define = json!({ "programme": home.world.programme, "code": "WATCHED", "name": "监测户", "unit": "户",
            "definition": { "measure": { "of": "HOUSEHOLD", "step": "DESIGNATED", "kinds": ["MONITORED_UNSTABLE"], "time": "STOCK" } } });
        office.done("indicatorDefine", "indicator", define).await;
        let watched = async |to: &str| {
            let query = "query($region: ID!, $to: Date!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" },
                period: { span: { from: \"2022-01-01\", to: $to } }, indicators: [\"WATCHED\"] }) { groups { nodes { figures { numerator } } } } }";
            let answer = office.post(query, json!({ "region": home.world.county, "to": to })).await.expect_ok();
            answer.at("/progress/groups/nodes/0/figures/0/numerator").as_i64().unwrap()
        };
        assert_eq!((watched("2022-06-30").await, watched("2022-07-31").await), (1, 1));
        home.change(json!({ "leftOn": "2022-06-30" })).await;
        assert_eq!((watched("2022-06-30").await, watched("2022-07-31").await), (1, 0));
        home.equals_a_recount().await;
        let late = json!({ "household": home.id, "member": { "name": "晚", "relation": "孙" }, "from": "2022-07-01" });
        assert_eq!(home.stays(office, "familyMemberAdd", late).await, "WRONG_STEP");
    }

    /// Open links go with a household that moves.
    async fn links_move_with_the_household(world: World) {
        let home = Home::on(world).await;
        home.world.link(0, 0, "2022-01-01").await;
        home.change(json!({ "village": home.world.villages[2] })).await;
        let query = "query($id: ID!) { household(id: $id) { version links { region { name } } } }";
        let answer = home.world.office.post(query, json!({ "id": home.id })).await.expect_ok();
        assert_eq!(answer.at("/household/links"), &json!([{ "region": { "name": "3村" } }]));
        home.equals_a_recount().await;
    }
}
