//! Projects: funds by source, and households driven.

use entity::fact::{Step, Verification};
use entity::fact_ref::RefRole;
use entity::values::{Day, Money};
use serde_json::{Value, json};
use tests::{TestApp, on_both};
use uuid::Uuid;

use super::house::{House, day, of_same_type, own_id};

impl House {
    fn build(&self) -> Value {
        json!({ "category": "INDUSTRY", "persons": 40, "about": self.about(&[("targets", json!([self.village]))]),
            "funds": [
                { "source": "COUNTY", "amount": 500, "grantedOn": "2022-03-05" },
                { "source": "ENTERPRISE", "amount": 700, "grantedOn": "2022-04-01" }] })
    }

    async fn project(&self) -> String {
        self.done(&self.office, "projectCreate", "project", self.build()).await
    }

    async fn drive(&self, project: &str, households: &[&String], on: &str) -> String {
        let input = json!({ "project": project, "households": households, "on": on });
        self.done(&self.office, "projectHouseholdsAdd", "project", input).await
    }
}

on_both! {
    /// Each source is a fact with the source as its category and its own day.
    async fn a_project_has_funds_by_source(app: TestApp) {
        let house = House::on(app).await;
        let id = house.project().await;
        let fund = json!({ "source": "COUNTY", "amount": 90, "grantedOn": "2022-05-01" });
        house.done(&house.office, "projectFundAdd", "project", json!({ "project": id, "fund": fund })).await;
        let shown = house.node(&house.office, &id, "... on Project {
            category persons step fundsTotal drivenHouseholdCount funds { source amount grantedOn } }").await;
        assert_eq!(shown, json!({ "category": "INDUSTRY", "persons": 40, "step": "RECORDED", "fundsTotal": 1_290,
            "drivenHouseholdCount": 0, "funds": [
                { "source": "COUNTY", "amount": 500, "grantedOn": "2022-03-05" },
                { "source": "ENTERPRISE", "amount": 700, "grantedOn": "2022-04-01" },
                { "source": "COUNTY", "amount": 90, "grantedOn": "2022-05-01" }] }));
        let facts = house.facts(&id).await;
        let told: Vec<_> = facts.iter().map(|fact| (fact.step, &*fact.category, fact.amount, fact.persons, fact.on_day)).collect();
        let on = |text| Day::of(day(text));
        assert_eq!(told, [
            (Step::Funded, "COUNTY", Money(90), 0, on("2022-05-01")),
            (Step::Funded, "COUNTY", Money(500), 0, on("2022-03-05")),
            (Step::Funded, "ENTERPRISE", Money(700), 0, on("2022-04-01")),
            (Step::Recorded, "INDUSTRY", Money(0), 40, on("2022-03-01")),
        ]);
    }

    /// Each household counts since the day it was driven; named again, it stays.
    async fn a_project_drives_households(app: TestApp) {
        let house = House::on(app).await;
        let id = house.project().await;
        let all = &house.households;
        house.drive(&id, &[&all[2], &all[3], &all[2]], "2022-04-10").await;
        house.drive(&id, &[&all[3], &all[1]], "2022-05-10").await;
        let shown = house.node(&house.office, &id, "... on Project { drivenHouseholdCount step steps { step on } }").await;
        let steps = json!([{ "step": "DRIVING", "on": "2022-04-10" }]);
        assert_eq!(shown, json!({ "drivenHouseholdCount": 3, "step": "DRIVING", "steps": steps }));
        let mut told = vec![];
        for fact in house.facts(&id).await {
            let driven = house.referred(&fact, RefRole::DrivenHousehold).await;
            assert_eq!(driven.is_empty(), fact.step != Step::Driving, "{:?}", fact.step);
            told.extend((fact.step == Step::Driving).then_some((fact.on_day, driven)));
        }
        told.sort_unstable();
        let mut first = [own_id(&all[2]), own_id(&all[3])];
        first.sort_unstable();
        let of = |on: &str, driven: &[Uuid]| (Day::of(day(on)), driven.to_vec());
        assert_eq!(told, [of("2022-04-10", &first), of("2022-05-10", &[own_id(&all[1])])]);
    }

    async fn a_project_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let mut wrong = house.build();
        wrong["category"] = "CASTLE".into();
        assert_eq!(house.refused(&house.office, "projectCreate", "project", wrong).await, "category INVALID");
        for (field, value, refusal) in [
            ("source", "SKY", "funds.1.source INVALID"),
            ("grantedOn", "2022-06-02", "funds.1.grantedOn INVALID"),
        ] {
            let mut wrong = house.build();
            wrong["funds"][1][field] = value.into();
            assert_eq!(house.refused(&house.office, "projectCreate", "project", wrong).await, refusal);
        }
        let mut many = house.build();
        many["funds"] = vec![many["funds"][0].clone(); 101].into();
        assert_eq!(house.refused(&house.office, "projectCreate", "project", many).await, "funds INVALID");
        let refused = house.refused(&house.member, "projectCreate", "project", house.build()).await;
        assert_eq!(refused, "targets NOT_FOUND");
    }

    async fn funds_are_refused(app: TestApp) {
        let house = House::on(app).await;
        let id = house.project().await;
        let visit = house.visit().await;
        let add = |project: &str, source: &str, on: &str| {
            json!({ "project": project, "fund": { "source": source, "amount": 1, "grantedOn": on } })
        };
        for (input, refusal) in [
            (add(&id, "SKY", "2022-05-01"), "fund.source INVALID"),
            (add(&id, "COUNTY", "2022-06-02"), "fund.grantedOn INVALID"),
            (add(&visit, "COUNTY", "2022-05-01"), "project NOT_FOUND"),
        ] {
            assert_eq!(house.refused(&house.office, "projectFundAdd", "project", input).await, refusal);
        }
        let mut stale = add(&id, "COUNTY", "2022-05-01");
        stale["expectedVersion"] = 0.into();
        let refused = house.refused(&house.office, "projectFundAdd", "project", stale).await;
        assert_eq!(refused, "expectedVersion VERSION_CONFLICT");
        let good = add(&id, "COUNTY", "2022-05-01");
        let refused = async |by| house.refused(by, "projectFundAdd", "project", good.clone()).await;
        assert_eq!(refused(&house.member).await, "project NOT_FOUND");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
    }

    /// What was said of funds is said anew; the project is verified again, and the sum follows.
    async fn funds_are_amended(app: TestApp) {
        let house = House::on(app).await;
        let id = house.project().await;
        let funds = "... on Project { fundsTotal funds { key source amount grantedOn } }";
        let key = house.node(&house.office, &id, funds).await["funds"][0]["key"].clone();
        let amend = |key: &Value, source: &str, amount: i64| {
            json!({ "project": id, "key": key, "fund": { "source": source, "amount": amount, "grantedOn": "2022-03-06" } })
        };
        house.done(&house.office, "projectFundAmend", "project", amend(&key, "CITY", 600)).await;
        let shown = house.node(&house.office, &id, funds).await;
        assert_eq!(shown["fundsTotal"], 1_300);
        assert_eq!(shown["funds"][0], json!({ "key": key, "source": "CITY", "amount": 600, "grantedOn": "2022-03-06" }));
        let funded = house.facts(&id).await.into_iter().filter(|fact| fact.step == Step::Funded);
        let funded: Vec<_> = funded.map(|fact| (fact.category, fact.amount)).collect();
        assert_eq!(funded, [("CITY".to_owned(), Money(600)), ("ENTERPRISE".to_owned(), Money(700))]);
        for (input, refusal) in [
            (amend(&json!(uuid::Uuid::now_v7()), "CITY", 1), "key NOT_FOUND"),
            (amend(&key, "SKY", 1), "fund.source INVALID"),
        ] {
            assert_eq!(house.refused(&house.office, "projectFundAmend", "project", input).await, refusal);
        }
        let refused = async |by| house.refused(by, "projectFundAmend", "project", amend(&key, "CITY", 1)).await;
        assert_eq!(refused(&house.member).await, "project NOT_FOUND");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
    }

    async fn driven_households_are_refused(app: TestApp) {
        let house = House::on(app).await;
        let id = house.project().await;
        let first = &house.households[0];
        let nobody = of_same_type(first, uuid::Uuid::now_v7());
        let drive = |households: Value, on: &str| json!({ "project": id, "households": households, "on": on });
        for (input, refusal) in [
            (drive(json!([]), "2022-04-01"), "households REQUIRED"),
            (drive(json!(vec![first; 2_001]), "2022-04-01"), "households INVALID"),
            (drive(json!([first, nobody]), "2022-04-01"), "households NOT_FOUND"),
            (drive(json!([first, house.stranger]), "2022-04-01"), "households NOT_FOUND"),
            (drive(json!([house.village]), "2022-04-01"), "households NOT_FOUND"),
            (drive(json!([first]), "2022-06-02"), "on INVALID"),
            (drive(json!([first]), "2022-02-28"), "on END_BEFORE_START"),
        ] {
            assert_eq!(house.refused(&house.office, "projectHouseholdsAdd", "project", input).await, refusal);
        }
        let good = drive(json!([first]), "2022-04-01");
        let refused = async |by| house.refused(by, "projectHouseholdsAdd", "project", good.clone()).await;
        assert_eq!(refused(&house.member).await, "project NOT_FOUND");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
    }

    /// A member's project awaits the office; once rejected, none of its facts counts.
    async fn a_members_project_is_verified_with_all_its_facts(app: TestApp) {
        let house = House::on(app).await;
        let mut build = house.build();
        build["about"]["targets"] = json!([house.households[0]]);
        let id = house.done(&house.member, "projectCreate", "project", build).await;
        assert!(house.facts(&id).await.iter().all(|fact| fact.verification == Verification::Submitted));
        house.done(&house.office, "recordReject", "record", json!({ "record": id, "reason": "重复" })).await;
        let facts = house.facts(&id).await;
        assert_eq!(facts.len(), 3);
        assert!(facts.iter().all(|fact| fact.verification == Verification::Rejected));
    }
}
