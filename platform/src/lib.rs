//! What every floor above stands on: the databases, sealing, time, errors, checks of inputs, global ids, hash chains, private
//! files and background work. It knows no feature and no GraphQL request.

pub mod chain;
pub mod check;
pub mod clock;
pub mod db;
pub mod detached;
pub mod error;
pub mod gid;
pub mod message;
pub mod private;
pub mod seal;
