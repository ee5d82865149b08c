//! The harness keeps what it promises.
#![expect(clippy::disallowed_methods, reason = "there is no other way to make a table")]

use axum::http::Request;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::oracle::{self, Case};
use tests::{TestApp, on_both};

on_both! {
    /// A fresh service lives, and tells which statements it ran.
    async fn a_fresh_service_answers(app: TestApp) {
        let request = Request::get("/health/live").body(axum::body::Body::empty()).unwrap();
        assert!(app.stranger().send(request).await.status.is_success());
        let (answer, statements) = app.statements(app.stranger().post("{ __typename }", json!({}))).await;
        assert_eq!(answer.expect_ok().at("/__typename"), "Query");
        assert_eq!(statements, [""; 0]);
    }

    /// What one test writes no other sees.
    async fn a_database_is_ones_own(app: TestApp) {
        app.owner().await.execute_unprepared("CREATE TABLE mine (id integer)").await.unwrap();
        let count = Statement::from_string(app.db.backend(), "SELECT COUNT(*) FROM mine");
        let (counted, statements) = app.statements(app.db.write.query_one_raw(count)).await;
        assert!(counted.is_ok());
        assert_eq!(statements, ["SELECT COUNT(*) FROM mine"]);
    }

    /// The same name as above: were the database the same, this would fail.
    async fn another_has_its_own(app: TestApp) {
        app.owner().await.execute_unprepared("CREATE TABLE mine (id integer)").await.unwrap();
    }

    /// The oracle reads our schema and sees what is amiss.
    async fn graphql_js_reads_the_schema(app: TestApp) {
        let query = "query { b: __typename a: __typename }";
        let answer = app.stranger().post(query, Value::Null).await.expect_ok();
        let mut wrong = answer.clone();
        wrong.text = r#"{"data":{"a":"Query","b":"Query"}}"#.into();
        let case = |answer| Case { query, variables: &Value::Null, answer };
        let judged = oracle::objections(&api::schema().finish().sdl(), &[case(&answer), case(&wrong)]);
        let Some(objections) = judged else { return };
        assert_eq!(objections[0], None);
        assert!(objections[1].is_some());
    }
}
