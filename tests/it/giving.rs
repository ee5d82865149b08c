//! Nobody gives more than they have: which role gives which, where, asked of the running service; the ways in which an
//! office might rise; and the accounts that are asked of somebody else.

mod matrix;
mod proposals;

use entity::ids::AccountId;
use serde_json::{Value, json};
use tests::{Client, World, on_all, on_both, world::key};
use uuid::Uuid;

const PASSWORD: &str = "Correct-horse-7";
const OTHER: &str = "Another-horse-8";

/// An account that nobody but the opener has anything of: its client, and its global id.
async fn open(world: &World, by: &Client, rest: Value) -> (Client, String) {
    let id = Uuid::now_v7();
    let mut input = json!({ "id": id, "name": format!("open-{}", key()), "password": PASSWORD });
    input.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let account = by.done("accountOpen", "account", input).await;
    (world.app.signed_in(AccountId(id)), account)
}

fn role(role: &str, region: &str) -> Value {
    json!({ "role": role, "region": region, "from": "2021-01-01" })
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn opening(rest: Value) -> Value {
    let mut input = json!({ "name": format!("rise-{}", key()), "password": PASSWORD });
    input.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    input
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn proposed(grants: Value) -> Value {
    json!({ "name": format!("asked-{}", key()), "grants": grants, "reason": "县级办公室需要账户" })
}

const SIGN_IN: &str = "mutation($account: String!, $password: String!) {
    signIn(input: { account: $account, password: $password }) { token mustChangePassword userErrors { code } } }";
const CHANGE: &str = "mutation($old: String!, $new: String!) {
    passwordChange(input: { old: $old, new: $new }) { token mustChangePassword userErrors { code } } }";

/// A person whom an office registers and seats.
async fn seated(office: &Client, region: &str, organisation: &str) -> String {
    let person = json!({ "name": "经办人", "region": region });
    let person = office.done("personRegister", "person", person).await;
    let post =
        json!({ "person": person, "organisation": organisation, "kind": "CADRE", "from": "2021-01-01" });
    office.done("memberAppoint", "member", post).await;
    person
}

