//! Names the schema by the text of its migrations and its catalogue, and the source by the text of all that makes a world,
//! so that a test never copies a template of another one. They are named when the tests are built: what lies in the folders
//! later may be newer than what they were built from.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Result;
use std::path::{Path, PathBuf};

const SCHEMA: [&str; 2] = ["../migration/src", "../api/data/catalogue.json"];
const SOURCE: [&str; 6] =
    ["../migration/src", "../api/data", "../api/src", "../entity/src", "../guard/src", "src"];

fn main() -> Result<()> {
    println!("cargo::rustc-env=SCHEMA={}", named(&SCHEMA)?);
    println!("cargo::rustc-env=SOURCE={}", named(&SOURCE)?);
    Ok(())
}

fn named(paths: &[&str]) -> Result<String> {
    let mut files = vec![];
    for path in paths {
        println!("cargo::rerun-if-changed={path}");
        collect(Path::new(path), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        (&file, fs::read(&file)?).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
