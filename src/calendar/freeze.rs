//! Local dates on which nothing is upgraded (rules R7 to R9).

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{InvalidWindow, zone};
use crate::api::window::Freeze;

/// The freezes of a window as instants, in the order of the spec.
#[derive(Clone, Debug)]
pub(super) struct Freezes(Vec<Frozen>);

/// From the first instant of the first date to the first instant after the last.
#[derive(Clone, Debug)]
struct Frozen {
    from: Timestamp,
    until: Timestamp,
    reason: String,
}

impl Freezes {
    /// Both dates are included; one before the other is a mistake, not a freeze that never is.
    pub fn compile(freezes: &[Freeze], zone: &TimeZone) -> Result<Self, InvalidWindow> {
        let all = freezes.iter().enumerate().map(|(i, freeze)| frozen(i, freeze, zone));
        all.collect::<Result<_, _>>().map(Self)
    }

    /// The reason of the first freeze that the span `[from, until)` touches.
    pub fn touched_by(&self, from: Timestamp, until: Timestamp) -> Option<&str> {
        self.0.iter().find(|frozen| from < frozen.until && frozen.from < until).map(|frozen| frozen.reason.as_str())
    }
}

fn frozen(index: usize, freeze: &Freeze, zone: &TimeZone) -> Result<Frozen, InvalidWindow> {
    if freeze.from > freeze.to {
        let value = format!("{} to {}", freeze.from, freeze.to);
        let message = "ends before it begins; swap the dates: both are included";
        return Err(InvalidWindow::new(format!("spec.freezes[{index}]"), value, message));
    }
    let day_after = freeze.to.saturating_add(1.days());
    let (from, until) = (zone::first_instant(zone, freeze.from), zone::first_instant(zone, day_after));
    Ok(Frozen { from, until, reason: freeze.reason.clone() })
}
