//! What engineers, tools and machines do by chance.

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use uplift::{
    api::tenant::WorkloadKind,
    fleet::ObjectKey,
    simulate::{
        manifest::Kind,
        world::{Content, Object},
    },
};

use super::events::{Draw, patch, target};
use super::fleet::{ENGINEERS, any_release, container, strategy};
use super::guards::Guard;

/// What is wrong with new pods.
const WHY: [&str; 7] = ["ImageNotFound", "Crashes", "OutOfMemory", "NotReady", "Unschedulable", "Quota", "Hidden"];
/// What pods say is whatever somebody wrote: it is never believed, and never shown as it is.
const SAYS: [&str; 5] = [
    "manifest unknown",
    "",
    "panic: \u{1b}[31mno such table\u{0}\r\n\tat main (\"app\")\n",
    "\u{202e}reversed \u{feff}and\u{2028}split\u{ad}",
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 \
     0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 \
     0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789",
];

impl Draw<'_> {
    pub(super) fn suspend(&mut self) -> Option<Value> {
        let object = self.any(|object| object.workload().is_none() && !matches!(object.content, Content::Product(..)))?;
        let stands = !object.spec()["suspend"].is_null();
        let suspend = if stands || self.chance.percent(15) {
            Value::Null
        } else {
            json!({"reason": self.chance.pick(&["on call", "audit"])})
        };
        Some(patch(&object.key, &json!({"suspend": suspend})))
    }

    /// People let a halted release go on, or write a number that lifts nothing.
    pub(super) fn resume(&mut self) -> Option<Value> {
        let halt = |object: &Object| Some(object.release()?.1.halt.as_ref().filter(|halt| halt.stands())?.id);
        let halted = if self.chance.percent(90) { self.any(|object| halt(object).is_some()) } else { None };
        let release = halted.or_else(|| self.any(|object| object.release().is_some()))?;
        let id = halt(&release).unwrap_or(1);
        let said = self.chance.pick(&[id, id, id, 0, id + 1]);
        Some(patch(&release.key, &json!({"rollout": {"resumedHalt": said}})))
    }

    /// Something is deleted, or comes back from Git.
    pub(super) fn remake(&mut self) -> Option<Value> {
        if self.chance.percent(55) {
            let gone: Vec<Value> = self.manifests.iter().filter(|manifest| self.is_gone(manifest)).cloned().collect();
            let back = Guard::Edits.on() && !gone.is_empty() && self.chance.percent(60);
            let manifest = if back { self.chance.pick(&gone) } else { self.chance.pick(self.manifests) };
            return Some(self.created(json!({"apply": manifest})));
        }
        let workloads = self.chance.percent(20);
        let object = self.any(|object| object.workload().is_some() == workloads)?;
        Some(json!({"delete": target(&object.key)}))
    }

    fn is_gone(&self, manifest: &Value) -> bool {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let name = text(&manifest["metadata"]["name"]).unwrap_or_default();
        let kind = text(&manifest["kind"]).and_then(|kind| Kind::named(&kind));
        kind.is_some_and(|kind| self.world.get(&kind.key(manifest["metadata"]["namespace"].as_str(), &name)).is_none())
    }

    pub(super) fn freeze(&mut self) -> Option<Value> {
        let window = self.any(|object| object.window().is_some())?;
        if self.chance.percent(40) {
            return Some(patch(&window.key, &json!({"freezes": null})));
        }
        let occurrences = &window.window()?.1.occurrences;
        let day =
            occurrences.first().map_or(self.at, |o| o.opens_at) + SignedDuration::from_hours(24 * self.chance.between(-1, 1));
        let from = day.to_zoned(TimeZone::get(&window.window()?.0.time_zone).ok()?).date();
        let to = from.checked_add(SignedDuration::from_hours(24 * self.chance.between(0, 8))).ok()?;
        Some(patch(
            &window.key,
            &json!({"freezes": [{"from": from.to_string(), "to": to.to_string(), "reason": self.chance.pick(&["stocktaking", "year end"])}]}),
        ))
    }

    /// Somebody meddles with a workload.
    pub(super) fn disturb(&mut self) -> Option<Value> {
        let object = self.any(|object| object.workload().is_some())?;
        let ObjectKey::Workload(key) = &object.key else { return None };
        let month = usize::try_from(self.chance.between(9, 13)).unwrap();
        let by_hand = json!({"template": {"spec": {"containers": [container(&key.name, month)]}}});
        let odd = json!({"template": {"spec": {"containers": [{"name": key.name, "image": "registry.example.test/odd:1"}]}}});
        let spec = match self.chance.below(10) {
            0..7 => self.calm(key.kind),
            7..9 => by_hand,
            _ => odd,
        };
        Some(patch(&object.key, &spec))
    }

    /// What may hold a start, and is nobody's mistake.
    fn calm(&mut self, kind: WorkloadKind) -> Value {
        if kind != WorkloadKind::Deployment && (kind == WorkloadKind::DaemonSet || self.chance.percent(60)) {
            return json!({"updateStrategy": strategy(self.chance, kind)});
        }
        let replicas = [0, 1, 2].map(|n| json!({"replicas": n}));
        let paused = [true, false].map(|paused| json!({"paused": paused}));
        let paused = paused.into_iter().filter(|_| kind == WorkloadKind::Deployment);
        self.chance.pick(&replicas.into_iter().chain(paused).collect::<Vec<_>>())
    }

    pub(super) fn behave(&mut self) -> Option<Value> {
        let object = self.any(|object| object.workload().is_some())?;
        let ObjectKey::Workload(key) = &object.key else { return None };
        let outcome = self.chance.pick(&["Succeeds", "Succeeds", "Fails", "Hangs"]);
        let takes = self.chance.pick(&["1s", "60s", "4m", "20m"]);
        let workload = format!("{}/{}", key.namespace, key.name);
        let rollout = json!({"kind": key.kind, "workload": workload, "outcome": outcome, "takes": takes});
        Some(json!({"rollout": self.pods_say(rollout)}))
    }

    fn pods_say(&mut self, mut rollout: Value) -> Value {
        if rollout["outcome"] != "Succeeds" && self.chance.percent(70) {
            rollout["why"] = self.chance.pick(&WHY).into();
            rollout["says"] = self.chance.pick(&SAYS).into();
        }
        rollout
    }

    /// The old images of a rollback mostly come up by themselves.
    pub(super) fn go_back_badly(&mut self) -> Option<Value> {
        let object = self.any(|object| object.workload().is_some())?;
        let ObjectKey::Workload(key) = &object.key else { return None };
        let outcome = self.chance.pick(&["Hangs", "Fails", "Succeeds"]);
        let workload = format!("{}/{}", key.namespace, key.name);
        let rollback = json!({"kind": key.kind, "workload": workload, "outcome": outcome, "takes": "4m"});
        Some(json!({"rollback": self.pods_say(rollback)}))
    }

    pub(super) fn outage(&mut self) -> Option<Value> {
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

    pub(super) fn newer(&mut self) -> Option<Value> {
        let months = 10..20;
        let free = |month: &usize| self.world.get(&ObjectKey::Release(format!("r{month}"))).is_none();
        let month = months.into_iter().find(free)?;
        let release = any_release(self.chance, month);
        Some(self.created(json!({"apply": release})))
    }

    /// By whom, which is known of most: by an engineer, or by the tool that syncs.
    fn created(&mut self, mut event: Value) -> Value {
        if self.chance.percent(75) {
            let [one, other] = ENGINEERS;
            event["by"] = self.chance.pick(&[one, other, "kustomize-controller"]).into();
        }
        event
    }
}
