//! Access control: the viewer, what a role may do, and the scope in which it may. Rows are read through a scope only.

mod accounts;
mod bounds;
pub mod class;
pub mod giving;
pub mod policy;
pub mod scope;
mod standing;
mod tables;
pub mod viewer;

pub use class::{Age, Datum, Sight, Standing};
pub use giving::Gift;
pub use policy::Action;
pub use scope::{Scope, Within};
pub use tables::holders;
pub use viewer::{Bearer, Viewer};
