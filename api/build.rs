//! Tells the program when it was built: a clock that is earlier is wrong.

use std::time::{SystemTime, UNIX_EPOCH};

#[expect(clippy::disallowed_methods, reason = "a build has no clock of the house")]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A debug build holds no page: it reads it where it lies.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        let built = std::path::Path::new("../web/dist").exists();
        println!("cargo:rerun-if-changed={}", if built { "../web/dist" } else { "../web" });
    }
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let wanted = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    println!("cargo:rustc-env=SANLIAN_BUILT_AT={}", wanted.unwrap_or_else(now));
}
