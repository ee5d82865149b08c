//! Names 姓名·名称 as people type them: simplified or traditional, full or half width, pinyin, its initials, or any part.
//! A name is kept under keys, and a name is found whose key begins with what was typed: a range of an index, on every
//! database and below row security. Whoever changes a name keeps its keys, in the same act.

mod fill;
mod find;
mod keep;
mod key;

pub use fill::fill;
pub use find::{households, named};
pub use keep::{Named, forget, keep, rows};
