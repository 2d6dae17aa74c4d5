//! Tenants of a release that are held because Jobs of their hooks and probes cannot be made: many of one kind are one line, where whoever sees to
//! the release looks. For people: no rule reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    api::{DashboardReleaseStatus, condition, reason::Reason, tenant::TenantInstanceStatus},
    fleet::TenantKey,
    plan::{
        output::hold::Gate,
        status::some::{NAMED, some},
    },
};

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
    format!("{count} by {reason} ({})", some(named, count as usize, ", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn held_by(tenants: &[(&str, &str)]) -> HeldJobs<'static> {
        let mut held = HeldJobs::default();
        for (name, reason) in tenants {
            let key = Box::leak(Box::new(TenantKey::new(*name, *name)));
            let blocker = json!({"gate": "Hooks", "holds": "Start", "reason": reason, "message": "m"});
            held.count(key, &serde_json::from_value(json!({"blockers": [blocker]})).unwrap());
        }
        held
    }

    fn told(held: &HeldJobs) -> Option<(String, String)> {
        let mut status = DashboardReleaseStatus::default();
        assert_eq!(held.is_told(&status), held.said().is_none());
        held.tell(&mut status, Timestamp::UNIX_EPOCH);
        assert!(held.is_told(&status));
        condition::get(&status.conditions, condition::JOBS_READY).map(|said| (said.reason.clone(), said.message.clone()))
    }

    #[test]
    fn tenants_are_counted_by_kind_and_the_first_three_of_each_are_named() {
        let (rights, refused) = ("JobsNotGranted", "JobRefused");
        let held = held_by(&[("a", rights), ("b", refused), ("c", rights), ("d", rights), ("e", rights)]);
        let (reason, message) = told(&held).unwrap();
        assert_eq!(reason, rights, "the kind of the most");
        assert!(message.ends_with(": 4 by JobsNotGranted (a/a, c/c, d/d and 1 more); 1 by JobRefused (b/b)"), "{message}");
        let (_, three) = told(&held_by(&[("a", rights), ("b", rights), ("c", rights)])).unwrap();
        assert!(three.ends_with("3 by JobsNotGranted (a/a, b/b, c/c)"), "{three}");
    }

    #[test]
    fn while_nobody_is_held_nothing_is_told_and_what_was_told_is_taken_back() {
        assert_eq!(told(&HeldJobs::default()), None);
        let mut status = DashboardReleaseStatus::default();
        held_by(&[("a", "JobRefused")]).tell(&mut status, Timestamp::UNIX_EPOCH);
        assert!(!HeldJobs::default().is_told(&status) && !held_by(&[("b", "JobRefused")]).is_told(&status));
        HeldJobs::default().tell(&mut status, Timestamp::UNIX_EPOCH);
        assert_eq!(status.conditions, []);
    }

    #[test]
    fn what_holds_a_tenant_otherwise_is_not_counted() {
        let mut held = HeldJobs::default();
        let key = TenantKey::new("a", "a");
        let blocker = json!({"gate": "Health", "holds": "Start", "reason": "Unhealthy", "message": "m"});
        held.count(&key, &serde_json::from_value(json!({"blockers": [blocker]})).unwrap());
        assert!(held.said().is_none());
    }
}
