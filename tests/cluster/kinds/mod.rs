//! R18, R22: each kind of workload on a real API server, with the controllers of Kubernetes and the chart's own rights.
//!
//! The nodes are KWOK's, so that an image says how its pods go. Everything else is real: what the controllers write into a status, in
//! which order they replace pods, and what they do when old images come back.

mod manifests;

use anyhow::{Context, Result, ensure};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, ListParams},
    core::GroupVersionKind,
};
use uplift::api::{
    TenantInstanceStatus,
    tenant::{SlotResult, WorkloadKind},
};

use self::manifests::{daemon_set, deployment, stateful_set, tenant};
use crate::{
    consent::{
        manifests::{COMES, RUNS, namespace, window},
        stage::{SOON, Stage},
    },
    control_plane::eventually,
};

/// Each of these has one workload, or one of each kind.
const TENANTS: [&str; 5] = ["each", "nodes", "ordered", "parallel", "held"];

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_upgraded_and_what_fails_goes_back() -> Result<()> {
    let mut stage = Stage::empty(2026, &[]).await?;
    furnish(&stage).await?;
    stage.begin(&TENANTS).await?;
    partitioned_is_told_weeks_before(&stage).await?;

    stage.jump("12-15T18:00:00Z").await?;
    let each = ended(&stage, "each", SlotResult::Succeeded).await?;
    ensure!(each.version.as_deref() == Some(COMES), "{each:?}");
    for kind in WorkloadKind::ALL {
        ensure!(images(&stage, "each", kind).await? == [manifests::image(COMES)], "{kind}: an old pod is left");
    }

    // Their controllers report no failure, so our own deadline finds it.
    for tenant in ["nodes", "ordered", "parallel"] {
        started(&stage, tenant).await?;
    }
    stage.jump("12-15T18:10:00Z").await?;
    let nodes = ended(&stage, "nodes", SlotResult::RolledBack).await?;
    ensure!(nodes.version.as_deref() == Some(RUNS), "{nodes:?}");
    ensure!(images(&stage, "nodes", WorkloadKind::DaemonSet).await? == [manifests::image(RUNS)], "a new pod is left");
    says_why(&nodes, &["container main of pod agent-", "ends, and must not (exit code 1)", "rolled back"])?;
    let parallel = ended(&stage, "parallel", SlotResult::RolledBack).await?;
    says_why(&parallel, &["may not list pods in namespace parallel; bind the ClusterRole uplift-diagnose", "rolled back"])?;
    ensure!(images(&stage, "parallel", WorkloadKind::StatefulSet).await? == [manifests::image(RUNS)], "a new pod is left");
    an_ordered_stateful_set_waits_for_its_broken_pod(&stage).await?;

    let held = stage.status("held").await?;
    ensure!(held.upgrade.is_some_and(|upgrade| upgrade.started_at.is_none()), "it started");
    stage.end().await
}

async fn furnish(stage: &Stage) -> Result<()> {
    let releases = [manifests::release(RUNS, RUNS), manifests::release(COMES, &format!("{COMES}-bad"))];
    stage.apply(releases.into_iter().chain([window()]).chain(TENANTS.map(namespace))).await?;
    may_look_at_pods(stage, &["nodes", "ordered"]).await?;
    let partition = serde_json::json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}});
    let mut held = stateful_set("held", "OrderedReady");
    held["spec"]["updateStrategy"] = partition;
    let workloads = [
        deployment("each"),
        stateful_set("each", "OrderedReady"),
        daemon_set("each"),
        daemon_set("nodes"),
        stateful_set("ordered", "OrderedReady"),
        stateful_set("parallel", "Parallel"),
        held,
    ];
    let (good, bad) = ("dashboard", "broken");
    let tenants = [
        tenant("each", &stage.hooks, &WorkloadKind::ALL, good),
        tenant("nodes", &stage.hooks, &[WorkloadKind::DaemonSet], bad),
        tenant("ordered", &stage.hooks, &[WorkloadKind::StatefulSet], bad),
        tenant("parallel", &stage.hooks, &[WorkloadKind::StatefulSet], bad),
        tenant("held", &stage.hooks, &[WorkloadKind::StatefulSet], good),
    ];
    stage.apply(workloads.into_iter().chain(tenants)).await?;
    for name in TENANTS {
        eventually(SOON, &format!("the pods of {name} are ready"), async || Ok(ready(stage, name).await?.then_some(()))).await?;
    }
    Ok(())
}

/// As the docs say it. In the namespace `parallel` nobody does.
async fn may_look_at_pods(stage: &Stage, namespaces: &[&str]) -> Result<()> {
    let admin = stage.plane.admin().await?;
    for namespace in namespaces {
        let bind = [
            "create",
            "rolebinding",
            "uplift-diagnose",
            "--clusterrole=uplift-diagnose",
            "--serviceaccount=uplift-system:uplift",
        ];
        stage.plane.kubectl(&admin, &[&["-n", namespace][..], &bind[..]].concat()).await?.ok()?;
    }
    Ok(())
}

