//! What happens by chance, as an event of a simulation's file without its instant.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use uplift::{
    api::tenant::{SlotResult, Upgrade},
    fleet::{ObjectKey, TenantKey},
    simulate::world::{Object, World},
};

use super::{
    chance::Chance,
    fleet::{self, WINDOWS, any_release, approval, container},
};

/// What an event is drawn from: the world before it, and the manifests that the history began with.
pub struct Draw<'a> {
    pub chance: &'a mut Chance,
    pub world: &'a World,
    pub manifests: &'a [Value],
    pub at: Timestamp,
}

type Drawer<'a> = fn(&mut Draw<'a>) -> Option<Value>;

/// What can happen, and how often.
fn drawers<'a>() -> [(usize, Drawer<'a>); 16] {
    [
        (26, Draw::opt_out),
        (14, Draw::opt_in),
        (4, Draw::forget),
        (9, Draw::suspend),
        (7, Draw::decide),
        (4, Draw::sign_off),
        (5, Draw::remake),
        (9, Draw::freeze),
        (5, Draw::edit_window),
        (6, Draw::move_tenant),
        (5, Draw::pin),
        (7, Draw::disturb),
        (8, Draw::behave),
        (8, Draw::retry),
        (9, Draw::outage),
        (14, Draw::newer),
    ]
}

/// An event by chance.
pub fn draw(draw: &mut Draw<'_>) -> Value {
    let drawers = drawers();
    loop {
        let mut n = draw.chance.below(drawers.iter().map(|(weight, _)| weight).sum());
        let drawer = drawers.iter().find(|(weight, _)| {
            let here = n < *weight;
            n = n.saturating_sub(*weight);
            here
        });
        if let Some(mut event) = drawer.and_then(|(_, drawer)| drawer(draw)) {
            event["at"] = draw.at.to_string().into();
            return event;
        }
    }
}

