//! `keys`: what signs tokens, and the first of what seals. Servers that run take a rotation up within a minute.

use api::config::Store;
use api::session::key_file;
use api::session::keys::{KeySet, NOTICE};
use clap::{Args, Subcommand};
use platform::clock::Clock;
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
    /// Make the keys that are missing: those that sign tokens, and those that seal personal values
    Make,
    /// List the keys that sign tokens: state, id, and since when; the secrets are not shown
    List,
    /// Let the next key sign, and make another next; tokens of the previous key stay good until their end
    Rotate {
        /// Do not wait until the next key has been published for long enough
        #[arg(long)]
        at_once: bool,
        /// Forget all keys: every token that is out dies
        #[arg(long)]
        leaked: bool,
    },
}

pub async fn run(arguments: &Arguments) -> Result<()> {
    if matches!(arguments.what, What::Make) {
        super::open(&arguments.store).await?;
        let (tokens, seal) = (arguments.store.key_file(), arguments.store.seal_file());
        return super::say(&format!(
            "{} signs tokens, {} seals: keep copies\n",
            tokens.display(),
            seal.display()
        ));
    }
    let (file, now) = (arguments.store.key_file(), Clock::system().now());
    let set = key_file::open(&file, now)?;
    match arguments.what {
        What::Make | What::List => {
            for key in set.keys() {
                let state = format!("{:?}", key.state).to_lowercase();
                super::say(&format!("{state:<9} {} since {}\n", key.id, key.since.format("%FT%TZ")))?;
            }
            Ok(())
        }
        What::Rotate { at_once, leaked } => {
            let new = if leaked {
                KeySet::fresh(now)?
            } else if at_once || set.is_ripe(now) {
                set.rotated(now)?
            } else {
                return Err(Error::internal(format!(
                    "the next key has been published for less than {} minutes, and some do not know it yet: wait, \
                     or add --at-once",
                    NOTICE.num_minutes()
                )));
            };
            key_file::replace(&file, &new)?;
            super::say(&format!("{} signs from now on\n", new.current()?.id))
        }
    }
}
