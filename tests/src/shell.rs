//! The binary `sanlian` as its user runs it, with a database that is empty at first.

use std::any::Any;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::wire::PATIENCE;
use crate::{DbKind, TestApp, postgres, sqlite, template};

/// Settings that the user of a test has not made.
const SETTINGS: [&str; 45] = [
    "SANLIAN_CONNECTIONS",
    "SANLIAN_LOG_FORMAT",
    "SANLIAN_TRACES",
    "SANLIAN_TRACES_PERCENT",
    "SANLIAN_DOCUMENTS",
    "SANLIAN_DOCUMENTS_ONLY",
    "SANLIAN_METRICS",
    "SANLIAN_SLOW_MS",
    "SANLIAN_ACCESS_LOG_DAYS",
    "SANLIAN_ADMIN_PASSWORD",
    "SANLIAN_ALLOWED_ORIGINS",
    "SANLIAN_BUDGET",
    "SANLIAN_BUDGET_ANONYMOUS",
    "SANLIAN_CONFIG",
    "SANLIAN_COST_LIMIT",
    "SANLIAN_DATA",
    "SANLIAN_DATABASE_URL",
    "SANLIAN_GUESSES_PER_ACCOUNT",
    "SANLIAN_GUESSES_PER_ADDRESS",
    "SANLIAN_GUESS_MINUTES",
    "SANLIAN_INTROSPECTION",
    "SANLIAN_LISTEN",
    "SANLIAN_LOCK_MINUTES",
    "SANLIAN_OIDC_CLIENT_ID",
    "SANLIAN_OIDC_CLIENT_SECRET",
    "SANLIAN_OIDC_ISSUER",
    "SANLIAN_OIDC_NAME",
    "SANLIAN_OIDC_REDIRECT_URL",
    "SANLIAN_OIDC_RETURN_URLS",
    "SANLIAN_OIDC_SCOPES",
    "SANLIAN_OIDC_SUBJECT_CLAIM",
    "SANLIAN_PASSWORD_POLICY",
    "SANLIAN_REQUESTS",
    "SANLIAN_REVEALS_PER_DAY",
    "SANLIAN_SEAL_KEYS",
    "SANLIAN_SEAL_KEY_FILE",
    "SANLIAN_SESSION_DAYS",
    "SANLIAN_SESSION_IDLE_DAYS",
    "SANLIAN_STOP_SECONDS",
    "SANLIAN_TIME_LIMIT",
    "SANLIAN_TLS_CERT",
    "SANLIAN_TLS_KEY",
    "SANLIAN_TOKEN_KEY_FILE",
    "SANLIAN_TRUSTED_PROXIES",
    "SANLIAN_TRUST_CLOCK",
];

/// One who types commands, about one database, in a folder of their own.
pub struct Shell {
    pub url: String,
    folder: TempDir,
    seal_keys: Option<PathBuf>,
    _database: Box<dyn Any + Send + Sync>,
}

/// What a command has left.
#[derive(Debug)]
pub struct Ran {
    /// None where a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Shell {
    /// None where the database cannot be had here.
    pub async fn fresh(kind: DbKind) -> Option<Self> {
        let (url, database): (_, Box<dyn Any + Send + Sync>) = match kind {
            DbKind::Sqlite => {
                let database = sqlite::Database::empty();
                (database.url(), Box::new(database))
            }
            DbKind::Postgres | DbKind::RowSecurity => {
                let database = postgres::Database::empty().await?;
                (database.url(), Box::new(database))
            }
        };
        Some(Self::of(url, database))
    }

    /// On the database of a service that goes on, and with its keys.
    pub fn beside(app: &TestApp) -> Self {
        Self { seal_keys: Some(app.seal_keys()), ..Self::of(app.url.clone(), Box::new(())) }
    }

    fn of(url: String, database: Box<dyn Any + Send + Sync>) -> Self {
        let folder = tempfile::tempdir_in(template::memory()).unwrap();
        Self { url, folder, seal_keys: None, _database: database }
    }

    /// A command on the database, as words between blanks.
    pub fn command(&self, words: &str) -> Command {
        let mut command = self.bare(words);
        command.env("SANLIAN_DATABASE_URL", &self.url).env("SANLIAN_DATA", self.folder.path());
        if let Some(keys) = &self.seal_keys {
            command.env("SANLIAN_SEAL_KEY_FILE", keys);
        }
        command
    }

    /// A command that is told of no database.
    pub fn bare(&self, words: &str) -> Command {
        let mut command = Command::new(binary());
        for setting in SETTINGS {
            command.env_remove(setting);
        }
        command.env_remove("RUST_LOG");
        command.args(words.split_whitespace()).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &str) -> Ran {
        ran(&mut self.command(words))
    }

    /// A text for standard input.
    pub fn typed(&self, text: &str) -> File {
        let mut file = tempfile::tempfile_in(self.folder.path()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        file
    }

    /// Starts serving on a port of the system's choice.
    pub fn serve(&self) -> Served {
        self.serve_logging("info")
    }

    /// The same, logging that much.
    pub fn serve_logging(&self, level: &str) -> Served {
        self.serve_with("", level)
    }

    /// The same with other settings.
    pub fn serve_with(&self, words: &str, level: &str) -> Served {
        let mut serve = self.command(&format!("serve --listen 127.0.0.1:0 {words}"));
        serve.env("RUST_LOG", level);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, hear) = mpsc::channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                written.lock().unwrap().extend([line.as_str(), "\n"]);
                let _ = told.send(line);
            }
        });
        let mut served = Served { child, log, address: ([127, 0, 0, 1], 0).into() };
        while served.address.port() == 0 {
            let line = hear.recv_timeout(PATIENCE).expect("it does not serve");
            let address = line.split_once("serving on http");
            let address = address.and_then(|(_, rest)| rest.split_once("://")?.1.split_once('/'));
            served.address = address.map_or(served.address, |(address, _)| address.parse().unwrap());
        }
        served
    }

    /// Where something of that name lies in the user's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of what lies in the user's folder.
    pub fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// A server that runs; it is killed with this.
pub struct Served {
    child: Child,
    log: Arc<Mutex<String>>,
    pub address: SocketAddr,
}

impl Served {
    /// What it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// How long it has kept processors busy until now, in hundredths of a second.
    pub fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let ticks: u64 =
            rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Bytes of memory that it holds now.
    pub fn memory(&self) -> u64 {
        let told = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Tells it to stop; its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let kill = Command::new("sh").args(["-c", "kill -TERM $0", &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        ended(&mut self.child).expect("it does not stop").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end, or kills it when that is long in coming.
pub fn ran(command: &mut Command) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = heard(child.stdout.take().unwrap());
    let err = heard(child.stderr.take().unwrap());
    let code = ended(&mut child).and_then(|status| status.code());
    // Where it has ended there is nothing to kill.
    let _ = child.kill();
    Ran { code, out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Listens to the end, so that the command need not wait for us.
fn heard(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

fn ended(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

/// The binary that belongs to the tests, built now where it is missing or old.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        let profile = folder.file_name().and_then(|name| name.to_str()).unwrap();
        build(folder.parent().unwrap(), if profile == "debug" { "dev" } else { profile });
        folder.join("sanlian")
    })
}

fn build(target: &Path, profile: &str) {
    let mut build = Command::new(env!("CARGO"));
    // Of the whole workspace: for one package cargo would choose other features, and build everything anew.
    build.args(["build", "--workspace", "--bin=sanlian", "--frozen", "--quiet", "--profile", profile]);
    build.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = build.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
