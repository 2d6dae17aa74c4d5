//! Edits of every field that can be edited: `coverage.rs` looks whether one was forgotten.

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use uplift::{
    api::tenant::WorkloadKind,
    fleet::{ObjectKey, WorkloadKey},
    simulate::world::Content,
};

use super::{
    events::{Draw, patch},
    fleet::{WINDOWS, contact, rings},
    guards::Guard,
    interop, jobs, software, windows,
};

impl Draw<'_> {
    pub(super) fn edit_window(&mut self) -> Option<Value> {
        let window = self.any(|object| object.window().is_some())?;
        let wide = Guard::Edits.on();
        let spec = if wide { windows::edit(self.chance, &window.spec()) } else { windows::plain_edit(self.chance) };
        Some(patch(&window.key, &spec))
    }

    /// A window goes far away while dates stand in it.
    pub(super) fn move_zone(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        let window = ObjectKey::Window(tenant.tenant()?.0.window_ref.name.clone());
        self.world.get(&window)?;
        let zone = self.chance.pick(&["Pacific/Kiritimati", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"]);
        Some(patch(&window, &json!({"timeZone": zone})))
    }

    pub(super) fn move_tenant(&mut self) -> Option<Value> {
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

    /// Contacts come, go, get another name or address, and count or not.
    pub(super) fn edit_contacts(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        let mut contacts = tenant.spec()["contacts"].as_array().cloned().unwrap_or_default();
        let nth = self.chance.below(contacts.len());
        let n = self.chance.between(1, 3);
        let path = format!("{}/{n}", key.name);
        match self.chance.below(8) {
            0 | 1 if contacts.len() < 3 => contacts.push(contact(self.chance, &format!("more{n}"), &path)),
            2 if !contacts.is_empty() => drop(contacts.remove(nth)),
            3 if !contacts.is_empty() => contacts[nth]["name"] = format!("renamed{n}").into(),
            4 if !contacts.is_empty() => contacts[nth]["required"] = self.chance.percent(50).into(),
            5 => contacts.reverse(),
            _ => {
                let name = contacts.get(nth).and_then(|c| c["name"].as_str()).unwrap_or("it").to_owned();
                let required = contacts.get(nth).map_or(Value::Null, |c| c["required"].clone());
                let mut other = contact(self.chance, &name, &path);
                if !required.is_null() {
                    other["required"] = required;
                }
                if nth < contacts.len() { contacts[nth] = other } else { contacts.push(other) }
            }
        }
        Some(patch(&tenant.key, &json!({"contacts": contacts})))
    }

    pub(super) fn edit_tenant(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        if self.chance.percent(40) {
            let name = self.chance.pick(&["Acme & Sons", "Birch", "\"Cedar\" <Ltd>"]);
            return Some(patch(&tenant.key, &json!({"customer": {"displayName": name}})));
        }
        if self.chance.percent(20) {
            let timeout = self.chance.pick(&[json!("1m"), json!("10m"), json!("24h"), Value::Null]);
            return Some(patch(&tenant.key, &json!({"rolloutTimeout": timeout})));
        }
        if self.chance.percent(20) {
            let ring = self.chance.pick(&["canary", "general", "early", "elsewhere"]);
            return Some(patch(&tenant.key, &json!({"ring": ring})));
        }
        let of = |kind, name: &str| ObjectKey::Workload(WorkloadKey::new(kind, &key.namespace, name));
        let kind = |name: &str| WorkloadKind::ALL.into_iter().find(|kind| self.world.get(&of(*kind, name)).is_some());
        let named = ["web", "worker"].into_iter().filter_map(|name| Some(json!({"kind": kind(name)?, "name": name})));
        let web = kind("web").unwrap_or_default();
        let lists = [
            json!([{"kind": web, "name": "web"}]),
            named.collect(),
            json!([{"kind": web, "name": "web", "containers": [{"name": "web", "component": "web"}]}]),
            json!([{"kind": web, "name": "web", "containers": [{"name": "web", "component": "worker"}]}]),
            json!([{"kind": web, "name": "web", "containers": [{"name": "main", "component": "web"}]}]),
            json!([{"kind": "StatefulSet", "name": "elsewhere"}, {"kind": web, "name": "web"}]),
        ];
        // Mostly what works.
        let nth = if self.chance.percent(70) { self.chance.below(3) } else { self.chance.below(lists.len()) };
        Some(patch(&tenant.key, &json!({"workloads": lists[nth]})))
    }

    pub(super) fn edit_product(&mut self) -> Option<Value> {
        let product = self.any(|object| matches!(object.content, Content::Product(..)))?;
        let mut spec = software::spec(self.chance, self.at);
        // What is not named is taken away: a patch merges.
        for field in ["supportedUntil", "notifyBefore", "identifiers", "licenses", "installations", "label", "alternatives"] {
            spec[field] = spec[field].clone();
        }
        Some(patch(&product.key, &spec))
    }

    pub(super) fn edit_dependencies(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        let dependencies = software::dependencies(self.chance);
        Some(patch(&tenant.key, &json!({"dependencies": dependencies})))
    }

    pub(super) fn edit_release(&mut self) -> Option<Value> {
        let release = self.any(|object| object.release().is_some())?;
        let day = (self.at - SignedDuration::from_hours(24 * self.chance.between(-2, 10))).to_zoned(TimeZone::UTC).date();
        let month = self.chance.between(8, 12);
        let mut checks =
            self.chance.pick(&[json!([]), json!([{"name": "platform", "manual": {}}]), json!([{"name": "load", "manual": {}}])]);
        if Guard::Jobs.on() && self.chance.percent(40) {
            checks = json!([{"name": "platform", "manual": {}}, jobs::check(self.chance)]);
        }
        let specs = [
            json!({"rollout": {"maxFailures": self.chance.pick(&[1, 1, 2, 3, 10])}}),
            json!({"upgradesFrom": format!(">=2026.{month}")}),
            json!({"upgradesFrom": null}),
            json!({"notes": self.chance.pick(&[
                json!({"summary": "New report editor", "url": "https://docs.example.test/new"}),
                json!({"summary": "Faster\n\n  charts", "url": null}),
                json!({"summary": "Dark mode", "url": "https://docs.example.test/dark?of=1"}),
                json!(null),
            ])}),
            json!({"acceptance": {"minimumSoak": self.chance.pick(&["0s", "24h", "240h"])}}),
            json!({"acceptance": {"soakFrom": day.to_string()}}),
            json!({"acceptance": {"fourEyes": self.chance.percent(80)}}),
            json!({"acceptance": {"checks": checks, "signOffs": []}}),
            json!({"rollout": {"rings": rings(self.chance)}}),
            json!({"rollout": {"rings": null, "provenRings": null}}),
            json!({"rollout": {"provenRings": self.chance.pick(&[json!(["canary"]), json!(["canary", "early"]), json!(null)])}}),
            json!({"endOfLife": (day + jiff::Span::new().days(self.chance.between(5, 120))).to_string()}),
            json!({"endOfLife": self.chance.pick(&[json!(null), json!(day.to_string())])}),
            json!({"contains": if Guard::Software.on() { software::contains(self.chance) } else { json!(null) }}),
            json!({"requires": if Guard::Interop.on() { interop::requires(self.chance) } else { json!(null) }}),
            json!({"interfaces": if Guard::Interop.on() { interop::interfaces(self.chance) } else { json!(null) }}),
            json!({"risks": if Guard::Interop.on() { interop::risks(self.chance) } else { json!(null) }}),
            json!({"acceptedIssues": if Guard::Interop.on() { interop::accepted(self.chance, self.at) } else { json!(null) }}),
            json!({"rollout": {"rollback": self.chance.pick(&["Automatic", "Manual", "Impossible"])}}),
            json!({"approval": {"decision": "Approved", "changeRef": format!("CHG{month}"), "by": self.chance.pick(&["bob@corp.example", "eve@corp.example"])}}),
        ];
        Some(patch(&release.key, &self.chance.pick(&specs)))
    }
}
