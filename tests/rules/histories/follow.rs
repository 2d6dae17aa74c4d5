//! Customers who do what a letter says.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uplift::{
    fleet::{ObjectKey, TenantKey},
    simulate::world::{Object, What, World},
};

use super::events::{Draw, annotate};
use crate::oracle::customer::letter;

/// An instruction that can still be followed.
#[derive(Clone)]
struct Open {
    tenant: TenantKey,
    value: String,
    until: Timestamp,
}

/// What the last letters to each tenant say.
fn open(world: &World, at: Timestamp) -> Vec<Open> {
    let mut last: Vec<Open> = vec![];
    for record in world.log() {
        let What::Accepted(notice) = &record.what else { continue };
        let Some(told) = letter::instruction(&notice.message) else { continue };
        last.retain(|open| open.tenant != notice.tenant);
        last.push(Open { tenant: notice.tenant.clone(), value: told.value, until: told.until });
    }
    last.retain(|open| open.until >= at);
    last
}

impl Draw<'_> {
    /// To the letter, often in the last second in which it says that one may.
    pub(super) fn follow(&mut self) -> Option<Value> {
        let all = open(self.world, self.at);
        if all.is_empty() {
            return None;
        }
        // Above all where the window has gone elsewhere since.
        let moved: Vec<Open> = all.iter().filter(|open| self.has_moved(open)).cloned().collect();
        let one = self.chance.pick(if moved.is_empty() { &all } else { &moved });
        if self.chance.percent(35) {
            self.at = one.until;
        }
        Some(said(&one))
    }

    fn has_moved(&self, open: &Open) -> bool {
        let slot = || self.world.get(&ObjectKey::Tenant(open.tenant.clone()))?.tenant()?.1.upgrade.as_ref()?.slot.as_ref();
        let zone = |window: &str| Some(&self.world.get(&ObjectKey::Window(window.into()))?.window()?.0.time_zone);
        slot().is_some_and(|slot| zone(&slot.window).is_some_and(|zone| *zone != slot.time_zone))
    }

    /// Some always decline: those that come first by name, so that the others would wait for ever.
    pub(super) fn always_decline(&mut self) -> Option<Value> {
        let mut all = open(self.world, self.at);
        all.retain(|open| ["t1", "t2"].contains(&open.tenant.name.as_str()));
        let fresh = |open: &Open| {
            let tenant = self.world.objects().find(|object| object.key == ObjectKey::Tenant(open.tenant.clone()));
            tenant.is_some_and(|tenant| tenant.annotation("uplift.dev/opt-out") != Some(&open.value))
        };
        Some(said(all.iter().find(|open| fresh(open))?))
    }

    /// Somebody takes a refusal back, and then nobody can be told that the date stands again.
    pub(super) fn back_unheard(&mut self) -> Option<Value> {
        let declined = |object: &Object| -> Option<(String, Timestamp)> {
            let record = object.tenant()?.1.opt_outs.first()?;
            let history = object.tenant()?.1.history.first()?;
            let opens: Timestamp = history.slot.parse().ok()?;
            (record.slot.as_ref() == Some(&history.slot)).then(|| (record.value.clone(), opens))
        };
        let at = self.at;
        let tenant = self.any(|object| declined(object).is_some_and(|(_, opens)| opens > at))?;
        let (ObjectKey::Tenant(key), Some((value, opens))) = (tenant.key.clone(), declined(&tenant)) else { return None };
        // The outage comes first; the opt-in is an event of its own.
        if !self.chance.percent(50) {
            return Some(annotate(&key, &json!({"uplift.dev/opt-in": value})));
        }
        let until =
            (opens - SignedDuration::from_secs(self.chance.pick(&[7200, 1, -1, -3600]))).max(at + SignedDuration::from_secs(1));
        let tenant = format!("{}/{}", key.namespace, key.name);
        Some(json!({"outage": {"component": "notices", "until": until.to_string(), "tenant": tenant}}))
    }

    /// Nothing that matters.
    pub(super) fn nothing(&mut self) -> Option<Value> {
        let (key, _) = self.tenant()?;
        Some(json!({"rollout": {"workload": format!("{}/web", key.namespace), "outcome": "Succeeds", "takes": "60s"}}))
    }
}

fn said(open: &Open) -> Value {
    let mut event = annotate(&open.tenant, &json!({"uplift.dev/opt-out": open.value}));
    event["by"] = "ann@acme.example".into();
    event
}
