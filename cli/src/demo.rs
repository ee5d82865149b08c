//! `demo`: an embedded database with a county's programme and made-up people, loaded once, then served.

use std::io::IsTerminal;
use std::sync::Arc;

use api::config::Config;
use api::demo::{self, State};
use api::http::explorer::{About, DemoAccount};
use api::http::settings::Origin;
use indicatif::{ProgressBar, ProgressStyle};
use platform::error::{Error, Result};

pub async fn run(mut config: Config) -> Result<()> {
    // Whoever tries it has a front end of their own on this machine.
    config.front.allowed_origins.extend(Origin::own_machine());
    let settings = super::serve::settled(&config).await?;
    let owner = super::owner(&config.store).await?;
    let state = demo::state(&owner).await?;
    if state == State::Foreign {
        return Err(Error::internal(
            "this database holds data that are not the demo's, and is left alone: \
             name an empty one with --data or --database, or serve this one with `sanlian serve`",
        ));
    }
    api::setup::prepare(&owner).await?;
    owner.close().await?;
    let db = super::connect(&config.store, Some(config.front.time())).await?;
    super::serve::check_clock(&config, &db).await?;
    let app = super::app(&config.store, db, super::Missing::Made).await?;
    let about = Arc::new(About { accounts: demo::accounts()? });
    let (app, tls) = settings.given(&config, api::App { about, ..app });
    if state != State::Whole {
        load(&app).await?;
    }
    welcome(&config)?;
    super::serve::listen(&config, app, tls).await
}

/// Shows progress on a terminal, and nothing in a pipe.
async fn load(app: &api::App) -> Result<()> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) =
        ProgressStyle::with_template("loading the demo {wide_bar} {pos}/{len} acts, {eta} left")
    {
        bar.set_style(style);
    }
    let tell = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    demo::load(app, &tell).await?;
    bar.finish_and_clear();
    Ok(())
}

const QUERIES: &str = r#"
One query per kind of user (POST {"query": "…"} with `Authorization: Bearer TOKEN`):

  A phone (account `member`): what is mine, and what is due
    { viewer { seats { links { household { headName village { name } openNeeds { title } } plan { title }
      standing { lastContactOn nextDueOn isOverdue checklists { checklist { name } done target } } } } } }

  A front end (account `qingchuan`): the county's figures of 2022
    { progress(input: { region: { code: "510822000000" }, programme: { code: "QC-3L3C" }, period: { year: 2022 } }) {
      groups { nodes { figures { name value unit } ruleCompliance { code rate } dutyCompliance { code rate } } } } }

  A provincial script (account `sichuan`): every county of the province, page by page; what rests on few is hidden
    { progress(input: { region: { code: "510000000000" }, programme: { code: "SC-DOUBLE-HELP" },
      period: { year: 2022 }, groupBy: COUNTY }) {
      groups(first: 100) { pageInfo { endCursor hasNextPage } nodes { region { name } figures { code value withheld } } } } }
"#;

fn welcome(config: &Config) -> Result<()> {
    let accounts = demo::accounts()?.into_iter().map(|DemoAccount { account, password, role, region }| {
        format!("  {account:<10} {password:<22} {role} {region}")
    });
    let accounts: Vec<String> = accounts.collect();
    super::say(&format!(
        "Sanlian demo on http://{listen}/graphql\nTo look at it in a browser: http://{listen}/\n\nAccounts to try:\n{}\n\nSign in:\n  \
         curl -s http://{listen}/graphql -H 'content-type: application/json' -d \
         '{{\"query\":\"mutation {{ signIn(input: {{account: \\\"qingchuan\\\", password: \\\"demo-county-2022\\\"}}) {{ token }} }}\"}}'\n{QUERIES}\n",
        accounts.join("\n"),
        listen = config.listen,
    ))
}
