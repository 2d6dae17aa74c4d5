//! Rule R6: a pin is a ceiling.

use jiff::Timestamp;

use crate::{
    api::{TenantInstanceSpec, Version, reason::Reason},
    plan::{
        output::hold::{Gate, Hold},
        pass::Pass,
    },
};

/// The ceiling of a pin that is in force.
pub struct Ceiling<'a> {
    /// The highest version.
    pub version: Version,
    /// When it ends.
    pub until: Option<Timestamp>,
    reason: &'a str,
}
/// The ceiling of the tenant's pin, while it is in force.
pub fn ceiling<'s>(pass: &Pass, spec: &'s TenantInstanceSpec) -> Option<Ceiling<'s>> {
    let pin = spec.pin.as_ref()?;
    // Without a readable zone the pin stays: holding back is the safe side.
    let until = pin.until.and_then(|date| Some(pass.schedule(&spec.window_ref.name)?.first_instant(date)));
    let in_force = until.is_none_or(|until| pass.now < until);
    in_force.then_some(())?;
    Some(Ceiling { version: pin.version.parse().ok()?, until, reason: &pin.reason })
}
/// What a ceiling says.
pub fn pinned(ceiling: &Ceiling) -> Hold {
    let message = format!("pinned to {}: {}; change spec.pin to go on", ceiling.version, ceiling.reason);
    Hold { until: ceiling.until, ..Hold::slot(Gate::Pin, Reason::Pinned, message) }
}
