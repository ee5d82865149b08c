//! Organisations, committees and industries.

use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::{Places, act, done, refused};

fn body(region: &str, name: &str) -> Value {
    json!({ "region": region, "name": name, "kind": "CPPCC", "system": "CPPCC" })
}

on_both! {
    /// An organisation is entered in its region under a name of its own.
    async fn an_organisation_is_entered(app: TestApp) {
        let places = Places::of(app).await;
        let organisation = "organisation { name kind system region { name } }";
        let answer =
            act(&places.office, "organisationCreate", organisation, body(&places.county, " 县政协 ")).await.expect_ok();
        let told = json!({ "name": "县政协", "kind": "CPPCC", "system": "CPPCC", "region": { "name": "青川县" } });
        assert_eq!(answer.at("/organisationCreate/organisation"), &told);
        done(&places.office, "organisationCreate", "organisation", body(&places.village, "县政协")).await;
        assert_eq!(places.facts("organisation").await, ["recorded:CPPCC", "recorded:CPPCC"]);
        for (input, told) in [
            (body(&places.county, "县政协"), "name ALREADY_EXISTS"),
            (body(&places.county, "  "), "name REQUIRED"),
            (body("nothing", "县人大"), "region NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "organisationCreate", input).await, told);
        }
    }

    /// What is not said stays; the facts follow.
    async fn an_organisation_changes(app: TestApp) {
        let places = Places::of(app).await;
        let id = places.organisation("县政协").await;
        places.organisation("县人大").await;
        let organisation = "organisation { name kind system }";
        let change = json!({ "organisation": id, "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        let answer = act(&places.office, "organisationUpdate", organisation, change).await.expect_ok();
        let told = json!({ "name": "县政协", "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        assert_eq!(answer.at("/organisationUpdate/organisation"), &told);
        assert_eq!(places.facts("organisation").await, ["recorded:CPPCC", "recorded:DEPARTMENT"]);
        for (input, told) in [
            (json!({ "organisation": id, "name": "县人大" }), "name ALREADY_EXISTS"),
            (json!({ "organisation": id, "name": "" }), "name REQUIRED"),
            (json!({ "organisation": places.county, "name": "甲" }), "organisation NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "organisationUpdate", input).await, told);
        }
    }

    /// Two acts in one request: each answer shows what its own act left.
    async fn each_act_of_a_request_is_read_afresh(app: TestApp) {
        let places = Places::of(app).await;
        let id = places.organisation("县政协").await;
        let query = "mutation($id: ID!) {
            a: organisationUpdate(input: { idempotencyKey: \"a\", organisation: $id, name: \"甲\" }) { organisation { name } }
            b: organisationUpdate(input: { idempotencyKey: \"b\", organisation: $id, name: \"乙\" }) { organisation { name } }
        }";
        let answer = places.office.post(query, json!({ "id": id })).await.expect_ok();
        assert_eq!((answer.text_at("/a/organisation/name"), answer.text_at("/b/organisation/name")), ("甲", "乙"));
    }

    /// A committee belongs to an organisation, and a name to one committee at a time.
    async fn a_committee_is_set_up(app: TestApp) {
        let places = Places::of(app).await;
        let organisation = places.organisation("县政协").await;
        let first = places.committee(&organisation, "提案委").await;
        let new = |name: &str, from: &str, parent: Option<&str>| {
            json!({ "organisation": organisation, "name": name, "kind": "WORK_GROUP", "from": from, "parent": parent })
        };
        let committee = "committee { name kind from to organisation { name } parent { name } }";
        let answer = act(&places.office, "committeeCreate", committee, new("一组", "2022-01-01", Some(&first))).await;
        let told = json!({ "name": "一组", "kind": "WORK_GROUP", "from": "2022-01-01", "to": null,
            "organisation": { "name": "县政协" }, "parent": { "name": "提案委" } });
        assert_eq!(answer.expect_ok().at("/committeeCreate/committee"), &told);
        let end = |committee: &str| json!({ "committee": committee, "to": "2022-01-31" });
        assert_eq!(refused(&places.office, "committeeEnd", end(&first)).await, "to WRONG_STEP");
        let group = "{ committees(filter: { nameContains: \"一组\" }) { nodes { id } } }";
        let group = places.office.post(group, json!({})).await.expect_ok().text_at("/committees/nodes/0/id").to_owned();
        for committee in [&group, &first] {
            done(&places.office, "committeeEnd", "committee", end(committee)).await;
        }
        for (input, told) in [
            (new("提案委", "2022-01-31", None), "name ALREADY_EXISTS"),
            (new("二组", "2022-02-01", Some(&first)), "parent INVALID"),
            (new("二组", "2022-02-01", Some(&organisation)), "parent NOT_FOUND"),
            (new("", "2022-02-01", None), "name REQUIRED"),
        ] {
            assert_eq!(refused(&places.office, "committeeCreate", input).await, told);
        }
        done(&places.office, "committeeCreate", "committee", new("提案委", "2022-02-01", None)).await;
    }

    /// A committee ends with the places in it, once, and not before it began.
    async fn a_committee_ends(app: TestApp) {
        let places = Places::of(app).await;
        let committee = places.committee(&places.organisation("县政协").await, "提案委").await;
        let person = places.person("张三").await;
        let add = json!({ "committee": committee, "person": person, "role": "HEAD", "from": "2021-06-01" });
        done(&places.office, "committeeMemberAdd", "committeeMember", add).await;
        let end = |to: &str| json!({ "committee": committee, "to": to });
        assert_eq!(refused(&places.office, "committeeEnd", end("2020-12-31")).await, "to END_BEFORE_START");
        assert_eq!(refused(&places.office, "committeeEnd", end("2021-05-31")).await, "to END_BEFORE_START");
        let answer = act(&places.office, "committeeEnd", "committee { to members { to } }", end("2021-12-31")).await;
        let told = json!({ "to": "2021-12-31", "members": [{ "to": "2021-12-31" }] });
        assert_eq!(answer.expect_ok().at("/committeeEnd/committee"), &told);
        assert_eq!(refused(&places.office, "committeeEnd", end("2022-12-31")).await, "committee WRONG_STEP");
    }

    /// A person has one place in a committee at a time, while there is the committee.
    async fn a_committee_has_members(app: TestApp) {
        let places = Places::of(app).await;
        let committee = places.committee(&places.organisation("县政协").await, "提案委").await;
        let person = places.person("张三").await;
        let add = |person: &str, from: &str| {
            json!({ "committee": committee, "person": person, "role": "HEAD", "from": from })
        };
        let member = "committeeMember { id role from to person { name } committee { name } }";
        let answer = act(&places.office, "committeeMemberAdd", member, add(&person, "2021-06-01")).await.expect_ok();
        let place = answer.text_at("/committeeMemberAdd/committeeMember/id").to_owned();
        let told = json!({ "id": place, "role": "HEAD", "from": "2021-06-01", "to": null, "person": { "name": "张三" },
            "committee": { "name": "提案委" } });
        assert_eq!(answer.at("/committeeMemberAdd/committeeMember"), &told);
        assert_eq!(places.facts("committee_member").await, ["recorded:HEAD"]);
        let node = places.office.post("query($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": place })).await;
        assert_eq!(node.expect_ok().at("/node"), &json!({ "id": place, "__typename": "CommitteeMember" }));
        let end = |to: &str| json!({ "committeeMember": place, "to": to });
        assert_eq!(refused(&places.office, "committeeMemberEnd", end("2021-05-31")).await, "to END_BEFORE_START");
        done(&places.office, "committeeMemberEnd", "committeeMember", end("2021-12-31")).await;
        assert_eq!(refused(&places.office, "committeeMemberEnd", end("2021-12-31")).await, "committeeMember WRONG_STEP");
        for (input, told) in [
            (add(&person, "2021-12-31"), "person ALREADY_EXISTS"),
            (add(&person, "2020-12-31"), "from INVALID"),
            (add(&committee, "2022-01-01"), "person NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "committeeMemberAdd", input).await, told);
        }
        done(&places.office, "committeeMemberAdd", "committeeMember", add(&person, "2022-01-01")).await;
        assert_eq!(refused(&places.office, "committeeMemberAdd", add(&person, "2022-02-01")).await, "person ALREADY_EXISTS");
        done(&places.office, "committeeEnd", "committee", json!({ "committee": committee, "to": "2022-12-31" })).await;
        assert_eq!(refused(&places.office, "committeeMemberAdd", add(&person, "2022-02-01")).await, "committee WRONG_STEP");
    }

    /// An industry has its tier, and units within its region.
    async fn an_industry_has_units(app: TestApp) {
        let places = Places::of(app).await;
        let new = |name: &str, tier: i32, parent: Option<&str>| {
            json!({ "region": places.county, "name": name, "tier": tier, "parent": parent })
        };
        let tea = done(&places.office, "industryCreate", "industry", new("茶叶", 1, None)).await;
        let industry = "industry { name tier parent { name } region { name } }";
        let answer = act(&places.office, "industryCreate", industry, new("黄茶", 2, Some(&tea))).await.expect_ok();
        let told = json!({ "name": "黄茶", "tier": 2, "parent": { "name": "茶叶" }, "region": { "name": "青川县" } });
        assert_eq!(answer.at("/industryCreate/industry"), &told);
        for (input, told) in [
            (new("茶叶", 1, None), "name ALREADY_EXISTS"),
            (new("", 1, None), "name REQUIRED"),
            (new("菌", 0, None), "tier INVALID"),
            (new("菌", 1, Some(&places.county)), "parent NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "industryCreate", input).await, told);
        }
        let unit = |region: &str, name: &str| {
            json!({ "industry": tea, "kind": "PARK", "name": name, "region": region, "from": "2021-01-01" })
        };
        let park = "industryUnit { name kind from to region { name } industry { name } }";
        let answer = act(&places.office, "industryUnitAdd", park, unit(&places.village, "茶园")).await.expect_ok();
        let told = json!({ "name": "茶园", "kind": "PARK", "from": "2021-01-01", "to": null,
            "region": { "name": "张家村" }, "industry": { "name": "茶叶" } });
        assert_eq!(answer.at("/industryUnitAdd/industryUnit"), &told);
        assert_eq!(places.facts("industry_unit").await, ["recorded:PARK"]);
        for (input, told) in [
            (unit(&places.village, "茶园"), "name ALREADY_EXISTS"),
            (unit(&places.village, ""), "name REQUIRED"),
            (unit(&places.other_county, "别园"), "region INVALID"),
            (unit("nothing", "别园"), "region NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "industryUnitAdd", input).await, told);
        }
    }

    /// An industry changes, and ends with its units one by one.
    async fn an_industry_changes_and_ends(app: TestApp) {
        let places = Places::of(app).await;
        let office = &places.office;
        let new = |name: &str, parent: Option<&str>| json!({ "region": places.county, "name": name, "tier": 1, "parent": parent });
        let tea = done(office, "industryCreate", "industry", new("茶叶", None)).await;
        let yellow = done(office, "industryCreate", "industry", new("黄茶", Some(&tea))).await;
        let shown = "industry { name tier to parent { name } }";
        let change = json!({ "industry": yellow, "name": "青川黄茶", "tier": 2, "parent": null });
        let answer = act(office, "industryUpdate", shown, change.clone()).await.expect_ok();
        assert_eq!(answer.at("/industryUpdate/industry"), &json!({ "name": "青川黄茶", "tier": 2, "to": null, "parent": null }));
        done(office, "industryUpdate", "industry", json!({ "industry": yellow, "parent": tea })).await;
        for (input, told) in [
            (json!({ "industry": tea, "parent": yellow }), "parent INVALID"),
            (json!({ "industry": tea, "tier": 0 }), "tier INVALID"),
            (json!({ "industry": tea, "name": "青川黄茶" }), "name ALREADY_EXISTS"),
        ] {
            assert_eq!(refused(office, "industryUpdate", input).await, told);
        }
        let unit = json!({ "industry": tea, "kind": "PARK", "name": "茶园", "region": places.village, "from": "2021-01-01" });
        let unit = done(office, "industryUnitAdd", "industryUnit", unit).await;
        let end = |to: &str| json!({ "industryUnit": unit, "to": to });
        assert_eq!(refused(office, "industryUnitEnd", end("2020-12-31")).await, "to END_BEFORE_START");
        assert_eq!(refused(&places.neighbour, "industryUnitEnd", end("2021-12-31")).await, "NOT_FOUND");
        let answer = act(office, "industryUnitEnd", "industryUnit { to }", end("2021-12-31")).await.expect_ok();
        assert_eq!(answer.text_at("/industryUnitEnd/industryUnit/to"), "2021-12-31");
        assert_eq!(refused(office, "industryUnitEnd", end("2022-12-31")).await, "industryUnit WRONG_STEP");
        let end = json!({ "industry": tea, "to": "2021-12-31" });
        assert_eq!(refused(&places.neighbour, "industryEnd", end.clone()).await, "NOT_FOUND");
        assert_eq!(refused(office, "industryEnd", end.clone()).await, "to WRONG_STEP");
        done(office, "industryEnd", "industry", json!({ "industry": yellow, "to": "2021-12-31" })).await;
        let answer = act(office, "industryEnd", shown, end.clone()).await.expect_ok();
        assert_eq!(answer.text_at("/industryEnd/industry/to"), "2021-12-31");
        assert_eq!(refused(office, "industryEnd", end).await, "industry WRONG_STEP");
        let report = api::verify::run(&places.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }
}
