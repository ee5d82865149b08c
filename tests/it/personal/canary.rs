//! Canaries: values put in wherever they may be, then looked for wherever they may not.

use sea_orm::DbBackend;
use serde_json::{Value, json};
use tests::{Client, Served, Shell, World, on_both, wire};

use super::{Home, identity};

const NUMBERS: [&str; 3] = ["13987654242", "08397654242", "6222021234567890128"];

fn canaries() -> Vec<String> {
    NUMBERS.iter().map(|number| (*number).to_owned()).chain([identity(42), identity(43)]).collect()
}

/// Which canaries a text holds.
fn heard(text: &str) -> Vec<String> {
    canaries().into_iter().filter(|canary| text.contains(canary.as_str())).collect()
}

const EVERYTHING: &str = "query($id: ID!, $member: ID!, $person: ID!) {
    node(id: $id) { ... on Household { headName address phone bankAccount members { name identityNumber phone bornOn } } }
    member: node(id: $member) { id }
    person(id: $person) { name phone identityNumber }
    households(first: 100) { nodes { headName address phone bankAccount members { name identityNumber phone bornOn } links { id } } }
    people(first: 100) { nodes { name phone identityNumber } }
}";

/// All that somebody is told, right and wrong.
async fn told(by: &Client, home: &Home, person: &str) -> String {
    let everything = json!({ "id": home.id, "member": home.head, "person": person });
    let mut told = by.post(EVERYTHING, everything).await.text;
    for (filter, query) in [
        ("HouseholdFilter", "households(filter: $filter) { nodes { phone members { identityNumber } } }"),
        ("PersonFilter", "people(filter: $filter) { nodes { phone } }"),
    ] {
        for value in [
            json!({ "phone": NUMBERS[0] }),
            json!({ "identityNumber": identity(42) }),
            json!({ "phone": "1" }),
        ] {
            let query = format!("query($filter: {filter}) {{ {query} }}");
            told += &by.post(&query, json!({ "filter": value })).await.text;
        }
    }
    let double = json!({ "household": home.world.households[1], "from": "2022-01-01",
        "member": { "name": "甲", "relation": "子", "identityNumber": identity(42), "phone": NUMBERS[0] } });
    told += &by.act("familyMemberAdd", "household", double).await.text;
    told += &by
        .act(
            "householdUpdate",
            "household",
            json!({ "household": home.id, "phone": format!("{}5", NUMBERS[0]) }),
        )
        .await
        .text;
    told + &by
        .act("personUpdate", "person", json!({ "person": person, "phone": format!("{}*", NUMBERS[0]) }))
        .await
        .text
}

/// Everything that lies in the database, as it lies there.
async fn stored(home: &Home) -> String {
    let app = &home.world.app;
    if app.db.backend() == DbBackend::Sqlite {
        let file = platform::db::file(&app.url).unwrap();
        let log = file.with_extension("db-wal");
        let read = |path| std::fs::read(path).unwrap_or_default();
        return String::from_utf8_lossy(&[read(file), read(log)].concat()).into_owned();
    }
    let mut stored = String::new();
    for table in api::setup::tables(&app.owner().await).await.unwrap() {
        for row in home.column::<String>(&format!("SELECT CAST(t AS text) FROM {table} t")).await {
            stored += &row;
        }
    }
    stored
}

/// The same bytes as PostgreSQL writes them.
fn in_hex(text: &str) -> String {
    platform::seal::hex(text.as_bytes())
}

