//! Accounts that are asked of somebody else: who is shown a proposal, who answers it, and what comes of it.

use serde_json::{Value, json};
use tests::{Client, World, on_all, on_both};

use super::{CHANGE, OTHER, PASSWORD, SIGN_IN, open, proposed, role, seated};

const LIST: &str = "query($toAnswer: Boolean, $state: AccountProposalState) {
    accountProposals(filter: { isToAnswer: $toAnswer, state: $state }) { totalCount nodes { id } } }";
const ONE: &str = "query($id: ID!) { accountProposal(id: $id) { name state reason isOwn answerReason account
    ledger { name } proposer { name } person { name } grants { role from region { name } organisation { id } committee { id } } } }";

async fn listed(client: &Client, filter: Value) -> Vec<String> {
    let answer = client.post(LIST, filter).await.expect_ok();
    let nodes = answer.at("/accountProposals/nodes").as_array().unwrap().clone();
    assert_eq!(answer.at("/accountProposals/totalCount"), nodes.len());
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

async fn propose(by: &Client, grants: Value) -> String {
    by.done("accountPropose", "proposal", proposed(grants)).await
}

fn confirm(proposal: &str) -> Value {
    json!({ "proposal": proposal, "password": PASSWORD })
}

on_all! {
    /// A province asks for a county's office; the county's own office confirms it, and keeps the account.
    async fn a_second_person_confirms(world: World) {
        let proposal = propose(&world.province_office, json!([role("COUNTY_OFFICE", &world.county)])).await;
        let to_answer = json!({ "toAnswer": true });
        assert_eq!(listed(&world.province_office, json!({})).await, std::slice::from_ref(&proposal));
        assert_eq!(listed(&world.province_office, to_answer.clone()).await, Vec::<String>::new());
        assert_eq!(listed(&world.office, to_answer.clone()).await, std::slice::from_ref(&proposal));
        assert_eq!(listed(&world.admin, to_answer.clone()).await, std::slice::from_ref(&proposal));
        for other in [&world.city_office, &world.neighbour] {
            assert_eq!(listed(other, json!({})).await, Vec::<String>::new());
            assert_eq!(other.post(ONE, json!({ "id": proposal })).await.code(), Some("NOT_FOUND"));
            assert_eq!(other.refused("accountProposalConfirm", "proposal", confirm(&proposal)).await, "NOT_FOUND");
            let decline = json!({ "proposal": proposal, "reason": "x" });
            assert_eq!(other.refused("accountProposalDecline", "proposal", decline).await, "NOT_FOUND");
        }
        assert_eq!(world.members[0].client.post(ONE, json!({ "id": proposal })).await.code(), Some("FORBIDDEN"));
        let shown = world.office.post(ONE, json!({ "id": proposal })).await.expect_ok();
        assert_eq!(shown.at("/accountProposal/grants/0/region/name"), "青川县");
        assert_eq!((shown.at("/accountProposal/ledger/name"), shown.at("/accountProposal/isOwn")), (&json!("省台账"), &json!(false)));
        assert_eq!(world.office.refused("accountProposalConfirm", "proposal", json!({ "proposal": proposal, "password": "short" })).await, "INVALID");
        world.office.done("accountProposalConfirm", "proposal", confirm(&proposal)).await;
        let name = shown.text_at("/accountProposal/name").to_owned();
        for (who, by) in [("the office that asked", &world.province_office), ("the office that confirmed", &world.office)] {
            let told = by.post(ONE, json!({ "id": proposal })).await.expect_ok();
            assert_eq!(told.at("/accountProposal/state"), "CONFIRMED", "{who}");
        }
        let told = world.office.post(ONE, json!({ "id": proposal })).await.expect_ok();
        let account = told.text_at("/accountProposal/account").to_owned();
        let kept = "query($id: ID!) { account(id: $id) { name grants { role } } }";
        assert_eq!(world.office.post(kept, json!({ "id": account })).await.expect_ok().at("/account/name"), &json!(name));
        assert_eq!(world.province_office.post(kept, json!({ "id": account })).await.code(), Some("NOT_FOUND"));
        let reset = json!({ "account": account, "password": OTHER });
        assert_eq!(world.province_office.refused("passwordReset", "account", reset).await, "NOT_FOUND");
        assert_eq!(world.admin.refused("accountProposalConfirm", "proposal", confirm(&proposal)).await, "WRONG_STEP");
        assert_eq!(listed(&world.office, to_answer).await, Vec::<String>::new());
        assert_eq!(listed(&world.office, json!({ "state": "CONFIRMED" })).await, [proposal]);
        let words = json!({ "account": name, "password": PASSWORD });
        let first = world.app.stranger().post(SIGN_IN, words).await.expect_ok();
        assert_eq!(first.at("/signIn/mustChangePassword"), true);
        let clerk = world.app.client(first.text_at("/signIn/token"));
        let changed = clerk.post(CHANGE, json!({ "old": PASSWORD, "new": OTHER })).await.expect_ok();
        let clerk = world.app.client(changed.text_at("/passwordChange/token"));
        let households = clerk.post("{ households { totalCount } }", Value::Null).await.expect_ok();
        assert_eq!(households.at("/households/totalCount"), 6);
    }

    /// Neither the account that asked, nor another of the same person, nor anybody who could not give it, confirms.
    async fn nobody_confirms_for_themselves(world: World) {
        let clerk = seated(&world.office, &world.county, &world.organisation).await;
        let office = json!({ "person": clerk, "grants": [role("COUNTY_OFFICE", &world.county)] });
        let (one, _) = open(&world, &world.admin, office.clone()).await;
        let (same, _) = open(&world, &world.admin, office).await;
        let accounts = world.rows("account").await;
        let proposal = propose(&one, json!([role("VILLAGE_TEAM", &world.villages[0])])).await;
        let decline = json!({ "proposal": proposal, "reason": "x" });
        for by in [&one, &same] {
            assert_eq!(by.refused("accountProposalConfirm", "proposal", confirm(&proposal)).await, "NOT_ELIGIBLE");
            assert_eq!(by.refused("accountProposalDecline", "proposal", decline.clone()).await, "NOT_ELIGIBLE");
        }
        assert_eq!(same.refused("accountProposalWithdraw", "proposal", json!({ "proposal": proposal })).await, "NOT_ELIGIBLE");
        let for_clerk = json!({ "name": "of-the-clerk", "person": clerk, "grants": [], "reason": "x" });
        let for_clerk = world.office.done("accountPropose", "proposal", for_clerk).await;
        assert_eq!(one.refused("accountProposalConfirm", "proposal", confirm(&for_clerk)).await, "NOT_ELIGIBLE");
        // An office that may not give it does not confirm what its own ledger has asked for.
        let above = propose(&world.province_office, json!([role("INSPECTOR", &world.province)])).await;
        let (colleague, _) = open(&world, &world.province_office, json!({ "grants": [role("PROVINCE_OFFICE", &world.province)] })).await;
        assert_eq!(colleague.refused("accountProposalConfirm", "proposal", confirm(&above)).await, "NOT_ELIGIBLE");
        assert_eq!(colleague.refused("accountProposalDecline", "proposal", json!({ "proposal": above, "reason": "x" })).await, "NOT_ELIGIBLE");
        assert_eq!(world.rows("account").await, accounts + 1);
        world.admin.done("accountProposalConfirm", "proposal", confirm(&above)).await;
        world.office.done("accountProposalConfirm", "proposal", confirm(&proposal)).await;
    }

    /// A proposal is declined with a reason that the office that asked is told, or taken back, and then it is over.
    async fn a_proposal_ends_once(world: World) {
        let city = &world.city_office;
        let declined = propose(city, json!([role("COLLECTOR", &world.county)])).await;
        let reason = json!({ "proposal": declined, "reason": "本县已有人员" });
        world.office.done("accountProposalDecline", "proposal", reason.clone()).await;
        let told = city.post(ONE, json!({ "id": declined })).await.expect_ok();
        assert_eq!((told.at("/accountProposal/state"), told.at("/accountProposal/answerReason")), (&json!("DECLINED"), &json!("本县已有人员")));
        let withdrawn = propose(city, json!([role("COLLECTOR", &world.county)])).await;
        city.done("accountProposalWithdraw", "proposal", json!({ "proposal": withdrawn })).await;
        for proposal in [&declined, &withdrawn] {
            assert_eq!(city.refused("accountProposalWithdraw", "proposal", json!({ "proposal": proposal })).await, "WRONG_STEP");
            assert_eq!(world.admin.refused("accountProposalConfirm", "proposal", confirm(proposal)).await, "WRONG_STEP");
        }
        assert_eq!(world.office.refused("accountProposalDecline", "proposal", reason).await, "WRONG_STEP");
        for (input, code) in [
            (proposed(json!([])), "REQUIRED"), (proposed(json!([role("CLIENT", &world.city)])), "NOT_ELIGIBLE"),
            (proposed(json!([role("VILLAGE_TEAM", &world.county)])), "INVALID"),
            (json!({ "name": "x", "grants": [role("COLLECTOR", &world.county)], "reason": " " }), "REQUIRED"),
        ] {
            assert_eq!(city.refused("accountPropose", "proposal", input.clone()).await, code, "{input}");
        }
    }
}

on_both! {
    /// Of two who confirm at once one opens the account; a repeat under the same key is the same confirmation.
    async fn one_account_comes_of_a_proposal(world: World) {
        let accounts = world.rows("account").await;
        let proposal = propose(&world.province_office, json!([role("COUNTY_OFFICE", &world.county)])).await;
        let mut repeated = confirm(&proposal);
        repeated["idempotencyKey"] = json!("confirm-once");
        let (one, other) = tokio::join!(
            world.office.act("accountProposalConfirm", "proposal", repeated.clone()),
            world.admin.act("accountProposalConfirm", "proposal", confirm(&proposal)),
        );
        let done = [&one, &other].map(|answer| answer.at("/accountProposalConfirm/userErrors") == &json!([]));
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "{one} {other}");
        assert_eq!(world.rows("account").await, accounts + 1);
        if done[0] {
            world.office.done("accountProposalConfirm", "proposal", repeated).await;
            assert_eq!(world.rows("account").await, accounts + 1);
        }
    }
}
