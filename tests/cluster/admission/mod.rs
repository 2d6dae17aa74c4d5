//! The roles and admission policies of `charts/uplift`, on a real API server: `tests/cluster/admission/cases.yaml` says who does what, and what
//! must become of it.
//!
//! Every case is a dry run. Roles and policies judge it as they would the real thing, and nothing changes, so that each case starts from
//! the same objects.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Request};
use kube::{Client, Config, client::Body};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

/// How long a policy may take to be in force after it was installed, and a CRD to be served. Seen: 0.3 s and 4 s.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn roles_and_policies_judge_every_case_as_written() -> anyhow::Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let failures = run_cases(plane.admin().await?.config().await?).await;
    assert!(failures.is_empty(), "{} cases failed:\n{}", failures.len(), failures.join("\n"));
    plane.stop().await
}

#[test]
fn every_case_reads_and_names_a_person_that_exists() {
    let table = Table::read();
    for case in &table.cases {
        assert!(table.people.contains_key(&case.who), "{}: who is {}?", case.name, case.who);
        case.act.request();
    }
}

#[test]
fn every_policy_of_the_chart_is_seen_to_refuse_or_to_warn() {
    let mut refusing: Vec<_> =
        Table::read().cases.iter().filter_map(|case| case.expect.objected_by().map(str::to_owned)).collect();
    refusing.extend(crate::rights::refusing_policies());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/uplift/templates/admission");
    let text: String = std::fs::read_dir(folder)
        .expect("the chart's policies")
        .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("a policy"))
        .collect();
    let policies: Vec<_> = text
        .split("\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: ")
        .skip(1)
        .map(|rest| rest.split_whitespace().next().expect("a name"))
        .collect();
    assert!(policies.len() >= 8, "{policies:?}");
    for policy in policies {
        assert!(refusing.iter().any(|by| by == policy), "no case shows that {policy} refuses or warns of anything");
    }
}

/// Runs every case against the control plane that `admin` reaches, with the chart installed there. Returns what went wrong.
async fn run_cases(admin: Config) -> Vec<String> {
    let table = Table::read();
    let root = Client::try_from(admin.clone()).expect("a client");
    let started = Instant::now();
    for object in &table.objects {
        let act = Act::Apply(Patch {
            to: target_of(object),
            subresource: None,
            manager: Some("admission-setup".to_owned()),
            body: object.clone(),
        });
        act.insist(&root, started).await;
    }
    let clients: BTreeMap<_, _> = table.people.iter().map(|(name, person)| (name.as_str(), person.client(&admin))).collect();
    for status in &table.statuses {
        Act::Update(status.clone()).insist(&clients["operator"], started).await;
    }

    let mut failures = Vec::new();
    for case in &table.cases {
        let verdict = loop {
            let act = case.act.on_live(&root).await;
            let verdict = case.expect.judge(&act.perform(&clients[case.who.as_str()], true).await);
            if verdict.is_ok() || started.elapsed() > SETTLES_WITHIN {
                break verdict;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        match verdict {
            Ok(()) => println!("ok    {}: {}", case.who, case.name),
            Err(why) => {
                println!("FAIL  {}: {}\n      {why}", case.who, case.name);
                failures.push(format!("{}: {}\n      {why}", case.who, case.name));
            }
        }
    }
    println!("{} cases, {} failed", table.cases.len(), failures.len());
    failures
}

// --- the table ---

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    people: BTreeMap<String, Person>,
    objects: Vec<Value>,
    statuses: Vec<Patch>,
    cases: Vec<Case>,
}

/// The rules of our definitions, each broken once.
#[derive(Deserialize)]
struct SpecRules {
    sound: BTreeMap<String, Value>,
    cases: Vec<SpecRule>,
}

#[derive(Deserialize)]
struct SpecRule {
    name: String,
    /// The object's name.
    #[serde(default = "one")]
    called: String,
    kind: String,
    #[serde(default)]
    spec: Value,
    then: Option<Value>,
    #[serde(default = "there")]
    to: String,
    says: String,
}

fn one() -> String {
    "one".into()
}

fn there() -> String {
    "r-2026-12".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    user: String,
    #[serde(default)]
    groups: Vec<String>,
    /// The pod that the token would be bound to.
    pod: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "do")]
    act: Act,
    expect: Expect,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    Create(Value),
    Merge(Patch),
    Strategic(Patch),
    Apply(Patch),
    Json(Patch),
    Put(Patch),
    Update(Patch),
    Delete(String),
    Get(String),
    List(String),
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    pub to: String,
    pub subresource: Option<String>,
    pub manager: Option<String>,
    pub body: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expect {
    Allowed(Allowed),
    With { allowed: Value },
    Warned { warned: String, by: String },
    Refused { refused: String, by: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Allowed {
    Allowed,
    Unwarned,
}

enum Outcome {
    /// The object, and what the API server warned of: kubectl prints it as `Warning: …`.
    Allowed(Value, Vec<String>),
    Refused(String, Vec<String>),
}

// === impl Table ===

impl Table {
    fn read() -> Self {
        let mut table: Self = serde_saphyr::from_str(include_str!("cases.yaml")).expect("tests/cluster/admission/cases.yaml");
        let rules: SpecRules =
            serde_saphyr::from_str(include_str!("../../rules/spec_rules.yaml")).expect("tests/rules/spec_rules.yaml");
        table.cases.extend(rules.cases());
        table
    }
}

// === impl SpecRules ===

impl SpecRules {
    /// The same acts by somebody whom neither role nor policy stops.
    fn cases(self) -> Vec<Case> {
        let Self { sound, cases } = self;
        let case = |name: String, act, expect| Case { name, who: "admin".into(), act, expect };
        let create = |kind: &str, name: &str, change: &Value| {
            let mut spec = sound[kind].clone();
            if change.is_object() {
                merge(&mut spec, change);
            }
            let namespace = match kind {
                "TenantInstance" => Some("acme"),
                "UpgradeTrial" => Some("acme-trial"),
                _ => None,
            };
            let meta = json!({"name": name, "namespace": namespace});
            Act::Create(json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind, "metadata": meta, "spec": spec}))
        };
        let taken = sound.keys().map(|kind| {
            let name = format!("a sound {kind}");
            case(name, create(kind, "one", &Value::Null), Expect::Allowed(Allowed::Allowed))
        });
        let broken = cases.into_iter().map(|rule| {
            let there = |then| Patch {
                to: format!("DashboardRelease/{}", rule.to),
                subresource: None,
                manager: None,
                body: json!({"spec": then}),
            };
            let act = rule.then.map_or_else(|| create(&rule.kind, &rule.called, &rule.spec), |then| Act::Merge(there(then)));
            case(rule.name, act, Expect::Refused { refused: rule.says, by: "schema".into() })
        });
        taken.chain(broken).collect()
    }
}

