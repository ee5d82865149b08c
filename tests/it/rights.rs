//! The rights of people over their own data: a copy, a correction, erasure, and how long data are kept.

mod copy;
mod erasure;
mod requests;
mod retention;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TryGetable};
use serde_json::{Value, json};
use tests::{Answer, World};

use crate::personal::identity;

const PHONE: &str = "13987654242";
const CARD: &str = "6222021234567890128";
/// What stands in every text of the household below.
const CANARY: &str = "金丝雀";

/// A county with a household that has something in every place where something of a household can stand.
struct Place {
    world: World,
    home: String,
    head: String,
    link: String,
}

impl Place {
    async fn on(world: World) -> Self {
        let office = &world.office;
        let named = |what: &str| format!("{CANARY}{what}");
        let input = json!({ "village": world.villages[0], "headName": named("户主"), "number": named("7"),
            "address": named("组12号"), "housing": named("土房"), "hasSafeWater": true, "registeredOn": "2021-12-01",
            "phone": PHONE, "bankAccount": CARD, "designations": [{ "code": "EXITED" }],
            "income": [{ "year": 2021, "source": "WAGE", "amount": 1_234_567 }],
            "members": [{ "name": named("户主"), "relation": named("本人"), "bornOn": "1971-01-01", "occupation": named("务农"),
                "schooling": named("小学"), "identityNumber": identity(0), "phone": PHONE }] });
        let home = office.done("householdRegister", "household", input).await;
        let query = "query($id: ID!) { household(id: $id) { members { id } } }";
        let head = office.post(query, json!({ "id": home })).await.expect_ok();
        let head = head.text_at("/household/members/0/id").to_owned();
        let input = json!({ "rule": world.rule_exited, "helper": world.members[0].seat, "target": home,
            "from": "2022-01-01", "note": named("结对") });
        let link = office.done("linkCreate", "link", input).await;
        let about = |rest: &str| json!({ "title": named(rest), "detail": named("详情"), "happenedOn": "2022-01-01", "links": [link] });
        let visit = json!({ "kind": "VISIT", "about": about("走访") });
        office.done("activityRecord", "activity", visit).await;
        let about = json!({ "title": named("修路"), "happenedOn": "2022-01-01", "targets": [home] });
        let need = office.done("needReport", "need", json!({ "category": "WATER", "about": about })).await;
        let declined = json!({ "need": need, "step": "DECLINE", "on": "2022-01-01", "note": named("备注"), "reason": named("原因") });
        office.done("needAdvance", "need", declined).await;
        Self { world, home, head, link }
    }

    /// Takes note of a request; its id.
    async fn asks(&self, kind: &str, subject: &str) -> String {
        let input = json!({ "kind": kind, "subject": subject, "receivedOn": "2022-01-01", "statement": format!("{CANARY}诉求") });
        self.world.office.done("personalRequestOpen", "request", input).await
    }

    /// The household leaves on the second of January, after its link has ended.
    async fn leaves(&self) {
        let office = &self.world.office;
        self.world.app.go_to("2022-01-03");
        let end = json!({ "link": self.link, "to": "2022-01-02", "reason": format!("{CANARY}迁出") });
        office.done("linkEnd", "link", end).await;
        office
            .done("householdUpdate", "household", json!({ "household": self.home, "leftOn": "2022-01-02" }))
            .await;
    }

    async fn disable(&self, account: &str) {
        let admin = &self.world.admin;
        let query = "query($name: String!) { accounts(filter: { nameContains: $name }) { nodes { id } } }";
        let accounts = admin.post(query, json!({ "name": account })).await.expect_ok();
        let input = json!({ "account": accounts.text_at("/accounts/nodes/0/id"), "isDisabled": true });
        admin.done("accountUpdate", "account", input).await;
    }

    async fn keeps(&self, of: &str, months: i32) {
        let input = json!({ "region": self.world.county, "of": of, "months": months });
        let answer = self.world.office.act_plainly("retentionSet", input).await.expect_ok();
        assert_eq!(answer.at("/retentionSet/userErrors"), &json!([]), "{answer}");
    }

    /// Whatever lies in any column of any table, as text.
    async fn stored(&self) -> String {
        let owner = self.world.app.owner().await;
        let mut stored = String::new();
        for table in api::setup::tables(&owner).await.unwrap() {
            let postgres = owner.get_database_backend() == DbBackend::Postgres;
            let row = if postgres {
                "convert_to(CAST(t AS text), 'UTF8')".to_owned()
            } else {
                self.row(&table).await
            };
            for row in self.column::<Vec<u8>>(&format!("SELECT {row} FROM {table} t")).await {
                stored += &String::from_utf8_lossy(&row);
                stored.push('\n');
            }
        }
        stored
    }

    /// A row of a table in one, on SQLite: texts and bytes alike, as the names' keys are bytes.
    async fn row(&self, table: &str) -> String {
        let names = self.column::<String>(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let columns = names.iter().map(|name| format!("COALESCE(CAST(t.\"{name}\" AS TEXT), '')"));
        format!("CAST({} AS BLOB)", columns.collect::<Vec<_>>().join(" || ' ' || "))
    }

    /// All facts with what they refer to, in an order of their own.
    async fn facts(&self) -> Vec<String> {
        let sql = "SELECT f.source_type || f.step || f.on_day || '/' || f.until_day || '/' || f.until_seq || '/' ||
            (SELECT COUNT(*) FROM fact_ref x WHERE x.ledger_id = f.ledger_id AND x.fact_id = f.id) FROM fact f ORDER BY f.id";
        self.column(sql).await
    }

    async fn number(&self, sql: &str) -> i64 {
        self.column(sql).await[0]
    }

    /// The first column of a statement.
    #[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
    async fn column<T: TryGetable>(&self, sql: &str) -> Vec<T> {
        let owner = self.world.app.owner().await;
        let statement = Statement::from_string(owner.get_database_backend(), sql);
        let rows = owner.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "an operator does not come by the door")]
    async fn run(&self, sql: &str) {
        self.world.app.owner().await.execute_unprepared(sql).await.unwrap();
    }

    /// What is published of the county, every way it is asked.
    async fn figures(&self) -> Value {
        let query = "query($id: ID!) { progress(input: { region: { id: $id }, programme: { code: \"HELP\" }, period: { year: 2022 } }) {
            groups { nodes { figures { code value numerator denominator } ruleCompliance { code rate numerator denominator } dutyCompliance { code rate } } } } }";
        let answer = self.world.office.post(query, json!({ "id": self.world.county })).await.expect_ok();
        answer.at("/progress/groups/nodes/0").clone()
    }
}

/// The code and the message of a mutation's first user error.
fn complaint(answer: &Answer) -> (String, String) {
    (answer.complaint("code"), answer.complaint("message"))
}
