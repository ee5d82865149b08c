//! A null in a filter never means everything, and numbers are what they are however they are written.

use serde_json::{Value, json};
use tests::{World, on_both};

const REFUSED: &str = "REQUIRED";

on_both! {
    /// In every field of every filter, in the document and in variables.
    async fn a_null_in_a_filter_is_refused(world: World) {
        let asked = world.office.post("{ __schema { queryType { fields { name args { name type { name inputFields { name type { kind name ofType { name } } } } } } } } }", Value::Null).await.expect_ok();
        let mut filters = 0;
        for field in asked.at("/__schema/queryType/fields").as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let Some(filter) = field["args"].as_array().unwrap().iter().find(|argument| argument["name"] == "filter") else { continue };
            filters += 1;
            let of = filter["type"]["name"].as_str().unwrap();
            let of_filter = format!("$filter: {of}");
            for input in filter["type"]["inputFields"].as_array().unwrap() {
                let key = input["name"].as_str().unwrap();
                let whole = format!("query($filter: {of}) {{ {name}(filter: $filter) {{ totalCount }} }}");
                let answers = [
                    world.office.post(&format!("{{ {name}(filter: {{ {key}: null }}) {{ totalCount }} }}"), Value::Null).await,
                    world.office.post(&whole, json!({ "filter": { key: null } })).await,
                    world.office.post(&whole.replacen(&of_filter, &format!("{of_filter} = {{ {key}: null }}"), 1), json!({})).await,
                    world.office.post(&format!("{{ ...F }} fragment F on Query {{ {name}(filter: {{ {key}: null }}) {{ totalCount }} }}"), Value::Null).await,
                ];
                for answer in answers {
                    assert_eq!((answer.code(), answer.json.get("data")), (Some(REFUSED), None), "{name} {key}: {answer}");
                    assert!(answer.text.contains(&format!("`filter.{key}` is null")), "{answer}");
                }
            }
            for answer in [
                world.office.post(&format!("{{ {name}(filter: null) {{ totalCount }} }}"), Value::Null).await,
                world.office.post(&format!("query($filter: {of}) {{ {name}(filter: $filter) {{ totalCount }} }}"), json!({ "filter": null })).await,
            ] {
                assert_eq!(answer.code(), Some(REFUSED), "{name}: {answer}");
            }
        }
        assert!(filters >= 23, "{filters}");
    }

    /// What is left out narrows nothing, and so does a variable that is not given.
    async fn what_is_not_given_is_not_null(world: World) {
        let all = world.office.post("{ households { totalCount } }", Value::Null).await.expect_ok().at("/households/totalCount").clone();
        let query = "query($phone: PersonalText) { households(filter: { phone: $phone }) { totalCount } }";
        assert_eq!(world.office.post(query, json!({})).await.expect_ok().at("/households/totalCount"), &all);
        let blank = world.office.post(query, json!({ "phone": null })).await;
        assert_eq!(blank.code(), Some(REFUSED), "{blank}");
        let pages = "query($first: Int, $after: String, $order: RegionSort) { regions(first: $first, after: $after, orderBy: $order, before: null) { totalCount } }";
        let _ = world.office.post(pages, json!({ "first": null, "after": null, "order": null })).await.expect_ok();
    }

    /// A question of figures is no wider for a null, and what it answers is asked no wider either.
    async fn nor_does_a_null_widen_figures(world: World) {
        let input = |key: &str, value: Value| {
            let mut input = json!({ "region": { "id": world.county }, "period": { "year": 2022 } });
            input[key] = value;
            json!({ "input": input })
        };
        let query = "query($input: ProgressInput!) { progress(input: $input) { from } }";
        let _ = world.office.post(query, input("asOf", json!("2022-01-01T00:00:00Z"))).await.expect_ok();
        // Null is the present, one total, and what is verified.
        for key in ["asOf", "groupBy", "verification"] {
            let _ = world.office.post(query, input(key, Value::Null)).await.expect_ok();
        }
        for key in ["programme", "indicators"] {
            let answer = world.office.post(query, input(key, Value::Null)).await;
            assert_eq!(answer.code(), Some(REFUSED), "{key}: {answer}");
        }
        let of = &world.county;
        for query in [
            format!("{{ publicFigures(region: {{ id: \"{of}\" }}, quarter: {{ year: 2021, quarter: 4 }}, indicators: null) {{ code }} }}"),
            format!("{{ publicFigures(region: {{ id: \"{of}\" }}, quarter: {{ year: 2021, quarter: 4 }}, programme: null) {{ code }} }}"),
            "{ indicators(programme: null) { code } }".to_owned(),
            "{ households(first: 1) { nodes { income(year: null) { year } } } }".to_owned(),
        ] {
            let answer = world.office.post(&query, Value::Null).await;
            assert_eq!(answer.code(), Some(REFUSED), "{query}: {answer}");
        }
    }

    /// In an act null is what its description says: here it takes a phone away, and there is nothing to say of the rest.
    async fn an_act_may_hold_nulls(world: World) {
        let person = json!({ "name": "委员九", "region": world.county, "phone": null });
        world.office.done("personRegister", "person", person).await;
    }

    /// As in JavaScript, a number in JSON has no sort: `2.0` is 2, for an Int, an id and all others.
    async fn whole_numbers_may_be_written_with_a_point(world: World) {
        let sent = async |variables: &str| {
            let body = format!("{{\"query\":\"query($n: Int) {{ regions(first: $n) {{ nodes {{ name }} }} }}\",\"variables\":{{\"n\":{variables}}}}}");
            let request = axum::http::Request::post("/graphql").header("content-type", "application/json");
            world.office.send(request.body(body.into()).unwrap()).await
        };
        for two in ["2", "2.0", "2e0", "0.2e1", "20e-1"] {
            let answer = sent(two).await.expect_ok();
            assert_eq!(answer.at("/regions/nodes").as_array().unwrap().len(), 2, "{two}");
        }
        for other in ["2.5", "1e300"] {
            assert_eq!(sent(other).await.code(), Some("INVALID"), "{other}");
        }
    }

    /// Characters beyond the first 65536, written as escapes in the document.
    async fn escapes_of_all_sorts_are_read(world: World) {
        world.office.done("personRegister", "person", json!({ "name": "𬱖一", "region": world.county })).await;
        for written in ["𬱖", "\\uD873\\uDC56", "\\ud873\\udc56", "\\u{2CC56}", "\\u{02cc56}"] {
            let answer = world.office.post(&format!("{{ people(filter: {{ nameContains: \"{written}\" }}) {{ totalCount }} }}"), Value::Null).await.expect_ok();
            assert_eq!(answer.at("/people/totalCount"), 1, "{written}");
        }
        for nothing in ["\\u{0}", "\\u{0000}", "\\u0000"] {
            let answer = world.office.post(&format!("{{ people(filter: {{ nameContains: \"a{nothing}\" }}) {{ totalCount }} }}"), Value::Null).await;
            assert_eq!(answer.code(), Some("INVALID"), "{nothing}: {answer}");
        }
    }

    /// A directive on `__typename` is a directive like any other.
    async fn directives_stand_on_typename(world: World) {
        let query = "query($s: Boolean!) { viewer { t: __typename @include(if: $s) id } __typename @skip(if: $s) }";
        for (shown, there) in [(true, json!("Viewer")), (false, Value::Null)] {
            let answer = world.office.post(query, json!({ "s": shown })).await.expect_ok();
            assert_eq!(answer.data()["viewer"].get("t").cloned().unwrap_or_default(), there);
            assert_eq!(answer.data().get("__typename").is_some(), !shown);
        }
    }
}
