//! Of a minor, everything is sensitive: seen by those who need it, and not searched by others.

use super::*;

const SHOWN: &str = "query($id: ID!) { household(id: $id) { headName members { name relation bornOn occupation schooling phone identityNumber from } } }";
const PHONE: &str = "13987650077";

/// A number of somebody born on that day.
fn identity(born: &str) -> String {
    let body = format!("510822{born}991");
    let sum = body.bytes().fold(0, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    let check = char::from_digit((12 - sum) % 11, 10).unwrap_or('X');
    format!("{body}{check}")
}

/// A household of the first village whose helper is the first member: its head is grown up, then come others.
async fn family(world: &World, others: Value) -> String {
    let mut members = vec![json!({ "name": "张伟", "relation": "户主", "bornOn": "1970-01-01" })];
    members.extend(others.as_array().unwrap().clone());
    let input = json!({ "village": world.villages[0], "headName": "张伟", "registeredOn": "2021-12-01", "members": members,
        "designations": [{ "code": "EXITED" }] });
    let id = world.office.done("householdRegister", "household", input).await;
    let link = json!({ "rule": world.rule_exited, "helper": world.members[0].seat, "target": id, "from": "2022-01-01" });
    world.office.done("linkCreate", "link", link).await;
    id
}

/// What somebody is shown of the second of a family.
async fn second(by: &Client, id: &str) -> Value {
    by.post(SHOWN, json!({ "id": id })).await.expect_ok().at("/household/members/1").clone()
}

on_both! {
    /// An office above sees masks of the grown-up, and of a minor that there is somebody; the keeper and the helper see
    /// whom they look after, but for what is sealed.
    async fn a_minor_is_shown_to_those_who_need_it(world: World) {
        let child = json!({ "name": "张小宝", "relation": "长子", "bornOn": "2012-03-04", "schooling": "小学", "occupation": "学生",
            "phone": PHONE, "identityNumber": identity("20120304") });
        let id = family(&world, json!([child])).await;
        let shown = second(&world.office, &id).await;
        assert_eq!(shown, json!({ "name": "张小宝", "relation": "长子", "bornOn": "2012-03-04", "schooling": "小学", "occupation": "学生",
            "phone": "139****0077", "identityNumber": "510822************", "from": "2021-12-01" }));
        let shown = second(&world.members[0].client, &id).await;
        assert_eq!(shown, json!({ "name": "张小宝", "relation": "长子", "bornOn": "2012-03-04", "schooling": "小学", "occupation": "学生",
            "phone": null, "identityNumber": null, "from": "2021-12-01" }));
        let shown = second(&world.city_office, &id).await;
        assert_eq!(shown, json!({ "name": null, "relation": null, "bornOn": null, "schooling": null, "occupation": null,
            "phone": "139****0077", "identityNumber": "510822************", "from": null }));
        let head = world.city_office.post(SHOWN, json!({ "id": id })).await.expect_ok();
        assert_eq!((head.at("/household/headName"), head.at("/household/members/0/name"), head.at("/household/members/0/relation")),
            (&json!("张*"), &json!("张*"), &json!("户主")));
    }

    /// Where there is no birth date, the identity number tells; where there is neither, somebody counts as grown up.
    async fn an_identity_number_tells_a_minor(world: World) {
        let of = async |other: Value| second(&world.city_office, &home(&world.office, &world.villages[0], "张伟", other).await).await["name"].clone();
        let number = |born: &str| json!({ "name": "张小宝", "relation": "子", "identityNumber": identity(born) });
        assert_eq!(of(number("20120304")).await, Value::Null);
        world.app.go_to("2022-01-02");
        assert_eq!(of(number("19900304")).await, "张**");
        assert_eq!(of(json!({ "name": "张小宝", "relation": "子" })).await, "张**");
        let born = json!({ "name": "张小宝", "relation": "子", "bornOn": "1990-03-05", "identityNumber": identity("19900305") });
        assert_eq!(of(born).await, "张**");
    }

    /// What is shown changes with the year and not on a birthday, so that nobody learns the day by asking every day.
    async fn a_birthday_is_not_told(world: World) {
        let id = family(&world, json!([{ "name": "张小宝", "relation": "子", "bornOn": "2004-05-05" }])).await;
        for (today, name) in [("2022-05-04", None), ("2022-05-05", None), ("2022-05-06", None), ("2022-12-31", None), ("2023-01-01", Some("张**"))] {
            world.app.go_to(today);
            assert_eq!(second(&world.city_office, &id).await["name"].as_str(), name, "{today}");
        }
    }

    /// A child may be the head of what is left of a family.
    async fn a_head_may_be_a_minor(world: World) {
        let input = json!({ "village": world.villages[0], "headName": "张小宝", "registeredOn": "2021-12-01",
            "members": [{ "name": "张小宝", "relation": "户主", "bornOn": "2010-01-01" }] });
        let id = world.office.done("householdRegister", "household", input).await;
        let head = async |by: &Client| by.post(SHOWN, json!({ "id": id })).await.expect_ok().at("/household/headName").clone();
        assert_eq!((head(&world.office).await, head(&world.city_office).await), (json!("张小宝"), Value::Null));
    }

    /// A helper is not shown a minor's phone and does not find by it; the office that keeps it does.
    async fn a_minors_phone_finds_nobody(world: World) {
        let child = |born: &str, phone: &str| json!({ "name": "张小宝", "relation": "子", "bornOn": born, "phone": phone });
        let id = family(&world, json!([child("2012-03-04", PHONE), child("1990-03-04", "13987650078")])).await;
        let by_phone = async |by: &Client, phone: &str| {
            let query = "query($phone: PersonalText) { households(filter: { phone: $phone }) { totalCount nodes { id } } }";
            let answer = by.post(query, json!({ "phone": phone })).await.expect_ok();
            answer.at("/households").clone()
        };
        let (one, none) = (json!({ "totalCount": 1, "nodes": [{ "id": id }] }), json!({ "totalCount": 0, "nodes": [] }));
        let helper = &world.members[0].client;
        assert_eq!((by_phone(&world.office, PHONE).await, by_phone(helper, PHONE).await), (one.clone(), none));
        assert_eq!(by_phone(helper, "13987650078").await, one);
    }
}
