//! `verify`: facts, cells and journals against a recount.

use api::config::Store;
use platform::error::Result;

pub async fn run(store: Store) -> Result<()> {
    let db = super::ready(&store, None).await?;
    let report = api::verify::run(&db).await?;
    super::differences(&report.differences)?;
    super::say(&format!(
        "{} ledgers, {} facts and {} cells equal a recount\n",
        report.ledgers, report.facts, report.cells
    ))
}
