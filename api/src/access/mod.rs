//! Who asks, what a role may do, and where: the only way to rows.

mod bounds;
pub mod class;
pub mod policy;
pub mod scope;
mod tables;
pub mod viewer;

pub use class::{Datum, Sight, Standing};
pub use policy::Action;
pub use scope::{Scope, Within};
pub use viewer::{Bearer, Viewer};
