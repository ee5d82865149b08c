//! Programmes, rules, categories, indicators and accounts, set up through the API by the offices that own them.

use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, on_both};

const PASSWORD: &str = "十二个字的口令应该就够了";

/// A city with two counties, each with an office; the body of one county and of the city.
struct World {
    admin: Client,
    city: Client,
    county: Client,
    neighbour: Client,
    place: String,
    city_place: String,
    village: String,
    body: String,
    city_body: String,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        api::setup::prepare(&app.owner().await).await.unwrap();
        api::account::open_first_admin(&app.db, "root", PASSWORD).await.unwrap();
        let admin = sign_in(app, "root").await;
        let province = region(&admin, "PROVINCE", None).await;
        let above = region(&admin, "CITY", Some(&province)).await;
        let place = region(&admin, "COUNTY", Some(&above)).await;
        let other = region(&admin, "COUNTY", Some(&above)).await;
        let township = region(&admin, "TOWNSHIP", Some(&place)).await;
        let village = region(&admin, "VILLAGE", Some(&township)).await;
        for kept in [&above, &place, &other] {
            id_of(&admin, "ledgerOpen", "ledger", json!({ "region": kept, "name": "台账" })).await;
        }
        let city = office(app, &admin, "CITY_OFFICE", &above).await;
        let county = office(app, &admin, "COUNTY_OFFICE", &place).await;
        let neighbour = office(app, &admin, "COUNTY_OFFICE", &other).await;
        let city_body = body(&city, &above).await;
        let body = body(&county, &place).await;
        Self { admin, city, county, neighbour, place, city_place: above, village, body, city_body }
    }

    async fn programme(&self, code: &str) -> String {
        self.programme_of(&self.county, json!({ "code": code, "organisation": self.body })).await
    }

    async fn programme_of(&self, office: &Client, input: Value) -> String {
        id_of(
            office,
            "programmeCreate",
            "programme",
            with(json!({ "name": "行动", "from": "2021-01-01" }), input),
        )
        .await
    }
}

async fn sign_in(app: &TestApp, account: &str) -> Client {
    let query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }";
    let input = json!({ "account": account, "password": PASSWORD });
    let answer = app.stranger().post(query, json!({ "input": input })).await.expect_ok();
    app.client(answer.text_at("/signIn/token"))
}

async fn office(app: &TestApp, admin: &Client, role: &str, region: &str) -> Client {
    let name = format!("{role} {region}");
    let grant = json!({ "role": role, "region": region, "from": "2021-01-01" });
    let input = json!({ "name": name, "password": PASSWORD, "grants": [grant] });
    id_of(admin, "accountOpen", "account", input).await;
    app.settled(&name).await;
    sign_in(app, &name).await
}

async fn region(admin: &Client, level: &str, parent: Option<&String>) -> String {
    let input = json!({ "level": level, "parent": parent, "name": level, "validFrom": "2000-01-01" });
    id_of(admin, "regionCreate", "region", input).await
}

async fn body(office: &Client, region: &str) -> String {
    let input = json!({ "region": region, "name": "政协", "kind": "CPPCC", "system": "CPPCC" });
    id_of(office, "organisationCreate", "organisation", input).await
}

fn with(mut input: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object") };
    input.as_object_mut().unwrap().extend(more);
    input
}

/// Does an act, under a key of its own where the input has none.
async fn call(client: &Client, act: &str, object: &str, input: Value) -> Answer {
    let input = with(json!({ "idempotencyKey": uuid::Uuid::now_v7() }), input);
    let of = act[..1].to_uppercase() + &act[1..];
    let id = if object == "ledger" { "id: number" } else { "id" };
    let query = format!(
        "mutation ($input: {of}Input!) {{ {act}(input: $input) {{ {object} {{ {id} }} userErrors {{ field code }} }} }}"
    );
    client.post(&query, json!({ "input": input })).await
}

