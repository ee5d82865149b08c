//! What is asked: the questions about one thing, the lists, the acts, and the fields left to their own tests.

/// A field, the kind of thing it is asked about, and the rest of the question: `$` stands for the id of the thing.
pub struct Asked {
    pub field: &'static str,
    pub thing: &'static str,
    pub rest: &'static str,
}

const fn ask(field: &'static str, thing: &'static str, rest: &'static str) -> Asked {
    Asked { field, thing, rest }
}

/// Questions about one thing.
pub const ONE: &[Asked] = &[
    ask("node", "household", "(id: $) { id }"),
    ask("nodes", "household", "(ids: [$]) { id }"),
    ask("viewer", "region", " { account }"),
    ask("signInProviders", "region", " { name }"),
    ask("rateLimit", "region", " { limit }"),
    ask("account", "account", "(id: $) { name }"),
    ask("accountProposal", "accountProposal", "(id: $) { name }"),
    ask("application", "application", "(id: $) { name }"),
    ask("trustedDocument", "trustedDocument", "(id: $) { documentId }"),
    ask("region", "region", "(by: { id: $ }) { name }"),
    ask("organisation", "organisation", "(id: $) { name }"),
    ask("committee", "committee", "(id: $) { name }"),
    ask("member", "member", "(id: $) { kind }"),
    ask("person", "person", "(id: $) { name }"),
    ask("industry", "industry", "(id: $) { name }"),
    ask("programme", "programme", "(by: { id: $ }) { name }"),
    ask("indicators", "programme", "(programme: { id: $ }) { code }"),
    ask("catalogue", "region", " { code }"),
    ask("household", "household", "(id: $) { id }"),
    ask("link", "link", "(id: $) { id }"),
    ask("activity", "activity", "(id: $) { id }"),
    ask("need", "need", "(id: $) { id }"),
    ask("plan", "plan", "(id: $) { id }"),
    ask("project", "project", "(id: $) { id }"),
    ask("contribution", "contribution", "(id: $) { id }"),
    ask("outcome", "outcome", "(id: $) { id }"),
    ask("mark", "mark", "(id: $) { id }"),
    ask("proposal", "proposal", "(id: $) { id }"),
    ask("exemption", "exemption", "(id: $) { id }"),
    ask(
        "progress",
        "region",
        "(input: { region: { id: $ }, period: { year: 2022 } }) { groups { nodes { month } } }",
    ),
    ask("personalRequest", "request", "(id: $) { kind }"),
    ask("retention", "region", "(region: $) { ledger }"),
    ask("publicFigures", "region", "(region: { id: $ }, quarter: { year: 2021, quarter: 1 }) { code }"),
];

/// Lists, of all that a role sees anywhere.
pub const LISTS: &[&str] = &[
    "accounts",
    "accountProposals",
    "applications",
    "trustedDocuments",
    "auditActs",
    "auditAccess",
    "regions",
    "organisations",
    "committees",
    "members",
    "people",
    "industries",
    "programmes",
    "households",
    "links",
    "activities",
    "needs",
    "plans",
    "projects",
    "contributions",
    "outcomes",
    "marks",
    "proposals",
    "exemptions",
    "personalRequests",
];

