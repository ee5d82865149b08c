//! `admin`: the first administrator of an empty server.

use std::io::{BufRead, IsTerminal};

use api::config::Store;
use api::session::policy::{self, Policy};
use clap::Args;
use platform::error::{Error, Result};

const PASSWORD: &str = "SANLIAN_ADMIN_PASSWORD";

#[derive(Args)]
#[command(after_help = "The password is read from SANLIAN_ADMIN_PASSWORD, or else from the first \
line of standard input.\nIt works only while there is no account at all: an administrator opens all others through \
the API, with the mutation `accountOpen`.\nExample: sanlian admin root < password.txt")]
pub struct Arguments {
    /// Name to sign in with
    name: String,
    /// Rules for the password
    #[arg(long, env = "SANLIAN_PASSWORD_POLICY", value_name = "POLICY", value_enum, default_value_t = Policy::Mlps3)]
    password_policy: Policy,
    #[command(flatten)]
    store: Store,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let app = super::open(&arguments.store).await?;
    let password = password()?;
    policy::check(arguments.password_policy, &arguments.name, &password)?;
    let id = api::account::open_first_admin(&app.db, &arguments.name, &password).await?;
    super::say(&format!(
        "account `{}` ({}) is an administrator: sign in with the mutation `signIn`\n",
        arguments.name, id.0
    ))
}

fn password() -> Result<String> {
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        eprint!("Password (it will be visible): ");
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Error::internal(format!("cannot read the password from standard input ({error}): set {PASSWORD}"))
    })?;
    if read == 0 {
        return Err(Error::internal(format!(
            "there is no password: set {PASSWORD}, or write it to standard input"
        )));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
