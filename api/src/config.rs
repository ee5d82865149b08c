//! Settings of a server, from the command line or the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a server listens and what it serves.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Address to listen on
    #[arg(long, env = "SANLIAN_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Reveals of personal values that an account may ask for per day in Shanghai
    #[arg(long, env = "SANLIAN_REVEALS_PER_DAY", value_name = "N", default_value_t = crate::personal::REVEALS_PER_DAY)]
    pub reveals_per_day: u32,
    /// Values that one answer may hold at most, as estimated from its document beforehand
    #[arg(long, env = "SANLIAN_COST_LIMIT", value_name = "N", default_value_t = guard::Limits::default().cost)]
    pub cost_limit: u64,
    /// Days for which the access log is kept, 180 at least; acts are kept for ever
    #[arg(long, env = "SANLIAN_ACCESS_LOG_DAYS", value_name = "DAYS", default_value_t = crate::access_log::DAYS)]
    pub access_log_days: u32,
    /// Start although the clock seems to be wrong
    #[arg(long, env = "SANLIAN_TRUST_CLOCK")]
    pub trust_clock: bool,
    #[command(flatten)]
    pub front: crate::http::settings::Settings,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub sessions: crate::session::settings::Settings,
    #[command(flatten)]
    pub oidc: crate::session::oidc::settings::Settings,
}

impl Config {
    /// Limits of documents.
    #[must_use]
    pub fn limits(&self) -> guard::Limits {
        guard::Limits { cost: self.cost_limit, ..guard::Limits::default() }
    }
}

/// Location of the database and the keys.
#[derive(Clone, Debug, clap::Args)]
pub struct Store {
    /// Folder for the embedded database and the keys
    #[arg(long, global = true, env = "SANLIAN_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Database: `sqlite:PATH` or `postgres://…`; an embedded one in the data folder if none is named
    #[arg(long, global = true, env = "SANLIAN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Connections to PostgreSQL that a server opens at most; acts take half of them at once
    #[arg(long, global = true, env = "SANLIAN_CONNECTIONS", value_name = "N", default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub connections: u32,
    /// File of the keys that sign tokens; made in the data folder if it is missing
    #[arg(long, global = true, env = "SANLIAN_TOKEN_KEY_FILE", value_name = "FILE")]
    pub token_key: Option<PathBuf>,
    /// File of the keys that seal personal values; made in the data folder if nothing is sealed yet. The setting
    /// SANLIAN_SEAL_KEYS holds the keys instead
    #[arg(long, global = true, env = "SANLIAN_SEAL_KEY_FILE", value_name = "FILE")]
    pub seal_keys: Option<PathBuf>,
}

impl Store {
    #[must_use]
    pub fn url(&self) -> String {
        self.database.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("sanlian.db").display()))
    }

    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.token_key.clone().unwrap_or_else(|| self.data.join("token.key"))
    }

    #[must_use]
    pub fn seal_file(&self) -> PathBuf {
        self.seal_keys.clone().unwrap_or_else(|| self.data.join("seal.keys"))
    }
}
