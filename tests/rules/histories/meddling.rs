//! Workloads as other hands leave them: stale labels, images made by hand or put back, intents that a tool removed.

use serde_json::{Value, json};
use uplift::{
    fleet::{ObjectKey, WorkloadKey},
    simulate::world::Object,
};

use super::{
    events::{Draw, patch, target},
    fleet::{VERSION_LABEL, container},
};

impl Draw<'_> {
    fn workload(&mut self) -> Option<(WorkloadKey, Object)> {
        let object = self.any(|object| object.workload().is_some())?;
        let ObjectKey::Workload(key) = object.key.clone() else { return None };
        Some((key, object))
    }

    /// A chart sets the label once, or a person sets what they believe.
    pub(super) fn label(&mut self) -> Option<Value> {
        let (_, object) = self.workload()?;
        let version = self.chance.pick(&["2026.8.0", "2026.9.0", "2026.9.0", "2026.10.0", "2026.12.0", "main"]);
        let mut patch = target(&object.key);
        patch["merge"] = json!({"metadata": {"labels": {VERSION_LABEL: version}}});
        Some(json!({"patch": patch}))
    }

    /// A hotfix: an image that no release knows.
    pub(super) fn hotfix(&mut self) -> Option<Value> {
        let (key, object) = self.workload()?;
        let image = object.workload()?.containers().first()?.image.clone();
        let n = self.chance.between(1, 2);
        let plain = image.split("-hotfix").next().unwrap_or_default();
        let fixed = json!({"name": key.name, "image": format!("{plain}-hotfix{n}")});
        let event = patch(&object.key, &json!({"template": {"spec": {"containers": [fixed]}}}));
        Some(self.by_another(event))
    }

    /// The image of an older release, as a rollback by hand leaves it.
    pub(super) fn put_back(&mut self) -> Option<Value> {
        let (key, object) = self.workload()?;
        let image = object.workload()?.containers().first()?.image.clone();
        let month: usize = image.rsplit(':').next()?.split(['.', '-']).nth(1)?.parse().ok()?;
        let older = (month.saturating_sub(self.chance.below(2) + 1)).max(9);
        let event = patch(&object.key, &json!({"template": {"spec": {"containers": [container(&key.name, older)]}}}));
        Some(self.by_another(event))
    }

    pub(super) fn lose_intent(&mut self) -> Option<Value> {
        let object = self.any(|object| object.annotation("uplift.dev/intent").is_some())?;
        let mut patch = target(&object.key);
        patch["merge"] = json!({"metadata": {"annotations": {"uplift.dev/intent": null}}});
        Some(json!({"patch": patch}))
    }
}

impl Draw<'_> {
    /// An annotation as a copy brings it, a restore, or somebody who may: of an upgrade that this tenant never had, with images that run
    /// or do not, and sometimes one that nobody can read.
    pub(super) fn foreign_intent(&mut self) -> Option<Value> {
        let (_, object) = self.workload()?;
        let running: serde_json::Map<String, Value> =
            object.workload()?.containers().into_iter().map(|c| (c.name, c.image.into())).collect();
        let images = if self.chance.percent(80) { Value::from(running) } else { json!({"web": "registry.example.test/odd:1"}) };
        let id = self.chance.pick(&["0123456789ab-1", "ba9876543210-3", "copied", ""]);
        let to = format!("2026.{}.0", self.chance.between(8, 19));
        let mut intent = json!({"id": id, "to": to, "images": images});
        if self.chance.percent(20) {
            intent["rollback"] = true.into();
        }
        let text = if self.chance.percent(10) { "{".to_owned() } else { intent.to_string() };
        let mut patch = target(&object.key);
        patch["merge"] = json!({"metadata": {"annotations": {"uplift.dev/intent": text}}});
        Some(json!({"patch": patch}))
    }

    /// A person, or a tool that syncs.
    fn by_another(&mut self, mut event: Value) -> Value {
        let hands = ["mallory@corp.example", "mallory@corp.example", "kustomize-controller", "argocd-controller", "helm"];
        event["by"] = self.chance.pick(&hands).into();
        event
    }
}
