//! Suppression: answers for viewers who must not see figures under five, and what nobody can find out from them.

mod attack;
mod country;
mod people;
mod refusals;
mod sums;
mod withheld;
