//! What is not shown is not filtered by, in whatever list: every filter and sort key has been thought of.

use std::collections::BTreeSet;

use entity::fact::SourceType;
use platform::gid::Gid;

use super::*;

/// Every field of a filter and every sort key, and what guards it: a datum that is shown in clear to whoever may read
/// the row at all, or the scope that is asked besides.
const GUARDED: &[(&str, &str)] = &[
    ("AccountFilter", "isDisabled nameContains role: accounts are read by those who keep them"),
    ("AccountProposalFilter", "isToAnswer state: KeepAccount"),
    ("AccountProposalSort", "ENTERED: KeepAccount"),
    ("AccountSort", "ENTERED NAME: shown to those who keep them"),
    ("ApplicationFilter", "isDisabled nameContains: shown to those who keep them"),
    ("ApplicationSort", "ENTERED NAME: shown to those who keep them"),
    ("AuditAccessFilter", "account from kind ledger region result subject to: shown to auditors"),
    ("AuditActFilter", "account action from ledger region to: shown to auditors"),
    ("CommitteeFilter", "kind nameContains organisation parent region validOn: public"),
    ("CommitteeSort", "ENTERED FROM NAME: public"),
    (
        "HouseholdFilter",
        "designation isCurrent isLinked number region: shown; identityNumber: Reveal; nameContains: in_clear(Name); phone: FindByPhone, is_shown",
    ),
    ("HouseholdSort", "ENTERED REGISTERED VILLAGE: shown"),
    ("IndustryFilter", "nameContains region tier: public"),
    ("IndustrySort", "ENTERED NAME: public"),
    ("LinkFilter", "helper region rule targetKind validOn: shown; target: a household in scope"),
    ("LinkSort", "ENTERED FROM: shown"),
    (
        "MemberFilter",
        "committee kind organisation region validOn: shown; isLinked: ReadHousehold; nameContains: ReadPeople",
    ),
    ("MemberSort", "ENTERED FROM: shown"),
    ("OrganisationFilter", "kind nameContains region system: public"),
    ("OrganisationSort", "ENTERED NAME: public"),
    ("PersonFilter", "identityNumber phone: Reveal; nameContains: ReadPeople"),
    ("PersonSort", "ENTERED NAME: ReadPeople"),
    ("PersonalRequestFilter", "isOpen kind subject: AnswerForData"),
    ("PersonalRequestSort", "RECEIVED: AnswerForData"),
    ("ProgrammeFilter", "code organisation parent: public"),
    ("ProgrammeSort", "CODE FROM: public"),
    (
        "RecordFilter",
        "category dueTo happenedFrom happenedTo helper kind programme region step tag verification: shown; link target: in scope",
    ),
    ("RecordSort", "HAPPENED RECEIVED: shown"),
    ("RegionFilter", "code level nameContains parent within: public"),
    ("RegionSort", "ENTERED NAME: public"),
    ("TrustedDocumentFilter", "isWithdrawn nameContains: shown to those who keep applications"),
    ("TrustedDocumentSort", "ENTERED NAME: shown to those who keep applications"),
];

/// A list of records, or of links, by one filter: ids.
async fn by(client: &Client, list: &str, filter: Value) -> Vec<String> {
    let kind = if list == "links" { "LinkFilter" } else { "RecordFilter" };
    let query =
        format!("query($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount nodes {{ id }} }} }}");
    let answer = client.post(&query, json!({ "filter": filter })).await.expect_ok();
    let nodes = answer.at(&format!("/{list}/nodes")).as_array().unwrap();
    assert_eq!(answer.at(&format!("/{list}/totalCount")), nodes.len());
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

/// The same row, said to be of another type.
fn forged(id: &str, of: SourceType) -> String {
    Gid { of, ..Gid::decode(&id.into()).unwrap() }.text()
}

on_both! {
    async fn every_filter_and_sort_key_is_guarded(app: tests::TestApp) {
        let query = "{ __schema { types { name inputFields { name } enumValues { name } } } }";
        let answer = app.stranger().post(query, Value::Null).await.expect_ok();
        let named = |list: &Value| -> BTreeSet<String> {
            list.as_array().into_iter().flatten().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
        };
        let mut known = BTreeSet::new();
        for of in answer.at("/__schema/types").as_array().unwrap() {
            let name = of["name"].as_str().unwrap();
            if name.ends_with("Filter") || name.ends_with("Sort") {
                let fields = &named(&of["inputFields"]) | &named(&of["enumValues"]);
                let guard = GUARDED.iter().find(|(guarded, _)| *guarded == name);
                let (_, guard) = guard.unwrap_or_else(|| panic!("who may filter or sort by the fields of {name}: {fields:?}?"));
                let said: BTreeSet<String> = guard.split("; ").flat_map(|part| part.split(": ").next().unwrap().split(' ')).map(str::to_owned).collect();
                assert_eq!(said, fields, "{name}");
                known.insert(name.to_owned());
            }
        }
        assert_eq!(known.len(), GUARDED.len());
    }

    /// A record about several households is found by one's own alone, however the others are named.
    async fn a_household_that_is_not_shown_finds_no_record(world: World) {
        let (mine, other) = (world.link(0, 0, "2022-01-01").await, world.link(1, 2, "2022-01-01").await);
        let about = json!({ "title": "联合走访", "happenedOn": "2022-01-01", "links": [mine, other] });
        let both = world.office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        let (member, theirs) = (&world.members[0].client, &world.households[2]);
        let key = |id: &str| Gid::decode(&id.into()).unwrap().id;
        for filter in [
            json!({ "target": theirs }), json!({ "link": other }), json!({ "tag": key(theirs) }), json!({ "tag": key(&other) }),
            json!({ "target": forged(theirs, SourceType::Region) }), json!({ "target": forged(&other, SourceType::Member) }),
            json!({ "helper": forged(theirs, SourceType::Member) }), json!({ "programme": forged(&other, SourceType::Programme) }),
            json!({ "link": forged(theirs, SourceType::Link) }), json!({ "target": forged(&other, SourceType::Household) }),
        ] {
            assert_eq!(by(member, "activities", filter.clone()).await, [""; 0], "{filter}");
        }
        for filter in [json!({ "target": world.households[0] }), json!({ "link": mine }), json!({ "helper": world.members[0].seat }),
            json!({ "programme": world.programme })] {
            assert_eq!(by(member, "activities", filter.clone()).await, [both.as_str()], "{filter}");
        }
        for filter in [json!({ "target": theirs }), json!({ "link": other })] {
            assert_eq!(by(&world.office, "activities", filter.clone()).await, [both.as_str()], "{filter}");
        }
    }

    /// Of a past link one sees no household, and does not find it by one.
    async fn a_past_link_is_not_found_by_its_household(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let to = json!({ "target": world.households[0] });
        let member = &world.members[0].client;
        assert_eq!(by(member, "links", to.clone()).await, [link.as_str()]);
        world.app.go_to("2022-06-01");
        world.office.done("linkEnd", "link", json!({ "link": link, "to": "2022-05-01", "reason": "调离" })).await;
        assert_eq!(by(member, "links", json!({})).await, [link.as_str()]);
        assert_eq!(by(member, "links", to.clone()).await, [""; 0]);
        assert_eq!(by(member, "links", json!({ "target": forged(&world.households[0], SourceType::Region) })).await, [""; 0]);
        assert_eq!(by(&world.office, "links", to).await, [link]);
    }
}
