//! A PostgreSQL database for each test, copied from one that was migrated once.
#![expect(clippy::disallowed_methods, reason = "databases are made and dropped by statements of their own")]

use std::env;
use std::process;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connect, DatabaseConnection, DbErr};
use tokio::sync::OnceCell;

use crate::cluster::{self, Cluster};
use crate::world::Made;
use crate::{DbKind, TestApp, say_loudly, template};

static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();
static WORLD: OnceCell<Made> = OnceCell::const_new();

/// Databases whose tests are over. Each takes 10 MB of memory, so the next test drops them.
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A database of one test.
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// None where there is no PostgreSQL to run.
    pub async fn fresh() -> Option<Self> {
        Self::copied(&template()).await
    }

    /// One with a world in it.
    pub async fn with_world() -> Option<(Self, Made)> {
        let cluster = CLUSTER.get_or_init(cluster).await.as_ref()?;
        let made = WORLD.get_or_init(|| world(cluster)).await;
        Some((Self::copied(&world_name()).await?, made.clone()))
    }

    /// Without a schema.
    pub async fn empty() -> Option<Self> {
        Self::copied("template0").await
    }

    async fn copied(from: &str) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = CLUSTER.get_or_init(cluster).await.as_ref()?;
        let name = format!("t_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = connect(cluster).await.unwrap();
        let finished = std::mem::take(&mut *FINISHED.lock().unwrap());
        for database in finished {
            remove(&admin, &database).await.unwrap();
        }
        copy(&admin, from, &name).await.unwrap();
        admin.close().await.unwrap();
        Some(Self { url: cluster.url(&name), name })
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        FINISHED.lock().unwrap().push(std::mem::take(&mut self.name));
    }
}

async fn cluster() -> Option<Cluster> {
    joined("postgres").await
}

/// A server of that name with the template in it.
async fn joined(name: &str) -> Option<Cluster> {
    let Some(programs) = cluster::programs() else {
        let missing = "no PostgreSQL server programs found";
        assert!(env::var_os("SANLIAN_REQUIRE_POSTGRES").is_none(), "{missing}");
        say_loudly(&format!("{missing}: tests on PostgreSQL are skipped"));
        return None;
    };
    let (cluster, starting) = Cluster::join(name, &programs).unwrap_or_else(|error| panic!("{error}"));
    let admin = connect(&cluster).await.unwrap();
    drop_abandoned(&admin).await.unwrap();
    make_template(&cluster, &admin).await.unwrap();
    admin.close().await.unwrap();
    drop(starting);
    Some(cluster)
}

/// A server that one test may stop and start, with a database in it.
pub struct Restarting {
    cluster: Cluster,
    url: String,
}

impl Restarting {
    /// None where there is no PostgreSQL to run.
    pub async fn fresh() -> Option<Self> {
        let cluster = joined("restarting").await?;
        let (admin, name) = (connect(&cluster).await.unwrap(), format!("t_{}_0", process::id()));
        copy(&admin, &template(), &name).await.unwrap();
        admin.close().await.unwrap();
        let url = cluster.url(&name);
        Some(Self { cluster, url })
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Stops the server and starts it again; how, as `pg_ctl` calls it.
    pub fn restart(&self, mode: &str) {
        self.cluster.restart(mode).unwrap();
    }
}

fn template() -> String {
    format!("template_{}", template::SCHEMA)
}

/// Made under another name, so that one that carries the name is whole.
async fn make_template(cluster: &Cluster, admin: &DatabaseConnection) -> Result<(), DbErr> {
    let name = template();
    if databases(admin).await?.contains(&name) {
        return Ok(());
    }
    remove(admin, "new_template").await?;
    admin.execute_unprepared("CREATE DATABASE new_template").await?;
    template::migrate(&cluster.url("new_template")).await;
    admin.execute_unprepared(&format!("ALTER DATABASE new_template RENAME TO {name}")).await?;
    Ok(())
}

fn world_name() -> String {
    format!("world_{}", template::SOURCE)
}

/// What is in the world from which others are copied. Its database says so in its comment; the first who asks makes it,
/// while the others wait for a lock.
async fn world(cluster: &Cluster) -> Made {
    let (admin, name) = (connect(cluster).await.unwrap(), world_name());
    admin.execute_unprepared("SELECT pg_advisory_lock(3)").await.unwrap();
    if !databases(&admin).await.unwrap().contains(&name) {
        remove(&admin, "new_world").await.unwrap();
        copy(&admin, &template(), "new_world").await.unwrap();
        let made = Made::on(TestApp::on_url(DbKind::Postgres, cluster.url("new_world")).await).await;
        let about = serde_json::to_string(&made).unwrap().replace('\'', "''");
        admin.execute_unprepared(&format!("COMMENT ON DATABASE new_world IS '{about}'")).await.unwrap();
        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'new_world'";
        admin.execute_unprepared(ended).await.unwrap();
        let rename = format!("ALTER DATABASE new_world RENAME TO {name}");
        admin.execute_unprepared(&rename).await.unwrap();
    }
    let about =
        format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'");
    let about = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, about);
    let about: String = admin.query_one_raw(about).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    admin.close().await.unwrap();
    serde_json::from_str(&about).unwrap()
}

/// Drops what processes that are no more have left: their last database, and all after a kill.
async fn drop_abandoned(admin: &DatabaseConnection) -> Result<(), DbErr> {
    for database in databases(admin).await? {
        let process = database.strip_prefix("t_").and_then(|name| name.split('_').next());
        if process.is_some_and(template::gone) {
            remove(admin, &database).await?;
        }
    }
    Ok(())
}

async fn databases(admin: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let query =
        sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT datname FROM pg_database");
    admin.query_all_raw(query).await?.iter().map(|row| row.try_get("", "datname")).collect()
}

/// Copying files is twice as fast as the default, which writes the copy to the log.
async fn copy(admin: &DatabaseConnection, from: &str, to: &str) -> Result<(), DbErr> {
    admin.execute_unprepared(&format!("CREATE DATABASE {to} TEMPLATE {from} STRATEGY file_copy")).await?;
    Ok(())
}

async fn remove(admin: &DatabaseConnection, database: &str) -> Result<(), DbErr> {
    admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await?;
    Ok(())
}

async fn connect(cluster: &Cluster) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(cluster.url("postgres"));
    options.max_connections(1).sqlx_logging(false);
    Connect::connect(options).await
}
