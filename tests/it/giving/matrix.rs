//! Who may give which role where: every role asks for every role at every place, with an organisation and without. The
//! golden file reads as a table. Offices of a body are `body`; `both` is the office of a county and of its city.
//!
//! `y` given · `-` refused, since it is more than the giver has · `N` as if the account were absent · `F` keeps no accounts

use std::fmt::Write;

use serde_json::{Value, json};
use tests::{Client, World, on_all};

use super::{open, role};

const ROLES: [&str; 11] = [
    "COUNTY_OFFICE",
    "CITY_OFFICE",
    "PROVINCE_OFFICE",
    "COMMITTEE",
    "VILLAGE_TEAM",
    "COLLECTOR",
    "DEPARTMENT",
    "INSPECTOR",
    "AUDITOR",
    "ADMIN",
    "CLIENT",
];

/// Somebody who gives, and an account that they keep.
struct Giver {
    name: &'static str,
    client: Client,
    account: String,
}

/// All roles, each where it is usual. Those who keep accounts give to one that they have opened.
async fn givers(world: &World, far: &str) -> Vec<Giver> {
    let at = async |roles: Value| open(world, &world.admin, json!({ "grants": roles })).await.0;
    let of = |name: &str, region: &str, key: &str, id: &str| {
        let mut role = role(name, region);
        role[key] = json!(id);
        role
    };
    let (county, city) = (&world.county, &world.city);
    let body = of("COUNTY_OFFICE", county, "organisation", &world.organisation);
    let keepers = [
        ("farpro", at(json!([role("PROVINCE_OFFICE", far)])).await),
        ("provin", world.province_office.clone()),
        ("city", world.city_office.clone()),
        ("county", world.office.clone()),
        ("body", at(json!([body])).await),
        ("beside", world.neighbour.clone()),
        ("both", at(json!([role("COUNTY_OFFICE", county), role("CITY_OFFICE", city)])).await),
        ("admcou", at(json!([role("ADMIN", county)])).await),
        ("admcit", at(json!([role("ADMIN", city)])).await),
        ("admin", world.admin.clone()),
    ];
    let committee = of("COMMITTEE", county, "committee", &world.committee);
    let department = of("DEPARTMENT", county, "organisation", &world.organisation);
    let others = [
        ("member", world.members[0].client.clone()),
        ("commit", at(json!([committee])).await),
        ("team", at(json!([role("VILLAGE_TEAM", &world.villages[0])])).await),
        ("collec", at(json!([role("COLLECTOR", county)])).await),
        ("depart", at(json!([department])).await),
        ("inspec", at(json!([role("INSPECTOR", &world.province)])).await),
        ("audit", at(json!([role("AUDITOR", &world.province)])).await),
    ];
    let mut givers = vec![];
    for (name, client) in keepers {
        // Where accounts are kept in several places the first role says in which; an administrator of a region opens no
        // account that could be anybody's.
        let is_told = matches!(name, "both" | "admcou" | "admcit");
        let grants = if is_told { json!([role("INSPECTOR", county)]) } else { json!([]) };
        let (_, account) = open(world, &client, json!({ "grants": grants })).await;
        givers.push(Giver { name, client, account });
    }
    let account = givers[0].account.clone();
    givers.extend(others.map(|(name, client)| Giver { name, client, account: account.clone() }));
    givers
}

/// The grants that are asked for: each role at each place of its level, also for a body.
fn asked(world: &World, far: &str) -> Vec<(String, Value)> {
    let places = [
        ("far", far),
        ("province", world.province.as_str()),
        ("city", &world.city),
        ("county", &world.county),
        ("beside", &world.other_county),
        ("township", &world.township),
        ("village", &world.villages[0]),
        ("vil.beside", &world.other_village),
    ];
    let mut asked = vec![];
    for name in ROLES {
        let fits = |place: &str| match name {
            "COUNTY_OFFICE" => matches!(place, "county" | "beside"),
            "CITY_OFFICE" => place == "city",
            "PROVINCE_OFFICE" => matches!(place, "far" | "province"),
            "VILLAGE_TEAM" => place.starts_with("vil"),
            // The committee lies in the first county.
            "COMMITTEE" => matches!(place, "province" | "city" | "county"),
            _ => true,
        };
        for (place, region) in places.iter().filter(|(place, _)| fits(place)) {
            for with_body in [false, true] {
                // Over in June: what is given to one account does not add up.
                let mut grant = role(name, region);
                grant["to"] = json!("2021-06-30");
                if with_body {
                    grant["organisation"] = json!(world.organisation);
                }
                if name == "COMMITTEE" {
                    grant["committee"] = json!(world.committee);
                }
                if with_body || name != "DEPARTMENT" {
                    asked.push((format!("{name} {place}{}", if with_body { " +body" } else { "" }), grant));
                }
            }
        }
    }
    asked
}

async fn answer(giver: &Giver, grant: &Value) -> &'static str {
    let input = json!({ "account": giver.account, "grant": grant });
    let answer = giver.client.act_plainly("grantGive", input).await;
    let error = answer.json["data"].pointer("/grantGive/userErrors/0/code").and_then(Value::as_str);
    match (answer.code(), error) {
        // Whether one may give is asked first.
        (None, None | Some("ALREADY_EXISTS")) => "y",
        (None, Some("NOT_ELIGIBLE")) => "-",
        (None, Some("NOT_FOUND")) => "N",
        (Some("FORBIDDEN"), _) => "F",
        _ => panic!("{} asks {grant}: {answer}", giver.name),
    }
}

on_all! {
    async fn every_role_asks_to_give_every_role(world: World) {
        let far = json!({ "level": "PROVINCE", "name": "远省", "validFrom": "2000-01-01" });
        let far = world.admin.done("regionCreate", "region", far).await;
        let ledger = "mutation($input: LedgerOpenInput!) { ledgerOpen(input: $input) { userErrors { code } } }";
        let input = json!({ "idempotencyKey": "far", "region": far, "name": "远省台账" });
        let _ = world.admin.post(ledger, json!({ "input": input })).await.expect_ok();
        let givers = givers(&world, &far).await;
        let mut table = format!("{:<30}", "given");
        for giver in &givers {
            write!(table, " {:>6}", giver.name).unwrap();
        }
        table.push('\n');
        for (name, grant) in asked(&world, &far) {
            write!(table, "{name:<30}").unwrap();
            for giver in &givers {
                write!(table, " {:>6}", answer(giver, &grant).await).unwrap();
            }
            table.push('\n');
        }
        insta::assert_snapshot!("giving_matrix", table);
    }
}
