//! An id is taken once, whatever its type and its ledger: references are compared by it.
#![expect(clippy::disallowed_methods, reason = "a test asks the database for its tables")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tests::{World, on_all, on_both};

use super::told;

/// The UUID in a global id.
fn uuid(id: &str) -> String {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).unwrap()).unwrap();
    text.rsplit(':').next().unwrap().to_owned()
}

on_all! {
    /// An office of a county takes ids of its neighbour's rows for rows of other types, and of its own ledger.
    async fn nobody_takes_the_id_of_anothers_row(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let visit = world.visit(&world.office, &link, "2022-01-01").await;
        let organisation = json!({ "name": "机关", "region": world.other_county, "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        let body = world.neighbour.done("organisationCreate", "organisation", organisation.clone()).await;
        for (nth, id) in [
            &world.members[0].seat, &world.committee, &world.organisation, &world.programme, &world.rule_exited,
            &world.households[0], &world.villages[0], &world.industry, &link, &visit,
        ].into_iter().enumerate() {
            let id = uuid(id);
            let committee = json!({ "id": id, "organisation": body, "name": format!("委{nth}"), "kind": "SPECIAL_COMMITTEE", "from": "2022-01-01" });
            assert_eq!(told(&world, &world.neighbour, "committeeCreate", committee).await, "ALREADY_EXISTS id");
            let household = json!({ "id": id, "village": world.other_village, "headName": "户主", "registeredOn": "2022-01-01" });
            assert_eq!(told(&world, &world.neighbour, "householdRegister", household).await, "ALREADY_EXISTS id");
            let about = json!({ "id": id, "title": "走访", "happenedOn": "2022-01-01", "targets": [world.stranger] });
            let visit = json!({ "kind": "VISIT", "about": about });
            assert_eq!(told(&world, &world.neighbour, "activityRecord", visit).await, "ALREADY_EXISTS id");
            let mut other = organisation.clone();
            (other["id"], other["name"]) = (id.into(), format!("机关{nth}").into());
            assert_eq!(told(&world, &world.neighbour, "organisationCreate", other).await, "ALREADY_EXISTS id");
        }
    }
}

on_both! {
    /// Every table whose rows an id names is looked at.
    async fn all_tables_are_looked_at(world: World) {
        const UNNAMED: [&str; 12] = [
            "access_chain", "account_proposal_grant", "fact", "figure_pattern", "household_income", "ledger", "old_password",
            "project_fund", "role_grant", "seal_key", "session", "write_probe",
        ];
        let db = &world.app.db.read;
        let ask = async |sql: &str| db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        let (tables, view) = match db.get_database_backend() {
            DbBackend::Sqlite => (
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'id' WHERE m.type IN ('table', 'view')",
                "SELECT sql FROM sqlite_master WHERE name = 'taken_id'",
            ),
            _ => (
                "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'id' AND table_schema = current_schema()",
                "SELECT pg_get_viewdef('taken_id'::regclass)",
            ),
        };
        let view: String = ask(view).await[0].try_get_by_index(0).unwrap();
        let words: Vec<&str> = view.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
        for row in ask(tables).await {
            let table: String = row.try_get_by_index(0).unwrap();
            if table == "taken_id" {
                continue;
            }
            assert_eq!(words.contains(&table.as_str()), !UNNAMED.contains(&table.as_str()), "{table}");
        }
    }

    /// The account that a proposal asks for has the proposal's id, which nobody else takes before.
    async fn a_proposal_keeps_its_id(world: World) {
        let grants = json!([{ "role": "INSPECTOR", "region": world.county, "from": "2022-01-01" }]);
        let proposal = json!({ "name": "inspector-9", "grants": grants, "reason": "督查" });
        let proposal = world.city_office.done("accountPropose", "proposal", proposal).await;
        let open = json!({ "id": uuid(&proposal), "name": "squatter", "password": "Correct-horse-7", "grants": grants });
        assert_eq!(told(&world, &world.admin, "accountOpen", open).await, "ALREADY_EXISTS id");
        let confirm = json!({ "proposal": proposal, "password": "Correct-horse-7" });
        world.admin.done("accountProposalConfirm", "proposal", confirm).await;
    }

    /// Names of accounts are told apart by everybody who reads them.
    async fn account_names_do_not_look_alike(world: World) {
        let open = |name: &str| json!({ "name": name, "password": "Correct-horse-7",
            "grants": [{ "role": "INSPECTOR", "region": world.county, "from": "2022-01-01" }] });
        world.admin.done("accountOpen", "account", open("inspector")).await;
        assert_eq!(told(&world, &world.admin, "accountOpen", open("Inspector")).await, "ALREADY_EXISTS name");
        for name in ["ｉnspector", "іnspector", "inspector'", "督查员①"] {
            assert_eq!(told(&world, &world.admin, "accountOpen", open(name)).await, "INVALID name", "{name}");
        }
        world.admin.done("accountOpen", "account", open("督查员-1")).await;
    }
}

/// Names that PostgreSQL could not index are refused alike by both databases.
fn named(field: &str, name: String, mut input: Value) -> Value {
    input[field] = name.into();
    input
}

on_both! {
    async fn names_have_200_characters(world: World) {
        // Letters that do not repeat are not compressed.
        let name = |length: u32| (0..length).filter_map(|nth| char::from_u32(0x4e00 + (nth * 7919) % 20_000)).collect::<String>();
        let person = json!({ "region": world.county });
        assert_eq!(told(&world, &world.office, "personRegister", named("name", name(201), person.clone())).await, "INVALID name");
        world.office.done("personRegister", "person", named("name", name(200), person)).await;
        let body = json!({ "region": world.county, "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        assert_eq!(told(&world, &world.office, "organisationCreate", named("name", name(1500), body.clone())).await, "INVALID name");
        world.office.done("organisationCreate", "organisation", named("name", name(200), body)).await;
        let numbered = json!({ "village": world.villages[0], "registeredOn": "2022-01-01", "headName": "户主" });
        assert_eq!(told(&world, &world.office, "householdRegister", named("number", name(700), numbered)).await, "INVALID number");
        let member = json!({ "name": "家人", "relation": "子" });
        let crowd = json!({ "village": world.villages[0], "registeredOn": "2022-01-01", "headName": "户主", "members": vec![member; 101] });
        assert_eq!(told(&world, &world.office, "householdRegister", crowd).await, "INVALID members");
        let home = json!({ "village": world.villages[0], "registeredOn": "2022-01-01" });
        assert_eq!(told(&world, &world.office, "householdRegister", named("headName", name(900), home)).await, "INVALID headName");
    }
}
