//! Watches against a real API server: what is there becomes facts, stays so through an outage, and bad objects break nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use jiff::SignedDuration;
use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use uplift::{
    api::{TenantInstance, custom_resource_definitions, tenant::WorkloadKind},
    clock::{Clock, RealClock},
    fleet::{ClockAhead, Fleet, ObjectKey, Tenant, TenantKey, View, Views, Workload, WorkloadKey},
    lead::Leadership,
    observe::{self, Folder, Life, STAMP_POLICY, parse},
};

use crate::control_plane::{ControlPlane, Shared, eventually};

static SHARED: Shared = Shared::new();

const PATIENCE: Duration = Duration::from_mins(1);

/// What a replica of the operator knows, with the rights to get, list and watch.
struct Observer {
    observations: Receiver<observe::Observation>,
    fleet: Fleet,
    folder: Folder,
    life: Arc<Life>,
    task: tokio::task::JoinHandle<()>,
}

impl Observer {
    async fn start(plane: &ControlPlane) -> Result<Self> {
        let life = Arc::new(Life::default());
        let client = observe::client(plane.user("observer", "observers").await?.config().await?, life.clone())?;
        let (tx, observations) = channel(64);
        let task = tokio::spawn({
            let life = life.clone();
            async move { observe::run(client, Arc::new(RealClock), life, STAMP_POLICY, Leadership::alone(), tx).await }
        });
        Ok(Self { observations, fleet: Fleet::default(), folder: Folder::default(), life, task })
    }

    /// Folds until it is so.
    async fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while !so(self) {
            let left = end.saturating_duration_since(Instant::now());
            // Not every change makes an observation: views only grow old or young.
            match tokio::time::timeout(left.min(Duration::from_millis(100)), self.observations.recv()).await {
                Ok(observation) => drop(self.folder.fold(&mut self.fleet, observation.context("the watches ended")?)),
                Err(_) => {
                    anyhow::ensure!(!left.is_zero(), "it never came that {what}: {:?}", self.folder.views(self.life.views()));
                }
            }
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<()> {
        self.until("all views are fresh", |o| o.folder.ready(0) && o.folder.views(o.life.views()).stale(5).is_none()).await
    }

    /// Every watch has shown life since then, one sooner than another.
    async fn alive_since(&mut self, then: Instant) -> Result<()> {
        let younger = |age: &u64| *age < then.elapsed().as_secs();
        let alive = |views: Views| views.0.len() == View::ALL.len() && views.0.values().all(younger);
        self.until("all watches are alive again", |o| alive(o.folder.views(o.life.views()))).await
    }

    fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.fleet.tenants.get(&TenantKey::new("default", name))
    }
}

/// Admin's client to a control plane with the three kinds, one tenant of this name, and observers who may get, list and watch.
async fn stage(plane: &ControlPlane, first: &str) -> Result<Client> {
    let admin = plane.admin().await?.client().await?;
    for crd in definitions()? {
        apply(&admin, &crd).await?;
    }
    for object in rights() {
        apply(&admin, &object).await?;
    }
    eventually(PATIENCE, "the kinds are served", async || Ok(apply(&admin, &tenant(first)).await.ok())).await?;
    Ok(admin)
}

/// The definitions without their rules: what admission refuses is another test's matter.
fn definitions() -> Result<Vec<Value>> {
    let mut crds = serde_json::to_value(custom_resource_definitions())?;
    for crd in crds.as_array_mut().into_iter().flatten() {
        schema(crd).as_object_mut().map(|spec| spec.remove("x-kubernetes-validations"));
    }
    Ok(serde_json::from_value(crds)?)
}

/// The schema of the spec.
fn schema(crd: &mut Value) -> &mut Value {
    &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
}

fn rights() -> [Value; 2] {
    let verbs = ["get", "list", "watch"];
    let kinds = [
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
    ];
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "observer"}, "rules": [
        {"apiGroups": ["uplift.dev"], "resources": ["dashboardreleases", "upgradewindows", "tenantinstances", "softwareproducts", "upgradetrials"], "verbs": verbs},
        {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "daemonsets"], "verbs": verbs},
        {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": verbs},
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": kinds, "verbs": verbs}]});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "observer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "observer"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "observers"}]});
    [role, binding]
}