/// What the history of a failed upgrade says of its cause (R22).
fn says_why(status: &TenantInstanceStatus, words: &[&str]) -> Result<()> {
    let message = status.history.first().and_then(|last| last.message.clone()).unwrap_or_default();
    ensure!(words.iter().all(|word| message.contains(word)), "{words:?} is not in {message:?}");
    Ok(())
}

/// A StatefulSet of two and a DaemonSet on one node, or what of them there is.
async fn ready(stage: &Stage, namespace: &str) -> Result<bool> {
    let pods = pods(stage, namespace).await?;
    let is_ready = |pod: &DynamicObject| {
        let conditions = pod.data["status"]["conditions"].as_array().into_iter().flatten();
        conditions.into_iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
    };
    let wanted = if namespace == "each" {
        4
    } else if namespace == "nodes" {
        1
    } else {
        2
    };
    Ok(pods.len() == wanted && pods.iter().all(is_ready))
}

async fn pods(stage: &Stage, namespace: &str) -> Result<Vec<DynamicObject>> {
    let client: Client = stage.plane.admin().await?.client().await?;
    let pod = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Pod"));
    let all = Api::<DynamicObject>::namespaced_with(client, namespace, &pod).list(&ListParams::default()).await?;
    Ok(all.items)
}

/// The images of the pods of this kind that are not on their way out, each once.
async fn images(stage: &Stage, namespace: &str, kind: WorkloadKind) -> Result<Vec<String>> {
    let pods = pods(stage, namespace).await?;
    let stays = |pod: &&DynamicObject| pod.metadata.deletion_timestamp.is_none();
    let of_it =
        |pod: &&DynamicObject| pod.metadata.labels.as_ref().and_then(|l| l.get("app")) == Some(&manifests::name(kind).to_owned());
    let image = |pod: &DynamicObject| pod.data["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned();
    let mut images: Vec<_> = pods.iter().filter(stays).filter(of_it).map(image).collect();
    images.sort();
    images.dedup();
    Ok(images)
}

async fn partitioned_is_told_weeks_before(stage: &Stage) -> Result<()> {
    let held = stage.status("held").await?;
    let blocker = held.blockers.first().context("nothing holds it")?;
    ensure!(blocker.reason.to_string() == "Partitioned" && blocker.message.contains("partition 1"), "{blocker:?}");
    Ok(())
}

async fn started(stage: &Stage, tenant: &str) -> Result<()> {
    eventually(SOON, &format!("the images of {tenant} are set"), async || {
        let client = stage.plane.admin().await?.client().await?;
        let kind = if tenant == "nodes" { WorkloadKind::DaemonSet } else { WorkloadKind::StatefulSet };
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", kind.name()));
        let api = Api::<DynamicObject>::namespaced_with(client, tenant, &resource);
        let workload = api.get(manifests::name(kind)).await?;
        let image = &workload.data["spec"]["template"]["spec"]["containers"][0]["image"];
        Ok((*image == manifests::image(&format!("{COMES}-bad"))).then_some(()))
    })
    .await
}

async fn ended(stage: &Stage, tenant: &str, result: SlotResult) -> Result<TenantInstanceStatus> {
    eventually(SOON, &format!("{tenant} is {result:?}"), async || {
        let status = stage.status(tenant).await?;
        let last = status.history.first().map(|entry| entry.result);
        ensure!(last == Some(result), "{:?}, {:?}", status.upgrade, status.history);
        Ok(Some(status))
    })
    .await
}

/// What Kubernetes calls a forced rollback: the controller replaces no pod before the broken one is ready, which it never is. Uplift
/// deletes no pods, so the rollback fails by our deadline, and the message says what to do. Who does it has the old version.
async fn an_ordered_stateful_set_waits_for_its_broken_pod(stage: &Stage) -> Result<()> {
    eventually(SOON, "the old images are set", async || {
        let upgrade = stage.status("ordered").await?.upgrade;
        Ok(upgrade.is_some_and(|upgrade| upgrade.failure.is_some()).then_some(()))
    })
    .await?;
    stage.jump("12-15T18:20:00Z").await?;
    let ordered = ended(stage, "ordered", SlotResult::RollbackFailed).await?;
    let message = ordered.history.first().and_then(|last| last.message.clone()).unwrap_or_default();
    ensure!(message.contains("delete that pod"), "{message}");
    says_why(&ordered, &["container main of pod db-1 ends, and must not (exit code 1)"])?;
    let broken = format!("{}-1", manifests::name(WorkloadKind::StatefulSet));
    let admin = stage.plane.admin().await?;
    stage.plane.kubectl(&admin, &["delete", "pod", &broken, "-n", "ordered"]).await?.ok()?;
    eventually(SOON, "the old version runs again", async || {
        let old = images(stage, "ordered", WorkloadKind::StatefulSet).await? == [manifests::image(RUNS)];
        Ok((old && ready(stage, "ordered").await?).then_some(()))
    })
    .await
}
