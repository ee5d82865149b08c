//! `sanlian`: serving, demonstrating, migrating, and what operators need. Exit codes: 0 done, 1 it did not work (the
//! sentence says what to do), 2 the command line is wrong.

mod admin;
mod audit;
mod config;
mod demo;
mod keys;
mod log;
mod migrate;
mod quiet;
mod rekey;
mod serve;
mod token;
mod verify;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use api::config::{Config, Store};
use api::http::settings::Settings;
use api::start;
use clap::{Parser, Subcommand};
use platform::db::{Capacity, Db};
use platform::error::{Error, Result};
use platform::seal::{self, Keys};
use sea_orm::{DatabaseConnection, DbErr};

const SEAL_KEYS: &str = "SANLIAN_SEAL_KEYS";

/// Sanlian 三联: paired assistance as a GraphQL service
#[derive(Parser)]
#[command(
    name = "sanlian",
    version,
    about,
    after_help = "Try it: `sanlian demo`, then open the printed address."
)]
struct Cli {
    /// File with settings, by the names of the options, in TOML; the environment and the command line come before it
    #[arg(long, global = true, env = config::FILE, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load a demonstration into an empty database, once, and serve it
    Demo(Config),
    /// Serve the API
    Serve(Config),
    /// Print the settings of a server and say what is wrong with them
    #[command(subcommand)]
    Config(config::Command),
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
    /// Check that nobody has touched the journals or the access log
    Audit(audit::Arguments),
    /// Seal all personal values under a new key, while servers go on
    Rekey(rekey::Arguments),
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (cli, told) = match config::parse() {
        Ok(parsed) => parsed,
        Err(error) => return failed(&error),
    };
    // Two libraries bring a provider each, and neither is then the default.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match logged(cli.command, &told) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn logged(command: Command, told: &config::Told) -> Result<()> {
    let telling = log::begin(command.front())?;
    let runtime = tokio::runtime::Runtime::new().map_err(Error::internal)?;
    let done = runtime.block_on(run(command, told));
    telling.end();
    done
}

impl Command {
    /// Settings of a server that it starts.
    const fn front(&self) -> Option<&Settings> {
        match self {
            Self::Demo(config) | Self::Serve(config) => Some(&config.front),
            _ => None,
        }
    }
}

async fn run(command: Command, told: &config::Told) -> Result<()> {
    match command {
        Command::Demo(config) => demo::run(config).await,
        Command::Serve(config) => serve::run(config).await,
        Command::Config(config::Command::Check(config)) => config::check(&config, told).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Schema => say(&api::sdl()),
        Command::Admin(arguments) => admin::run(arguments).await,
        Command::Token(arguments) => token::run(arguments).await,
        Command::Keys(arguments) => keys::run(&arguments).await,
        Command::Verify(store) => verify::run(store).await,
        Command::Audit(arguments) => audit::run(arguments).await,
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

/// Prints what differs, and that is a failure.
fn differences(differences: &[String]) -> Result<()> {
    for difference in differences {
        say(&format!("{difference}\n"))?;
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!(
        "{} differences: nothing was changed; keep a copy of the database and the log before anything is mended",
        differences.len()
    )))
}

/// What is done where keys are missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Made,
    Refused,
}

/// A service on a database that is there already and up to date.
async fn open(store: &Store) -> Result<api::App> {
    app(store, ready(store, None).await?, Missing::Made).await
}

/// A database that is there already and up to date.
async fn ready(store: &Store, time: Option<Duration>) -> Result<Db> {
    let owner = existing(store).await?;
    start::schema(&owner).await?;
    owner.close().await?;
    connect(store, time).await
}

/// A database that is there already, as its owner: asking about one makes none.
async fn existing(store: &Store) -> Result<DatabaseConnection> {
    let url = store.url();
    match platform::db::file(&url).filter(|file| !file.exists()) {
        Some(file) => Err(Error::internal(format!(
            "there is no database {}: name another with --data or --database, or make it with `sanlian migrate up`",
            file.display()
        ))),
        None => owner(store).await,
    }
}

async fn app(store: &Store, db: Db, missing: Missing) -> Result<api::App> {
    let clock = platform::clock::Clock::system();
    let keys = keys(store, &db, missing).await?;
    let file = store.key_file();
    if missing == Missing::Refused && !file.exists() {
        return Err(no_keys("that sign tokens", &file, "--token-key"));
    }
    let tokens = api::session::token::Tokens::from_file(&file, clock.now())?;
    Ok(api::App::new(db, clock, tokens, keys))
}

/// The keys that seal: those with which the database was sealed, or, where that is allowed, new ones where nothing is
/// yet.
async fn keys(store: &Store, db: &Db, missing: Missing) -> Result<Keys> {
    let file = store.seal_file();
    let keys = match std::env::var(SEAL_KEYS) {
        Ok(text) if !text.trim().is_empty() => Keys::from_text(&text)?,
        _ => {
            if !file.exists() {
                seal::nothing_sealed(&db.write, &file).await?;
                if missing == Missing::Refused {
                    return Err(no_keys("that seal personal values", &file, "--seal-keys"));
                }
                Keys::make_file(&file)?;
            }
            Keys::from_file(&file)?
        }
    };
    seal::in_use(&db.write, &keys).await?;
    Ok(keys)
}

/// A server makes no keys by itself: where a file is only named wrongly, it would go on with others.
fn no_keys(what: &str, file: &Path, option: &str) -> Error {
    Error::internal(format!(
        "there are no keys {what}, {}: make them with `sanlian keys make`, or name the file with {option}",
        file.display()
    ))
}

/// As a server that runs, whose statements may take so long.
async fn connect(store: &Store, time: Option<Duration>) -> Result<Db> {
    let capacity = Capacity { connections: store.connections, time };
    Db::connect(&store.url(), capacity).await.map_err(|error| unopened(&error))
}

/// As who owns the tables.
async fn owner(store: &Store) -> Result<DatabaseConnection> {
    Db::owner(&store.url()).await.map_err(|error| unopened(&error))
}

fn unopened(error: &DbErr) -> Error {
    Error::internal(format!("cannot open the database ({error}): check --database and that the server runs"))
}
