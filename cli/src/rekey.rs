//! `rekey`: a new key for all personal values.

use std::io::IsTerminal;

use api::config::Store;
use api::personal::rekey;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use platform::error::{Error, Result};

#[derive(Args)]
#[command(
    after_help = "Servers go on meanwhile, and find the new key in the file by themselves. Where they read a file of their own \
or SANLIAN_SEAL_KEYS, add the next key there first: it is taken.\nBroken off, run it again: it goes on where it was."
)]
pub struct Arguments {
    #[command(flatten)]
    store: Store,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let db = super::ready(&arguments.store, None).await?;
    let keys = super::keys(&arguments.store, &db, super::Missing::Made).await?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("sealing anew {wide_bar} {pos}/{len} values, {eta} left")
    {
        bar.set_style(style);
    }
    let tell = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let report = rekey::run(&db, &keys, &platform::clock::Clock::system(), &tell).await?;
    bar.finish_and_clear();
    let Some(report) = report else { return super::say("nothing is sealed yet\n") };
    for sentence in &report.unopened {
        super::say(&format!("{sentence}\n"))?;
    }
    if !report.unopened.is_empty() {
        return Err(Error::internal(format!(
            "{} values did not open and were left under their old key: put them back from a backup, and run it again",
            report.unopened.len()
        )));
    }
    super::say(&format!(
        "{} values sealed anew: all lie under key {}; an older one may go from {} when no backup needs it\n",
        report.resealed,
        report.key.0,
        keys.place()
    ))
}