async fn apply(client: &Client, object: &Value) -> Result<DynamicObject> {
    let of = |field: &Value| field.as_str().unwrap_or_default().to_owned();
    let api_version = of(&object["apiVersion"]);
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &of(&object["kind"])));
    let api = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    Ok(api.patch(&of(&object["metadata"]["name"]), &PatchParams::apply("test").force(), &Patch::Apply(object)).await?)
}

fn tenant(name: &str) -> Value {
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"namespace": "default", "name": name},
        "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "uk"},
            "contacts": [{"name": "it", "webhook": "https://acme.example/hook"}],
            "workloads": [{"kind": "Deployment", "name": "dashboard"}]}})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "default", "name": "dashboard"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}]}}}})
}

#[tokio::test]
async fn what_is_in_the_cluster_becomes_facts_and_follows_it() -> Result<()> {
    let plane = SHARED.plane().await?;
    let admin = stage(plane, "followed").await?;
    apply(&admin, &deployment()).await?;
    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    assert!(observer.tenant("followed").is_some_and(|t| t.spec.is_ok()));

    let dashboard = WorkloadKey::new(WorkloadKind::Deployment, "default", "dashboard");
    observer.until("the rollout is seen", |o| o.fleet.workloads.get(&dashboard).is_some_and(Workload::rolled_out)).await?;
    let web = &observer.fleet.workloads[&dashboard].containers[0];
    assert_eq!((web.image.as_str(), web.image_manager.as_deref()), ("registry.example/web:1", Some("test")));

    let said = json!({"metadata": {"annotations": {"uplift.dev/opt-out": "2026-12-15"}}});
    let tenants = Api::<TenantInstance>::namespaced(admin, "default");
    tenants.patch("followed", &PatchParams { field_manager: Some("tina".into()), ..<_>::default() }, &Patch::Merge(said)).await?;
    observer.until("the opt-out is seen", |o| o.tenant("followed").is_some_and(|t| t.opt_out.is_some())).await?;
    let opt_out = observer.tenant("followed").and_then(|t| t.opt_out.clone()).context("an opt-out")?;
    assert_eq!(opt_out.managed_by.as_deref(), Some("tina"));
    assert!(opt_out.managed_at <= Some(opt_out.arrived_at), "managedFields hold whole seconds, rounded down");
    assert!(
        opt_out.absent_at < opt_out.managed_at,
        "it was not there when the first list was asked for, less the lag of a watch"
    );

    tenants.delete("followed", &<_>::default()).await?;
    observer.until("the deletion is seen", |o| o.tenant("followed").is_none()).await
}

#[tokio::test]
async fn an_outage_heals_by_itself_and_what_happened_behind_it_is_seen() -> Result<()> {
    let plane = ControlPlane::start().await?;
    let admin = stage(&plane, "first").await?;
    apply(&admin, &tenant("second")).await?;
    let mut observer = Observer::start(&plane).await?;
    observer.complete().await?;
    let stopped = Instant::now();
    plane.restart_api_server().await?;
    let admin = plane.admin().await?.client().await?;
    Api::<TenantInstance>::namespaced(admin.clone(), "default").delete("first", &<_>::default()).await?;
    apply(&admin, &tenant("third")).await?;
    observer.until("the deletion is seen", |o| o.tenant("first").is_none() && o.tenant("third").is_some()).await?;
    assert!(observer.tenant("second").is_some());
    observer.alive_since(stopped).await
}

