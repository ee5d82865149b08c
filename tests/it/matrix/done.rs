//! Every act with an input with which it is done, in an order in which each can be.

use serde_json::{Value, json};
use tests::{Client, TestApp, World, on_all, world::key};

use super::place::{furnish, registered};
use super::probes::ACTS;
use super::{Place, filled, letter};
use crate::oidc::provider::Provider;

/// Acts which the matrix asks in such a way that they are refused, or of which another lives.
const OTHERWISE: &[(&str, &str)] = &[
    ("accountIdentityUnlink", r#"{ "account": "$clerk", "identity": "$identity" }"#),
    ("grantEnd", r#"{ "account": "$account", "grant": "$grant", "to": "2022-01-01" }"#),
    ("ledgerOpen", r#"{ "region": "$bareCounty", "name": "~" }"#),
    ("householdUpdate", r#"{ "household": "$household", "phone": "13900000005" }"#),
    (
        "householdReveal",
        r#"{ "household": "$household", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "personReveal",
        r#"{ "person": "$person", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "householdDesignate",
        r#"{ "household": "$household", "designation": "DEMONSTRATION", "from": "2022-01-01" }"#,
    ),
    ("regionDesignate", r#"{ "region": "$village", "designation": "POOR", "from": "2022-01-01" }"#),
    (
        "committeeMemberAdd",
        r#"{ "committee": "$committee", "person": "$newcomer", "role": "MEMBER", "from": "2022-01-01" }"#,
    ),
    ("needAdvance", r#"{ "need": "$need", "step": "DECLINE", "on": "2022-01-02", "reason": "不属职责" }"#),
    (
        "projectFundAdd",
        r#"{ "project": "$funded", "fund": { "source": "COUNTY", "amount": 1, "grantedOn": "2022-01-01" } }"#,
    ),
    (
        "projectFundAmend",
        r#"{ "project": "$funded", "key": "$fund", "fund": { "source": "CITY", "amount": 2, "grantedOn": "2022-01-01" } }"#,
    ),
    ("projectHouseholdsAdd", r#"{ "project": "$funded", "households": ["$household"], "on": "2022-01-01" }"#),
    ("recordVerify", r#"{ "record": "$visit" }"#),
    ("recordReject", r#"{ "record": "$visit", "reason": "无照片" }"#),
    ("recordAmend", r#"{ "record": "$visit", "title": "改" }"#),
    ("personalCopyTake", r#"{ "request": "$copy", "reason": "本人到场" }"#),
    ("retentionSet", r#"{ "region": "$region", "of": "HOUSEHOLD", "months": 1 }"#),
    ("personalErase", r#"{ "request": "$deletion", "reason": "本人要求" }"#),
    (
        "linkCreate",
        r#"{ "rule": "$rule", "helper": "$member", "target": "$household", "from": "2022-01-01" }"#,
    ),
    ("linkEnd", r#"{ "link": "$link", "to": "2022-02-20", "reason": "调离" }"#),
    ("linkHandOver", r#"{ "link": "$link", "helper": "$otherSeat", "on": "2022-02-01", "reason": "调离" }"#),
    ("exemptionEnd", r#"{ "exemption": "$excused", "to": "2022-02-20" }"#),
    ("committeeMemberEnd", r#"{ "committeeMember": "$committeeMember", "to": "2022-02-20" }"#),
    ("committeeEnd", r#"{ "committee": "$committee", "to": "2022-02-21" }"#),
    ("memberEnd", r#"{ "member": "$lone", "to": "2022-02-20" }"#),
    ("industryUnitEnd", r#"{ "industryUnit": "$industryUnit", "to": "2022-02-20" }"#),
    ("industryEnd", r#"{ "industry": "$industry", "to": "2022-02-21" }"#),
    ("linkRuleEnd", r#"{ "rule": "$unusedRule", "to": "2022-02-20" }"#),
    ("dutyRuleEnd", r#"{ "rule": "$duty", "to": "2022-02-20" }"#),
    ("organisationEnd", r#"{ "organisation": "$bareOrganisation", "to": "2022-02-20" }"#),
    ("regionEnd", r#"{ "region": "$bareVillage", "to": "2022-02-20" }"#),
];

/// Every act, to be asked in this order.
pub fn acts() -> Vec<(&'static str, &'static str)> {
    let as_in_the_matrix = |(name, _): &&(&str, &str)| !OTHERWISE.iter().any(|(other, _)| other == name);
    ACTS.iter().filter(as_in_the_matrix).chain(OTHERWISE).copied().collect()
}

/// A county with all that these acts are done to, on the first of March. Its server knows a provider at which people sign in.
#[expect(clippy::too_many_lines, reason = "there are many kinds of things")]
pub async fn ready(app: TestApp) -> (World, Place, Provider) {
    let provider = Provider::start(&app.clock).await;
    let world = World::on(app.with_provider(&provider.settings())).await;
    let office = &world.office;
    let mut place = furnish(office, &world.county, &world.villages[0], Some(&world.members[0].seat)).await;
    registered(&world, &mut place).await;
    let visit = world.visit(&world.members[0].client, &place["link"], "2022-01-01").await;
    let excused = json!({ "helper": world.members[2].seat, "rule": place["rule"], "from": "2022-01-02", "reason": "病" });
    let project = json!({ "category": "INFRASTRUCTURE", "funds": [{ "source": "COUNTY", "amount": 9, "grantedOn": "2022-01-01" }],
        "about": { "title": "路", "happenedOn": "2022-01-01", "targets": [place["village"]] } });
    let person = async || {
        let person = json!({ "name": "新人", "region": world.county });
        office.done("personRegister", "person", person).await
    };
    let newcomer = person().await;
    let seat = json!({ "person": newcomer, "organisation": place["organisation"], "kind": "CADRE", "from": "2021-01-01" });
    let organisation = json!({ "region": world.county, "name": key(), "kind": "OTHER", "system": "SOCIETY" });
    let region = |level: &str, parent: &str| json!({ "level": level, "parent": parent, "name": key(), "validFrom": "2000-01-01" });
    let rule = json!({ "programme": place["programme"], "code": "UNUSED", "name": "备用", "helperKind": "ORGANISATION",
        "targetKind": "REGION", "obligation": "GOAL", "from": "2022-01-01" });
    let gone = json!({ "village": world.villages[0], "headName": "迁出户", "registeredOn": "2021-01-01" });
    let gone = office.done("householdRegister", "household", gone).await;
    office.done("householdUpdate", "household", json!({ "household": gone, "leftOn": "2022-01-01" })).await;
    let asks = async |kind: &str, subject: &str| {
        let request = json!({ "kind": kind, "subject": subject, "receivedOn": "2022-01-01" });
        office.done("personalRequestOpen", "request", request).await
    };
    let clerk = json!({ "name": key(), "password": super::PASSWORD });
    let clerk = world.admin.done("accountOpen", "account", clerk).await;
    let linked = json!({ "account": clerk, "subject": key() });
    world.admin.done("accountIdentityLink", "account", linked).await;
    let found = async |by: &Client, query: &str, id: &str, at: &str| {
        by.post(query, json!({ "id": id })).await.expect_ok().text_at(at).to_owned()
    };
    let funded = office.done("projectCreate", "project", project).await;
    let first_fund = "query($id: ID!) { project(id: $id) { funds { key } } }";
    let identity = "query($id: ID!) { account(id: $id) { identities { key } } }";
    for (word, id) in [
        ("fund", found(office, first_fund, &funded, "/project/funds/0/key").await),
        ("funded", funded),
        ("visit", visit),
        ("excused", office.done("exemptionGrant", "exemption", excused).await),
        ("lone", office.done("memberAppoint", "member", seat).await),
        ("newcomer", person().await),
        ("otherSeat", world.members[1].seat.clone()),
        ("unusedRule", office.done("linkRuleCreate", "linkRule", rule).await),
        ("bareOrganisation", office.done("organisationCreate", "organisation", organisation).await),
        ("bareCounty", world.admin.done("regionCreate", "region", region("COUNTY", &world.city)).await),
        ("bareVillage", world.admin.done("regionCreate", "region", region("VILLAGE", &world.township)).await),
        ("copy", asks("COPY", &place["household"]).await),
        ("deletion", asks("DELETION", &gone).await),
        ("identity", found(&world.admin, identity, &clerk, "/account/identities/0/key").await),
        ("clerk", clerk),
    ] {
        place.insert(word, id);
    }
    world.app.go_to("2022-03-01");
    (world, place, provider)
}

on_all! {
    /// Whoever may do it does it: no bounds of the database, a second time around the same scope, are narrower.
    async fn every_act_is_done_by_somebody(app: TestApp) {
        let (world, place, _provider) = ready(app).await;
        let mut undone = vec![];
        for (name, input) in acts() {
            let input = filled(&place, input).unwrap_or_else(|| panic!("{name}: the place has no {input}"));
            let mut told = vec![];
            for client in [&world.office, &world.admin, &world.city_office] {
                let answer = client.act_plainly(name, input.clone()).await;
                let refused = answer.json["data"].pointer(&format!("/{name}/userErrors/0")).cloned();
                match (answer.code(), refused) {
                    (None, None) => { told.clear(); break }
                    (None, Some(refused)) => told.push(refused.to_string()),
                    (Some(code), _) => told.push(format!("{} {answer}", letter(code))),
                }
            }
            if !told.is_empty() {
                undone.push((name, told));
            }
        }
        let nobody: Vec<Value> = undone.iter().map(|(name, told)| json!([name, told])).collect();
        assert!(undone.is_empty(), "{:#}", Value::from(nobody));
    }
}
