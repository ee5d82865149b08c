//! The access matrix: every field of Query and Mutation, asked by every role about every place. The golden file reads
//! as a table; a new field without a probe fails. `farpro` and `farcou` are offices of another province.
//!
//! `y` answered · `e` let in, refused for what was said · `F` forbidden · `N` as if absent · `U` nobody is signed in ·
//! `-` there is no such thing at the place. Lists show how many rows they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use entity::ids::AccountId;
use serde_json::{Value, json};
use tests::{Client, TestApp, World, on_all, world::key};
use uuid::Uuid;

const PASSWORD: &str = "Correct-horse-7";

/// What there is at a place, by the word that probes use for it.
type Place = BTreeMap<&'static str, String>;

/// A field, the kind of thing it is asked about, and the rest of the question: `$` stands for the id of the thing.
struct Asked {
    field: &'static str,
    thing: &'static str,
    rest: &'static str,
}

const fn ask(field: &'static str, thing: &'static str, rest: &'static str) -> Asked {
    Asked { field, thing, rest }
}

/// Questions about one thing.
const ONE: &[Asked] = &[
    ask("node", "household", "(id: $) { id }"),
    ask("nodes", "household", "(ids: [$]) { id }"),
    ask("viewer", "region", " { account }"),
    ask("signInProviders", "region", " { name }"),
    ask("account", "account", "(id: $) { name }"),
    ask("application", "application", "(id: $) { name }"),
    ask("region", "region", "(by: { id: $ }) { name }"),
    ask("organisation", "organisation", "(id: $) { name }"),
    ask("committee", "committee", "(id: $) { name }"),
    ask("member", "member", "(id: $) { kind }"),
    ask("person", "person", "(id: $) { name }"),
    ask("industry", "industry", "(id: $) { name }"),
    ask("programme", "programme", "(by: { id: $ }) { name }"),
    ask("indicators", "programme", "(programme: { id: $ }) { code }"),
    ask("catalogue", "region", " { code }"),
    ask("household", "household", "(id: $) { id }"),
    ask("link", "link", "(id: $) { id }"),
    ask("activity", "activity", "(id: $) { id }"),
    ask("need", "need", "(id: $) { id }"),
    ask("plan", "plan", "(id: $) { id }"),
    ask("project", "project", "(id: $) { id }"),
    ask("contribution", "contribution", "(id: $) { id }"),
    ask("outcome", "outcome", "(id: $) { id }"),
    ask("mark", "mark", "(id: $) { id }"),
    ask("proposal", "proposal", "(id: $) { id }"),
    ask("exemption", "exemption", "(id: $) { id }"),
    ask(
        "progress",
        "region",
        "(input: { region: { id: $ }, period: { year: 2022 } }) { groups { nodes { month } } }",
    ),
    ask("publicFigures", "region", "(region: { id: $ }, quarter: { year: 2021, quarter: 1 }) { code }"),
];

/// Lists, of all that a role sees anywhere.
const LISTS: &[&str] = &[
    "accounts",
    "applications",
    "auditActs",
    "auditAccess",
    "regions",
    "organisations",
    "committees",
    "members",
    "people",
    "industries",
    "programmes",
    "households",
    "links",
    "activities",
    "needs",
    "plans",
    "projects",
    "contributions",
    "outcomes",
    "marks",
    "proposals",
    "exemptions",
];

