//! Disks that are full, and databases that do not write.
#![expect(clippy::disallowed_methods, reason = "a test looks behind the scope, and breaks what it tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::{DbKind, TestApp, World};

use super::{Told, acts, expect_sound, input, linked, record};

/// A file system of a few megabytes, which goes with this.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where nobody may mount one.
    fn mounted(megabytes: u32) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("sanlian-disk-{}-{megabytes}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(&folder);
        let is_mounted = mount.output().is_ok_and(|done| done.status.success());
        if !is_mounted {
            eprintln!("\n*** no file system can be mounted here: a full disk is not tried ***\n");
            let _ = std::fs::remove_dir(&folder);
            return None;
        }
        Some(Self(folder))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves so many kilobytes.
    fn fill(&self, kilobytes_left: u64) {
        let free = free_kilobytes(&self.0).saturating_sub(kilobytes_left);
        let zeros = vec![0; usize::try_from(free * 1024).unwrap()];
        std::fs::write(self.ballast(), zeros).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn free_kilobytes(folder: &Path) -> u64 {
    let told = Command::new("df").args(["--output=avail", "-k"]).arg(folder).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}

/// Writers go on while the disk is full, and after there is space again; then the server starts anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mounted(24) else { return };
    let (world, link) = linked(World::on(TestApp::in_folder(&disk.0).await).await).await;
    let member = world.members[0].client.clone();
    let long = "长".repeat(1_900);
    let write = async |key: &str| {
        let mut input = input(&link, key);
        input["about"]["detail"] = long.clone().into();
        super::told(&member.post(super::RECORD, json!({ "input": input })).await)
    };
    disk.fill(256);
    let (mut done, mut busy) = (vec![], vec![]);
    for nth in 0..400 {
        let key = format!("full-{nth}");
        match write(&key).await {
            Told::Done(id) => done.push((key, id)),
            Told::Busy => busy.push(key),
        }
        if busy.len() == 12 {
            break;
        }
    }
    assert_eq!(busy.len(), 12, "the disk was never full: {}", done.len());
    assert!(!ready(&world).await, "a server that cannot write is not ready");
    let there = world.office.post("{ activities(first: 1) { totalCount } }", json!(null)).await;
    assert_eq!(there.expect_ok().at("/activities/totalCount"), &json!(done.len()), "reading goes on");

    std::fs::remove_file(disk.ballast()).unwrap();
    for key in &busy {
        assert_eq!(acts(&world, key).await, 0, "{key} was not acknowledged");
        let Told::Done(id) = write(key).await else { panic!("{key}: there is space again") };
        done.push((key.clone(), id));
    }
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(ready(&world).await);
    expect_all(&world, &done).await;
    expect_sound(&world).await;
    // Other writers of the same connection have lost nothing either.
    let person = json!({ "name": "后来", "region": world.county });
    let person = world.office.done("personRegister", "person", person).await;
    let again = platform::db::Db::connect(&world.app.url, platform::db::Capacity::default()).await.unwrap();
    let people =
        sea_orm::Statement::from_string(again.backend(), "SELECT COUNT(*) FROM person WHERE name = '后来'");
    let people: i64 = again.read.query_one_raw(people).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(people, 1, "{person} is there after a restart");
    for (key, _) in &done {
        let lines = format!("SELECT COUNT(*) FROM act WHERE idempotency_key = '{key}'");
        let lines = sea_orm::Statement::from_string(again.backend(), lines);
        let lines: i64 = again.read.query_one_raw(lines).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        assert_eq!(lines, 1, "{key} is there after a restart");
    }
}

/// A file that nobody may write, be it open already, until this goes.
struct Unwritable(PathBuf);

impl Unwritable {
    /// None where the file system, or the user, cannot forbid it.
    fn made(file: PathBuf) -> Option<Self> {
        let forbidden = Command::new("chattr").arg("+i").arg(&file).output();
        let made = Self(file);
        if forbidden.is_ok_and(|done| done.status.success())
            && std::fs::File::options().write(true).open(&made.0).is_err()
        {
            return Some(made);
        }
        eprintln!(
            "\n*** no file can be made unwritable here: a journal that cannot be written is not tried ***\n"
        );
        None
    }
}

impl Drop for Unwritable {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(&self.0).status();
    }
}

