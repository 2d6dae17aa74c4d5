//! Customers who do what a letter says.

use jiff::Timestamp;
use serde_json::{Value, json};
use uplift::{
    fleet::TenantKey,
    simulate::world::{What, World},
};

use super::{
    events::{Draw, annotate},
    oracle::customer::letter,
};

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
        let one = self.chance.pick(&all);
        if self.chance.percent(35) {
            self.at = one.until;
        }
        Some(said(&one))
    }

    /// Some always decline: those that come first by name, so that the others would wait for ever.
    pub(super) fn always_decline(&mut self) -> Option<Value> {
        let mut all = open(self.world, self.at);
        all.retain(|open| ["t1", "t2"].contains(&open.tenant.name.as_str()));
        let fresh = |open: &Open| {
            let tenant = self.world.objects().find(|object| object.key == uplift::fleet::ObjectKey::Tenant(open.tenant.clone()));
            tenant.is_some_and(|tenant| tenant.annotation("uplift.dev/opt-out") != Some(&open.value))
        };
        Some(said(all.iter().find(|open| fresh(open))?))
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
