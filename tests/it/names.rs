//! Names are found as people type them, by those alone who are shown them.

mod finding;
mod hidden;
mod keys;
mod minors;

use serde_json::{Value, json};
use tests::{Answer, Client, World, on_both};

/// Households by a part of a name.
async fn asked(by: &Client, part: &str) -> Answer {
    let query = "query($part: String) { households(filter: { nameContains: $part }) { totalCount nodes { id headName } } }";
    by.post(query, json!({ "part": part })).await
}

/// The ids of the households that are found; their number is told rightly.
async fn found(by: &Client, part: &str) -> Vec<String> {
    let answer = asked(by, part).await.expect_ok();
    let nodes = answer.at("/households/nodes").as_array().unwrap();
    assert_eq!(answer.at("/households/totalCount"), nodes.len(), "{part}: {answer}");
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

/// A household whose head and one other have these names.
async fn home(office: &Client, village: &str, head: &str, other: Value) -> String {
    let input = json!({ "village": village, "headName": head, "registeredOn": "2021-12-01",
        "members": [{ "name": head, "relation": "户主" }, other] });
    office.done("householdRegister", "household", input).await
}

async fn granted(world: &World, role: &str, region: &str) -> Client {
    let id = uuid::Uuid::now_v7();
    let grants = json!([{ "role": role, "region": region, "from": "2021-01-01" }]);
    let input = json!({ "id": id, "name": id, "password": "correct horse battery", "grants": grants });
    world.admin.done("accountOpen", "account", input).await;
    world.app.signed_in(entity::ids::AccountId(id))
}

on_both! {
    /// In every way that a name may be typed, on both databases.
    async fn a_household_is_found_as_its_name_is_typed(world: World) {
        let (office, village) = (&world.office, &world.villages[0]);
        let one = home(office, village, "张伟", json!({ "name": "單小妹", "relation": "女儿" })).await;
        let two = home(office, village, "歐陽建國", json!({ "name": "买买提·艾力", "relation": "女婿" })).await;
        let three = home(office, village, "Maria Li", json!({ "name": "吕Ｂ", "relation": "子" })).await;
        for part in ["张伟", "張偉", "张", "伟", "偉", "zhangwei", "ZHANG WEI", "ｚｈａｎｇ", "zw", "ｚｗ", "wei", "w", "单小妹",
            "單", "shanxiaomei", "sxm", "xiaomei", "妹"] {
            assert!(found(office, part).await.contains(&one), "{part}");
        }
        for part in ["欧阳建国", "歐陽", "建国", "國", "ouyangjianguo", "oyjg", "jianguo", "买买提", "買買提·艾力", "买买提•艾力",
            "买买提艾力", "aili", "mmtal"] {
            assert_eq!(found(office, part).await, [two.as_str()], "{part}");
        }
        for part in ["maria", "ＭＡＲＩＡ li", "mariali", "lvb", "lub", "lǚ", "吕b"] {
            assert_eq!(found(office, part).await, [three.as_str()], "{part}");
        }
        for part in ["张伟伟", "hangwei", "李", "", " ", "%", "_", "·", "'; --"] {
            assert_eq!(found(office, part).await, [""; 0], "{part:?}");
        }
        assert_eq!(found(office, "zhangwei").await, [one]);
    }

    /// The keys of a name go with it.
    async fn a_name_that_was_is_not_found(world: World) {
        let office = &world.office;
        let id = home(office, &world.villages[0], "张伟", json!({ "name": "李娜", "relation": "妻" })).await;
        let members = "query($id: ID!) { household(id: $id) { members { id } } }";
        let answer = office.post(members, json!({ "id": id })).await.expect_ok();
        let [head, wife] = [0, 1].map(|nth| answer.text_at(&format!("/household/members/{nth}/id")).to_owned());
        office.done("householdUpdate", "household", json!({ "household": id, "headName": "王伟" })).await;
        assert_eq!((found(office, "zhangwei").await, found(office, "王伟").await), (vec![id.clone()], vec![id.clone()]));
        office.done("familyMemberUpdate", "household", json!({ "member": head, "name": "王伟" })).await;
        office.done("familyMemberUpdate", "household", json!({ "member": wife, "occupation": "务农" })).await;
        for (part, there) in [("张伟", false), ("zw", false), ("wangwei", true), ("李娜", true), ("ln", true)] {
            assert_eq!(!found(office, part).await.is_empty(), there, "{part}");
        }
        let person = json!({ "name": "张三", "region": world.county });
        let person = office.done("personRegister", "person", person).await;
        office.done("personUpdate", "person", json!({ "person": person, "name": "李四" })).await;
        let people = "query($part: String) { people(filter: { nameContains: $part }) { totalCount } }";
        for (part, count) in [("张三", 0), ("zhangsan", 0), ("李四", 1), ("lisi", 1)] {
            assert_eq!(office.post(people, json!({ "part": part })).await.expect_ok().at("/people/totalCount"), count, "{part}");
        }
    }

    /// Somebody new is found, and so is a household that moved.
    async fn a_family_that_grows_is_found(world: World) {
        let office = &world.office;
        let id = world.households[0].clone();
        let born = json!({ "household": id, "member": { "name": "赵小宝", "relation": "子" }, "from": "2022-01-01" });
        office.done("familyMemberAdd", "household", born).await;
        assert_eq!(found(office, "zxb").await, [id.as_str()]);
        office.done("householdUpdate", "household", json!({ "household": id, "village": world.villages[2] })).await;
        assert_eq!(found(office, "赵小宝").await, [id.as_str()]);
        let team = granted(&world, "VILLAGE_TEAM", &world.villages[2]).await;
        assert_eq!(found(&team, "xiaobao").await, [id]);
    }
}
