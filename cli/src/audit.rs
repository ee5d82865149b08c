//! `audit`: whether somebody has touched what was written down for audits.

use std::path::{Path, PathBuf};

use api::config::Store;
use clap::{Args, Subcommand};
use platform::chain::Head;
use platform::error::{Error, Result};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    store: Store,
}

#[derive(Subcommand)]
enum What {
    /// Check that in the journals and in the access log no line was changed, dropped, inserted or swapped
    #[command(
        after_help = "It prints where each chain ends. Keep that apart from the database, and name it with \
--against the next time: what was cut off since, or written anew from the start, shows by it."
    )]
    Verify {
        /// What an earlier check printed
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let What::Verify { against } = arguments.what;
    let noted = against.as_deref().map(noted).transpose()?.unwrap_or_default();
    let db = super::ready(&arguments.store, None).await?;
    let keys = super::keys(&arguments.store, &db, super::Missing::Refused).await?;
    let found = api::verify::audit(&db, &keys, &noted).await?;
    super::differences(&found.differences)?;
    for head in &found.heads {
        super::say(&format!("{head}\n"))?;
    }
    super::say(&format!(
        "{} journals hold, and {} chains of the access log with {} lines\n",
        found.journals, found.chains, found.lines
    ))
}

fn noted(file: &Path) -> Result<Vec<Head>> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::internal(format!("cannot read {}: {error}", file.display())))?;
    let heads: Vec<Head> = text.lines().filter_map(Head::parse).collect();
    if heads.is_empty() {
        return Err(Error::internal(format!(
            "{} holds nothing that `sanlian audit verify` has printed: name a file that does",
            file.display()
        )));
    }
    Ok(heads)
}
