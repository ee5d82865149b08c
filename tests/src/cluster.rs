//! A private PostgreSQL server, one for all test processes of this checkout. The first to come starts it; a watcher
//! of its own stops it soon after the last has gone, however it went. It lies in memory, listens on a socket in its
//! own folder only and promises nothing to disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::template;

const SETTINGS: &str = "
listen_addresses = ''
max_connections = 200
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
";

/// Stops the server and deletes the folder `$1` when nobody holds its locks. Without `flock` it never does.
const WATCH: &str = include_str!("watch.sh");

/// A running server, kept running as long as this is held.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    _using: File,
}

impl Cluster {
    /// Takes part in the server of that name whose programs lie in a folder, starting it where it does not run.
    /// While the second value is held no other process takes part.
    pub fn join(name: &str, programs: &Path) -> io::Result<(Self, File)> {
        let folder = template::folder(name);
        let starting = loop {
            if let Some(lock) = lock_folder(&folder)? {
                break lock;
            }
        };
        let using = File::create(folder.join("using.lock"))?;
        using.lock_shared()?;
        if UnixStream::connect(folder.join(".s.PGSQL.5432")).is_err() {
            // PostgreSQL refuses to run as root.
            if starting.metadata()?.uid() == 0 {
                let (user, group) = unprivileged()?;
                chown(&folder, Some(user), Some(group))?;
            }
            start(&folder, programs)?;
        }
        Ok((Self { folder, programs: programs.to_owned(), _using: using }, starting))
    }

    /// Stops the server and starts it again: `fast` ends what goes on, `immediate` is a crash.
    pub fn restart(&self, mode: &str) -> io::Result<()> {
        as_owner(&self.folder, &self.programs, "pg_ctl", &["restart", "--wait", "--log=log", "--mode", mode])
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }
}

/// Locks the folder; or not, where the watcher took it away while we waited for the lock.
fn lock_folder(folder: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(folder)?;
    let path = folder.join("starting.lock");
    let lock = match File::create(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        lock => lock?,
    };
    lock.lock()?;
    let ours = lock.metadata()?.ino();
    Ok(fs::metadata(&path).is_ok_and(|found| found.ino() == ours).then_some(lock))
}

/// The folder with the server's programs.
pub fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.extend(told);
    found.into_iter().rev().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn start(folder: &Path, programs: &Path) -> io::Result<()> {
    let data = folder.join("data");
    // What a server that was killed has left.
    let _ = fs::remove_dir_all(&data);
    let initial = ["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"];
    as_owner(folder, programs, "initdb", &initial)?;
    let mut settings = File::options().append(true).open(data.join("postgresql.conf"))?;
    writeln!(settings, "{SETTINGS}unix_socket_directories = '{}'", folder.display())?;
    as_owner(folder, programs, "pg_ctl", &["start", "--wait", "--log=log"])?;
    run(Command::new("sh").args(["-c", WATCH, "watch"]).arg(folder).process_group(0))
}

/// Runs a program of PostgreSQL's as whoever owns the folder.
fn as_owner(folder: &Path, programs: &Path, program: &str, arguments: &[&str]) -> io::Result<()> {
    let owner = folder.metadata()?;
    let mut command = Command::new(programs.join(program));
    command.current_dir(folder).arg("--pgdata").arg(folder.join("data")).args(arguments);
    run(command.uid(owner.uid()).gid(owner.gid()))
}

/// The account that the server runs as when we are root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd")?;
    let ids = |name: &str| {
        let mut fields =
            accounts.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres")
        .or_else(|| ids("nobody"))
        .ok_or_else(|| io::Error::other("no account to run PostgreSQL as"))
}

/// Runs a command that may leave a process behind: so it has none of our streams, and its complaint goes to a file.
fn run(command: &mut Command) -> io::Result<()> {
    let complaint = tempfile::NamedTempFile::new()?;
    let errors = complaint.reopen()?;
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).status()?;
    if status.success() {
        return Ok(());
    }
    let complaint = fs::read_to_string(complaint.path())?;
    let program = command.get_program().display();
    Err(io::Error::other(format!("{program}: {status}\n{complaint}")))
}
