//! Whatever text comes as a cursor, or as the JSON in one: it is read or refused, and what is read is written as it was.
#![no_main]

use api::page::Cursor;
use async_graphql::connection::CursorType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), URL_SAFE_NO_PAD.encode(text)] {
        if let Ok(cursor) = Cursor::decode_cursor(&text) {
            let written = cursor.encode_cursor();
            let again = Cursor::decode_cursor(&written).expect("what was written is read");
            assert_eq!(written, again.encode_cursor());
        }
    }
});
