//! Erasure: nothing that names somebody is left, and no figure changes.

use serde_json::{Value, json};
use tests::{World, on_all, on_both};

use super::{CANARY, CARD, PHONE, Place, complaint};
use crate::personal::identity;

on_all! {
    /// Every column of every table is looked at; the figures and what they rest on stay as they were.
    async fn what_names_them_is_gone_and_what_was_counted_stays(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let request = place.asks("DELETION", &place.home).await;
        place.leaves().await;
        place.keeps("HOUSEHOLD", 12).await;
        world.app.go_to("2023-01-03");
        let before = place.stored().await;
        assert!(before.matches(CANARY).count() > 12, "{}", before.matches(CANARY).count());
        let (figures, facts) = (place.figures().await, place.facts().await);
        assert!(figures["figures"].as_array().is_some_and(|figures| figures.iter().any(|figure| figure["value"].as_f64() > Some(0.0))), "{figures}");
        office.done("personalErase", "request", json!({ "request": request, "reason": "保存期满" })).await;
        let after = place.stored().await;
        for gone in [CANARY, PHONE, CARD, &identity(0), "1234567", "1971-01-01", &platform::seal::hex(CANARY.as_bytes())] {
            assert!(!after.contains(gone), "{gone}: {:?}", after.lines().find(|line| line.contains(gone)));
        }
        assert_eq!((place.figures().await, place.facts().await), (figures, facts));
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
        let shown = "query($id: ID!) { household(id: $id) { headName address phone bankAccount erasedOn designations { __typename }
            members { name bornOn erasedOn identityNumber } income { amount } links { id } } }";
        let shown = office.post(shown, json!({ "id": place.home })).await.expect_ok();
        assert_eq!(shown.at("/household/erasedOn"), "2023-01-03");
        assert_eq!(shown.at("/household/members"), &json!([{ "name": null, "bornOn": null, "erasedOn": "2023-01-03", "identityNumber": null }]));
        assert_eq!((shown.at("/household/headName"), shown.at("/household/income")), (&Value::Null, &json!([])));
    }

    /// Nothing is written of them any more, by whichever act, and no name finds them.
    async fn nothing_is_written_of_them_any_more(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let request = place.asks("DELETION", &place.home).await;
        place.leaves().await;
        place.keeps("HOUSEHOLD", 1).await;
        world.app.go_to("2022-03-01");
        office.done("personalErase", "request", json!({ "request": request, "reason": "保存期满" })).await;
        let home = &place.home;
        let work = office.post("{ needs { nodes { id } } activities { nodes { id } } }", Value::Null).await.expect_ok();
        let (need, visit) = (work.text_at("/needs/nodes/0/id"), work.text_at("/activities/nodes/0/id"));
        let about = json!({ "title": "补记", "happenedOn": "2022-01-01", "links": [place.link] });
        let link = json!({ "rule": world.rule_exited, "helper": world.members[1].seat, "target": home, "from": "2022-01-01", "to": "2022-01-02", "endReason": "迁出" });
        for (mutation, input) in [
            ("recordAmend", json!({ "record": need, "title": "又一人" })),
            ("recordReject", json!({ "record": visit, "reason": "又一人" })),
            ("needAdvance", json!({ "need": need, "step": "REOPEN", "on": "2022-01-02", "reason": "又一人" })),
            ("activityRecord", json!({ "kind": "VISIT", "about": about })),
            ("linkCreate", link),
            ("linkEnd", json!({ "link": place.link, "to": "2022-01-01", "reason": "又一人" })),
            ("householdUpdate", json!({ "household": home, "headName": "又一人" })),
            ("householdUpdate", json!({ "household": home, "leftOn": null })),
            ("householdDesignate", json!({ "household": home, "designation": "DEMONSTRATION", "from": "2022-01-01" })),
            ("householdIncomeRecord", json!({ "household": home, "income": { "year": 2021, "source": "WAGE", "amount": 1 } })),
            ("familyMemberAdd", json!({ "household": home, "from": "2022-01-01", "member": { "name": "甲", "relation": "子" } })),
            ("familyMemberUpdate", json!({ "member": place.head, "name": "乙" })),
            ("personalRequestOpen", json!({ "kind": "COPY", "subject": home, "receivedOn": "2022-03-01" })),
        ] {
            assert_eq!(complaint(&office.act_plainly(mutation, input).await).0, "WRONG_STEP", "{mutation}");
        }
        let found = "query($name: String) { households(filter: { nameContains: $name }) { totalCount } }";
        for name in [CANARY, "已删除", "jsq", "yishanchu"] {
            let answer = office.post(found, json!({ "name": name })).await.expect_ok();
            assert_eq!(answer.at("/households/totalCount"), &json!(0), "{name}");
        }
    }

    /// Not while they are there, nor before the time the ledger keeps such data, nor where it has not said how long.
    async fn it_has_its_time(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let request = place.asks("DELETION", &place.home).await;
        let erase = json!({ "request": request, "reason": "本人要求" });
        let refused = async || complaint(&office.act("personalErase", "request", erase.clone()).await);
        assert!(refused().await.1.contains("still in the ledger"));
        place.leaves().await;
        assert!(refused().await.1.contains("retentionSet"));
        place.keeps("HOUSEHOLD", 3).await;
        assert!(refused().await.1.contains("3 months"));
        world.app.go_to("2022-04-01");
        assert_eq!(refused().await.0, "WRONG_STEP");
        assert!(place.stored().await.contains(CANARY), "what is refused loses nothing");
        world.app.go_to("2022-04-02");
        office.done("personalErase", "request", erase).await;
    }

    /// What was written about several households stays: it is the others', too.
    async fn what_others_share_stays(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let other = world.link(1, 2, "2022-01-01").await;
        let about = json!({ "title": "联合走访", "happenedOn": "2022-01-01", "links": [place.link, other] });
        let both = office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        let request = place.asks("DELETION", &place.home).await;
        place.leaves().await;
        place.keeps("HOUSEHOLD", 1).await;
        world.app.go_to("2022-03-01");
        office.done("personalErase", "request", json!({ "request": request, "reason": "保存期满" })).await;
        let shown = office.post("query($id: ID!) { activity(id: $id) { title } }", json!({ "id": both })).await.expect_ok();
        assert_eq!(shown.text_at("/activity/title"), "联合走访");
    }

    /// A member of a family who has left it; the household stays as it is.
    async fn one_of_a_family(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let request = place.asks("DELETION", &place.head).await;
        place.keeps("FAMILY_MEMBER", 1).await;
        office.done("familyMemberUpdate", "household", json!({ "member": place.head, "to": "2022-01-01" })).await;
        world.app.go_to("2022-02-01");
        office.done("personalErase", "request", json!({ "request": request, "reason": "本人要求" })).await;
        let stored = place.stored().await;
        assert!(!stored.contains(&format!("{CANARY}务农")) && !stored.contains("1971-01-01"));
        assert!(stored.contains(&format!("{CANARY}组12号")), "the household is still there");
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }

    /// A holder of seats when the last has ended, and with no account that signs in.
    async fn one_of_the_roster(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let query = "query($id: ID!) { member(id: $id) { person { id } } }";
        let person = office.post(query, json!({ "id": world.members[0].seat })).await.expect_ok();
        let person = person.text_at("/member/person/id").to_owned();
        office.done("personUpdate", "person", json!({ "person": person, "name": format!("{CANARY}委员"), "phone": "13987650008" })).await;
        let request = place.asks("DELETION", &person).await;
        let erase = json!({ "request": request, "reason": "已离任" });
        let refused = async || complaint(&office.act("personalErase", "request", erase.clone()).await).1;
        place.keeps("PERSON", 1).await;
        assert!(refused().await.contains("still in the ledger"));
        place.leaves().await;
        office.done("memberEnd", "member", json!({ "member": world.members[0].seat, "to": "2022-01-02" })).await;
        world.app.go_to("2022-03-01");
        assert!(refused().await.contains("account"));
        place.disable("member1").await;
        let figures = place.figures().await;
        office.done("personalErase", "request", erase).await;
        let stored = place.stored().await;
        assert!(!stored.contains(&format!("{CANARY}委员")), "{stored}");
        assert_eq!(place.figures().await, figures);
        let shown = office.post("query($id: ID!) { person(id: $id) { name phone erasedOn seats { id } } }", json!({ "id": person })).await;
        assert_eq!(shown.at("/person/phone"), &Value::Null);
        assert_eq!(shown.at("/person/seats").as_array().unwrap().len(), 1);
        let seat = json!({ "person": person, "organisation": world.organisation, "kind": "NPC_DEPUTY", "from": "2022-03-01" });
        assert_eq!(complaint(&office.act_plainly("memberAppoint", seat).await).0, "WRONG_STEP");
    }
}

on_both! {
    /// The database's own file forgets, too, once its log is folded in: pages that are given back are written over.
    async fn the_file_forgets(world: World) {
        let place = Place::on(world).await;
        let world = &place.world;
        if world.app.db.backend() != sea_orm::DbBackend::Sqlite {
            return;
        }
        let request = place.asks("DELETION", &place.home).await;
        place.leaves().await;
        place.keeps("HOUSEHOLD", 1).await;
        world.app.go_to("2022-03-01");
        world.office.done("personalErase", "request", json!({ "request": request, "reason": "保存期满" })).await;
        place.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let file = std::fs::read(platform::db::file(&world.app.url).unwrap()).unwrap();
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("保存期满"), "it looks in the wrong place");
        assert!(!text.contains(CANARY), "{:?}", text.match_indices(CANARY).next());
    }
}
