//! Names the schema by the text of its migrations and its catalogue, so that a test never copies a template of another one.
//! It is named when the tests are built: what lies in the folder later may be newer than what they migrate to.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};

const MIGRATIONS: &str = "../migration/src";
const CATALOGUE: &str = "../api/data/catalogue.json";

fn main() -> std::io::Result<()> {
    let mut files = fs::read_dir(MIGRATIONS)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    files.push(CATALOGUE.into());
    let mut hasher = DefaultHasher::new();
    for file in files {
        (&file, fs::read(&file)?).hash(&mut hasher);
    }
    println!("cargo::rerun-if-changed={MIGRATIONS}");
    println!("cargo::rerun-if-changed={CATALOGUE}");
    println!("cargo::rustc-env=SCHEMA={:016x}", hasher.finish());
    Ok(())
}