/// A person of the roster with a seat that is linked to a household of the first county.
async fn linked_person(world: &World, office: &Client, region: &str) -> String {
    let body = json!({ "name": "机关", "region": region, "kind": "DEPARTMENT", "system": "GOVERNMENT" });
    let body = office.done("organisationCreate", "organisation", body).await;
    let person = seated(office, region, &body).await;
    let seat = json!({ "person": person, "organisation": world.organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
    let seat = world.office.done("memberAppoint", "member", seat).await;
    let link = json!({ "rule": world.rule_exited, "helper": seat, "target": world.households[0], "from": "2022-01-01" });
    world.office.done("linkCreate", "link", link).await;
    person
}

on_all! {
    /// A province's office tries every way that it has, and neither it nor an account that it opens reads a family.
    async fn a_province_never_reads_a_family(world: World) {
        let office = &world.province_office;
        let person = linked_person(&world, office, &world.province).await;
        let own_county = json!({ "name": "本县干部", "region": world.county });
        let own_county = world.office.done("personRegister", "person", own_county).await;
        let (accounts, grants) = (world.rows("account").await, world.rows("role_grant").await);
        for grant in [
            role("INSPECTOR", &world.province), role("INSPECTOR", &world.county), role("INSPECTOR", &world.villages[0]),
            role("COUNTY_OFFICE", &world.county), role("CITY_OFFICE", &world.city), role("VILLAGE_TEAM", &world.villages[0]),
            role("COLLECTOR", &world.villages[0]), role("COLLECTOR", &world.province), role("ADMIN", &world.province),
            role("AUDITOR", &world.province), role("CLIENT", &world.province),
            json!({ "role": "COMMITTEE", "region": world.province, "committee": world.committee, "from": "2021-01-01" }),
            json!({ "role": "DEPARTMENT", "region": world.county, "organisation": world.organisation, "from": "2021-01-01" }),
        ] {
            let input = opening(json!({ "grants": [grant] }));
            assert_eq!(office.refused("accountOpen", "account", input).await, "NOT_ELIGIBLE", "{grant}");
        }
        for (person, code) in [(&person, "NOT_ELIGIBLE"), (&own_county, "NOT_FOUND")] {
            let input = opening(json!({ "person": person }));
            assert_eq!(office.refused("accountOpen", "account", input).await, code);
        }
        let register = json!({ "name": "app", "contact": "x", "region": world.county, "scopes": ["BULK"], "from": "2022-01-01" });
        assert_eq!(office.refused("applicationRegister", "application", register).await, "FORBIDDEN");
        assert_eq!((world.rows("account").await, world.rows("role_grant").await), (accounts, grants));
        let (second, second_id) = open(&world, office, json!({ "grants": [role("PROVINCE_OFFICE", &world.province)] })).await;
        let county = world.admin.post("{ accounts(filter: { nameContains: \"county\" }) { nodes { id } } }", Value::Null).await;
        let county = county.text_at("/accounts/nodes/0/id").to_owned();
        for by in [office, &second] {
            for (mutation, rest) in [
                ("passwordReset", json!({ "password": PASSWORD })), ("accountUpdate", json!({ "isDisabled": true })),
                ("accountIdentityLink", json!({ "subject": "me" })), ("grantGive", json!({ "grant": role("COUNTY_OFFICE", &world.county) })),
            ] {
                let mut input = rest;
                input["account"] = json!(county);
                assert_eq!(by.refused(mutation, "account", input).await, "NOT_FOUND", "{mutation}");
            }
        }
        let raised = json!({ "account": second_id, "grant": role("INSPECTOR", &world.province) });
        assert_eq!(office.refused("grantGive", "account", raised).await, "NOT_ELIGIBLE");
        let proposal = office.done("accountPropose", "proposal", proposed(json!([role("COUNTY_OFFICE", &world.county)]))).await;
        let confirm = json!({ "proposal": proposal, "password": PASSWORD });
        assert_eq!(office.refused("accountProposalConfirm", "proposal", confirm.clone()).await, "NOT_ELIGIBLE");
        assert_eq!(second.refused("accountProposalConfirm", "proposal", confirm).await, "NOT_ELIGIBLE");
        for by in [office, &second] {
            for list in ["households", "links"] {
                let answer = by.post(&format!("{{ {list} {{ totalCount }} }}"), Value::Null).await;
                assert_eq!(answer.code(), Some("FORBIDDEN"), "{list}");
            }
            let household = by.post("query($id: ID!) { node(id: $id) { id } }", json!({ "id": world.households[0] })).await;
            assert!(matches!(household.code(), Some("FORBIDDEN" | "NOT_FOUND")), "{household}");
        }
    }

    /// A city's office gives who inspects its city, and neither who writes in a county nor who helps there.
    async fn a_city_gives_what_reads_as_it_does(world: World) {
        let office = &world.city_office;
        let person = linked_person(&world, office, &world.city).await;
        let (inspector, _) = open(&world, office, json!({ "grants": [role("INSPECTOR", &world.city)] })).await;
        let heads = inspector.post("{ households { nodes { headName } } }", Value::Null).await.expect_ok();
        let heads = heads.at("/households/nodes").as_array().unwrap().clone();
        assert!(heads.len() == 7 && heads.iter().all(|row| !row["headName"].as_str().unwrap_or("-").contains("户主")), "{heads:?}");
        for grant in [
            role("COUNTY_OFFICE", &world.county), role("VILLAGE_TEAM", &world.villages[0]), role("COLLECTOR", &world.county),
            role("PROVINCE_OFFICE", &world.province), role("INSPECTOR", &world.province),
        ] {
            let input = opening(json!({ "grants": [grant] }));
            assert_eq!(office.refused("accountOpen", "account", input).await, "NOT_ELIGIBLE", "{grant}");
        }
        let input = opening(json!({ "person": person }));
        assert_eq!(office.refused("accountOpen", "account", input).await, "NOT_ELIGIBLE");
    }

    /// Who holds a role until a day gives none that outlasts it.
    async fn nobody_gives_days_that_are_not_theirs(world: World) {
        let until = |to: Option<&str>| json!({ "role": "COUNTY_OFFICE", "region": world.county, "from": "2021-01-01", "to": to });
        let (clerk, _) = open(&world, &world.office, json!({ "grants": [until(Some("2022-06-30"))] })).await;
        for to in [None, Some("2022-07-01")] {
            let input = opening(json!({ "grants": [until(to)] }));
            assert_eq!(clerk.refused("accountOpen", "account", input).await, "NOT_ELIGIBLE", "{to:?}");
        }
        let (_, ending) = open(&world, &clerk, json!({ "grants": [until(Some("2022-06-30"))] })).await;
        let (_, lasting) = open(&world, &world.office, json!({ "grants": [until(None)] })).await;
        clerk.done("passwordReset", "account", json!({ "account": ending, "password": OTHER })).await;
        let reset = json!({ "account": lasting, "password": OTHER });
        assert_eq!(clerk.refused("passwordReset", "account", reset).await, "NOT_ELIGIBLE");
    }

    /// Nobody gives themselves anything: neither an own account, nor another one of the own person.
    async fn nobody_gives_themselves_anything(world: World) {
        let clerk = seated(&world.office, &world.county, &world.organisation).await;
        let admin_of = |region: &str| json!({ "person": clerk, "grants": [role("ADMIN", region)] });
        let (admin, own) = open(&world, &world.admin, admin_of(&world.city)).await;
        let (_, other) = open(&world, &world.admin, json!({ "person": clerk })).await;
        let root = world.admin.post("{ viewer { id } }", Value::Null).await.text_at("/viewer/id").to_owned();
        for (by, account) in [(&admin, &own), (&admin, &other), (&world.admin, &root)] {
            let give = json!({ "account": account, "grant": role("COUNTY_OFFICE", &world.county) });
            assert_eq!(by.refused("grantGive", "account", give).await, "NOT_ELIGIBLE");
        }
        let input = opening(json!({ "person": clerk, "grants": [role("COUNTY_OFFICE", &world.county)] }));
        assert_eq!(admin.refused("accountOpen", "account", input).await, "NOT_ELIGIBLE");
        let give = json!({ "account": other, "grant": role("COUNTY_OFFICE", &world.county) });
        world.admin.done("grantGive", "account", give).await;
    }

    /// An administrator of a region keeps no account of a person elsewhere, also where the account has no role.
    async fn an_administrator_stays_in_their_region(world: World) {
        let far = json!({ "level": "PROVINCE", "name": "远省", "validFrom": "2000-01-01" });
        let far = world.admin.done("regionCreate", "region", far).await;
        let (elsewhere, far_admin) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &far)] })).await;
        let (there, city_admin) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &world.city)] })).await;
        let person = linked_person(&world, &world.office, &world.county).await;
        let (_, member) = open(&world, &world.admin, json!({ "person": person })).await;
        let (_, both) = open(&world, &world.admin, json!({ "grants": [role("INSPECTOR", &far), role("INSPECTOR", &world.city)] })).await;
        let listed = async |client: &Client| {
            let answer = client.post("{ accounts(first: 100) { nodes { id } } }", Value::Null).await.expect_ok();
            let ids = answer.at("/accounts/nodes").as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<String>>()
        };
        assert_eq!(listed(&elsewhere).await, [far_admin.as_str()]);
        let (near, all) = (listed(&there).await, listed(&world.admin).await);
        assert!(near.contains(&city_admin) && near.contains(&member), "{near:?}");
        assert!(!near.contains(&far_admin) && !near.contains(&both), "{near:?}");
        assert!([&far_admin, &city_admin, &member, &both].into_iter().all(|id| all.contains(id)), "{all:?}");
        assert_eq!(there.post("query($id: ID!) { account(id: $id) { name } }", json!({ "id": far_admin })).await.code(), Some("NOT_FOUND"));
        let reset = json!({ "account": member, "password": OTHER });
        assert_eq!(elsewhere.refused("passwordReset", "account", reset.clone()).await, "NOT_FOUND");
        let input = opening(json!({ "person": person }));
        assert_eq!(elsewhere.refused("accountOpen", "account", input).await, "NOT_FOUND");
        there.done("passwordReset", "account", reset).await;
    }

    /// A county keeps the accounts of its people, until another county lets them help there: that county's families are
    /// not shown to this one's office.
    async fn a_link_elsewhere_takes_an_account_out_of_hand(world: World) {
        let person = linked_person(&world, &world.office, &world.county).await;
        let (_, account) = open(&world, &world.office, json!({ "person": person })).await;
        let (kept_here, _) = open(&world, &world.office, json!({ "person": person })).await;
        let (kept_above, _) = open(&world, &world.admin, json!({ "person": person })).await;
        let reset = || json!({ "account": account, "password": OTHER });
        world.office.done("passwordReset", "account", reset()).await;
        let seat = json!({ "person": person, "organisation": world.other_organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
        let seat = world.neighbour.done("memberAppoint", "member", seat).await;
        let programme = json!({ "code": "BESIDE", "name": "邻县行动", "organisation": world.other_organisation, "from": "2022-01-01" });
        let programme = world.neighbour.done("programmeCreate", "programme", programme).await;
        let rule = json!({ "programme": programme, "code": "RULE", "name": "规则", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD",
            "obligation": "GOAL", "from": "2022-01-01" });
        let rule = world.neighbour.done("linkRuleCreate", "linkRule", rule).await;
        let link = json!({ "rule": rule, "helper": seat, "target": world.stranger, "from": "2022-01-01" });
        let link = world.neighbour.done("linkCreate", "link", link).await;
        // The office may have signed in with the first password: its ledger's families are all that the account opens.
        let reads = async |client: &Client, household: &str| {
            let query = "query($id: ID!) { household(id: $id) { number } }";
            client.post(query, json!({ "id": household })).await.code().map(str::to_owned)
        };
        assert_eq!(reads(&kept_here, &world.households[0]).await, None);
        assert_eq!(reads(&kept_here, &world.stranger).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(reads(&kept_above, &world.stranger).await, None);
        let query = "query($id: ID!) { node(id: $id) { ... on Link { note } } }";
        assert_eq!(kept_here.post(query, json!({ "id": link })).await.code(), Some("NOT_FOUND"));
        let visit = tests::world::visit(&link, "2022-01-01");
        assert!(["NOT_FOUND", "NOT_ELIGIBLE"].contains(&kept_here.refused("activityRecord", "activity", visit).await.as_str()));
        // So the office goes on keeping the accounts of its people, whoever links them.
        world.office.done("passwordReset", "account", reset()).await;
        let stopped = |is_disabled: bool| json!({ "account": account, "isDisabled": is_disabled });
        world.office.done("accountUpdate", "account", stopped(true)).await;
        world.office.done("accountUpdate", "account", stopped(false)).await;
    }

    /// The office that opened an account may have signed in first: nobody gives the account more than that office could.
    async fn an_account_gets_no_role_beyond_its_keeper(world: World) {
        let (there, _) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &world.city)] })).await;
        let (_, clerk) = open(&world, &world.office, json!({ "grants": [role("VILLAGE_TEAM", &world.villages[0])] })).await;
        let give = |account: &str, role: Value| json!({ "account": account, "grant": role });
        for beyond in [role("VILLAGE_TEAM", &world.other_village), role("INSPECTOR", &world.city), role("COUNTY_OFFICE", &world.other_county)] {
            assert_eq!(there.refused("grantGive", "account", give(&clerk, beyond.clone())).await, "NOT_ELIGIBLE", "{beyond}");
            assert_eq!(world.admin.refused("grantGive", "account", give(&clerk, beyond.clone())).await, "NOT_ELIGIBLE", "{beyond}");
        }
        there.done("grantGive", "account", give(&clerk, role("VILLAGE_TEAM", &world.villages[1]))).await;
        let (_, opened_there) = open(&world, &there, json!({ "grants": [role("INSPECTOR", &world.county)] })).await;
        assert_eq!(world.admin.refused("grantGive", "account", give(&opened_there, role("INSPECTOR", &world.province))).await, "NOT_ELIGIBLE");
        world.admin.done("grantGive", "account", give(&opened_there, role("INSPECTOR", &world.city))).await;
    }

    /// What an administrator of one region opens, or has had the password of, reads links of that region alone.
    async fn an_account_of_a_regions_administrator_stays_there(world: World) {
        let (there, _) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &world.county)] })).await;
        let person = linked_person(&world, &world.office, &world.county).await;
        let id = Uuid::now_v7();
        let input = json!({ "id": id, "name": "above", "password": PASSWORD, "person": person });
        let above = world.admin.done("accountOpen", "account", input).await;
        let (opened_there, _) = open(&world, &there, json!({ "person": person })).await;
        let seat = json!({ "person": person, "organisation": world.other_organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
        let seat = world.neighbour.done("memberAppoint", "member", seat).await;
        let programme = json!({ "code": "BESIDE", "name": "邻县行动", "organisation": world.other_organisation, "from": "2022-01-01" });
        let programme = world.neighbour.done("programmeCreate", "programme", programme).await;
        let rule = json!({ "programme": programme, "code": "RULE", "name": "规则", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD",
            "obligation": "GOAL", "from": "2022-01-01" });
        let rule = world.neighbour.done("linkRuleCreate", "linkRule", rule).await;
        let link = json!({ "rule": rule, "helper": seat, "target": world.stranger, "from": "2022-01-01" });
        world.neighbour.done("linkCreate", "link", link).await;
        let reads = async |client: &Client, household: &str| {
            let query = "query($id: ID!) { household(id: $id) { number } }";
            client.post(query, json!({ "id": household })).await.code().map(str::to_owned)
        };
        assert_eq!(reads(&opened_there, &world.households[0]).await, None);
        assert_eq!(reads(&opened_there, &world.stranger).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(reads(&world.app.signed_in(AccountId(id)), &world.stranger).await, None);
        there.done("passwordReset", "account", json!({ "account": above, "password": OTHER })).await;
        world.admin.done("passwordReset", "account", json!({ "account": above, "password": PASSWORD })).await;
        let sign_in = json!({ "account": "above", "password": PASSWORD });
        let first = world.app.stranger().post(SIGN_IN, sign_in).await.expect_ok().at("/signIn").clone();
        let client = world.app.client(first["token"].as_str().unwrap());
        let changed = client.post(CHANGE, json!({ "old": PASSWORD, "new": "Third-horse-99" })).await.expect_ok();
        let client = world.app.client(changed.at("/passwordChange/token").as_str().unwrap());
        assert_eq!(reads(&client, &world.households[0]).await, None);
        assert_eq!(reads(&client, &world.stranger).await.as_deref(), Some("NOT_FOUND"), "it is never widened again");
    }

    /// An administrator of a county has no say over other regions, nor over what the whole country reads.
    async fn an_administrator_of_a_county_keeps_its_regions(world: World) {
        let (there, _) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &world.county)] })).await;
        let renamed = |region: &str| json!({ "region": region, "name": "改名" });
        let below = |region: Option<&str>, level: &str| json!({ "level": level, "parent": region, "name": "新", "validFrom": "2022-01-01" });
        let catalogue = "{ indicators { id } }";
        let catalogue = there.post(catalogue, Value::Null).await.expect_ok().text_at("/indicators/0/id").to_owned();
        for (mutation, object, input) in [
            ("regionUpdate", "region", renamed(&world.province)),
            ("regionUpdate", "region", renamed(&world.other_county)),
            ("regionCreate", "region", below(Some(&world.city), "COUNTY")),
            ("regionCreate", "region", below(None, "PROVINCE")),
            ("indicatorPublish", "indicator", json!({ "indicator": catalogue, "isPublic": false })),
        ] {
            assert_eq!(there.refused(mutation, object, input).await, "FORBIDDEN", "{mutation}");
        }
        let open = json!({ "region": world.other_county, "name": "台账" });
        assert_eq!(there.act_plainly("ledgerOpen", open).await.code(), Some("FORBIDDEN"));
        there.done("regionUpdate", "region", renamed(&world.villages[0])).await;
        there.done("regionCreate", "region", below(Some(&world.township), "VILLAGE")).await;
    }
}

