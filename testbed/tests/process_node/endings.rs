//! What ends a pod, and that nothing of it is left.

use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::DeleteParams;
use kube::runtime::wait::{await_condition, conditions};
use serde_json::json;
use tokio::time::timeout;
use uplift_testbed::control_plane::{ControlPlane, eventually};

use crate::stage::{SOON, Stage, pod, processes, program, stage};

/// A script that runs on until it is killed, with words in its arguments by which it is found.
fn forever(mark: &str) -> String {
    format!("trap '' TERM; : {mark}; while true; do sleep 1000; done")
}

/// A Job that runs forever; its pod, once its command is a process of the machine.
async fn running(stage: &Stage<'_>, name: &str, script: &str, deadline: Option<u64>) -> Result<Pod> {
    stage.start_within(name, pod(script), deadline).await?;
    eventually(SOON, "the command runs", async || {
        let pod = stage.pod(name).await?;
        Ok((processes(script)? > 0).then_some(pod))
    })
    .await
}

async fn gone(stage: &Stage<'_>, pod: &Pod) -> Result<()> {
    let uid = pod.uid().context("a UID")?;
    let gone = await_condition(stage.api::<Pod>(), pod.metadata.name.as_deref().context("a name")?, conditions::is_deleted(&uid));
    timeout(SOON, gone).await.context("the pod goes")??;
    Ok(())
}

#[tokio::test]
async fn a_deadline_kills_what_runs_and_the_pod_goes_after_it() -> Result<()> {
    let stage = stage().await?;
    let script = forever(&format!("deadline {}", stage.namespace));
    let pod = running(&stage, "late", &script, Some(3)).await?;
    gone(&stage, &pod).await?;
    assert_eq!(processes(&script)?, 0, "a pod that is gone has no process");
    assert_eq!(stage.ended("late").await?, "Failed/DeadlineExceeded");
    Ok(())
}

#[tokio::test]
async fn a_deadline_of_the_pod_itself_fails_it_with_its_reason() -> Result<()> {
    let stage = stage().await?;
    let script = forever(&format!("pod deadline {}", stage.namespace));
    let mut spec = pod(&script);
    spec["activeDeadlineSeconds"] = json!(1);
    stage.start("short", spec).await?;
    assert_eq!(stage.ended("short").await?, "Failed/BackoffLimitExceeded");
    let status = stage.pod("short").await?.status.context("a status")?;
    assert_eq!(status.reason.as_deref(), Some("DeadlineExceeded"));
    assert_eq!(processes(&script)?, 0);
    Ok(())
}

#[tokio::test]
async fn a_deletion_asks_the_command_to_end_and_waits_for_it() -> Result<()> {
    let stage = stage().await?;
    stage.claim("kept").await?;
    let mut spec = pod(
        "trap 'echo asked > /kept/said; exit 0' TERM; echo ready > /kept/said; while true; do read -t 1 < <(sleep 1000); done",
    );
    spec["terminationGracePeriodSeconds"] = json!(60);
    spec["containers"][0]["volumeMounts"] = json!([{"name": "kept", "mountPath": "/kept"}]);
    spec["volumes"] = json!([{"name": "kept", "persistentVolumeClaim": {"claimName": "kept"}}]);
    stage.start("polite", spec).await?;
    let said = stage.node.claim(&stage.namespace, "kept").join("said");
    let says = async |word: &str| {
        let what = format!("it says {word}");
        eventually(SOON, &what, async || Ok((std::fs::read_to_string(&said)?.trim() == word).then_some(()))).await
    };
    says("ready").await?;
    let pod = stage.pod("polite").await?;
    stage.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await?;
    gone(&stage, &pod).await?;
    says("asked").await
}

#[tokio::test]
async fn a_deletion_by_force_kills_at_once() -> Result<()> {
    let stage = stage().await?;
    let script = forever(&format!("force {}", stage.namespace));
    let pod = running(&stage, "stubborn", &script, None).await?;
    stage.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default().grace_period(0)).await?;
    eventually(Duration::from_secs(10), "nothing runs", async || Ok((processes(&script)? == 0).then_some(()))).await
}

/// Alone on a control plane: it kills the node that others share.
#[tokio::test]
async fn a_node_that_is_killed_leaves_no_process_and_reports_its_pods_as_lost_when_it_is_back() -> Result<()> {
    let plane = ControlPlane::start().await?;
    let refused = plane.start_process_node(std::path::Path::new("/bin/false")).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("process-node has ended")), "not after a minute of waiting");
    let node = plane.start_process_node(program()).await?;
    let stage = Stage::on(&plane, &node).await?;
    let script = forever(&format!("power cut {}", stage.namespace));
    running(&stage, "cut", &script, None).await?;
    plane.kill_process_node().await?;
    eventually(Duration::from_secs(10), "nothing runs", async || Ok((processes(&script)? == 0).then_some(()))).await?;
    plane.start_process_node(program()).await?;
    assert_eq!(stage.ended("cut").await?, "Failed/BackoffLimitExceeded");
    assert_eq!(stage.pod("cut").await?.status.and_then(|status| status.reason).as_deref(), Some("NodeLost"));
    let dir = plane.dir().to_owned();
    plane.stop().await?;
    assert_eq!(processes(dir.to_str().context("UTF-8")?)?, 0, "the node ends with its control plane");
    Ok(())
}
