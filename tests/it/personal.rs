//! Personal values: who is shown what, who finds whom by them, and that they appear nowhere else.

mod canary;
mod finding;
mod keeping;
mod keys;
mod reading;
mod revealing;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Answer, Client, World};

const PHONE: &str = "13987650001";
const CARD: &str = "6222021234567890128";
const SHOWN: &str =
    "query($id: ID!) { household(id: $id) { phone bankAccount members { id name identityNumber phone } } }";

/// A made-up number, good by its check digit: the nth person born in 1971.
pub fn identity(nth: usize) -> String {
    let body = format!("5108221971{:02}{:02}99{}", 1 + nth / 280 % 12, 1 + nth / 10 % 28, nth % 10);
    let sum = body.bytes().fold(0, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    let check = char::from_digit((12 - sum) % 11, 10).unwrap_or('X');
    format!("{body}{check}")
}

/// A household whose helper is the first member, with a value of each kind.
struct Home {
    world: World,
    id: String,
    head: String,
    wife: String,
}

impl Home {
    async fn on(world: World) -> Self {
        world.link(0, 0, "2022-01-01").await;
        let id = world.households[0].clone();
        let answer = world.office.post(SHOWN, json!({ "id": id })).await.expect_ok();
        let member = |nth: usize| answer.text_at(&format!("/household/members/{nth}/id")).to_owned();
        let home = Self { head: member(0), wife: member(1), id, world };
        home.change(json!({ "phone": PHONE, "bankAccount": CARD })).await;
        home.change_member(&home.head, json!({ "identityNumber": identity(0), "phone": "0839-7201234" }))
            .await;
        home
    }

    async fn shown(&self, to: &Client) -> Value {
        to.post(SHOWN, json!({ "id": self.id })).await.json
    }

    async fn change(&self, mut input: Value) -> String {
        input["household"] = self.id.clone().into();
        self.world.office.done("householdUpdate", "household", input).await
    }

    async fn change_member(&self, member: &str, mut input: Value) -> String {
        input["member"] = member.into();
        self.world.office.done("familyMemberUpdate", "household", input).await
    }

    /// Adds somebody to the family, with an identity number.
    async fn join(&self, household: &str, number: &str) -> Answer {
        self.join_on(household, number, "2022-01-01").await
    }

    async fn join_on(&self, household: &str, number: &str, from: &str) -> Answer {
        let member = json!({ "name": "家人", "relation": "子", "identityNumber": number });
        let input = json!({ "household": household, "member": member, "from": from });
        self.world.office.act("familyMemberAdd", "household", input).await.expect_ok()
    }

    /// Rows of a statement's first column.
    async fn column<T: sea_orm::TryGetable>(&self, sql: &str) -> Vec<T> {
        let db = &self.world.app.db;
        let statement = Statement::from_string(db.backend(), sql);
        #[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
        let rows = db.read.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "an intruder does not come by the door")]
    async fn tamper(&self, sql: &str) {
        assert!(
            self.world.app.owner().await.execute_unprepared(sql).await.unwrap().rows_affected() > 0,
            "{sql}"
        );
    }
}

/// The code of a mutation's first user error, and its field.
fn complaint(answer: &Answer) -> (String, String) {
    (answer.complaint("code"), answer.complaint("field"))
}
