//! `token`: a signed token for an account, for operators and scripts on the machine that holds the key.

use api::access::Bearer;
use api::access_log::Happened;
use api::config::Store;
use clap::Args;
use entity::access_line::{AccessKind, AccessResult};
use platform::error::{Error, Result};

#[derive(Args)]
pub struct Arguments {
    /// Name of the account
    account: String,
    /// How many minutes the token is good for
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=1440))]
    minutes: i64,
    #[command(flatten)]
    store: Store,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let app = super::open(&arguments.store).await?;
    let account = api::session::account_named(&app, &arguments.account).await?;
    let account = account.filter(|account| !account.disabled).ok_or_else(|| {
        Error::internal(format!("there is no account `{}` that may sign in", arguments.account))
    })?;
    let minutes = chrono::Duration::minutes(arguments.minutes);
    let version = Some(api::session::version(&app, account.id).await?);
    let bearer = Bearer { version, ..account.id.into() };
    let token = app.tokens.issue_to(&bearer, app.clock.now(), minutes)?;
    // Who comes in by the machine is written down like the others, and first.
    let mut what = Happened::new(AccessKind::SignIn, AccessResult::Succeeded);
    (what.account, what.operation) = (Some(account.id), "sanlian token".to_owned());
    app.access_log.tell_now(None, what);
    app.access_log.end().await?;
    super::say(&format!("{token}\n"))
}