on_both! {
    async fn nobody_else_is_told_and_nothing_is_kept(world: World) {
        let home = Home::on(world).await;
        home.change(json!({ "phone": NUMBERS[0], "bankAccount": NUMBERS[2] })).await;
        home.change_member(&home.head, json!({ "identityNumber": identity(42), "phone": NUMBERS[1] })).await;
        let person = json!({ "name": "张三", "region": home.world.county, "phone": NUMBERS[0], "identityNumber": identity(43) });
        let person = home.world.office.done("personRegister", "person", person).await;
        let world = &home.world;
        let nobody: Vec<String> = vec![];
        for by in [&world.office, &world.city_office, &world.province_office, &world.admin, &world.neighbour,
            &world.members[1].client, &world.app.stranger()] {
            assert_eq!(heard(&told(by, &home, &person).await), nobody);
        }
        // The helper is told both phones of the house.
        assert_eq!(heard(&told(&world.members[0].client, &home, &person).await), NUMBERS[..2]);
        let reveal = json!({ "idempotencyKey": "r", "household": home.id, "kinds": ["PHONE", "IDENTITY_NUMBER", "BANK_ACCOUNT"],
            "purpose": "INSPECTION", "reason": "抽查" });
        let query = "mutation($input: HouseholdRevealInput!) { householdReveal(input: $input) { values { value } } }";
        let answer = world.office.post(query, json!({ "input": reveal })).await;
        assert_eq!(heard(&answer.text), [NUMBERS[0], NUMBERS[1], NUMBERS[2], &identity(42)]);
        let stored = stored(&home).await;
        assert!(stored.contains("抽查") || stored.contains(&in_hex("抽查")), "it looks in the wrong place");
        assert_eq!(heard(&stored), nobody);
        for canary in canaries() {
            assert!(!stored.contains(&in_hex(&canary)), "{canary}");
        }
        let hashes: Vec<String> = home.column("SELECT input_hash FROM act").await;
        assert!(hashes.iter().all(|hash| hash.len() == 66 && hash.starts_with("1:")), "{hashes:?}");
    }

    /// However much it logs.
    async fn no_log_tells(world: World) {
        let home = Home::on(world).await;
        let shell = Shell::beside(&home.world.app);
        let token = |name: &str| shell.run(&format!("token {name}")).out.trim_end().to_owned();
        let (office, member) = (token("county"), token("member1"));
        let mut served = shell.serve_logging("trace");
        let told = |token: &str, query: &str, variables: Value| ask(&served, token, query, &variables);
        let edit = "mutation($input: FamilyMemberUpdateInput!) { familyMemberUpdate(input: $input) { household { id } userErrors { code } } }";
        let input = |member: &str, number: String| json!({ "input": { "idempotencyKey": tests::world::key(), "member": member, "identityNumber": number, "phone": NUMBERS[1] } });
        assert!(told(&office, edit, input(&home.head, identity(42)))["data"]["familyMemberUpdate"]["household"].is_object());
        assert_eq!(told(&office, edit, input(&home.wife, identity(42)))["data"]["familyMemberUpdate"]["userErrors"][0]["code"], "ALREADY_EXISTS");
        told(&office, edit, input(&home.wife, format!("{}0", NUMBERS[0])));
        told(&member, edit, input(&home.wife, identity(43)));
        told(&office, &format!("{{ households(filter: {{ phone: \"{}\", ", NUMBERS[0]), Value::Null);
        let find = "query($filter: HouseholdFilter) { households(filter: $filter) { nodes { id phone members { phone } } } }";
        assert!(told(&office, find, json!({ "filter": { "identityNumber": identity(42) } }))["data"].is_object());
        told(&member, find, json!({ "filter": { "phone": NUMBERS[1] } }));
        let reveal = json!({ "idempotencyKey": "r", "household": home.id, "kinds": ["PHONE", "IDENTITY_NUMBER"], "purpose": "CONTACT", "reason": "约" });
        let query = "mutation($input: HouseholdRevealInput!) { householdReveal(input: $input) { values { value } } }";
        assert_eq!(heard(&told(&office, query, json!({ "input": reveal })).to_string()), [NUMBERS[1], &identity(42)]);
        // A fault of ours is logged in full.
        home.tamper("UPDATE personal_value SET household_id = household_id, masked = masked, sealed = hash").await;
        told(&member, find, Value::Null);
        assert_eq!(served.stop(), Some(0));
        let log = served.log();
        assert!(log.contains("does not open") && log.contains("TRACE"), "{log}");
        assert_eq!(heard(&log), Vec::<String>::new());
    }
}

fn ask(served: &Served, token: &str, query: &str, variables: &Value) -> Value {
    wire::body(&wire::ask(served.address, &wire::post(Some(token), query, variables)).unwrap())
}
