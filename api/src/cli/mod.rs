//! `sanlian`: serving, demonstrating, migrating, and what operators need. Exit codes: 0 done, 1 it did not work (the
//! sentence says what to do), 2 the command line is wrong.

mod admin;
mod demo;
mod keys;
mod migrate;
mod rekey;
mod serve;
mod token;
mod verify;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use api::config::{Config, Store};
use api::db::Db;
use api::error::{Error, Result};
use api::seal::{self, Keys};
use clap::{Parser, Subcommand};
use migration::MigratorTrait;
use sea_orm::{DatabaseConnection, DbErr};
use tracing_subscriber::EnvFilter;

const SEAL_KEYS: &str = "SANLIAN_SEAL_KEYS";

/// Sanlian 三联: paired assistance as a GraphQL service
#[derive(Parser)]
#[command(version, about, after_help = "Try it: `sanlian demo`, then open the printed address.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load a demonstration into an empty database, once, and serve it
    Demo(Config),
    /// Serve the API
    Serve(Config),
    /// Bring the database to the newest schema, or back, or say where it is
    Migrate(migrate::Arguments),
    /// Print the GraphQL schema (needs no database)
    Schema,
    /// Open the account of the first administrator of an empty server
    Admin(admin::Arguments),
    /// Print a signed token for an account
    Token(token::Arguments),
    /// List the keys that sign tokens, or let the next one sign
    Keys(keys::Arguments),
    /// Recount facts and sums from the records, and check the journals; changes nothing
    Verify(Store),
    /// Seal all personal values under a new key, while servers go on
    Rekey(rekey::Arguments),
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| {
                EnvFilter::new("info,sea_orm_migration=warn,sqlx::postgres::notice=warn")
            }),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Error::internal(error)),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo(config) => demo::run(config).await,
        Command::Serve(config) => serve::run(config).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Schema => say(&api::sdl()),
        Command::Admin(arguments) => admin::run(arguments).await,
        Command::Token(arguments) => token::run(arguments).await,
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Verify(store) => verify::run(store).await,
        Command::Rekey(arguments) => rekey::run(arguments).await,
    }
}

/// Writes to standard output. A reader who has seen enough and gone, as `head` does, is no failure.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::internal(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("sanlian: {}", error.detail());
    ExitCode::FAILURE
}

/// A service on a database that is there already and up to date.
async fn open(store: &Store) -> Result<api::App> {
    app(store, ready(store).await?).await
}

/// A database that is there already and up to date.
async fn ready(store: &Store) -> Result<Db> {
    let owner = existing(store).await?;
    let waiting = migration::Migrator::get_pending_migrations_read_only(&owner).await?.len();
    owner.close().await?;
    if waiting > 0 {
        return Err(Error::internal(format!(
            "the database lacks {waiting} migrations: run `sanlian migrate up` with the same --database first"
        )));
    }
    connect(store).await
}

/// A database that is there already, as its owner: asking about one makes none.
async fn existing(store: &Store) -> Result<DatabaseConnection> {
    let url = store.url();
    match api::db::file(&url).filter(|file| !file.exists()) {
        Some(file) => Err(Error::internal(format!(
            "there is no database {}: name another with --data or --database, or make it with `sanlian migrate up`",
            file.display()
        ))),
        None => owner(store).await,
    }
}

async fn app(store: &Store, db: Db) -> Result<api::App> {
    let clock = api::clock::Clock::system();
    let tokens = api::session::token::Tokens::from_file(&store.key_file(), clock.now())?;
    let keys = keys(store, &db).await?;
    Ok(api::App::new(db, clock, tokens, keys))
}

/// The keys that seal: those with which the database was sealed, or new ones where nothing is yet.
async fn keys(store: &Store, db: &Db) -> Result<Keys> {
    let file = store.seal_file();
    let keys = match std::env::var(SEAL_KEYS) {
        Ok(text) if !text.trim().is_empty() => Keys::from_text(&text)?,
        _ => {
            if !file.exists() {
                seal::nothing_sealed(&db.write, &file).await?;
                Keys::make_file(&file)?;
            }
            Keys::from_file(&file)?
        }
    };
    seal::in_use(&db.write, &keys).await?;
    Ok(keys)
}

/// As a server that runs.
async fn connect(store: &Store) -> Result<Db> {
    Db::connect(&store.url()).await.map_err(|error| unopened(&error))
}

/// As who owns the tables.
async fn owner(store: &Store) -> Result<DatabaseConnection> {
    Db::owner(&store.url()).await.map_err(|error| unopened(&error))
}

fn unopened(error: &DbErr) -> Error {
    Error::internal(format!("cannot open the database ({error}): check --database and that the server runs"))
}