on_both! {
    /// Whoever opens an account knows its first password: the first sign-in asks for another, and allows nothing else.
    async fn a_first_password_is_changed(world: World) {
        let input = json!({ "name": "clerk", "password": PASSWORD, "grants": [role("COUNTY_OFFICE", &world.county)] });
        world.office.done("accountOpen", "account", input).await;
        let sign_in = async |password: &str| {
            let words = json!({ "account": "clerk", "password": password });
            world.app.stranger().post(SIGN_IN, words).await.expect_ok().at("/signIn").clone()
        };
        let first = sign_in(PASSWORD).await;
        assert_eq!(first["mustChangePassword"], true);
        let clerk = world.app.client(first["token"].as_str().unwrap());
        assert_eq!(clerk.post("{ viewer { account } }", Value::Null).await.code(), Some("PASSWORD_DUE"));
        let answer = clerk.post(CHANGE, json!({ "old": PASSWORD, "new": OTHER })).await.expect_ok();
        assert_eq!(answer.at("/passwordChange/mustChangePassword"), false, "{answer}");
        let later = sign_in(OTHER).await;
        assert_eq!(later["mustChangePassword"], false);
        let clerk = world.app.client(later["token"].as_str().unwrap());
        assert_eq!(clerk.post("{ viewer { account } }", Value::Null).await.expect_ok().at("/viewer/account"), "clerk");
    }
}

on_both! {
    /// An account without roles may be given one later: until then no administrator of one region has anything of it.
    async fn a_blank_account_is_no_ladder(world: World) {
        let (of_county, _) = open(&world, &world.admin, json!({ "grants": [role("ADMIN", &world.county)] })).await;
        let (_, blank) = open(&world, &world.admin, json!({ "grants": [] })).await;
        let reset = json!({ "account": blank, "password": OTHER });
        assert_eq!(of_county.refused("passwordReset", "account", reset).await, "NOT_FOUND");
        let link = json!({ "account": blank, "subject": "mine" });
        assert_eq!(of_county.refused("accountIdentityLink", "account", link).await, "NOT_FOUND");
        let opened = of_county.refused("accountOpen", "account", opening(json!({ "grants": [] }))).await;
        assert_eq!(opened, "REQUIRED");
        let reset = json!({ "account": blank, "password": OTHER });
        world.admin.done("passwordReset", "account", reset).await;
    }
}
