//! `migrate`: the schema up to the newest change, down again, or where it is.

use api::config::Store;
use clap::{Args, Subcommand};
use migration::{Migrator, MigratorTrait};
use platform::error::Result;

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    direction: Direction,
    #[command(flatten)]
    store: Store,
}

#[derive(Subcommand)]
enum Direction {
    /// Apply all changes and install the catalogue
    Up,
    /// Take back the newest changes
    Down {
        /// How many
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// List the changes, and which are applied
    Status,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    match arguments.direction {
        Direction::Up => api::setup::prepare(&super::owner(&arguments.store).await?).await,
        Direction::Down { steps } => {
            let db = super::existing(&arguments.store).await?;
            Ok(Migrator::down(&db, Some(steps)).await?)
        }
        Direction::Status => {
            let db = super::existing(&arguments.store).await?;
            for change in Migrator::get_migration_with_status(&db).await? {
                let status = format!("{:?}", change.status()).to_lowercase();
                super::say(&format!("{status:<10} {}\n", change.name()))?;
            }
            Ok(())
        }
    }
}
