//! Whatever text comes as a global id, or within one: it names something or nothing, and what it names has one id.
#![no_main]

use platform::gid::Gid;
use async_graphql::ID;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), URL_SAFE_NO_PAD.encode(text)] {
        if let Some(gid) = Gid::decode(&ID(text)) {
            assert_eq!(Gid::decode(&ID(gid.text())), Some(gid));
        }
    }
});
