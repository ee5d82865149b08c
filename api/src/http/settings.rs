//! Settings of the HTTP front: who may ask, from where, how much, and for how long.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{HeaderValue, Uri};

/// Settings of the HTTP front.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Seconds that the work for a request may take; the database ends what takes longer
    #[arg(long, env = "SANLIAN_TIME_LIMIT", value_name = "SECONDS", default_value_t = 20, value_parser = seconds())]
    pub time_limit: u64,
    /// Requests that are worked on at once, best as many as there are connections; twenty times as many wait, more
    /// are turned away
    #[arg(long, env = "SANLIAN_REQUESTS", value_name = "N", default_value_t = 16, value_parser = counts())]
    pub requests: u32,
    /// Cost that an account or application may spend in a minute, in units of `extensions.cost`
    #[arg(long, env = "SANLIAN_BUDGET", value_name = "COST", default_value = "600000")]
    pub budget: NonZeroU32,
    /// Cost that an address may spend in a minute with requests without a token
    #[arg(long, env = "SANLIAN_BUDGET_ANONYMOUS", value_name = "COST", default_value = "60000")]
    pub budget_anonymous: NonZeroU32,
    /// Origins of other pages that may ask from a browser, such as https://example.cn or http://localhost:*, between
    /// commas
    #[arg(long, env = "SANLIAN_ALLOWED_ORIGINS", value_name = "LIST", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,
    /// Callers who may read the schema by introspection; everybody may read /schema.graphql
    #[arg(long, env = "SANLIAN_INTROSPECTION", value_name = "WHO", value_enum, default_value_t = Introspection::Everyone)]
    pub introspection: Introspection,
    /// Folder of trusted documents, in files that end in .graphql, which callers may name by the SHA-256 of their
    /// text
    #[arg(long, env = "SANLIAN_DOCUMENTS", value_name = "DIR")]
    pub documents: Option<PathBuf>,
    /// Execute no other documents than these and registered ones, for applications and for callers without a token
    #[arg(long, env = "SANLIAN_DOCUMENTS_ONLY")]
    pub documents_only: bool,
    /// Address at which Prometheus reads /metrics; none if it is not set
    #[arg(long, env = "SANLIAN_METRICS", value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// Milliseconds after which a request is logged as slow
    #[arg(long, env = "SANLIAN_SLOW_MS", value_name = "MS", default_value_t = 1_000)]
    pub slow_ms: u64,
    /// Format of the log
    #[arg(long, env = "SANLIAN_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Collector to which traces are sent by OTLP over HTTP, such as http://localhost:4318/v1/traces; none if it is
    /// not set
    #[arg(long, env = "SANLIAN_TRACES", value_name = "URL", value_parser = collector)]
    pub traces: Option<Uri>,
    /// Percentage of requests that are traced
    #[arg(long, env = "SANLIAN_TRACES_PERCENT", value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub traces_percent: u8,
    /// File with the certificate and its chain, in PEM; with --tls-key the server speaks HTTPS
    #[arg(long, env = "SANLIAN_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// File with the certificate's private key, in PEM
    #[arg(long, env = "SANLIAN_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Seconds that requests under way have when the server is told to stop
    #[arg(long, env = "SANLIAN_STOP_SECONDS", value_name = "SECONDS", default_value_t = 30, value_parser = seconds())]
    pub stop_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_limit: 20,
            requests: 16,
            budget: const { NonZeroU32::new(600_000).unwrap() },
            budget_anonymous: const { NonZeroU32::new(60_000).unwrap() },
            allowed_origins: vec![],
            introspection: Introspection::Everyone,
            documents: None,
            documents_only: false,
            metrics: None,
            slow_ms: 1_000,
            log_format: LogFormat::Text,
            traces: None,
            traces_percent: 100,
            tls_cert: None,
            tls_key: None,
            stop_seconds: 30,
        }
    }
}

impl Settings {
    #[must_use]
    pub const fn time(&self) -> Duration {
        Duration::from_secs(self.time_limit)
    }
}

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

/// Callers who may read the schema by introspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Introspection {
    /// Anybody
    Everyone,
    /// Callers who show a token
    Accounts,
    /// Administrators and offices, who keep accounts
    Keepers,
    /// Nobody
    Nobody,
}

/// Origin of a page: scheme, host and port. The port `*` means any, and is allowed for the browser's own machine
/// alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// Hosts that are the browser's own machine.
const OWN_MACHINE: [&str; 6] = [
    "http://localhost",
    "http://127.0.0.1",
    "http://[::1]",
    "https://localhost",
    "https://127.0.0.1",
    "https://[::1]",
];

impl Origin {
    /// Pages of the browser's own machine, on any port.
    pub fn own_machine() -> impl Iterator<Item = Self> {
        OWN_MACHINE.into_iter().map(|host| Self(format!("{host}:*")))
    }

    #[must_use]
    pub fn is(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        let Some(host) = self.0.strip_suffix(":*") else { return origin == self.0 };
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = origin.strip_prefix(host);
        port.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
    }
}

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no origin such as https://example.cn, http://localhost:3000 or http://localhost:*"
            )
        };
        if text.strip_suffix(":*").is_some_and(|host| OWN_MACHINE.contains(&host)) {
            return Ok(Self(text.to_owned()));
        }
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let bare =
            format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().ok_or_else(wrong)?);
        if bare != text || text.contains('*') || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong());
        }
        Ok(Self(bare))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn collector(text: &str) -> Result<Uri, String> {
    let uri: Option<Uri> = text.parse().ok();
    let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
    uri.ok_or_else(|| format!("`{text}` is no address such as http://localhost:4318/v1/traces"))
}

fn seconds() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=600)
}

fn counts() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=10_000)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn what_nobody_sets_is_the_default() {
        let words = Words::parse_from(["sanlian"]).settings;
        assert_eq!(format!("{words:?}"), format!("{:?}", Settings::default()));
    }

    #[test]
    fn an_origin_is_no_address() {
        for right in ["https://example.cn", "http://localhost:3000", "http://localhost:*"] {
            assert_eq!(right.parse::<Origin>().unwrap().to_string(), right);
        }
        for wrong in [
            "example.cn",
            "https://example.cn/",
            "https://example.cn/page",
            "ftp://example.cn",
            "*",
            "",
            "https://example.cn:*",
            "https://*.cn",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn any_port_of_the_own_machine_is_one_origin() {
        let is = |origin: &str| Origin::own_machine().any(|own| own.is(&origin.parse().unwrap()));
        for own in ["http://localhost:5173", "http://localhost", "https://127.0.0.1:3000", "http://[::1]:80"]
        {
            assert!(is(own), "{own}");
        }
        for other in [
            "http://localhost.evil.cn",
            "http://localhost:",
            "http://localhost:1@evil.cn",
            "http://evil.cn",
            "null",
            "http://127.0.0.1.evil.cn:80",
            "http://localhost:80/",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