/// Mutations about a thing of a place. `$thing` names another thing of the place; `~`, and the day `@`, are new each time.
pub const ACTS: &[(&str, &str)] = &[
    (
        "householdReveal",
        r#"{ "household": "$household", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "personReveal",
        r#"{ "person": "$person", "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" }"#,
    ),
    (
        "accountOpen",
        r#"{ "name": "~", "password": "Correct-horse-7", "grants": [{ "role": "COLLECTOR", "region": "$village", "from": "2022-01-01" }] }"#,
    ),
    (
        "accountPropose",
        r#"{ "name": "~", "grants": [{ "role": "COLLECTOR", "region": "$village", "from": "2022-01-01" }], "reason": "工作需要" }"#,
    ),
    ("accountProposalWithdraw", r#"{ "proposal": "$withdrawn" }"#),
    ("accountProposalDecline", r#"{ "proposal": "$declined", "reason": "不符" }"#),
    ("accountProposalConfirm", r#"{ "proposal": "$accountProposal", "password": "Correct-horse-9" }"#),
    ("accountUpdate", r#"{ "account": "$account", "isDisabled": false }"#),
    ("passwordReset", r#"{ "account": "$account", "password": "Correct-horse-8" }"#),
    (
        "grantGive",
        r#"{ "account": "$account", "grant": { "role": "COLLECTOR", "region": "$village", "from": "@", "to": "@" } }"#,
    ),
    (
        "applicationRegister",
        r#"{ "name": "~", "contact": "值班室", "region": "$region", "scopes": ["FIGURES"], "from": "2022-01-01" }"#,
    ),
    ("applicationUpdate", r#"{ "application": "$application", "ratePerMinute": 30 }"#),
    ("applicationSecretRotate", r#"{ "application": "$application" }"#),
    ("applicationDisable", r#"{ "application": "$application", "isDisabled": false }"#),
    ("trustedDocumentRegister", r#"{ "name": "~", "text": "query Q~ { __typename }" }"#),
    ("trustedDocumentWithdraw", r#"{ "trustedDocument": "$trustedDocument", "isWithdrawn": false }"#),
    ("accountIdentityLink", r#"{ "account": "$account", "subject": "~" }"#),
    (
        "accountIdentityUnlink",
        r#"{ "account": "$account", "identity": "00000000-0000-0000-0000-000000000001" }"#,
    ),
    ("grantEnd", r#"{ "account": "$account", "grant": "$grant", "to": "2020-01-01" }"#),
    (
        "regionCreate",
        r#"{ "level": "VILLAGE", "parent": "$region", "name": "~", "validFrom": "2022-01-01" }"#,
    ),
    ("regionUpdate", r#"{ "region": "$village", "name": "~" }"#),
    ("regionEnd", r#"{ "region": "$village", "to": "1990-01-01" }"#),
    ("regionDesignate", r#"{ "region": "$village", "designation": "NONE", "from": "2022-01-01" }"#),
    ("villageDescribe", r#"{ "region": "$village", "population": 300 }"#),
    ("ledgerOpen", r#"{ "region": "$region", "name": "~" }"#),
    ("organisationCreate", r#"{ "region": "$region", "name": "~", "kind": "OTHER", "system": "SOCIETY" }"#),
    ("organisationUpdate", r#"{ "organisation": "$organisation", "kind": "CPPCC" }"#),
    ("organisationEnd", r#"{ "organisation": "$organisation", "to": "1900-01-01" }"#),
    (
        "committeeCreate",
        r#"{ "organisation": "$organisation", "name": "~", "kind": "OFFICE", "from": "2022-01-01" }"#,
    ),
    ("committeeEnd", r#"{ "committee": "$committee", "to": "1900-01-01" }"#),
    (
        "committeeMemberAdd",
        r#"{ "committee": "$committee", "person": "$person", "role": "MEMBER", "from": "2022-01-01" }"#,
    ),
    ("committeeMemberEnd", r#"{ "committeeMember": "$committeeMember", "to": "1900-01-01" }"#),
    ("personRegister", r#"{ "name": "~", "region": "$region", "phone": "13900000001" }"#),
    ("personUpdate", r#"{ "person": "$person", "isPartyMember": true, "phone": "13900000002" }"#),
    (
        "memberAppoint",
        r#"{ "person": "$person", "organisation": "$organisation", "kind": "CADRE", "from": "2022-01-01" }"#,
    ),
    ("memberUpdate", r#"{ "member": "$member", "tags": [] }"#),
    ("memberEnd", r#"{ "member": "$member", "to": "1900-01-01" }"#),
    ("industryCreate", r#"{ "region": "$region", "name": "~" }"#),
    ("industryUpdate", r#"{ "industry": "$industry", "tier": 2 }"#),
    ("industryEnd", r#"{ "industry": "$industry", "to": "1900-01-01" }"#),
    (
        "industryUnitAdd",
        r#"{ "industry": "$industry", "kind": "PARK", "name": "~", "region": "$region", "from": "2022-01-01" }"#,
    ),
    ("industryUnitEnd", r#"{ "industryUnit": "$industryUnit", "to": "1900-01-01" }"#),
    (
        "programmeCreate",
        r#"{ "code": "~", "name": "行动", "organisation": "$organisation", "from": "2022-01-01" }"#,
    ),
    ("programmeUpdate", r#"{ "programme": "$programme", "description": "说明" }"#),
    (
        "linkRuleCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "规则", "helperKind": "ORGANISATION", "targetKind": "REGION", "obligation": "GOAL", "from": "2022-01-01" }"#,
    ),
    ("linkRuleEnd", r#"{ "rule": "$rule", "to": "1900-01-01" }"#),
    (
        "checklistCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "清单", "subject": "LINK", "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01", "items": [{ "code": "ONE", "name": "一", "target": 1 }] }"#,
    ),
    (
        "dutyRuleCreate",
        r#"{ "programme": "$programme", "code": "~", "name": "任务", "subject": "LINK", "target": 1, "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" }"#,
    ),
    ("dutyRuleEnd", r#"{ "rule": "$duty", "to": "1900-01-01" }"#),
    ("categorySetCreate", r#"{ "programme": "$programme", "code": "~", "name": "类别" }"#),
    ("categoryAdd", r#"{ "set": "$set", "code": "~", "name": "类别" }"#),
    (
        "indicatorDefine",
        r#"{ "programme": "$programme", "code": "~", "name": "指标", "unit": "个", "definition": { "measure": { "of": "ACTIVITY" } } }"#,
    ),
    ("indicatorUpdate", r#"{ "indicator": "$indicator", "unit": "件" }"#),
    ("indicatorPublish", r#"{ "indicator": "$indicator", "isPublic": false }"#),
    (
        "householdRegister",
        r#"{ "village": "$village", "headName": "~", "registeredOn": "2022-01-01", "phone": "13900000003" }"#,
    ),
    ("householdUpdate", r#"{ "household": "$household", "hasSafeWater": true }"#),
    ("householdDesignate", r#"{ "household": "$household", "designation": "NONE", "from": "2022-01-01" }"#),
    (
        "householdIncomeRecord",
        r#"{ "household": "$household", "income": { "year": 2021, "source": "WAGE", "amount": 100 } }"#,
    ),
    (
        "familyMemberAdd",
        r#"{ "household": "$household", "member": { "name": "~", "relation": "子" }, "from": "2022-01-01" }"#,
    ),
    ("familyMemberUpdate", r#"{ "member": "$familyMember", "occupation": "务农", "phone": "13900000004" }"#),
    (
        "linkCreate",
        r#"{ "rule": "$rule", "helper": "$organisation", "target": "$village", "from": "1900-01-01" }"#,
    ),
    ("linkEnd", r#"{ "link": "$link", "to": "1900-01-01", "reason": "x" }"#),
    ("linkHandOver", r#"{ "link": "$link", "helper": "$member", "on": "1900-01-01", "reason": "x" }"#),
    (
        "activityRecord",
        r#"{ "kind": "VISIT", "about": { "title": "走访", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "needReport",
        r#"{ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("needAdvance", r#"{ "need": "$need", "step": "CONFIRM", "on": "2022-01-01" }"#),
    (
        "planCreate",
        r#"{ "kind": "ANNUAL_PLAN", "about": { "title": "规划", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "projectCreate",
        r#"{ "category": "INFRASTRUCTURE", "about": { "title": "道路", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "projectFundAdd",
        r#"{ "project": "$project", "fund": { "source": "NONE", "amount": 1, "grantedOn": "2022-01-01" } }"#,
    ),
    (
        "projectFundAmend",
        r#"{ "project": "$project", "key": "00000000-0000-0000-0000-000000000001", "fund": { "source": "NONE", "amount": 1, "grantedOn": "2022-01-01" } }"#,
    ),
    ("projectHouseholdsAdd", r#"{ "project": "$project", "households": [], "on": "2022-01-01" }"#),
    (
        "contributionRecord",
        r#"{ "kind": "CASH", "amount": 100, "about": { "title": "捐款", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    (
        "outcomeRecord",
        r#"{ "kind": "ROAD", "quantity": 1, "unit": "公里", "about": { "title": "道路", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("markSet", r#"{ "duty": "$duty", "subject": "$markable", "on": "2022-01-01" }"#),
    (
        "proposalFile",
        r#"{ "kind": "SUGGESTION", "about": { "title": "建议", "happenedOn": "2022-01-01", "targets": ["$target"] } }"#,
    ),
    ("exemptionGrant", r#"{ "helper": "$member", "rule": "$rule", "from": "2022-01-02", "reason": "病" }"#),
    ("exemptionEnd", r#"{ "exemption": "$exemption", "to": "1900-01-01" }"#),
    ("recordVerify", r#"{ "record": "$activity", "expectedVersion": 0 }"#),
    ("recordReject", r#"{ "record": "$activity", "expectedVersion": 0, "reason": "x" }"#),
    ("recordAmend", r#"{ "record": "$activity", "expectedVersion": 0, "title": "改" }"#),
    ("personalRequestOpen", r#"{ "kind": "COPY", "subject": "$household", "receivedOn": "2022-01-01" }"#),
    ("personalRequestAnswer", r#"{ "request": "$request", "answer": "DONE", "reason": "已改" }"#),
    ("personalCopyTake", r#"{ "request": "$request", "reason": "本人到场" }"#),
    ("personalErase", r#"{ "request": "$request", "reason": "本人要求" }"#),
    ("retentionSet", r#"{ "region": "$region", "of": "HOUSEHOLD", "months": 1200 }"#),
    ("retentionApply", r#"{ "region": "$region" }"#),
];

/// Fields that ask for no role: their own tests tell what they answer.
pub const OPEN: &[&str] =
    &["signIn", "sessionOpenWithCode", "sessionRefresh", "signOut", "signOutEverywhere", "passwordChange"];
