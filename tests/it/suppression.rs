//! Suppression: what those are told who may not see small figures, and what nobody can find out from it.

mod attack;
mod country;
mod refusals;