#[track_caller]
fn id_in(answer: &Answer, act: &str, object: &str) -> String {
    match answer.at(&format!("/{act}/{object}/id")) {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}

async fn id_of(client: &Client, act: &str, object: &str, input: Value) -> String {
    let answer = call(client, act, object, input).await.expect_ok();
    assert_eq!(*answer.at(&format!("/{act}/userErrors")), json!([]), "{answer}");
    id_in(&answer, act, object)
}

/// Field and code of what is to be mended.
async fn refusal(client: &Client, act: &str, object: &str, input: Value) -> (String, String) {
    let answer = call(client, act, object, input).await.expect_ok();
    assert!(answer.at(&format!("/{act}/{object}")).is_null(), "{answer}");
    let at = |name: &str| answer.text_at(&format!("/{act}/userErrors/0/{name}")).to_owned();
    (at("field"), at("code"))
}

async fn code(client: &Client, act: &str, object: &str, input: Value) -> String {
    let answer = call(client, act, object, input).await;
    answer.code().unwrap_or_else(|| panic!("no error in {answer}")).to_owned()
}

fn refused(field: &str, code: &str) -> (String, String) {
    (field.to_owned(), code.to_owned())
}

fn link_rule(programme: &str, more: Value) -> Value {
    let rule = json!({
        "programme": programme, "code": "MEMBER_HOUSEHOLD", "name": "委员联户", "helperKind": "MEMBER",
        "targetKind": "HOUSEHOLD", "obligation": "MANDATORY", "from": "2021-01-01",
        "minPerHelper": 1, "maxPerHelper": 3,
    });
    with(rule, more)
}

fn duty(programme: &str, more: Value) -> Value {
    let duty = json!({
        "programme": programme, "code": "VISIT", "name": "走访", "subject": "LINK", "target": 1,
        "period": "QUARTER", "obligation": "MANDATORY", "from": "2021-01-01",
    });
    with(duty, more)
}

fn checklist(programme: &str, more: Value) -> Value {
    let items = json!([
        { "code": "PLAN", "name": "一份规划", "target": 1 },
        { "code": "DEED", "name": "两件实事", "target": 2 },
    ]);
    let list = json!({
        "programme": programme, "code": "FIVE", "name": "五个一", "subject": "LINK", "period": "PROGRAMME",
        "obligation": "GOAL", "from": "2021-01-01", "items": items,
    });
    with(list, more)
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn indicator(programme: &str, definition: Value) -> Value {
    json!({ "programme": programme, "code": "OWN", "name": "自定", "unit": "次", "definition": definition })
}

on_both! {
    /// A programme belongs to the office of its organisation's place, and ends with its parent.
    async fn a_programme_is_set_up_by_the_office_of_its_place(app: TestApp) {
        let world = World::of(&app).await;
        let above = json!({ "code": "CITY", "organisation": world.city_body, "to": "2022-12-31" });
        let above = world.programme_of(&world.city, above).await;
        let new = |more: Value| {
            with(json!({ "code": "LOCAL", "name": "行动", "organisation": world.body, "from": "2021-03-01" }), more)
        };
        let create = "programmeCreate";
        let open_end = refusal(&world.county, create, "programme", new(json!({ "parent": above }))).await;
        assert_eq!(open_end, refused("to", "INVALID"));
        let backwards = refusal(&world.county, create, "programme", new(json!({ "to": "2021-01-01" }))).await;
        assert_eq!(backwards, refused("to", "END_BEFORE_START"));
        let blank = refusal(&world.county, create, "programme", new(json!({ "code": "no good" }))).await;
        assert_eq!(blank, refused("code", "INVALID"));
        assert_eq!(code(&world.neighbour, create, "programme", new(json!({}))).await, "NOT_FOUND");
        assert_eq!(code(&world.city, create, "programme", new(json!({}))).await, "FORBIDDEN");
        assert_eq!(code(&world.admin, create, "programme", new(json!({}))).await, "FORBIDDEN");
        assert_eq!(code(&app.stranger(), create, "programme", new(json!({}))).await, "UNAUTHENTICATED");
        let local = new(json!({ "parent": above, "to": "2022-06-30" }));
        let local = id_of(&world.county, create, "programme", local).await;
        let taken = refusal(&world.county, create, "programme", new(json!({}))).await;
        assert_eq!(taken, refused("code", "ALREADY_EXISTS"));
        let below = json!({ "code": "ODD", "name": "行动", "organisation": world.city_body, "from": "2021-01-01",
            "parent": local, "to": "2022-01-31" });
        assert_eq!(refusal(&world.city, create, "programme", below).await, refused("parent", "INVALID"));

        let longer = json!({ "programme": local, "to": "2023-01-01" });
        let update = "programmeUpdate";
        assert_eq!(refusal(&world.county, update, "programme", longer).await, refused("to", "INVALID"));
        let renamed = json!({ "programme": local, "name": "百日会战", "description": "一百天" });
        assert_eq!(code(&world.city, update, "programme", renamed.clone()).await, "FORBIDDEN");
        id_of(&world.county, update, "programme", renamed).await;
        let query = "query ($id: ID!) { programme(by: { id: $id }) { name description to parent { code } } }";
        let answer = world.county.post(query, json!({ "id": local })).await.expect_ok();
        let now = json!({ "name": "百日会战", "description": "一百天", "to": "2022-06-30",
            "parent": { "code": "CITY" } });
        assert_eq!(*answer.at("/programme"), now);
    }

    /// The same key answers the same, and with other input it is refused.
    async fn an_act_on_rules_is_done_once(app: TestApp) {
        let world = World::of(&app).await;
        let new = json!({ "idempotencyKey": "one", "code": "P", "name": "行动", "organisation": world.body,
            "from": "2021-01-01" });
        let first = id_of(&world.county, "programmeCreate", "programme", new.clone()).await;
        assert_eq!(id_of(&world.county, "programmeCreate", "programme", new.clone()).await, first);
        let other = with(new, json!({ "name": "别的" }));
        let reused = refusal(&world.county, "programmeCreate", "programme", other).await;
        assert_eq!(reused, refused("idempotencyKey", "IDEMPOTENCY_KEY_REUSED"));
    }

    /// A county's rule asks for as much as the city's of the same code, or more.
    async fn a_rule_is_tightened_and_never_loosened(app: TestApp) {
        let world = World::of(&app).await;
        let above = world.programme_of(&world.city, json!({ "code": "C", "organisation": world.city_body })).await;
        let asked = json!({ "isPlanRequired": true, "maxPerTarget": 2 });
        let create = "linkRuleCreate";
        let city_rule = id_of(&world.city, create, "linkRule", link_rule(&above, asked)).await;
        let local = json!({ "code": "L", "organisation": world.body, "parent": above });
        let local = world.programme_of(&world.county, local).await;
        let new = |more: Value| {
            link_rule(&local, with(json!({ "isPlanRequired": true, "maxPerTarget": 2 }), more))
        };
        for (field, more) in [
            ("minPerHelper", json!({ "minPerHelper": 0 })),
            ("minPerHelper", json!({ "minPerHelper": null })),
            ("maxPerHelper", json!({ "maxPerHelper": 4 })),
            ("maxPerTarget", json!({ "maxPerTarget": null })),
            ("isPlanRequired", json!({ "isPlanRequired": false })),
            ("isExemptionAllowed", json!({ "isExemptionAllowed": true })),
            ("obligation", json!({ "obligation": "APPEAL" })),
            ("code", json!({ "targetKind": "REGION" })),
            ("helperKind", json!({ "helperKind": "HOUSEHOLD" })),
            ("helperFilter", json!({ "helperFilter": ["NOBODY"] })),
            ("targetDesignation", json!({ "targetDesignation": "HARD" })),
        ] {
            let found = refusal(&world.county, create, "linkRule", new(more)).await;
            assert_eq!(found, refused(field, "INVALID"));
        }
        let tighter = json!({ "minPerHelper": 2, "maxPerHelper": 2, "helperFilter": ["CPPCC_MEMBER"],
            "targetDesignation": "POOR" });
        let rule = id_of(&world.county, create, "linkRule", new(tighter.clone())).await;
        let again = with(tighter.clone(), json!({ "from": "2021-06-01" }));
        let twice = refusal(&world.county, create, "linkRule", new(again.clone())).await;
        assert_eq!(twice, refused("code", "ALREADY_EXISTS"));
        let end = |rule: &str, more: Value| with(json!({ "rule": rule, "to": "2021-05-31" }), more);
        let ended = code(&world.county, "linkRuleEnd", "linkRule", end(&city_rule, json!({}))).await;
        assert_eq!(ended, "NOT_FOUND");
        let stale = end(&rule, json!({ "expectedVersion": 1 }));
        let stale = refusal(&world.county, "linkRuleEnd", "linkRule", stale).await;
        assert_eq!(stale, refused("expectedVersion", "VERSION_CONFLICT"));
        id_of(&world.county, "linkRuleEnd", "linkRule", end(&rule, json!({}))).await;
        let ended = refusal(&world.county, "linkRuleEnd", "linkRule", end(&rule, json!({}))).await;
        assert_eq!(ended, refused("to", "WRONG_STEP"));
        id_of(&world.county, create, "linkRule", new(again)).await;
        assert_eq!(code(&world.admin, create, "linkRule", new(tighter)).await, "FORBIDDEN");
    }

    /// Duties and checklists name rules, kinds and indicators that are there.
    async fn duties_rest_on_what_is_there(app: TestApp) {
        let world = World::of(&app).await;
        let programme = world.programme("P").await;
        id_of(&world.county, "linkRuleCreate", "linkRule", link_rule(&programme, json!({}))).await;
        for (field, code, more) in [
            ("linkRules", "INVALID", json!({ "linkRules": ["NONE"] })),
            ("subjectKinds", "INVALID", json!({ "subjectKinds": ["LEADER"] })),
            ("subjectKinds", "INVALID", json!({ "subject": "MEMBER", "subjectKinds": ["OFFICE"] })),
            ("indicator", "INVALID", json!({ "indicator": "NONE" })),
            ("indicator", "INVALID", json!({ "indicator": "VILLAGES_LINKED" })),
            ("target", "INVALID", json!({ "target": 0 })),
            ("dueDay", "INVALID", json!({ "dueDay": 93 })),
            ("code", "INVALID", json!({ "code": "FIVE/PLAN" })),
        ] {
            let found = refusal(&world.county, "dutyRuleCreate", "dutyRule", duty(&programme, more)).await;
            assert_eq!(found, refused(field, code));
        }
        let rules = json!({ "linkRules": ["MEMBER_HOUSEHOLD"], "indicator": "ORGANISATION_VILLAGE_VISITS" });
        let visit = id_of(&world.county, "dutyRuleCreate", "dutyRule", duty(&programme, rules)).await;
        let twice = refusal(&world.county, "dutyRuleCreate", "dutyRule", duty(&programme, json!({}))).await;
        assert_eq!(twice, refused("code", "ALREADY_EXISTS"));
        let end = json!({ "rule": visit, "to": "2021-12-31" });
        assert_eq!(code(&world.neighbour, "dutyRuleEnd", "dutyRule", end.clone()).await, "NOT_FOUND");
        id_of(&world.county, "dutyRuleEnd", "dutyRule", end).await;

        let item = |code: &str| json!({ "code": code, "name": "项", "target": 1 });
        for (field, code, more) in [
            ("items", "REQUIRED", json!({ "items": [] })),
            ("items.code", "ALREADY_EXISTS", json!({ "items": [item("A"), item("A")] })),
            ("linkRules", "INVALID", json!({ "linkRules": ["NONE"] })),
        ] {
            let found = refusal(&world.county, "checklistCreate", "checklist", checklist(&programme, more)).await;
            assert_eq!(found, refused(field, code));
        }
        id_of(&world.county, "checklistCreate", "checklist", checklist(&programme, json!({}))).await;
        let query = "query ($id: ID!) { programme(by: { id: $id }) {
            dutyRules { code validTo } checklists { code items { code target indicator { code } } } } }";
        let answer = world.county.post(query, json!({ "id": programme })).await.expect_ok();
        let now = json!({
            "dutyRules": [{ "code": "VISIT", "validTo": "2021-12-31" }],
            "checklists": [{ "code": "FIVE", "items": [
                { "code": "FIVE/PLAN", "target": 1, "indicator": null },
                { "code": "FIVE/DEED", "target": 2, "indicator": null },
            ] }],
        });
        assert_eq!(*answer.at("/programme"), now);
    }

    /// A programme's own sets, which its office alone adds to.
    async fn categories_are_a_programmes_own(app: TestApp) {
        let world = World::of(&app).await;
        let programme = world.programme("P").await;
        let named = |code: &str| json!({ "code": code, "name": code });
        let set = json!({ "programme": programme, "code": "SEVEN", "name": "七个助推",
            "categories": [named("A"), named("B")] });
        let doubled = with(set.clone(), json!({ "categories": [named("A"), named("A")] }));
        let doubled = refusal(&world.county, "categorySetCreate", "categorySet", doubled).await;
        assert_eq!(doubled, refused("categories.code", "ALREADY_EXISTS"));
        let id = id_of(&world.county, "categorySetCreate", "categorySet", set.clone()).await;
        let twice = refusal(&world.county, "categorySetCreate", "categorySet", set).await;
        assert_eq!(twice, refused("code", "ALREADY_EXISTS"));
        let add = |code: &str| with(json!({ "set": id }), named(code));
        id_of(&world.county, "categoryAdd", "categorySet", add("C")).await;
        let known = refusal(&world.county, "categoryAdd", "categorySet", add("A")).await;
        assert_eq!(known, refused("code", "ALREADY_EXISTS"));
        assert_eq!(code(&world.neighbour, "categoryAdd", "categorySet", add("D")).await, "NOT_FOUND");
        let query = "query ($id: ID!) { node(id: $id) { ... on CategorySet { categories { code } } } }";
        let answer = world.county.post(query, json!({ "id": id })).await.expect_ok();
        let codes = json!([{ "code": "A" }, { "code": "B" }, { "code": "C" }]);
        assert_eq!(*answer.at("/node/categories"), codes);
    }

    /// What an indicator looks for is there, and what it measures can be computed.
    async fn an_indicator_makes_sense(app: TestApp) {
        let world = World::of(&app).await;
        let programme = world.programme("P").await;
        let visits = json!({ "of": "ACTIVITY", "kinds": ["VISIT"] });
        let refused_here = refused("definition", "INVALID");
        for measure in [
            json!({ "of": "ACTIVITY", "kinds": ["NONE"] }),
            json!({ "of": "NEED", "categories": ["VISIT"] }),
            json!({ "of": "ACTIVITY", "measure": "DISTINCT" }),
            json!({ "of": "LINK", "measure": "MINIMUM" }),
            json!({ "of": "PLAN", "measure": "SUM_AMOUNT", "time": "STOCK" }),
            json!({ "of": "PROGRAMME" }),
            json!({ "of": "ACTIVITY", "helperKinds": ["NOBODY"] }),
            json!({ "of": "ACTIVITY", "tags": [uuid::Uuid::nil()] }),
            json!({ "of": "ACTIVITY", "rules": [uuid::Uuid::nil()] }),
            json!({ "of": "ACTIVITY", "targetDesignation": uuid::Uuid::nil() }),
        ] {
            let bad = indicator(&programme, json!({ "measure": measure }));
            assert_eq!(refusal(&world.county, "indicatorDefine", "indicator", bad).await, refused_here);
        }
        let rate = json!({ "measure": { "of": "OUTCOME", "measure": "LATEST" }, "denominator": visits });
        let rate = refusal(&world.county, "indicatorDefine", "indicator", indicator(&programme, rate)).await;
        assert_eq!(rate, refused_here);
        let new = indicator(&programme, json!({ "measure": visits }));
        let none = refusal(&world.county, "indicatorDefine", "indicator", with(new.clone(), json!({ "divisor": 0 }))).await;
        assert_eq!(none, refused("divisor", "INVALID"));
        assert_eq!(code(&world.city, "indicatorDefine", "indicator", new.clone()).await, "FORBIDDEN");
        let own = id_of(&world.county, "indicatorDefine", "indicator", new).await;

        let query = "query ($id: ID!) { node(id: $id) { ... on Indicator { version unit definition {
            measure { kinds measure time date } } } } }";
        let answer = world.county.post(query, json!({ "id": own })).await.expect_ok();
        let version = answer.at("/node/version").as_i64().unwrap();
        let change = |expected: i64, definition: Value| {
            json!({ "indicator": own, "expectedVersion": expected, "unit": "场", "definition": definition })
        };
        let meetings = json!({ "measure": { "of": "ACTIVITY", "kinds": ["MEETING"] } });
        let stale = change(version - 1, meetings.clone());
        let stale = refusal(&world.county, "indicatorUpdate", "indicator", stale).await;
        assert_eq!(stale, refused("expectedVersion", "VERSION_CONFLICT"));
        let change_now = change(version, meetings);
        assert_eq!(code(&world.neighbour, "indicatorUpdate", "indicator", change_now.clone()).await, "NOT_FOUND");
        id_of(&world.county, "indicatorUpdate", "indicator", change_now).await;
        let answer = world.county.post(query, json!({ "id": own })).await.expect_ok();
        let measured =
            json!({ "kinds": ["MEETING"], "measure": "COUNT", "time": "FLOW", "date": "STEP" });
        let now = json!({ "version": answer.at("/node/version"), "unit": "场",
            "definition": { "measure": measured } });
        assert_eq!(*answer.at("/node"), now);
        assert!(answer.at("/node/version").as_i64().unwrap() > version);

        let rests = duty(&programme, json!({ "indicator": "OWN" }));
        id_of(&world.county, "dutyRuleCreate", "dutyRule", rests).await;
        let distinct = json!({ "measure": { "of": "ACTIVITY", "measure": "DISTINCT", "by": "PARTICIPANT" } });
        let distinct = json!({ "indicator": own, "definition": distinct });
        let distinct = refusal(&world.county, "indicatorUpdate", "indicator", distinct).await;
        assert_eq!(distinct, refused_here);
    }

    /// Accounts are for administrators, and a repeat of an opening is the same opening.
    async fn accounts_are_opened_by_an_administrator(app: TestApp) {
        let world = World::of(&app).await;
        let grant = |role: &str| json!({ "role": role, "region": world.place, "from": "2021-01-01" });
        let new = json!({ "idempotencyKey": "a", "name": "新人", "password": PASSWORD,
            "grants": [grant("COUNTY_OFFICE")] });
        let risen = with(new.clone(), json!({ "grants": [grant("AUDITOR")] }));
        let risen = refusal(&world.county, "accountOpen", "account", risen).await;
        assert_eq!(risen, refused("grants.role", "NOT_ELIGIBLE"));
        let short = with(new.clone(), json!({ "password": "七个字的口令呀" }));
        let short = refusal(&world.admin, "accountOpen", "account", short).await;
        assert_eq!(short, refused("password", "INVALID"));
        let high = with(new.clone(), json!({ "grants": [grant("CITY_OFFICE")] }));
        let high = refusal(&world.admin, "accountOpen", "account", high).await;
        assert_eq!(high, refused("grants.region", "INVALID"));
        let id = id_of(&world.admin, "accountOpen", "account", new.clone()).await;
        assert_eq!(id_of(&world.admin, "accountOpen", "account", new.clone()).await, id);
        let taken = with(new.clone(), json!({ "idempotencyKey": "b" }));
        let taken = refusal(&world.admin, "accountOpen", "account", taken).await;
        assert_eq!(taken, refused("name", "ALREADY_EXISTS"));
        let other = with(new, json!({ "grants": [] }));
        let other = refusal(&world.admin, "accountOpen", "account", other).await;
        assert_eq!(other, refused("idempotencyKey", "IDEMPOTENCY_KEY_REUSED"));
        sign_in(&app, "新人").await;

        let query = "query ($id: ID!) { node(id: $id) { ... on Account {
            name isDisabled grants { role region { id } from to } } } }";
        let answer = world.admin.post(query, json!({ "id": id })).await.expect_ok();
        let grant = json!({ "role": "COUNTY_OFFICE", "region": { "id": world.place }, "from": "2021-01-01",
            "to": null });
        assert_eq!(*answer.at("/node"), json!({ "name": "新人", "isDisabled": false, "grants": [grant] }));
        assert_eq!(world.county.post(query, json!({ "id": id })).await.code(), Some("NOT_FOUND"));
        let second = api::account::open_first_admin(&app.db, "second", PASSWORD).await;
        assert_eq!(second.unwrap_err().code(), platform::error::ErrorCode::AlreadyExists);
        let chain = api::ledger::walk(&app.db.read, entity::ids::LedgerId::REFERENCE, &[]).await;
        assert_eq!(chain.unwrap().differences(), [""; 0]);
    }

    /// A programme nobody has seen, from its kinds to its figures, with no new code.
    async fn a_new_programme_is_set_up_and_counted(app: TestApp) {
        let world = World::of(&app).await;
        let county = &world.county;
        let programme = world.programme("TEA").await;
        let kinds = json!({ "programme": programme, "code": "ACTIVITY_KIND", "name": "茶事",
            "categories": [{ "code": "TEA_TALK", "name": "围炉话茶" }] });
        id_of(county, "categorySetCreate", "categorySet", kinds).await;
        let rule = id_of(county, "linkRuleCreate", "linkRule", link_rule(&programme, json!({}))).await;
        let talks = json!({ "measure": { "of": "ACTIVITY", "kinds": ["TEA_TALK"], "targets": ["HOUSEHOLD"] } });
        id_of(county, "indicatorDefine", "indicator", indicator(&programme, talks)).await;
        let talk = duty(&programme, json!({ "indicator": "OWN", "target": 2, "linkRules": ["MEMBER_HOUSEHOLD"] }));
        id_of(county, "dutyRuleCreate", "dutyRule", talk).await;
        let list = id_of(county, "checklistCreate", "checklist", checklist(&programme, json!({}))).await;

        let link = linked(&world, county, &world.body, &rule).await;
        for (day, kind) in [("2021-11-05", "TEA_TALK"), ("2021-12-06", "TEA_TALK"), ("2021-12-07", "VISIT")] {
            let about = json!({ "title": "话茶", "happenedOn": day, "links": [link] });
            id_of(county, "activityRecord", "activity", json!({ "kind": kind, "about": about })).await;
        }
        let query = "query ($id: ID!) { node(id: $id) { ... on Checklist { items { id } } } }";
        let items = county.post(query, json!({ "id": list })).await.expect_ok();
        let deed = json!({ "duty": items.at("/node/items/1/id"), "subject": link, "on": "2021-12-08" });
        id_of(county, "markSet", "mark", deed).await;

        let query = "query ($input: ProgressInput!) { progress(input: $input) { ruleVersion groups { nodes {
            figures { code value } ruleCompliance { code numerator denominator }
            dutyCompliance { code numerator denominator }
            checklists { numerator denominator items { code numerator denominator } } } } } }";
        let input = json!({ "region": { "id": world.place }, "programme": { "code": "TEA" },
            "period": { "quarter": { "year": 2021, "quarter": 4 } }, "indicators": ["OWN"] });
        let answer = county.post(query, json!({ "input": input })).await.expect_ok();
        let version = answer.at("/progress/ruleVersion").as_i64();
        assert!(version.is_some_and(|version| version > 1), "{answer}");
        let group = json!({
            "figures": [{ "code": "OWN", "value": 2.0 }],
            "ruleCompliance": [{ "code": "MEMBER_HOUSEHOLD", "numerator": 1, "denominator": 1 }],
            "dutyCompliance": [{ "code": "VISIT", "numerator": 1, "denominator": 1 }],
            "checklists": [{ "numerator": 1, "denominator": 3, "items": [
                { "code": "FIVE/PLAN", "numerator": 0, "denominator": 1 },
                { "code": "FIVE/DEED", "numerator": 0, "denominator": 1 },
            ] }],
        });
        assert_eq!(*answer.at("/progress/groups/nodes/0"), group);
    }

    /// At the city: links under a county's rule and under an earlier one count, wherever they lie; a duty is counted in
    /// its indicator's unit, and only while it holds.
    async fn rules_and_duties_are_met_from_below(app: TestApp) {
        let world = World::of(&app).await;
        let (city, county) = (&world.city, &world.county);
        let above = world.programme_of(city, json!({ "code": "C", "organisation": world.city_body })).await;
        let local = json!({ "code": "L", "organisation": world.body, "parent": above });
        let local = world.programme_of(county, local).await;
        let rule = id_of(city, "linkRuleCreate", "linkRule", link_rule(&above, json!({}))).await;
        let own = id_of(county, "linkRuleCreate", "linkRule", link_rule(&local, json!({}))).await;
        linked(&world, county, &world.body, &own).await;
        let link = linked(&world, city, &world.city_body, &rule).await;
        let end = json!({ "rule": rule, "to": "2021-06-30" });
        id_of(city, "linkRuleEnd", "linkRule", end).await;
        let again = link_rule(&above, json!({ "from": "2021-07-01" }));
        id_of(city, "linkRuleCreate", "linkRule", again).await;

        let persons = json!({ "measure": { "of": "ACTIVITY", "measure": "SUM_PERSONS" } });
        let persons = with(indicator(&above, persons), json!({ "divisor": 10 }));
        id_of(city, "indicatorDefine", "indicator", persons).await;
        let helped = |code: &str, target: i32| {
            duty(&above, json!({ "code": code, "subject": "MEMBER", "indicator": "OWN", "target": target }))
        };
        id_of(city, "dutyRuleCreate", "dutyRule", helped("FOUR", 4)).await;
        id_of(city, "dutyRuleCreate", "dutyRule", helped("FIVE", 5)).await;
        let past = id_of(city, "dutyRuleCreate", "dutyRule", helped("PAST", 1)).await;
        id_of(city, "dutyRuleEnd", "dutyRule", json!({ "rule": past, "to": "2021-09-30" })).await;
        let about = json!({ "title": "培训", "happenedOn": "2021-11-05", "links": [link] });
        let training = json!({ "kind": "TRAINING", "about": about, "persons": 40 });
        id_of(county, "activityRecord", "activity", training).await;

        let query = "query ($input: ProgressInput!) { progress(input: $input) { groups { nodes {
            ruleCompliance { numerator denominator } dutyCompliance { code numerator denominator } } } } }";
        let input = json!({ "region": { "id": world.city_place }, "programme": { "code": "C" },
            "period": { "quarter": { "year": 2021, "quarter": 4 } } });
        let answer = city.post(query, json!({ "input": input })).await.expect_ok();
        let group = json!({
            "ruleCompliance": [{ "numerator": 2, "denominator": 2 }],
            "dutyCompliance": [
                { "code": "FOUR", "numerator": 1, "denominator": 2 },
                { "code": "FIVE", "numerator": 0, "denominator": 2 },
            ],
        });
        assert_eq!(*answer.at("/progress/groups/nodes/0"), group);
    }
}

/// A member of a body, linked to a new household of the county's village.
async fn linked(world: &World, office: &Client, body: &str, rule: &str) -> String {
    let query = "query ($id: ID!) { organisation(id: $id) { region { id } } }";
    let region = office.post(query, json!({ "id": body })).await.expect_ok();
    let person = json!({ "name": "李委员", "region": region.at("/organisation/region/id") });
    let person = id_of(office, "personRegister", "person", person).await;
    let seat =
        json!({ "person": person, "organisation": body, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
    let seat = id_of(office, "memberAppoint", "member", seat).await;
    let household = json!({ "village": world.village, "headName": "王大山", "registeredOn": "2021-01-01" });
    let household = id_of(&world.county, "householdRegister", "household", household).await;
    let link = json!({ "rule": rule, "helper": seat, "target": household, "from": "2021-01-02" });
    id_of(&world.county, "linkCreate", "link", link).await
}
