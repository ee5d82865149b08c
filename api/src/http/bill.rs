//! The bill of a request that is executed. Its estimate is paid before. Database time beyond the estimate is charged
//! when the request is over, even if its caller has gone away. A fault of the server costs nothing more.

use std::sync::Arc;

use super::budget::{Payer, RateLimit, beyond};
use super::front::Front;
use super::meter::Codes;
use platform::db::Run;

pub struct Bill {
    front: Arc<Front>,
    payer: Payer,
    paid: RateLimit,
    estimate: u64,
    /// `None` once the bill is settled.
    run: Option<Arc<Run>>,
}

impl Bill {
    pub fn new(front: &Arc<Front>, payer: Payer, paid: RateLimit, estimate: u64) -> Self {
        Self { front: Arc::clone(front), payer, paid, estimate, run: Run::here() }
    }

    /// Charges the rest, unless the codes of the answer show a fault of the server; returns what is left.
    pub fn settle(mut self, codes: Option<&Codes>) -> RateLimit {
        let is_ours = |code: &str| codes.is_some_and(|codes| codes.0.contains(code));
        if is_ours("INTERNAL") || is_ours("BUSY") {
            self.run = None;
        }
        self.take();
        self.paid
    }

    fn take(&mut self) {
        let Some(run) = self.run.take() else { return };
        let beyond = beyond(self.estimate, run.time());
        if beyond > 0 {
            self.paid = self.front.budgets.owe(self.payer, self.paid, beyond);
        }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.take();
        }
    }
}
