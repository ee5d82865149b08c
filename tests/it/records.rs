//! Records of work: what each mutation writes, and that a refusal writes nothing.

mod exemption;
pub mod house;
mod inputs;
mod lists;
mod mark;
mod need;
mod own;
mod project;
mod tags;
mod verification;
mod work;