/// Somebody by impersonation, and an account as one of its pods: what the API server reads off a token that is bound to a pod.
pub fn acting_as(admin: &Config, user: &str, groups: &[String], pod: Option<&str>) -> anyhow::Result<Client> {
    let mut config = admin.clone();
    config.auth_info.impersonate = Some(user.to_owned());
    config.auth_info.impersonate_groups = (!groups.is_empty()).then(|| groups.to_vec());
    if let Some(pod) = pod {
        let extra = HeaderName::from_static("impersonate-extra-authentication.kubernetes.io%2fpod-name");
        config.headers.push((extra, HeaderValue::from_str(pod)?));
    }
    Ok(Client::try_from(config)?)
}

// === impl Person ===

impl Person {
    fn client(&self, admin: &Config) -> Client {
        acting_as(admin, &self.user, &self.groups, self.pod.as_deref()).expect("a client")
    }
}

// === impl Act ===

impl Act {
    /// Method, path with its query, content type and body.
    pub fn request(&self) -> (&'static str, String, &'static str, Option<Value>) {
        match self {
            Self::Create(object) => {
                let target = target_of(object);
                let collection = path(&target, None);
                let collection = collection.rsplit_once('/').expect("a path").0.to_owned();
                ("POST", format!("{collection}?"), "application/json", Some(object.clone()))
            }
            Self::Merge(patch) => patch.request("PATCH", "application/merge-patch+json"),
            Self::Strategic(patch) => patch.request("PATCH", "application/strategic-merge-patch+json"),
            Self::Json(patch) => patch.request("PATCH", "application/json-patch+json"),
            Self::Put(patch) | Self::Update(patch) => patch.request("PUT", "application/json"),
            Self::Apply(patch) => {
                let mut whole = patch.clone();
                let (kind, _, name) = split(&patch.to);
                whole.body["apiVersion"] = json!(resource(kind).0.trim_start_matches("apis/").trim_start_matches("api/"));
                whole.body["kind"] = json!(kind);
                whole.body["metadata"]["name"] = json!(name);
                let (method, uri, content, body) = whole.request("PATCH", "application/apply-patch+yaml");
                (method, format!("{uri}&force=true"), content, body)
            }
            Self::Delete(target) => ("DELETE", format!("{}?", path(target, None)), "application/json", None),
            Self::Get(target) => ("GET", format!("{}?", path(target, None)), "application/json", None),
            Self::List(kind) => {
                let (kind, query) = kind.split_once('?').unwrap_or((kind, ""));
                let (group, plural, _) = resource(kind);
                ("GET", format!("/{group}/{plural}?{query}"), "application/json", None)
            }
        }
    }