/// R25. The server runs on this machine: every answer shows the same clock.
#[tokio::test]
async fn the_api_servers_clock_is_read_off_its_answers() -> Result<()> {
    let plane = SHARED.plane().await?;
    stage(plane, "timed").await?;
    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    let now = RealClock.now();
    assert_eq!(observer.life.server_clock.compare(now), ClockAhead::none());
    for minutes in [1, -1] {
        assert!(!observer.life.server_clock.compare(now + SignedDuration::from_mins(minutes)).is_trusted(), "{minutes}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_object_is_a_finding_and_its_neighbours_come_through() -> Result<()> {
    let plane = SHARED.plane().await?;
    let admin = stage(plane, "neighbour").await?;
    let mut bad = tenant("bad");
    bad["spec"]["contacts"] = json!("oops");
    let_in(&admin, &bad).await?;

    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    let finding = observer.tenant("bad").and_then(|t| t.spec.clone().err());
    assert_eq!(finding.as_deref(), Some("spec.contacts: invalid type: string \"oops\", expected a sequence"));
    assert!(observer.tenant("neighbour").is_some_and(|t| t.spec.is_ok()));

    bad["spec"]["contacts"] = json!(7);
    let_in(&admin, &bad).await?;
    observer.until("the watch goes on", |o| o.tenant("bad").is_some_and(|t| t.meta.generation == 2)).await
}

/// Writes an object that the definition of its kind would refuse, as one that is older than the definition.
async fn let_in(admin: &Client, bad: &Value) -> Result<()> {
    let of_tenants = |crd: &Value| crd["spec"]["names"]["kind"] == "TenantInstance";
    let mut lax = definitions()?.into_iter().find(of_tenants).context("the definition of tenants")?;
    schema(&mut lax)["properties"]["contacts"] = json!({"x-kubernetes-preserve-unknown-fields": true});
    eventually(PATIENCE, "a bad object is let in", async || {
        apply(admin, &lax).await?;
        apply(admin, bad).await.map(|_| Some(()))
    })
    .await
}

#[tokio::test]
async fn the_answer_to_a_write_is_folded_like_an_event() -> Result<()> {
    let plane = SHARED.plane().await?;
    let admin = stage(plane, "answered").await?;
    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    let key = ObjectKey::Tenant(TenantKey::new("default", "answered"));
    let request = http::Request::patch("/apis/uplift.dev/v1alpha1/namespaces/default/tenantinstances/answered")
        .header("content-type", "application/merge-patch+json")
        .body(serde_json::to_vec(&json!({"metadata": {"annotations": {"uplift.dev/retry": "x"}}}))?)?;
    let answer = admin.request_text(request).await?;
    let seen = parse::answer(&key, &answer, &RealClock, RealClock.now())?;
    assert!(observer.folder.answered(&mut observer.fleet, &key, seen));
    assert!(observer.tenant("answered").is_some_and(|t| t.retry.is_some()));
    Ok(())
}

#[tokio::test]
async fn stamps_are_in_force_only_while_all_four_objects_are_there() -> Result<()> {
    let plane = SHARED.plane().await?;
    let admin = stage(plane, "stamped").await?;
    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    assert!(!observer.fleet.stamps_in_force);
    let mut made = Vec::new();
    for object in policies() {
        made.push(apply(&admin, &object).await?);
    }
    observer.until("the stamps are in force", |o| o.fleet.stamps_in_force).await?;
    let binding = made.pop().context("a binding")?;
    let kind = binding.types.clone().context("a kind")?;
    let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(kind)?);
    Api::<DynamicObject>::all_with(admin, &resource).delete(&binding.name_any(), &<_>::default()).await?;
    observer.until("they are not any more", |o| !o.fleet.stamps_in_force).await
}

fn policies() -> [Value; 4] {
    let object = |kind: &str, spec: Value| json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": STAMP_POLICY}, "spec": spec});
    let rules = json!({"resourceRules": [
        {"apiGroups": ["none.example"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["nothings"]}]});
    let mutation = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}});
    [
        object(
            "MutatingAdmissionPolicy",
            json!({"failurePolicy": "Fail", "reinvocationPolicy": "Never", "matchConstraints": rules, "mutations": [mutation]}),
        ),
        object("MutatingAdmissionPolicyBinding", json!({"policyName": STAMP_POLICY})),
        object("ValidatingAdmissionPolicy", json!({"matchConstraints": rules, "validations": [{"expression": "true"}]})),
        object("ValidatingAdmissionPolicyBinding", json!({"policyName": STAMP_POLICY, "validationActions": ["Deny"]})),
    ]
}

#[tokio::test]
async fn the_watches_end_when_nobody_listens() -> Result<()> {
    let plane = SHARED.plane().await?;
    stage(plane, "unheard").await?;
    let mut observer = Observer::start(plane).await?;
    observer.complete().await?;
    drop(observer.observations);
    Ok(tokio::time::timeout(Duration::from_secs(5), observer.task).await??)
}
