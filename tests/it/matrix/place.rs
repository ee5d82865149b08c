//! The things that a place has, of every kind.

use serde_json::{Value, json};
use tests::{Client, World, world::key};

use super::{PASSWORD, Place};

/// All kinds of things at a county, or at what else keeps a ledger: entered by its own office.
#[expect(clippy::too_many_lines, reason = "there are many kinds of things")]
pub async fn furnish(office: &Client, region: &str, village: &str, seat_to_link: Option<&str>) -> Place {
    let mut place = Place::from([("region", region.to_owned()), ("village", village.to_owned())]);
    let code = || key().to_uppercase().replace('-', "_");
    let about = |rest: Value| {
        let mut about = json!({ "title": "x", "happenedOn": "2022-01-01" });
        about.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        about
    };
    let organisation = office
        .done(
            "organisationCreate",
            "organisation",
            json!({ "region": region, "name": code(), "kind": "CPPCC", "system": "CPPCC" }),
        )
        .await;
    let committee = office
        .done(
            "committeeCreate",
            "committee",
            json!({ "organisation": organisation, "name": "委", "kind": "OFFICE", "from": "2021-01-01" }),
        )
        .await;
    let person = office.done("personRegister", "person", json!({ "name": "某", "region": region })).await;
    let added = office
        .done(
            "committeeMemberAdd",
            "committeeMember",
            json!({ "committee": committee, "person": person, "role": "MEMBER", "from": "2021-01-01" }),
        )
        .await;
    let member = office.done("memberAppoint", "member", json!({ "person": person, "organisation": organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" })).await;
    let industry =
        office.done("industryCreate", "industry", json!({ "region": region, "name": code() })).await;
    let unit = office.done("industryUnitAdd", "industryUnit", json!({ "industry": industry, "kind": "PARK", "name": code(), "region": region, "from": "2021-01-01" })).await;
    let programme = office
        .done(
            "programmeCreate",
            "programme",
            json!({ "code": code(), "name": "行动", "organisation": organisation, "from": "2022-01-01" }),
        )
        .await;
    let (helper_kind, target_kind) =
        if seat_to_link.is_some() { ("MEMBER", "HOUSEHOLD") } else { ("ORGANISATION", "REGION") };
    let rule = json!({ "programme": programme, "code": "RULE", "name": "规则", "helperKind": helper_kind, "targetKind": target_kind,
        "isExemptionAllowed": true, "minPerHelper": 1, "obligation": "GOAL", "from": "2022-01-01" });
    let rule = office.done("linkRuleCreate", "linkRule", rule).await;
    let duty = json!({ "programme": programme, "code": "DUTY", "name": "任务", "subject": "REGION", "subjectKinds": ["VILLAGE", "CITY"], "target": 1, "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
    let duty = office.done("dutyRuleCreate", "dutyRule", duty).await;
    let set = office
        .done(
            "categorySetCreate",
            "categorySet",
            json!({ "programme": programme, "code": code(), "name": "类" }),
        )
        .await;
    let indicator = json!({ "programme": programme, "code": "FIGURE", "name": "指标", "unit": "个", "definition": { "measure": { "of": "ACTIVITY" } } });
    let indicator = office.done("indicatorDefine", "indicator", indicator).await;
    let mut target = village.to_owned();
    if let Some(seat) = seat_to_link {
        let household = json!({ "village": village, "headName": "某户", "registeredOn": "2021-01-01", "members": [{ "name": "某人", "relation": "户主" }] });
        let household = office.done("householdRegister", "household", household).await;
        let members = "query($id: ID!) { household(id: $id) { members { id } } }";
        let found = office.post(members, json!({ "id": household })).await.expect_ok();
        place.insert("familyMember", found.text_at("/household/members/0/id").to_owned());
        let link = json!({ "rule": rule, "helper": seat, "target": household, "from": "2022-01-01" });
        place.insert("link", office.done("linkCreate", "link", link).await);
        target = household.clone();
        place.insert("household", household);
    } else {
        let link = json!({ "rule": rule, "helper": organisation, "target": village, "from": "2022-01-01" });
        let answer = office.act("linkCreate", "link", link).await;
        if let Some(id) = answer.json["data"].pointer("/linkCreate/link/id").and_then(Value::as_str) {
            place.insert("link", id.to_owned());
        }
    }
    let targets = json!({ "targets": [target] });
    for (word, mutation, rest) in [
        ("activity", "activityRecord", json!({ "kind": "VISIT" })),
        ("need", "needReport", json!({ "category": "WATER" })),
        ("plan", "planCreate", json!({ "kind": "ANNUAL_PLAN" })),
        ("project", "projectCreate", json!({ "category": "INFRASTRUCTURE" })),
        ("contribution", "contributionRecord", json!({ "kind": "CASH", "amount": 100 })),
        ("outcome", "outcomeRecord", json!({ "kind": "ROAD", "quantity": 1, "unit": "公里" })),
        ("proposal", "proposalFile", json!({ "kind": "SUGGESTION" })),
    ] {
        let mut input = rest;
        input["about"] = about(targets.clone());
        place.insert(word, office.done(mutation, word, input).await);
    }
    let mark = json!({ "duty": duty, "subject": village, "on": "2022-01-01" });
    place.insert("mark", office.done("markSet", "mark", mark).await);
    let exemption = json!({ "helper": seat_to_link.map_or(organisation.clone(), str::to_owned), "rule": rule, "from": "2022-01-01", "reason": "病" });
    let answer = office.act("exemptionGrant", "exemption", exemption).await;
    if let Some(id) = answer.json["data"].pointer("/exemptionGrant/exemption/id").and_then(Value::as_str) {
        place.insert("exemption", id.to_owned());
        // So that another may follow it.
        office.done("exemptionEnd", "exemption", json!({ "exemption": id, "to": "2022-01-01" })).await;
    }
    let subject = place.get("household").unwrap_or(&person);
    let asked = json!({ "kind": "CORRECTION", "subject": subject, "receivedOn": "2022-01-01" });
    place.insert("request", office.done("personalRequestOpen", "request", asked).await);
    let account = json!({ "name": code(), "password": PASSWORD, "grants": [{ "role": "COLLECTOR", "region": village, "from": "2021-01-01", "to": "2029-12-31" }] });
    let account = office.done("accountOpen", "account", account).await;
    for word in ["accountProposal", "withdrawn", "declined"] {
        let grant = json!({ "role": "COLLECTOR", "region": village, "from": "2022-01-01" });
        let proposal = json!({ "name": code(), "grants": [grant], "reason": "工作需要" });
        place.insert(word, office.done("accountPropose", "proposal", proposal).await);
    }
    let grants = "query($id: ID!) { account(id: $id) { grants { key } } }";
    let found = office.post(grants, json!({ "id": account })).await.expect_ok();
    place.insert("grant", found.text_at("/account/grants/0/key").to_owned());
    for (word, id) in [
        ("account", account),
        ("organisation", organisation),
        ("committee", committee),
        ("person", person),
        ("committeeMember", added),
        ("member", member),
        ("industry", industry),
        ("industryUnit", unit),
        ("programme", programme),
        ("rule", rule),
        ("duty", duty),
        ("set", set),
        ("indicator", indicator),
        ("target", target),
        ("markable", village.to_owned()),
    ] {
        place.insert(word, id);
    }
    place
}

/// An application at the place, and a trusted document: an administrator registers both.
pub async fn registered(world: &World, place: &mut Place) {
    let application = world.application(&place["region"], &["FIGURES"]).await;
    place.insert("application", application.id);
    let text = format!("query Q{} {{ __typename }}", key().replace('-', "_"));
    let document = json!({ "name": "文档", "text": text });
    let document = world.admin.done("trustedDocumentRegister", "trustedDocument", document).await;
    place.insert("trustedDocument", document);
}
