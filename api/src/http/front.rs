//! The HTTP front: admission of requests, memory for their bodies, budgets and metrics.

use std::time::Duration;

use platform::clock::Clock;

use super::budget::Budgets;
use super::door::{self, Door};
use super::intake::Intake;
use super::meter::Meter;
use super::settings::Settings;

/// Each request passes the front before any work is done for it.
pub struct Front {
    pub settings: Settings,
    pub door: Door,
    pub(super) intake: Intake,
    pub budgets: Budgets,
    pub meter: Meter,
}

impl Front {
    #[must_use]
    pub fn new(settings: Settings, clock: &Clock) -> Self {
        let budgets = Budgets::new(settings.budget, settings.budget_anonymous, clock.clone());
        let meter = Meter::new(Duration::from_millis(settings.slow_ms));
        let (door, intake) = (Door::new(settings.requests, door::PATIENCE), Intake::default());
        Self { settings, door, intake, budgets, meter }
    }
}
