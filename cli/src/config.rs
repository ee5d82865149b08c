//! One configuration: the command line comes before the environment, the environment before a file, and a file before
//! what is built in. `config check` prints what is set, and from where, and tries all that a start looks at.

use std::path::Path;

use api::config::Config;
use api::start;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches};
use platform::error::{Error, Result};
use toml::{Table, Value};

use super::{Cli, Missing, SEAL_KEYS, say, serve};

/// Where the name of the file may stand.
pub const FILE: &str = "SANLIAN_CONFIG";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Print all settings, secrets hidden, and say what would stop a start
    Check(Config),
}

/// A setting, its value and where it was made.
pub struct Told(Vec<[String; 3]>);

/// Reads the command line, with a file's settings where there is one.
pub fn parse() -> Result<(Cli, Told)> {
    let mut command = Cli::command();
    if let Some(file) = file() {
        command = with_file(command, Path::new(&file))?;
    }
    let matches = command.get_matches_mut();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    Ok((cli, told(&command, &matches)))
}

/// The file must be read before the command line can be.
fn file() -> Option<String> {
    let mut words = std::env::args().skip_while(|word| word != "--config" && !word.starts_with("--config="));
    match words.next() {
        Some(word) => word.strip_prefix("--config=").map(str::to_owned).or_else(|| words.next()),
        None => std::env::var(FILE).ok().filter(|file| !file.is_empty()),
    }
}

/// What the file says stands for what is built in.
fn with_file(mut command: clap::Command, file: &Path) -> Result<clap::Command> {
    let place = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| {
        Error::internal(format!("cannot read {place} ({error}): name the file with --config"))
    })?;
    let table: Table =
        text.parse().map_err(|error| Error::internal(format!("{place} is no TOML: {error}")))?;
    for (name, value) in table {
        let (id, value) = (name.replace('-', "_"), written(&value));
        let Some(value) = value else {
            return Err(Error::internal(format!(
                "{place}: `{name}` is no text, number, yes or no, or list of them"
            )));
        };
        let mut known = false;
        command = command.mut_subcommands(|sub| set(sub, &id, &value, &mut known));
        if !known {
            return Err(Error::internal(format!(
                "{place}: there is no setting `{name}`; see `sanlian serve --help`"
            )));
        }
    }
    Ok(command)
}

fn set(command: clap::Command, id: &str, value: &str, known: &mut bool) -> clap::Command {
    let command = if command.get_arguments().any(|arg| arg.get_id() == id) {
        *known = true;
        command.mut_arg(id, |arg| arg.default_value(value.to_owned()))
    } else {
        command
    };
    command.mut_subcommands(|sub| set(sub, id, value, known))
}

/// As it would stand on the command line.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Array(values) => {
            values.iter().map(written).collect::<Option<Vec<_>>>().map(|all| all.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn told(command: &clap::Command, matches: &ArgMatches) -> Told {
    let (mut command, mut matches) = (command, matches);
    while let Some((name, below)) = matches.subcommand() {
        let Some(sub) = command.find_subcommand(name) else { break };
        (command, matches) = (sub, below);
    }
    let settings = command.get_arguments().filter(|arg| arg.get_env().is_some());
    Told(settings.map(|arg| setting(arg, matches)).collect())
}

fn setting(arg: &Arg, matches: &ArgMatches) -> [String; 3] {
    let id = arg.get_id().as_str();
    let values =
        matches.get_raw(id).map(|values| values.map(|value| value.to_string_lossy()).collect::<Vec<_>>());
    let value = match values {
        Some(_) if arg.is_hide_env_values_set() => "(hidden)".to_owned(),
        Some(values) => values.join(","),
        None => "(none)".to_owned(),
    };
    let from = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => "command line".to_owned(),
        Some(ValueSource::EnvVariable) => arg.get_env().unwrap_or_default().to_string_lossy().into_owned(),
        _ if file().is_some() => "file, or built in".to_owned(),
        _ => "built in".to_owned(),
    };
    [id.replace('_', "-"), value, from]
}

/// Prints the settings, then tries them as a start would.
pub async fn check(config: &Config, told: &Told) -> Result<()> {
    let width =
        |at: usize| told.0.iter().map(|setting| setting[at].chars().count()).max().unwrap_or_default();
    let (names, values) = (width(0), width(1).min(48));
    for [name, value, from] in &told.0 {
        say(&format!("{name:names$}  {value:values$}  {from}\n"))?;
    }
    if std::env::var_os(SEAL_KEYS).is_some() {
        say(&format!("{:names$}  {:values$}  {SEAL_KEYS}\n", "seal-keys", "(hidden)"))?;
    }
    let wrong = wrong(config).await;
    if wrong.is_empty() {
        return say("a server can start with these settings\n");
    }
    for error in &wrong {
        say(&format!("wrong: {}\n", error.detail()))?;
    }
    Err(Error::internal(format!("{} settings are wrong", wrong.len())))
}

/// All that would stop a start.
async fn wrong(config: &Config) -> Vec<Error> {
    let mut wrong = vec![];
    wrong.extend(start::retention(config.access_log_days).err());
    wrong.extend(serve::tls(&config.front).await.err());
    wrong.extend(serve::documents(config).await.err());
    wrong.extend(api::session::oidc::Provider::of(&config.oidc).err());
    match super::ready(&config.store, None).await {
        Ok(db) => {
            wrong.extend(serve::check_clock(config, &db).await.err());
            match super::app(&config.store, db, Missing::Refused).await {
                Ok(app) => wrong.extend(start::seal_key(&app.db, &app.keys).await.err()),
                Err(error) => wrong.push(error),
            }
        }
        Err(error) => wrong.push(error),
    }
    wrong
}