    /// A PUT carries the live resourceVersion, as `kubectl replace` sends it; an update carries the rest of the live object too.
    pub async fn on_live(&self, root: &Client) -> Self {
        let mut act = self.clone();
        let (Self::Put(patch) | Self::Update(patch)) = &mut act else {
            return act;
        };
        let Outcome::Allowed(mut live, _) = Self::Get(patch.to.clone()).perform(root, true).await else {
            return act;
        };
        if matches!(self, Self::Put(_)) {
            patch.body["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        } else {
            merge(&mut live, &patch.body);
            patch.body = live;
        }
        act
    }

    async fn perform(&self, client: &Client, dry_run: bool) -> Outcome {
        let (method, path, content, body) = self.request();
        let dry_run = if dry_run && method != "GET" { "&dryRun=All" } else { "" };
        let body = body.map(|value| value.to_string().into_bytes()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}{dry_run}"))
            .header("content-type", content)
            .body(Body::from(body));
        // By hand, since a client that parses the answer drops its headers, and the warnings with them.
        let answer = match client.send(request.expect("a request")).await {
            Ok(answer) => answer,
            Err(error) => return Outcome::Refused(error.to_string(), vec![]),
        };
        let (head, body) = answer.into_parts();
        let body = body.collect_bytes().await.expect("a whole answer");
        let answer: Value = serde_json::from_slice(&body).expect("an answer in JSON");
        let warnings = head.headers.get_all("warning").into_iter();
        let warnings = warnings.map(|text| String::from_utf8_lossy(text.as_bytes()).replace(r#"\""#, "\"")).collect();
        if head.status.is_success() {
            Outcome::Allowed(answer, warnings)
        } else {
            Outcome::Refused(answer["message"].as_str().unwrap_or_default().to_owned(), warnings)
        }
    }

    /// Performs it in earnest, as soon as it is let.
    pub async fn insist(&self, client: &Client, started: Instant) {
        while let Outcome::Refused(message, _) = self.on_live(client).await.perform(client, false).await {
            assert!(started.elapsed() < SETTLES_WITHIN, "{}: {message}", self.request().1);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

// === impl Patch ===

impl Patch {
    fn request(&self, method: &'static str, content: &'static str) -> (&'static str, String, &'static str, Option<Value>) {
        let manager = self.manager.as_deref().unwrap_or("admission-test");
        let path = format!("{}?fieldManager={manager}", path(&self.to, self.subresource.as_deref()));
        (method, path, content, Some(self.body.clone()))
    }
}

// === impl Expect ===

impl Expect {
    fn objected_by(&self) -> Option<&str> {
        match self {
            Self::Refused { by, .. } | Self::Warned { by, .. } => Some(by),
            _ => None,
        }
    }

    fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        match (self, outcome) {
            (_, Outcome::Refused(message, _)) if message.contains("resulted in error") => {
                Err(format!("an error in a policy: {message}"))
            }
            (Self::Allowed(Allowed::Allowed), Outcome::Allowed(..)) => Ok(()),
            (Self::Allowed(Allowed::Unwarned), Outcome::Allowed(_, warnings)) if warnings.is_empty() => Ok(()),
            (Self::Allowed(Allowed::Unwarned), Outcome::Allowed(_, warnings)) => Err(format!("was warned: {warnings:?}")),
            (Self::With { allowed }, Outcome::Allowed(object, _)) if contains(object, allowed) => Ok(()),
            (Self::With { allowed }, Outcome::Allowed(object, _)) => Err(format!("{allowed} is not in {object}")),
            (Self::Warned { warned, by }, Outcome::Allowed(_, warnings)) => {
                let of_policy = format!("ValidatingAdmissionPolicy '{by}'");
                let right = warnings.iter().any(|warning| warning.contains(&of_policy) && warning.contains(warned));
                if right { Ok(()) } else { Err(format!("no warning by {by} with “{warned}”: {warnings:?}")) }
            }
            (Self::Refused { .. }, Outcome::Allowed(..)) => Err("was allowed".to_owned()),
            (Self::Allowed(_) | Self::With { .. } | Self::Warned { .. }, Outcome::Refused(message, _)) => {
                Err(format!("was refused: {message}"))
            }
            (Self::Refused { .. }, Outcome::Refused(_, warnings)) if !warnings.is_empty() => {
                Err(format!("what is refused needs no warning: {warnings:?}"))
            }
            (Self::Refused { refused, by }, Outcome::Refused(message, _)) => {
                let author = match by.as_str() {
                    "rbac" => "User \"".to_owned(),
                    "schema" if message.contains("Duplicate value") => "Duplicate value".to_owned(),
                    "schema" => "Invalid value".to_owned(),
                    policy => format!("ValidatingAdmissionPolicy '{policy}'"),
                };
                if message.contains(&author) && message.contains(refused) {
                    Ok(())
                } else {
                    Err(format!("was refused otherwise than by {by} with “{refused}”: {message}"))
                }
            }
        }
    }
}

/// Whether `object` holds everything that `part` names. `"*"` stands for any text that is not empty.
fn contains(object: &Value, part: &Value) -> bool {
    match part {
        Value::Object(fields) => fields.iter().all(|(key, value)| object.get(key).is_some_and(|there| contains(there, value))),
        Value::String(any) if any == "*" => object.as_str().is_some_and(|text| !text.is_empty()),
        _ => object == part,
    }
}

fn merge(into: &mut Value, part: &Value) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        other => *into = other.clone(),
    }
}

// --- where kinds live ---

/// Group path, plural, and whether it is namespaced.
fn resource(kind: &str) -> (&'static str, &'static str, bool) {
    match kind {
        "Namespace" => ("api/v1", "namespaces", false),
        "Secret" => ("api/v1", "secrets", true),
        "Event" => ("apis/events.k8s.io/v1", "events", true),
        "Deployment" => ("apis/apps/v1", "deployments", true),
        "StatefulSet" => ("apis/apps/v1", "statefulsets", true),
        "ReplicaSet" => ("apis/apps/v1", "replicasets", true),
        "DaemonSet" => ("apis/apps/v1", "daemonsets", true),
        "Pod" => ("api/v1", "pods", true),
        "Lease" => ("apis/coordination.k8s.io/v1", "leases", true),
        "Job" => ("apis/batch/v1", "jobs", true),
        "CronJob" => ("apis/batch/v1", "cronjobs", true),
        "ClusterRole" => ("apis/rbac.authorization.k8s.io/v1", "clusterroles", false),
        "ClusterRoleBinding" => ("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", false),
        "Role" => ("apis/rbac.authorization.k8s.io/v1", "roles", true),
        "RoleBinding" => ("apis/rbac.authorization.k8s.io/v1", "rolebindings", true),
        "DashboardRelease" => ("apis/uplift.dev/v1alpha1", "dashboardreleases", false),
        "UpgradeWindow" => ("apis/uplift.dev/v1alpha1", "upgradewindows", false),
        "SoftwareProduct" => ("apis/uplift.dev/v1alpha1", "softwareproducts", false),
        "TenantInstance" => ("apis/uplift.dev/v1alpha1", "tenantinstances", true),
        "UpgradeTrial" => ("apis/uplift.dev/v1alpha1", "upgradetrials", true),
        "NetworkPolicy" => ("apis/networking.k8s.io/v1", "networkpolicies", true),
        "MutatingAdmissionPolicy" => ("apis/admissionregistration.k8s.io/v1", "mutatingadmissionpolicies", false),
        "MutatingAdmissionPolicyBinding" => ("apis/admissionregistration.k8s.io/v1", "mutatingadmissionpolicybindings", false),
        "ValidatingAdmissionPolicy" => ("apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicies", false),
        "ValidatingAdmissionPolicyBinding" => {
            ("apis/admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", false)
        }
        other => panic!("where does a {other} live? Add it to tests/cluster/admission"),
    }
}

/// `Kind/name` in the namespace `acme`, or `Kind/namespace/name`.
fn split(target: &str) -> (&str, &str, &str) {
    match target.split('/').collect::<Vec<_>>()[..] {
        [kind, name] => (kind, "acme", name),
        [kind, namespace, name] => (kind, namespace, name),
        _ => panic!("{target} is not Kind/name"),
    }
}

fn path(target: &str, subresource: Option<&str>) -> String {
    let (kind, namespace, name) = split(target);
    let (group, plural, namespaced) = resource(kind);
    let namespace = if namespaced { format!("namespaces/{namespace}/") } else { String::new() };
    let subresource = subresource.map(|name| format!("/{name}")).unwrap_or_default();
    format!("/{group}/{namespace}{plural}/{name}{subresource}")
}

pub fn target_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("kind and metadata.name").to_owned();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    format!("{}/{namespace}/{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}