/// Mutations about a thing of a place. `$thing` names another thing of the place, `~` is new each time.
const ACTS: &[(&str, &str)] = &[
    (
        "householdReveal",
        r#"{ "household": "$household", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "personReveal",
        r#"{ "person": "$person", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "accountOpen",
        r#"{ "name": "~", "password": "Correct-horse-7", "grants": [{ "role": "COLLECTOR", "region": "$village", "from": "2022-01-01" }] }"#,
    ),
    ("accountUpdate", r#"{ "account": "$account", "isDisabled": false }"#),
    ("passwordReset", r#"{ "account": "$account", "password": "Correct-horse-8" }"#),
    (
        "grantGive",
        r#"{ "account": "$account", "grant": { "role": "COLLECTOR", "region": "$village", "from": "2022-01-01" } }"#,
    ),
    (
        "applicationRegister",
        r#"{ "name": "~", "contact": "值班室", "region": "$region", "scopes": ["FIGURES"], "from": "2022-01-01" }"#,
    ),
    ("applicationUpdate", r#"{ "application": "$application", "ratePerMinute": 30 }"#),
    ("applicationSecretRotate", r#"{ "application": "$application" }"#),
    ("applicationDisable", r#"{ "application": "$application", "isDisabled": false }"#),
    ("accountIdentityLink", r#"{ "account": "$account", "subject": "~" }"#),
    (
        "accountIdentityUnlink",
        r#"{ "account": "$account", "identity": "00000000-0000-0000-0000-000000000001" }"#,
    ),
    ("grantEnd", r#"{ "account": "$account", "grant": "$grant", "to": "2020-01-01" }"#),
    (
        "regionCreate",
        r#"{ "level": "VILLAGE", "parent": "$region", "name": "~", "validFrom": "2022-01-01" }"#,
    ),
    ("regionUpdate", r#"{ "region": "$village", "name": "~" }"#),
    ("regionEnd", r#"{ "region": "$village", "to": "1990-01-01" }"#),
    ("regionDesignate", r#"{ "region": "$village", "designation": "NONE", "from": "2022-01-01" }"#),
    ("villageDescribe", r#"{ "region": "$village", "population": 300 }"#),
    ("ledgerOpen", r#"{ "region": "$region", "name": "~" }"#),
    ("organisationCreate", r#"{ "region": "$region", "name": "~", "kind": "OTHER", "system": "SOCIETY" }"#),
    ("organisationUpdate", r#"{ "organisation": "$organisation", "kind": "CPPCC" }"#),
    ("organisationEnd", r#"{ "organisation": "$organisation", "to": "1900-01-01" }"#),
    (
        "committeeCreate",
        r#"{ "organisation": "$organisation", "name": "~", "kind": "OFFICE", "from": "2022-01-01" }"#,
    ),
    ("committeeEnd", r#"{ "committee": "$committee", "to": "1900-01-01" }"#),
    (
        "committeeMemberAdd",
        r#"{ "committee": "$committee", "person": "$person", "role": "MEMBER", "from": "2022-01-01" }"#,
    ),
    ("committeeMemberEnd", r#"{ "committeeMember": "$committeeMember", "to": "1900-01-01" }"#),
    ("personRegister", r#"{ "name": "~", "region": "$region" }"#),
    ("personUpdate", r#"{ "person": "$person", "isPartyMember": true }"#),
    (
        "memberAppoint",
        r#"{ "person": "$person", "organisation": "$organisation", "kind": "CADRE", "from": "2022-01-01" }"#,
    ),
    ("memberUpdate", r#"{ "member": "$member", "tags": [] }"#),
    ("memberEnd", r#"{ "member": "$member", "to": "1900-01-01" }"#),
    ("industryCreate", r#"{ "region": "$region", "name": "~" }"#),
    ("industryUpdate", r#"{ "industry": "$industry", "tier": 2 }"#),
    ("industryEnd", r#"{ "industry": "$industry", "to": "1900-01-01" }"#),
    (
        "industryUnitAdd",
        r#"{ "industry": "$industry", "kind": "PARK", "name": "~", "region": "$region", "from": "2022-01-01" }"#,
    ),
    ("industryUnitEnd", r#"{ "industryUnit": "$industryUnit", "to": "1900-01-01" }"#),
    (
        "programmeCreate",
        r#"{ "code": "~", "name": "行动", "organisation": "$organisation", "from": "2022-01-01" }"#,
    ),
    ("programmeUpdate", r#"{ "programme": "$programme", "description": "说明" }"#),
    (
        "linkRuleCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "规则", "helperKind": "ORGANISATION", "targetKind": "REGION", "obligation": "GOAL", "from": "2022-01-01" }"#,
    ),
    ("linkRuleEnd", r#"{ "rule": "$rule", "to": "1900-01-01" }"#),
    (
        "checklistCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "清单", "subject": "LINK", "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01", "items": [{ "code": "ONE", "name": "一", "target": 1 }] }"#,
    ),
    (
        "dutyRuleCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "任务", "subject": "LINK", "target": 1, "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" }"#,
    ),
    ("dutyRuleEnd", r#"{ "rule": "$duty", "to": "1900-01-01" }"#),
    ("categorySetCreate", r#"{ "programme": "$programme", "code": "~", "name": "类别" }"#),
    ("categoryAdd", r#"{ "set": "$set", "code": "~", "name": "类别" }"#),
    (
        "indicatorDefine",
        r#"{ "programme": "$programme", "code": "~", "name": "指标", "unit": "个", "definition": { "measure": { "of": "ACTIVITY" } } }"#,
    ),
    ("indicatorUpdate", r#"{ "indicator": "$indicator", "unit": "件" }"#),
    ("indicatorPublish", r#"{ "indicator": "$indicator", "isPublic": false }"#),
    ("householdRegister", r#"{ "village": "$village", "headName": "~", "registeredOn": "2022-01-01" }"#),
    ("householdUpdate", r#"{ "household": "$household", "hasSafeWater": true }"#),
    ("householdDesignate", r#"{ "household": "$household", "designation": "NONE", "from": "2022-01-01" }"#),
    (
        "householdIncomeRecord",
        r#"{ "household": "$household", "income": { "year": 2021, "source": "WAGE", "amount": 100 } }"#,
    ),
    (
        "familyMemberAdd",
        r#"{ "household": "$household", "member": { "name": "~", "relation": "子" }, "from": "2022-01-01" }"#,
    ),
    ("familyMemberUpdate", r#"{ "member": "$familyMember", "occupation": "务农" }"#),
    (
        "linkCreate",
        r#"{ "rule": "$rule", "helper": "$organisation", "target": "$village", "from": "1900-01-01" }"#,
    ),
    ("linkEnd", r#"{ "link": "$link", "to": "1900-01-01", "reason": "x" }"#),
    ("linkHandOver", r#"{ "link": "$link", "helper": "$member", "on": "1900-01-01", "reason": "x" }"#),
    (
        "activityRecord",
        r#"{ "kind": "VISIT", "about": { "title": "走访", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "needReport",
        r#"{ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("needAdvance", r#"{ "need": "$need", "step": "CONFIRM", "on": "2022-01-01" }"#),
    (
        "planCreate",
        r#"{ "kind": "ANNUAL_PLAN", "about": { "title": "规划", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "projectCreate",
        r#"{ "category": "INFRASTRUCTURE", "about": { "title": "道路", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "projectFundAdd",
        r#"{ "project": "$project", "fund": { "source": "NONE", "amount": 1, "grantedOn": "2022-01-01" } }"#,
    ),
    (
        "projectFundAmend",
        r#"{ "project": "$project", "key": "00000000-0000-0000-0000-000000000001", "fund": { "source": "NONE", "amount": 1, "grantedOn": "2022-01-01" } }"#,
    ),
    ("projectHouseholdsAdd", r#"{ "project": "$project", "households": [], "on": "2022-01-01" }"#),
    (
        "contributionRecord",
        r#"{ "kind": "CASH", "amount": 100, "about": { "title": "捐款", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "outcomeRecord",
        r#"{ "kind": "ROAD", "quantity": 1, "unit": "公里", "about": { "title": "道路", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("markSet", r#"{ "duty": "$duty", "subject": "$markable", "on": "2022-01-01" }"#),
    (
        "proposalFile",
        r#"{ "kind": "SUGGESTION", "about": { "title": "建议", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("exemptionGrant", r#"{ "helper": "$member", "rule": "$rule", "from": "1900-01-01", "reason": "病" }"#),
    ("exemptionEnd", r#"{ "exemption": "$exemption", "to": "1900-01-01" }"#),
    ("recordVerify", r#"{ "record": "$activity", "expectedVersion": 0 }"#),
    ("recordReject", r#"{ "record": "$activity", "expectedVersion": 0, "reason": "x" }"#),
    ("recordAmend", r#"{ "record": "$activity", "expectedVersion": 0, "title": "改" }"#),
];

/// Fields that ask for no role: their own tests tell what they answer.
const OPEN: &[&str] =
    &["signIn", "sessionOpenWithCode", "sessionRefresh", "signOut", "signOutEverywhere", "passwordChange"];

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

async fn act(client: &Client, place: &Place, name: &str, input: &str) -> String {
    let mut input = input.replace('~', &key().to_uppercase().replace('-', "_"));
    let mut words: Vec<&&str> = place.keys().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words {
        input = input.replace(&format!("${word}\""), &format!("{}\"", place[*word]));
    }
    if input.contains('$') {
        return "-".to_owned();
    }
    let answer = client.act_plainly(name, serde_json::from_str(&input).unwrap()).await;
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

#[expect(clippy::too_many_lines, reason = "there are many kinds of things")]
/// All kinds of things at a county, or at what else keeps a ledger: entered by its own office.
async fn furnish(office: &Client, region: &str, village: &str, seat_to_link: Option<&str>) -> Place {
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
    }
    let account = json!({ "name": code(), "password": PASSWORD, "grants": [{ "role": "COLLECTOR", "region": village, "from": "2021-01-01" }] });
    let account = office.done("accountOpen", "account", account).await;
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
        let open = "mutation($input: LedgerOpen!) { ledgerOpen(input: $input) { userErrors { code } } }";
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
    async fn everything_is_asked_by_everyone(app: TestApp) {
        let world = World::on(app).await;
        let seat = &world.members[0].seat;
        let mut own = furnish(&world.office, &world.county, &world.villages[0], Some(seat)).await;
        let others = &world.members[1].seat;
        let mut unlinked = furnish(&world.office, &world.county, &world.villages[1], Some(others)).await;
        let mut beside = furnish(&world.neighbour, &world.other_county, &world.other_village, Some(others)).await;
        let mut above = furnish(&world.city_office, &world.city, &world.city, None).await;
        for place in [&mut own, &mut unlinked, &mut beside, &mut above] {
            let application = world.application(&place["region"], &["FIGURES"]).await;
            place.insert("application", application.id);
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
