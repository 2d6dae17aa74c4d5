//! Image tags make rollouts slow, failing or hanging.

use std::time::{Duration, Instant};

use anyhow::Result;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use super::SHARED;
use crate::control_plane::{ControlPlane, eventually};

const SOON: Duration = Duration::from_secs(20);

/// A Deployment with this image in a new namespace; its API and the API of its pods.
async fn deploy(plane: &ControlPlane, image: &str) -> Result<(Api<Deployment>, Api<Pod>)> {
    let namespace = plane.namespace("rollout", &[]).await?;
    let client = plane.admin().await?.client().await?;
    let deployments = Api::namespaced(client.clone(), &namespace);
    deployments.create(&PostParams::default(), &deployment(image)?).await?;
    Ok((deployments, Api::namespaced(client, &namespace)))
}

fn deployment(image: &str) -> Result<Deployment> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2, "progressDeadlineSeconds": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }))?)
}

async fn status(deployments: &Api<Deployment>) -> Result<DeploymentStatus> {
    Ok(deployments.get("web").await?.status.unwrap_or_default())
}

async fn rolls_out(deployments: &Api<Deployment>) -> Result<()> {
    eventually(SOON, "both replicas are available", async || {
        Ok((status(deployments).await?.available_replicas == Some(2)).then_some(()))
    })
    .await
}

async fn misses_its_deadline(deployments: &Api<Deployment>) -> Result<DeploymentStatus> {
    eventually(SOON, "the Deployment misses its deadline", async || {
        let status = status(deployments).await?;
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let missed = conditions.iter().any(|c| c.reason.as_deref() == Some("ProgressDeadlineExceeded"));
        Ok(missed.then_some(status))
    })
    .await
}

/// Why the containers wait; empty for those that run.
async fn waiting(pods: &Api<Pod>) -> Result<Vec<String>> {
    let pods = pods.list(&ListParams::default()).await?.items;
    let statuses = pods.into_iter().filter_map(|pod| pod.status?.container_statuses).flatten();
    Ok(statuses.map(|s| s.state.and_then(|s| s.waiting?.reason).unwrap_or_default()).collect())
}

#[tokio::test]
async fn a_deployment_rolls_out() -> Result<()> {
    let (deployments, _) = deploy(SHARED.plane().await?, "registry.example/web:1").await?;
    rolls_out(&deployments).await
}

#[tokio::test]
async fn an_image_tag_with_bad_crashloops_and_misses_the_deadline() -> Result<()> {
    let (deployments, pods) = deploy(SHARED.plane().await?, "registry.example/web:1-bad").await?;
    let status = misses_its_deadline(&deployments).await?;
    assert_eq!(status.available_replicas, None);
    assert_eq!(waiting(&pods).await?, ["CrashLoopBackOff", "CrashLoopBackOff"]);
    Ok(())
}

#[tokio::test]
async fn an_image_tag_with_hang_runs_and_never_becomes_ready() -> Result<()> {
    let (deployments, pods) = deploy(SHARED.plane().await?, "registry.example/web:1-hang").await?;
    let status = misses_its_deadline(&deployments).await?;
    assert_eq!((status.replicas, status.ready_replicas), (Some(2), None));
    assert_eq!(waiting(&pods).await?, ["", ""]);
    Ok(())
}

#[tokio::test]
async fn an_image_tag_with_slow_takes_its_five_seconds() -> Result<()> {
    let plane = SHARED.plane().await?;
    let before = Instant::now();
    let (deployments, _) = deploy(plane, "registry.example/web:1-slow").await?;
    rolls_out(&deployments).await?;
    assert!(before.elapsed() >= Duration::from_secs(5), "ready after {:?}", before.elapsed());
    Ok(())
}
