//! Tenants of a release that are held because Jobs of their hooks and probes cannot be made: many of one kind are one line, where whoever sees to
//! the release looks. For people: no rule reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    api::{DashboardReleaseStatus, condition, reason::Reason, tenant::TenantInstanceStatus},
    fleet::TenantKey,
    plan::output::hold::Gate,
};

/// So many tenants of a kind are named.
const NAMED: usize = 3;

/// How many are held by each kind, and the first of them.
#[derive(Clone, Default)]
pub struct HeldJobs<'a>(BTreeMap<Reason, (u32, Vec<&'a TenantKey>)>);

impl<'a> HeldJobs<'a> {
    /// Counts a tenant that waits for the release.
    pub fn count(&mut self, key: &'a TenantKey, status: &TenantInstanceStatus) {
        let held = status.blockers.iter().find(|blocker| blocker.gate == Gate::Hooks.name());
        let Some(reason) = held.and_then(|blocker| blocker.reason.known()) else { return };
        let (count, named) = self.0.entry(reason).or_default();
        *count += 1;
        if named.len() < NAMED {
            named.push(key);
        }
    }

    /// The kind of the most, and what is said of all.
    fn said(&self) -> Option<(Reason, String)> {
        // Of equally many the first: what is told does not move by itself.
        let most = self.0.iter().rev().max_by_key(|(_, (count, _))| *count).map(|(reason, _)| *reason)?;
        let kinds: Vec<_> = self.0.iter().map(|(reason, (count, named))| kind(*reason, *count, named)).collect();
        let message =
            format!("tenants are held before their upgrade; kubectl uplift why says of each what to mend: {}", kinds.join("; "));
        Some((most, message))
    }

    /// Whether the condition says so already.
    pub fn is_told(&self, status: &DashboardReleaseStatus) -> bool {
        let told = condition::get(&status.conditions, condition::JOBS_READY);
        match (self.said(), told) {
            (None, None) => true,
            (Some((reason, message)), Some(told)) => told.reason == reason.name() && told.message == message,
            _ => false,
        }
    }

    /// Writes it into the condition, which is absent while nobody is held.
    pub fn tell(&self, status: &mut DashboardReleaseStatus, now: Timestamp) {
        let generation = status.observed_generation;
        match self.said() {
            None => condition::clear(&mut status.conditions, condition::JOBS_READY),
            Some((reason, message)) => {
                condition::set(&mut status.conditions, condition::JOBS_READY, false, reason, &message, generation, now);
            }
        }
    }
}

fn kind(reason: Reason, count: u32, named: &[&TenantKey]) -> String {
    let tenants: Vec<_> = named.iter().map(ToString::to_string).collect();
    let others = if tenants.len() < count as usize { ", …" } else { "" };
    format!("{count} by {reason} ({}{others})", tenants.join(", "))
}
