//! Regions, ledgers, designations and villages.

use api::region::{RegionImport, RegionRow};
use entity::ids::LedgerId;
use entity::region::RegionLevel;
use entity::values::RegionCode;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::{Places, act, column, day, done, enter, refused, viewer};

const ANCESTORS: &str = "region { level parent { name } province { name } city { name } county { name } \
    township { name } validFrom }";

fn new(level: &str, parent: &str) -> Value {
    json!({ "level": level, "parent": parent, "name": "新区", "validFrom": "2020-01-01" })
}

fn row(code: &str, level: RegionLevel, parent: Option<&str>, name: &str) -> RegionRow {
    RegionRow {
        code: RegionCode(code.to_owned()),
        level,
        parent: parent.map(str::to_owned),
        name: name.to_owned(),
    }
}

fn list(key: &str, rows: Vec<RegionRow>) -> RegionImport {
    RegionImport { idempotency_key: key.to_owned(), rows, valid_from: day("2000-01-01") }
}

on_both! {
    /// A new region has its ancestors; a level may be left out, but none turned over.
    async fn a_region_lies_below_its_parent(app: TestApp) {
        let places = Places::of(app).await;
        let answer = act(&places.office, "regionCreate", ANCESTORS, new("VILLAGE", &places.township)).await.expect_ok();
        assert_eq!(
            answer.at("/regionCreate/region"),
            &json!({ "level": "VILLAGE", "parent": { "name": "乔庄镇" }, "province": { "name": "四川省" },
                "city": { "name": "广元市" }, "county": { "name": "青川县" }, "township": { "name": "乔庄镇" },
                "validFrom": "2020-01-01" })
        );
        let answer = act(&places.office, "regionCreate", ANCESTORS, new("VILLAGE", &places.county)).await.expect_ok();
        assert_eq!(answer.at("/regionCreate/region/township"), &Value::Null);
        for (level, parent) in [("TOWNSHIP", &places.village), ("COUNTY", &places.county), ("PROVINCE", &places.province)] {
            assert_eq!(refused(&places.admin, "regionCreate", new(level, parent)).await, "level INVALID");
        }
        let alone = |level: &str| json!({ "level": level, "name": "新区", "validFrom": "2020-01-01" });
        assert_eq!(refused(&places.admin, "regionCreate", alone("CITY")).await, "level INVALID");
        assert_eq!(refused(&places.office, "regionCreate", alone("VILLAGE")).await, "parent REQUIRED");
        done(&places.admin, "regionCreate", "region", alone("PROVINCE")).await;
    }

    /// Name, code and id are checked.
    async fn a_region_is_refused(app: TestApp) {
        let places = Places::of(app).await;
        let with = |field: &str, value: Value| {
            let mut input = new("VILLAGE", &places.township);
            input[field] = value;
            input
        };
        let (code, id) = (json!("510822100201"), json!(uuid::Uuid::now_v7()));
        done(&places.office, "regionCreate", "region", with("code", code.clone())).await;
        done(&places.office, "regionCreate", "region", with("id", id.clone())).await;
        for (input, told) in [
            (with("code", code), "code ALREADY_EXISTS"),
            (with("id", id), "id ALREADY_EXISTS"),
            (with("name", json!(" ")), "name REQUIRED"),
            (with("parent", json!("nothing")), "parent NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "regionCreate", input).await, told);
        }
    }

    /// Facts of a region stand in the ledger of its county, from when that says something of it.
    async fn facts_begin_with_the_county(app: TestApp) {
        let places = Places::of(app).await;
        assert_eq!(places.facts("region").await, [""; 0]);
        enter(&places.office, "TOWNSHIP", &places.county, "新镇").await;
        assert_eq!(places.facts("region").await, ["recorded:TOWNSHIP"]);
        let describe = json!({ "region": places.village, "population": 812, "householdCount": 203 });
        for _ in 0..2 {
            done(&places.office, "villageDescribe", "region", describe.clone()).await;
        }
        assert_eq!(places.facts("region").await, ["recorded:TOWNSHIP", "recorded:VILLAGE"]);
        assert_eq!(column(&places.app, "SELECT DISTINCT CAST(ledger_id AS text) FROM fact").await, ["2"]);
    }

    /// Described again, a village is described anew.
    async fn a_village_is_described(app: TestApp) {
        let places = Places::of(app).await;
        let village = "region { village { population householdCount difficulty } }";
        let describe = |region: &str, population: i32| {
            json!({ "region": region, "population": population, "householdCount": 203, "difficulty": "缺水" })
        };
        done(&places.office, "villageDescribe", "region", describe(&places.village, 800)).await;
        let answer = act(&places.office, "villageDescribe", village, describe(&places.village, 812)).await.expect_ok();
        let told = json!({ "population": 812, "householdCount": 203, "difficulty": "缺水" });
        assert_eq!(answer.at("/villageDescribe/region/village"), &told);
        for (input, told) in [
            (describe(&places.township, 1), "region INVALID"),
            (describe(&places.village, -1), "population INVALID"),
            (describe("nothing", 1), "region NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "villageDescribe", input).await, told);
        }
    }

    /// A designation begins once and ends once, not before it began.
    async fn a_region_is_designated(app: TestApp) {
        let places = Places::of(app).await;
        let change = |from: Option<&str>, to: Option<&str>| {
            json!({ "region": places.village, "designation": "KEY_REVITALISATION", "from": from, "to": to })
        };
        let office = &places.office;
        assert_eq!(refused(office, "regionDesignate", change(None, Some("2021-12-31"))).await, "designation INVALID");
        assert_eq!(refused(office, "regionDesignate", change(None, None)).await, "from REQUIRED");
        done(office, "regionDesignate", "region", change(Some("2021-01-01"), None)).await;
        assert_eq!(
            refused(office, "regionDesignate", change(Some("2021-02-01"), None)).await,
            "designation ALREADY_EXISTS"
        );
        assert_eq!(refused(office, "regionDesignate", change(None, Some("2020-12-31"))).await, "to END_BEFORE_START");
        let designations = "region { designations { code from to } }";
        let answer =
            act(office, "regionDesignate", designations, change(None, Some("2021-12-31"))).await.expect_ok();
        let told = json!([{ "code": "KEY_REVITALISATION", "from": "2021-01-01", "to": "2021-12-31" }]);
        assert_eq!(answer.at("/regionDesignate/region/designations"), &told);
        assert_eq!(places.facts("region").await, ["designated:KEY_REVITALISATION", "recorded:VILLAGE"]);
        let unknown = json!({ "region": places.village, "designation": "NICE", "from": "2021-01-01" });
        assert_eq!(refused(office, "regionDesignate", unknown).await, "designation INVALID");
    }

    /// Ledgers are numbered in the order they are opened; a region keeps one.
    async fn a_ledger_is_opened(app: TestApp) {
        let places = Places::of(app).await;
        let open = |region: &str| json!({ "region": region, "name": "市台账" });
        let ledger = "ledger { number name region { name } }";
        let answer = act(&places.admin, "ledgerOpen", ledger, open(&places.city)).await.expect_ok();
        let told = json!({ "number": 4, "name": "市台账", "region": { "name": "广元市" } });
        assert_eq!(answer.at("/ledgerOpen/ledger"), &told);
        assert_eq!(refused(&places.admin, "ledgerOpen", open(&places.city)).await, "region ALREADY_EXISTS");
        assert_eq!(refused(&places.admin, "ledgerOpen", open(&places.township)).await, "region INVALID");
        let nameless = json!({ "region": places.city, "name": "" });
        assert_eq!(refused(&places.admin, "ledgerOpen", nameless).await, "name REQUIRED");
        let clocks = "SELECT CAST(seq AS text) FROM ledger_clock WHERE ledger_id = 4";
        assert_eq!(column(&places.app, clocks).await, ["0"]);
    }

    /// A national list is entered in one act, whatever stands first, and listed in its order; no facts come of it.
    async fn a_list_is_imported(app: TestApp) {
        let places = Places::of(app).await;
        let (app, admin) = (&places.app, viewer(&places.app, "admin").await);
        let rows = || {
            vec![
                row("530300000000", RegionLevel::City, Some("530000000000"), "曲靖市"),
                row("530000000000", RegionLevel::Province, None, "云南省"),
                row("530325000000", RegionLevel::County, Some("530300000000"), "富源县"),
            ]
        };
        let import = async |act: RegionImport| app.ledger.enter(&admin, LedgerId::REFERENCE, act).await;
        assert!(!import(list("yunnan", rows())).await.unwrap().repeated);
        assert!(import(list("yunnan", rows())).await.unwrap().repeated);
        import(list("more", vec![row("530302000000", RegionLevel::County, Some("530300000000"), "麒麟区")])).await.unwrap();
        let query = "{ regions(last: 4) { nodes { name } } }";
        let answer = places.office.post(query, Value::Null).await.expect_ok();
        let told = json!([{ "name": "曲靖市" }, { "name": "云南省" }, { "name": "富源县" }, { "name": "麒麟区" }]);
        assert_eq!(answer.at("/regions/nodes"), &told);
        let query = r#"{ region(by: { code: "530302000000" }) { city { name } province { name } } }"#;
        let answer = places.office.post(query, Value::Null).await.expect_ok();
        assert_eq!(answer.at("/region"), &json!({ "city": { "name": "曲靖市" }, "province": { "name": "云南省" } }));
        assert_eq!(places.facts("region").await, [""; 0]);
    }

    /// A list with anything wrong in it is refused whole.
    async fn a_list_is_refused(app: TestApp) {
        let places = Places::of(app).await;
        let before = places.written().await;
        let province = || row("530000000000", RegionLevel::Province, None, "云南省");
        let lists = [
            vec![],
            vec![province(), row("530300000000", RegionLevel::City, Some("990000000000"), "曲靖市")],
            vec![province(), row("530300000000", RegionLevel::Province, Some("530000000000"), "曲靖市")],
            vec![province(), row("530300000000", RegionLevel::City, Some("530000000000"), " ")],
            vec![province(), province()],
        ];
        for (nth, rows) in lists.into_iter().enumerate() {
            let admin = viewer(&places.app, "admin").await;
            let refused = places.app.ledger.enter(&admin, LedgerId::REFERENCE, list(&nth.to_string(), rows)).await;
            assert!(matches!(refused, Err(platform::error::Error::User(_))), "{refused:?}");
        }
        let office = viewer(&places.app, "office").await;
        for ledger in [LedgerId::REFERENCE, LedgerId(2)] {
            let refused = places.app.ledger.enter(&office, ledger, list("mine", vec![province()])).await;
            assert!(matches!(refused, Err(platform::error::Error::NotFound)), "{refused:?}");
        }
        assert_eq!(places.written().await, before);
    }

    /// An office renames what lies below it; any region is the administrator's.
    async fn a_region_is_renamed_and_recoded(app: TestApp) {
        let places = Places::of(app).await;
        let change = |region: &str| json!({ "region": region, "name": "新名", "code": "510822100299" });
        let shown = "region { name code }";
        let answer = act(&places.office, "regionUpdate", shown, change(&places.village)).await.expect_ok();
        assert_eq!(answer.at("/regionUpdate/region"), &json!({ "name": "新名", "code": "510822100299" }));
        assert_eq!(refused(&places.office, "regionUpdate", change(&places.township)).await, "code INVALID");
        let beside = done(&places.office, "regionCreate", "region", new("VILLAGE", &places.township)).await;
        assert_eq!(refused(&places.office, "regionUpdate", change(&beside)).await, "code ALREADY_EXISTS");
        let clear = json!({ "region": places.village, "code": null });
        let answer = act(&places.office, "regionUpdate", shown, clear).await.expect_ok();
        assert_eq!(answer.at("/regionUpdate/region"), &json!({ "name": "新名", "code": null }));
        for (by, region, told) in [
            (&places.office, &places.county, "region NOT_FOUND"),
            (&places.office, &places.other_county, "NOT_FOUND"),
            (&places.neighbour, &places.village, "NOT_FOUND"),
            (&places.province_office, &places.village, "FORBIDDEN"),
        ] {
            assert_eq!(refused(by, "regionUpdate", change(region)).await, told);
        }
        let county = json!({ "region": places.county, "name": "新县", "code": "510899000000" });
        done(&places.admin, "regionUpdate", "region", county).await;
        assert_eq!(refused(&places.admin, "regionUpdate", json!({ "region": places.city, "name": " " })).await, "name REQUIRED");
    }

    /// A village ends in another when nobody lives there and nobody is linked to it.
    async fn a_village_ends_in_another(app: TestApp) {
        let places = Places::of(app).await;
        let office = &places.office;
        let successor = enter(office, "VILLAGE", &places.township, "并入村").await;
        let end = |region: &str, to: &str, successor: &str| json!({ "region": region, "to": to, "successor": successor });
        let family = json!({ "village": places.village, "headName": "王大山", "registeredOn": "2021-01-01" });
        let family = done(office, "householdRegister", "household", family).await;
        for (input, told) in [
            (end(&places.village, "2021-12-31", &successor), "to WRONG_STEP"),
            (end(&places.township, "2021-12-31", &places.township), "to WRONG_STEP"),
            (end(&successor, "2019-12-31", &successor), "successor INVALID"),
            (end(&successor, "1999-12-31", &places.village), "to END_BEFORE_START"),
            (end(&places.county, "2021-12-31", &places.other_county), "region NOT_FOUND"),
        ] {
            assert_eq!(refused(office, "regionEnd", input).await, told);
        }
        done(office, "householdUpdate", "household", json!({ "household": family, "village": successor })).await;
        let ended = act(office, "regionEnd", "region { validTo successor { name } }", end(&places.village, "2021-12-31", &successor)).await;
        assert_eq!(ended.expect_ok().at("/regionEnd/region"), &json!({ "validTo": "2021-12-31", "successor": { "name": "并入村" } }));
        assert_eq!(refused(office, "regionEnd", end(&places.village, "2021-12-31", &successor)).await, "region WRONG_STEP");
        let late = json!({ "village": places.village, "headName": "李", "registeredOn": "2022-01-01" });
        assert_eq!(refused(office, "householdRegister", late).await, "village INVALID");
        assert_eq!(refused(&places.admin, "regionEnd", end(&places.county, "2021-12-31", &places.other_county)).await, "region INVALID");
        assert_eq!(refused(&places.neighbour, "regionEnd", end(&successor, "2021-12-31", &places.village)).await, "NOT_FOUND");
        let report = api::verify::run(&places.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }
}
