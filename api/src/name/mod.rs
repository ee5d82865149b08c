//! Search by names 姓名·名称 as people type them: simplified or traditional, full or half width, pinyin, initials, or
//! any part. Each name has keys in a table; a search finds the keys that begin with the typed text by a range of an
//! index, on every database and under row-level security. An act that changes a name writes its keys, too.

mod fill;
mod find;
mod keep;
mod key;

pub use fill::fill;
pub use find::{households, named};
pub use keep::{Named, forget, keep, rows};
