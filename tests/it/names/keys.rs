//! Keys as they lie: read from an index, whole, and made for names from before there were any.

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use super::*;

/// The first column of a statement's rows, or the last, whichever holds texts.
#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn texts(world: &World, sql: &str, column: &str) -> Vec<String> {
    let statement = Statement::from_string(world.app.db.backend(), sql);
    let rows = world.app.db.read.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "what no door lets in")]
async fn tamper(world: &World, sql: &str) {
    world.app.owner().await.execute_unprepared(sql).await.unwrap();
}

/// All keys, each with its owner.
async fn all(world: &World) -> Vec<String> {
    let hex = |column: &str| match world.app.db.backend() {
        DbBackend::Postgres => format!("encode({column}, 'hex')"),
        _ => format!("hex({column})"),
    };
    let id =
        if world.app.db.backend() == DbBackend::Postgres { "owner_id::text".into() } else { hex("owner_id") };
    let household = if world.app.db.backend() == DbBackend::Postgres {
        "household_id::text".into()
    } else {
        hex("household_id")
    };
    let of_households = format!(
        "SELECT ledger_id || ' ' || {household} || ' ' || owner_type || ' ' || {id} || ' ' || {} AS line FROM household_name_key ORDER BY 1",
        hex("key")
    );
    let of_roster = format!(
        "SELECT keeper_id || ' ' || owner_type || ' ' || {id} || ' ' || {} AS line FROM roster_name_key ORDER BY 1",
        hex("key")
    );
    let mut lines = texts(world, &of_households, "line").await;
    lines.extend(texts(world, &of_roster, "line").await);
    lines
}

/// What the database means to do, of the statement that was run for a question, whatever is asked for.
async fn plan(world: &World, table: &str, query: &str) -> String {
    let (answer, statements) = world.app.statements(world.office.post(query, Value::Null)).await;
    assert!(answer.expect_ok().data().is_object());
    let statement = statements.into_iter().find(|sql| sql.contains(table)).unwrap();
    if world.app.db.backend() != DbBackend::Postgres {
        return texts(world, &format!("EXPLAIN QUERY PLAN {statement}"), "detail").await.join("\n");
    }
    let values =
        (1..100).take_while(|nth| statement.contains(&format!("${nth}"))).map(|_| "NULL").collect::<Vec<_>>();
    let explain = format!("EXPLAIN EXECUTE asked({})", values.join(", "));
    prepared(world, &format!("PREPARE asked AS {statement}"), &explain).await
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn prepared(world: &World, prepare: &str, explain: &str) -> String {
    let tx = world.app.owner().await.begin().await.unwrap();
    tx.execute_unprepared("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
    tx.execute_unprepared(prepare).await.unwrap();
    let rows = tx.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await.unwrap();
    tx.execute_unprepared("DEALLOCATE asked").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect();
    lines.join("\n")
}

/// Twenty thousand households and people whom nobody asks for.
fn many(backend: DbBackend) -> [String; 4] {
    let (number, key, id) = match backend {
        DbBackend::Postgres => {
            ("generate_series(1, 20000) AS n", "decode(md5(n::text), 'hex')", "md5(n::text)::uuid")
        }
        _ => (
            "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c)",
            "CAST('k' || n AS BLOB)",
            "CAST(printf('%016d', n) AS BLOB)",
        ),
    };
    let like = "FROM household h, ";
    [
        format!(
            "INSERT INTO household (ledger_id, id, village_id, head_name, registered_on, version)
             SELECT h.ledger_id, {id}, h.village_id, 'x', h.registered_on, 0 {like}{number} WHERE h.head_name = '户主0'"
        ),
        format!(
            "INSERT INTO household_name_key (ledger_id, key, owner_type, owner_id, household_id)
             SELECT h.ledger_id, {key}, 'household', {id}, {id} {like}{number} WHERE h.head_name = '户主0'"
        ),
        format!(
            "INSERT INTO person (id, name, party_member, keeper_id)
             SELECT {id}, 'x', p.party_member, p.keeper_id FROM person p, {number} WHERE p.name = '委员1'"
        ),
        format!(
            "INSERT INTO roster_name_key (owner_type, key, owner_id, keeper_id) SELECT 'person', {key}, {id}, 1 FROM {number}"
        ),
    ]
}

on_both! {
    /// A range of an index, below the ledger's own number: whoever is in the way does not slow it down.
    async fn keys_are_read_from_an_index(world: World) {
        for rows in many(world.app.db.backend()) {
            tamper(&world, &rows).await;
        }
        tamper(&world, "ANALYZE").await;
        for (table, query) in [
            ("household_name_key", "{ households(filter: { nameContains: \"张伟\" }) { nodes { id } } }"),
            ("household_name_key", "{ households(filter: { nameContains: \"zw\" }) { totalCount } }"),
            ("roster_name_key", "{ people(filter: { nameContains: \"zw\" }) { nodes { id } } }"),
        ] {
            let plan = plan(&world, table, query).await;
            let range = match world.app.db.backend() {
                DbBackend::Postgres => "key >= $",
                _ => "key>? AND key<?",
            };
            let ranged = |line: &str| line.contains(range) && (line.contains("Index Cond") || line.contains("SEARCH"));
            let scanned = [format!("Seq Scan on {table}"), format!("SCAN {table}")].iter().any(|scan| plan.contains(scan));
            assert!(plan.lines().any(ranged) && !scanned, "{query}\n{plan}");
        }
    }

    /// The comparisons leak nothing, so that row security leaves the index to them.
    async fn ranges_are_let_below_row_security(world: World) {
        if world.app.db.backend() == DbBackend::Postgres {
            let leaky = texts(&world, "SELECT proname::text AS name FROM pg_proc WHERE proname IN ('byteage', 'bytealt') AND NOT proleakproof", "name").await;
            assert_eq!(leaky, [""; 0]);
        }
    }

    /// Names from before there were keys get the keys that an act gives; said again, nothing changes.
    async fn older_names_get_the_same_keys(world: World) {
        home(&world.office, &world.villages[0], "张伟", json!({ "name": "單小妹", "relation": "女儿" })).await;
        let before = all(&world).await;
        assert!(before.len() > 100, "{}", before.len());
        for table in ["household_name_key", "roster_name_key"] {
            tamper(&world, &format!("DELETE FROM {table}")).await;
        }
        assert_eq!(found(&world.office, "zw").await, [""; 0]);
        for _ in 0..2 {
            api::setup::prepare(&world.app.owner().await).await.unwrap();
            assert_eq!(all(&world).await, before);
        }
        assert_eq!(found(&world.office, "zw").await.len(), 1);
    }

    /// More than fill a batch, of every kind.
    async fn many_names_are_filled(world: World) {
        let people = match world.app.db.backend() {
            DbBackend::Postgres => "SELECT md5(n::text)::uuid, '张' || n, false, KEEPER FROM generate_series(1, 2500) AS n",
            _ => "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500) SELECT CAST(printf('%016d', n) AS BLOB), '张' || n, 0, KEEPER FROM c",
        };
        let people = people.replace("KEEPER", "(SELECT keeper_id FROM person LIMIT 1)");
        tamper(&world, &format!("INSERT INTO person (id, name, party_member, keeper_id) {people}")).await;
        assert_eq!(api::name::fill(&world.app.owner().await).await.unwrap(), 2500);
        assert_eq!(api::name::fill(&world.app.owner().await).await.unwrap(), 0);
        let query = "{ people(filter: { nameContains: \"zhang\" }) { totalCount } }";
        assert_eq!(world.office.post(query, Value::Null).await.expect_ok().at("/people/totalCount"), 2500);
    }
}