/// The journal or the database file cannot be written, again and again, and then it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_written_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (world, link) = linked(World::on(TestApp::in_folder(folder.path()).await).await).await;
    let member = &world.members[0].client;
    let database = world.app.url.trim_start_matches("sqlite://");
    let file = |end: &str| PathBuf::from(format!("{database}{end}"));
    let (mut done, mut busy) = (vec![], vec![]);
    for (nth, end) in ["-wal", "", "-wal"].into_iter().enumerate() {
        let Some(unwritable) = Unwritable::made(file(end)) else { return };
        for turn in 0..4 {
            let key = format!("unwritable-{nth}-{turn}");
            match record(member, &link, &key).await {
                Told::Done(id) => done.push((key, id)),
                Told::Busy => busy.push(key),
            }
        }
        if end == "-wal" {
            assert_eq!((done.len(), busy.len()), (0, 4), "the journal was written");
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
            assert!(!ready(&world).await, "a server that cannot write is not ready");
        }
        let there = world.office.post("{ activities(first: 1) { totalCount } }", json!(null)).await;
        assert!(there.expect_ok().at("/activities/totalCount").is_number(), "reading goes on");
        drop(unwritable);
        for key in busy.drain(..) {
            assert_eq!(acts(&world, &key).await, 0, "{key} was not acknowledged");
            let Told::Done(id) = record(member, &link, &key).await else {
                panic!("{key}: it can be written again")
            };
            done.push((key, id));
        }
        expect_all(&world, &done).await;
        done.clear();
    }
    expect_sound(&world).await;
}

/// SQLite refuses to grow, to write at all, or finds no memory for its journal: again and again, and then no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_that_does_not_write_loses_nothing() {
    let app = TestApp::fresh(DbKind::Sqlite).await.unwrap();
    let (world, link) = linked(World::on(app).await).await;
    let member = &world.members[0].client;
    let mut done = vec![];
    for (nth, pragma) in
        ["max_page_count = 1", "query_only = ON", "max_page_count = 1"].into_iter().enumerate()
    {
        for turn in 0..3 {
            world.app.db.write.execute_unprepared(&format!("PRAGMA {pragma}")).await.unwrap();
            let key = format!("pragma-{nth}-{turn}");
            // The first attempt closes the connection, the second has a new one: the caller notices nothing.
            match record(member, &link, &key).await {
                Told::Done(id) => done.push((key, id)),
                Told::Busy => panic!("{pragma}: a new connection writes"),
            }
        }
    }
    expect_all(&world, &done).await;
    expect_sound(&world).await;
}

/// The disk of PostgreSQL is full in the middle of an act: here a trigger says so, wherever an act writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_postgresql_loses_nothing() {
    let Some(app) = TestApp::fresh(DbKind::Postgres).await else { return };
    let (world, link) = linked(World::on(app).await).await;
    let (owner, member) = (world.app.owner().await, &world.members[0].client);
    run(
        &owner,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
    )
    .await;
    let mut done = vec![];
    for table in ["record", "record_ref", "fact", "fact_ref", "cell", "feed", "act"] {
        run(
            &owner,
            &format!("CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()"),
        )
        .await;
        for turn in 0..3 {
            let key = format!("{table}-{turn}");
            assert_eq!(record(member, &link, &key).await, Told::Busy, "{table}");
            assert_eq!(acts(&world, &key).await, 0, "{table}");
        }
        run(&owner, &format!("DROP TRIGGER full_disk ON {table}")).await;
        for turn in 0..3 {
            let key = format!("{table}-{turn}");
            let Told::Done(id) = record(member, &link, &key).await else { panic!("{table}") };
            done.push((key, id));
        }
    }
    expect_all(&world, &done).await;
    expect_sound(&world).await;

    assert!(ready(&world).await);
    run(&owner, "CREATE TRIGGER full_disk BEFORE INSERT ON write_probe EXECUTE FUNCTION full_disk()").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(!ready(&world).await, "a server that cannot write is not ready");
}

async fn run(owner: &sea_orm::DatabaseConnection, sql: &str) {
    owner.execute_unprepared(sql).await.unwrap();
}

async fn ready(world: &World) -> bool {
    let request = axum::http::Request::get("/health/ready").body(axum::body::Body::empty()).unwrap();
    world.app.stranger().send(request).await.status.is_success()
}

/// Each is there once, and its key answers the same again.
async fn expect_all(world: &World, done: &[(String, String)]) {
    for (key, id) in done {
        assert_eq!(acts(world, key).await, 1, "{key}");
        let found = world.office.post("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(found.expect_ok().text_at("/node/id"), id, "{key}");
    }
}