impl Draw<'_> {
    fn any(&mut self, wanted: impl Fn(&Object) -> bool) -> Option<Object> {
        let all: Vec<_> = self.world.objects().filter(|object| wanted(object)).collect();
        if all.is_empty() {
            return None;
        }
        let one = self.chance.pick(&all);
        Some(Object::clone(one))
    }
    fn tenant(&mut self) -> Option<(TenantKey, Object)> {
        let slot = |object: &Object| upgrade(object).is_some_and(|up| up.slot.is_some());
        let with_slot = if self.chance.percent(85) { self.any(slot) } else { None };
        let tenant = with_slot.or_else(|| self.any(|object| object.tenant().is_some()))?;
        let ObjectKey::Tenant(key) = tenant.key.clone() else { return None };
        Some((key, tenant))
    }

    /// What people refuse is mostly a date that they know.
    fn opt_out(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        if upgrade(&tenant).is_none_or(|up| up.slot.is_none()) && self.chance.percent(80) {
            return None;
        }
        let value = match self.chance.below(10) {
            0..7 => self.day(&tenant),
            7..9 => self.version(&tenant),
            _ => self.chance.pick(&["no, thanks".to_owned(), "2026-10-99".into(), "2026.99.0".into(), "2020-01-01".into()]),
        };
        Some(annotate(&key, &json!({"uplift.dev/opt-out": value})))
    }

    /// A day on which the slot lies, or one nearby.
    fn day(&mut self, tenant: &Object) -> String {
        let slot = upgrade(tenant).and_then(|up| up.slot.clone());
        let zone = |w: &str| TimeZone::get(&self.world.get(&ObjectKey::Window(w.into()))?.window()?.0.time_zone).ok();
        let times = slot.as_ref().map(|s| [s.opens_at, s.opens_at, s.opt_out_until, s.closes_at]);
        let zone = slot.and_then(|s| zone(&s.window)).unwrap_or(TimeZone::UTC);
        let nearby = self.at + SignedDuration::from_hours(24 * self.chance.between(0, 20));
        let at = times.filter(|_| self.chance.percent(90)).map_or(nearby, |times| self.chance.pick(&times));
        at.to_zoned(zone).date().to_string()
    }

    fn version(&mut self, tenant: &Object) -> String {
        let planned = upgrade(tenant).map(|up| up.to.clone());
        let any = format!("2026.{}.0", self.chance.between(9, 13));
        planned.filter(|_| self.chance.percent(80)).unwrap_or(any)
    }

    fn opt_in(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        let written = tenant.annotation("uplift.dev/opt-out").map(str::to_owned);
        let judged = tenant.tenant()?.1.opt_outs.first().map(|record| record.value.clone());
        let value = written.or(judged)?;
        let mut event = annotate(&key, &json!({"uplift.dev/opt-in": value}));
        if self.chance.percent(25) {
            event["annotate"]["remove"] = json!(["uplift.dev/opt-out"]);
        }
        Some(event)
    }

    fn forget(&mut self) -> Option<Value> {
        let (key, _) = self.tenant()?;
        let keys = self.chance.pick(&[
            json!(["uplift.dev/opt-out"]),
            json!(["uplift.dev/opt-in"]),
            json!(["uplift.dev/opt-out", "uplift.dev/opt-in"]),
        ]);
        Some(json!({"annotate": {"tenant": format!("{}/{}", key.namespace, key.name), "remove": keys}}))
    }

    fn suspend(&mut self) -> Option<Value> {
        let object = self.any(|object| object.deployment().is_none())?;
        let stands = !object.spec()["suspend"].is_null();
        let suspend = if stands || self.chance.percent(15) { Value::Null } else { json!({"reason": "on call"}) };
        Some(patch(&object.key, &json!({"suspend": suspend})))
    }

    fn decide(&mut self) -> Option<Value> {
        let release = self.any(|object| object.release().is_some())?;
        let decisions =
            [json!({"approval": approval("Approved")}), json!({"approval": approval("Rejected")}), json!({"approval": null})];
        let withdrawn = [json!({"withdrawn": {"reason": "bad"}}), json!({"withdrawn": null})];
        let spec = if self.chance.percent(65) { self.chance.pick(&decisions) } else { self.chance.pick(&withdrawn) };
        Some(patch(&release.key, &spec))
    }

    fn sign_off(&mut self) -> Option<Value> {
        let release = self.any(|object| object.release().is_some_and(|(spec, _)| !spec.acceptance.checks.is_empty()))?;
        let result = self.chance.pick(&["Passed", "Passed", "Failed"]);
        Some(patch(&release.key, &json!({"acceptance": {"signOffs": [{"check": "platform", "result": result}]}})))
    }

    /// Something is deleted, or comes back from Git.
    fn remake(&mut self) -> Option<Value> {
        if self.chance.percent(55) {
            let manifest = self.chance.pick(self.manifests);
            return Some(json!({"apply": manifest}));
        }
        let deployments = self.chance.percent(20);
        let object = self.any(|object| object.deployment().is_some() == deployments)?;
        Some(json!({"delete": target(&object.key)}))
    }

    fn freeze(&mut self) -> Option<Value> {
        let window = self.any(|object| object.window().is_some())?;
        if self.chance.percent(40) {
            return Some(patch(&window.key, &json!({"freezes": null})));
        }
        let occurrences = &window.window()?.1.occurrences;
        let day =
            occurrences.first().map_or(self.at, |o| o.opens_at) + SignedDuration::from_hours(24 * self.chance.between(-1, 1));
        let from = day.to_zoned(TimeZone::get(&window.window()?.0.time_zone).ok()?).date();
        let to = from.checked_add(SignedDuration::from_hours(24 * self.chance.between(0, 8))).ok()?;
        Some(patch(&window.key, &json!({"freezes": [{"from": from.to_string(), "to": to.to_string(), "reason": "stocktaking"}]})))
    }

    fn edit_window(&mut self) -> Option<Value> {
        let window = self.any(|object| object.window().is_some())?;
        let spec = match self.chance.below(4) {
            0 | 1 => json!({"schedule": fleet::schedule(self.chance)}),
            2 => json!({"duration": self.chance.pick(&["1h", "4h", "20m"])}),
            _ => json!({"notice": self.chance.pick(&["24h", "48h", "72h"])}),
        };
        Some(patch(&window.key, &spec))
    }

    fn move_tenant(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        let window = self.chance.pick(&["first", "first", "second", "nowhere"]);
        let specs = [
            json!({"windowRef": {"name": window}}),
            json!({"windowRef": {"name": WINDOWS[0]}}),
            json!({"channel": "beta"}),
            json!({"channel": "stable"}),
            json!({"management": "Unmanaged"}),
            json!({"management": "Managed"}),
        ];
        Some(patch(&tenant.key, &self.chance.pick(&specs)))
    }

    fn pin(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        if self.chance.percent(40) {
            return Some(patch(&tenant.key, &json!({"pin": null})));
        }
        let mut pin = json!({"version": format!("2026.{}.0", self.chance.between(9, 12)), "reason": "audit"});
        if self.chance.percent(60) {
            let until = self.at + SignedDuration::from_hours(24 * self.chance.between(0, 30));
            pin["until"] = until.to_zoned(TimeZone::UTC).date().to_string().into();
        }
        Some(patch(&tenant.key, &json!({"pin": pin})))
    }

    /// Somebody meddles with a workload.
    fn disturb(&mut self) -> Option<Value> {
        let object = self.any(|object| object.deployment().is_some())?;
        let ObjectKey::Workload(key) = &object.key else { return None };
        let month = usize::try_from(self.chance.between(9, 13)).unwrap();
        let by_hand = json!({"template": {"spec": {"containers": [container(&key.name, month)]}}});
        let odd = json!({"template": {"spec": {"containers": [{"name": key.name, "image": "registry.example.test/odd:1"}]}}});
        let calm = [
            json!({"replicas": 0}),
            json!({"replicas": 1}),
            json!({"replicas": 2}),
            json!({"paused": true}),
            json!({"paused": false}),
        ];
        let spec = match self.chance.below(10) {
            0..7 => self.chance.pick(&calm),
            7..9 => by_hand,
            _ => odd,
        };
        Some(patch(&object.key, &spec))
    }

    fn behave(&mut self) -> Option<Value> {
        let object = self.any(|object| object.deployment().is_some())?;
        let ObjectKey::Workload(key) = &object.key else { return None };
        let outcome = self.chance.pick(&["Succeeds", "Succeeds", "Fails", "Hangs"]);
        let takes = self.chance.pick(&["1s", "60s", "4m", "20m"]);
        Some(json!({"rollout": {"workload": format!("{}/{}", key.namespace, key.name), "outcome": outcome, "takes": takes}}))
    }

    fn retry(&mut self) -> Option<Value> {
        let failed = |object: &Object| -> Option<String> {
            let history = &object.tenant()?.1.history;
            Some(history.iter().find(|entry| entry.result == SlotResult::Failed)?.id.clone())
        };
        let tenant = self.any(|object| failed(object).is_some())?;
        let ObjectKey::Tenant(key) = &tenant.key else { return None };
        Some(annotate(key, &json!({"uplift.dev/retry": failed(&tenant)?})))
    }

    fn outage(&mut self) -> Option<Value> {
        let short = self.chance.percent(40);
        let length = if short { self.chance.between(5, 3600) } else { self.chance.between(1, 24 * 9) * 3600 };
        let until = (self.at + SignedDuration::from_secs(length)).to_string();
        let (key, _) = self.tenant()?;
        Some(match self.chance.below(5) {
            0 | 1 => json!({"outage": {"component": "operator", "until": until}}),
            2 => json!({"outage": {"component": "notices", "until": until}}),
            _ => json!({"outage": {"component": "notices", "until": until, "tenant": format!("{}/{}", key.namespace, key.name)}}),
        })
    }

    fn newer(&mut self) -> Option<Value> {
        let months = 10..20;
        let free = |month: &usize| self.world.get(&ObjectKey::Release(format!("r{month}"))).is_none();
        let month = months.into_iter().find(free)?;
        Some(json!({"apply": any_release(self.chance, month)}))
    }
}

fn upgrade(object: &Object) -> Option<&Upgrade> {
    object.tenant()?.1.upgrade.as_ref()
}

fn annotate(key: &TenantKey, set: &Value) -> Value {
    json!({"annotate": {"tenant": format!("{}/{}", key.namespace, key.name), "set": set}})
}

fn target(key: &ObjectKey) -> Value {
    let namespaced = |kind: &str, namespace: &str, name: &str| json!({"kind": kind, "namespace": namespace, "name": name});
    match key {
        ObjectKey::Release(name) => json!({"kind": "DashboardRelease", "name": name}),
        ObjectKey::Window(name) => json!({"kind": "UpgradeWindow", "name": name}),
        ObjectKey::Tenant(key) => namespaced("TenantInstance", &key.namespace, &key.name),
        ObjectKey::Workload(key) => namespaced("Deployment", &key.namespace, &key.name),
    }
}

fn patch(key: &ObjectKey, spec: &Value) -> Value {
    let mut patch = target(key);
    patch["merge"] = json!({"spec": spec});
    json!({"patch": patch})
}
