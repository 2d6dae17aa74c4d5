//! What happens by chance, as an event of a simulation's file without its instant.

use jiff::Timestamp;
use serde_json::{Value, json};
use uplift::{
    api::tenant::Upgrade,
    fleet::{ObjectKey, TenantKey},
    simulate::world::{Content, Object, World},
};

use super::{chance::Chance, guards::Guard};

/// What an event is drawn from: the world before it, and the manifests that the history began with.
pub struct Draw<'a> {
    pub chance: &'a mut Chance,
    pub world: &'a World,
    pub manifests: &'a [Value],
    pub at: Timestamp,
    /// Many wait for one place, and some always decline.
    pub queue: bool,
}

type Drawer<'a> = fn(&mut Draw<'a>) -> Option<Value>;

/// What can happen, and how often.
fn drawers<'a>() -> Vec<(usize, Drawer<'a>)> {
    let mut all = always();
    let more: [(Guard, &[(usize, Drawer<'a>)]); 6] = [
        (
            Guard::Edits,
            &[
                (6, Draw::edit_contacts),
                (4, Draw::edit_tenant),
                (5, Draw::edit_release),
                (4, Draw::edit_window),
                (6, Draw::move_zone),
            ],
        ),
        (
            Guard::Meddling,
            &[(3, Draw::label), (4, Draw::hotfix), (3, Draw::put_back), (3, Draw::lose_intent), (4, Draw::foreign_intent)],
        ),
        (
            Guard::Jobs,
            &[
                (14, Draw::behave_jobs),
                (80, Draw::count_otherwise),
                (6, Draw::grant_jobs),
                (12, Draw::mend_jobs),
                (4, Draw::edit_hooks),
                (3, Draw::edit_template),
                (4, Draw::delete_job),
                (4, Draw::rerun),
            ],
        ),
        (Guard::Software, &[(4, Draw::edit_product), (4, Draw::edit_dependencies)]),
        (Guard::Interop, &[(8, Draw::accept_issue)]),
        (Guard::Follow, &[(20, Draw::follow), (6, Draw::back_unheard)]),
    ];
    all.extend(more.into_iter().filter(|(guard, _)| guard.on()).flat_map(|(_, drawers)| drawers.iter().copied()));
    all
}

/// What happens where many wait for one place.
fn in_a_queue<'a>() -> Vec<(usize, Drawer<'a>)> {
    vec![(60, Draw::always_decline), (20, Draw::nothing), (1, Draw::opt_in), (1, Draw::behave)]
}

fn always<'a>() -> Vec<(usize, Drawer<'a>)> {
    vec![
        (26, Draw::opt_out),
        (14, Draw::opt_in),
        (4, Draw::forget),
        (9, Draw::suspend),
        (10, Draw::resume),
        (7, Draw::decide),
        (4, Draw::sign_off),
        (5, Draw::remake),
        (9, Draw::freeze),
        (5, Draw::edit_window),
        (6, Draw::move_tenant),
        (5, Draw::pin),
        (7, Draw::disturb),
        (8, Draw::behave),
        (6, Draw::go_back_badly),
        (8, Draw::retry),
        (9, Draw::outage),
        (14, Draw::newer),
    ]
}

/// An event by chance.
pub fn draw(draw: &mut Draw<'_>) -> Value {
    let drawers = if draw.queue { in_a_queue() } else { drawers() };
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
    /// Any object but Jobs and what they are made from.
    pub(super) fn any(&mut self, wanted: impl Fn(&Object) -> bool) -> Option<Object> {
        let own = |object: &Object| !matches!(object.content, Content::Template(_) | Content::Job(_));
        let all: Vec<_> = self.world.objects().filter(|object| own(object) && wanted(object)).collect();
        if all.is_empty() {
            return None;
        }
        let one = self.chance.pick(&all);
        Some(Object::clone(one))
    }
    pub(super) fn tenant(&mut self) -> Option<(TenantKey, Object)> {
        let slot = |object: &Object| upgrade(object).is_some_and(|up| up.slot.is_some());
        let with_slot = if self.chance.percent(85) { self.any(slot) } else { None };
        let tenant = with_slot.or_else(|| self.any(|object| object.tenant().is_some()))?;
        let ObjectKey::Tenant(key) = tenant.key.clone() else { return None };
        Some((key, tenant))
    }
}

pub(super) fn upgrade(object: &Object) -> Option<&Upgrade> {
    object.tenant()?.1.upgrade.as_ref()
}

pub(super) fn annotate(key: &TenantKey, set: &Value) -> Value {
    json!({"annotate": {"tenant": format!("{}/{}", key.namespace, key.name), "set": set}})
}

pub(super) fn target(key: &ObjectKey) -> Value {
    let namespaced = |kind: &str, namespace: &str, name: &str| json!({"kind": kind, "namespace": namespace, "name": name});
    match key {
        ObjectKey::Release(name) => json!({"kind": "DashboardRelease", "name": name}),
        ObjectKey::Window(name) => json!({"kind": "UpgradeWindow", "name": name}),
        ObjectKey::Product(name) => json!({"kind": "SoftwareProduct", "name": name}),
        ObjectKey::Tenant(key) => namespaced("TenantInstance", &key.namespace, &key.name),
        ObjectKey::Trial(key) => namespaced("UpgradeTrial", &key.namespace, &key.name),
        ObjectKey::Workload(key) => namespaced(key.kind.name(), &key.namespace, &key.name),
        ObjectKey::Template(key) => namespaced("CronJob", &key.namespace, &key.name),
        ObjectKey::Job(key) => namespaced("Job", &key.namespace, &key.name),
    }
}

pub(super) fn patch(key: &ObjectKey, spec: &Value) -> Value {
    let mut patch = target(key);
    patch["merge"] = json!({"spec": spec});
    json!({"patch": patch})
}
