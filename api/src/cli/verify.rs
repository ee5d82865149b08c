//! `verify`: facts, cells and journals against a recount.

use api::config::Store;
use api::error::{Error, Result};

pub async fn run(store: Store) -> Result<()> {
    let db = super::ready(&store).await?;
    let report = api::verify::run(&db).await?;
    for difference in &report.differences {
        super::say(&format!("{difference}\n"))?;
    }
    if report.differences.is_empty() {
        return super::say(&format!(
            "{} ledgers, {} facts and {} cells equal a recount\n",
            report.ledgers, report.facts, report.cells
        ));
    }
    Err(Error::internal(format!(
        "{} differences: nothing was changed; keep a copy of the database and the log before anything is mended",
        report.differences.len()
    )))
}
