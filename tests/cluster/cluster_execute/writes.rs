//! One write, one outcome.

use std::time::Duration;

use anyhow::{Result, ensure};
use kube::{
    Api,
    api::{DeleteParams, ListParams},
};
use serde_json::{Value, json};
use uplift::{
    api::{condition, reason::Reason},
    execute::{Denial, Event, Events, Outcome, Permit, PermitHolder, Seen, Standing, Writer, request},
    plan::{Change, Story, StoryEvent, Write},
};

use super::stage::{Stage, plane};
use crate::control_plane::eventually;

async fn quiet(stage: &Stage) -> Result<()> {
    eventually(Duration::from_secs(20), "the Deployment was seen by its controller", async || {
        let deployment = stage.deployments().get("web").await?;
        Ok(deployment.status.and_then(|s| s.observed_generation).filter(|seen| Some(*seen) == deployment.metadata.generation))
    })
    .await
    .map(drop)
}

#[tokio::test]
async fn a_status_with_a_stale_version_is_a_conflict_and_the_object_is_read() -> Result<()> {
    let stage = Stage::set().await?;
    let (first, second) = (stage.status_write("2026.11.0").await?, stage.status_write("2026.12.0").await?);
    let settled = stage.writer.settle(first, Permit::always()).await;
    ensure!(settled.committed() && settled.read.is_none(), "{settled:?}");
    let settled = stage.writer.settle(second, Permit::always()).await;
    ensure!(matches!(settled.outcome, Outcome::Conflict(_)) && !settled.committed(), "{settled:?}");
    let Some(Seen::Present(text)) = settled.read else { anyhow::bail!("it was not read") };
    ensure!(text.contains("2026.11.0"), "{text}");
    Ok(())
}

#[tokio::test]
async fn an_unchanged_status_is_not_written() -> Result<()> {
    let stage = Stage::set().await?;
    stage.writer.send(&stage.status_write("2026.11.0").await?, &Permit::always()).await;
    let again = stage.status_write("2026.11.0").await?;
    let Outcome::Committed(text) = stage.writer.send(&again, &Permit::always()).await else { anyhow::bail!("not committed") };
    let answer: Value = serde_json::from_str(&text)?;
    ensure!(answer["metadata"]["resourceVersion"] == again.resource_version, "{text}");
    Ok(())
}

#[tokio::test]
async fn a_patch_changes_images_and_the_intent_and_nothing_else() -> Result<()> {
    let stage = Stage::set().await?;
    quiet(&stage).await?;
    let mut before = serde_json::to_value(stage.deployments().get("web").await?)?;
    let write = stage.images_write(&[("web", "x:new"), ("migrate", "m:new")]).await?;
    let outcome = stage.writer.send(&write, &Permit::always()).await;
    let Outcome::Committed(text) = outcome else { anyhow::bail!("{outcome:?}") };
    let mut after: Value = serde_json::from_str(&text)?;

    let intent = after["metadata"]["annotations"]["uplift.dev/intent"].take();
    ensure!(intent == r#"{"id":"up-1","to":"2026.12.0","images":{"migrate":"m:new","web":"x:new"}}"#, "{intent}");
    let pods = |object: &mut Value| object["spec"]["template"]["spec"].take();
    let (mut pod_before, pod_after) = (pods(&mut before), pods(&mut after));
    pod_before["containers"][0]["image"] = "x:new".into();
    pod_before["initContainers"][0]["image"] = "m:new".into();
    ensure!(pod_before == pod_after, "{pod_before}\n{pod_after}");
    ensure!(before["spec"] == after["spec"] && before["metadata"]["labels"] == after["metadata"]["labels"]);
    ensure!(after["metadata"]["annotations"]["example.com/kept"] == "yes");
    Ok(())
}

/// As under a definition that is older than the program.
#[tokio::test]
async fn a_status_that_does_not_fit_the_schema_is_refused() -> Result<()> {
    let stage = Stage::set().await?;
    let mut write = stage.status_write("2026.11.0").await?;
    let Change::TenantStatus { status, .. } = &mut write.change else { anyhow::bail!("another change") };
    condition::set(&mut status.conditions, condition::READY, true, Reason::Valid, "", 1, "2026-12-15T18:00:00Z".parse()?);
    status.conditions.extend_from_within(..); // the list is a map by type
    let settled = stage.writer.settle(write, Permit::always()).await;
    let Outcome::Refused(denial) = &settled.outcome else { anyhow::bail!("{settled:?}") };
    ensure!(!denial.forbidden && settled.read.is_none(), "{denial:?}");
    Ok(())
}

#[tokio::test]
async fn an_object_that_was_made_anew_is_a_conflict_and_one_that_is_gone_is_gone() -> Result<()> {
    let stage = Stage::set().await?;
    let write = stage.status_write("2026.11.0").await?;
    stage.tenants().delete("dash", &DeleteParams::default()).await?;
    let outcome = stage.writer.send(&write, &Permit::always()).await;
    ensure!(matches!(outcome, Outcome::Gone), "{outcome:?}");
    stage.create_tenant().await?;
    let outcome = stage.writer.send(&write, &Permit::always()).await;
    ensure!(matches!(outcome, Outcome::Conflict(_)), "{outcome:?}");
    ensure!(stage.version().await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_container_that_does_not_exist_is_refused_by_name() -> Result<()> {
    let stage = Stage::set().await?;
    quiet(&stage).await?;
    let outcome = stage.writer.send(&stage.images_write(&[("wbe", "x:new")]).await?, &Permit::always()).await;
    let Outcome::Refused(Denial { message, forbidden: true, .. }) = outcome else { anyhow::bail!("{outcome:?}") };
    ensure!(message.contains("uplift-operator-lockdown") && !message.contains("resulted in error"), "{message}");
    Ok(())
}

#[tokio::test]
async fn without_a_connection_or_a_permit_nothing_is_sent() -> Result<()> {
    let stage = Stage::set().await?;
    let write = stage.status_write("2026.11.0").await?;
    let nobody = Writer::new(kube::Config::new("http://127.0.0.1:1".parse()?))?;
    let outcome = nobody.send(&write, &Permit::always()).await;
    ensure!(matches!(outcome, Outcome::NotSent(_)), "{outcome:?}");
    let (holder, permit) = PermitHolder::new();
    let outcome = stage.writer.send(&write, &permit).await;
    ensure!(matches!(outcome, Outcome::NotSent(_)), "{outcome:?}");
    holder.set(Standing::Always);
    let outcome = stage.writer.send(&write, &permit).await;
    ensure!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn stories_become_events_that_people_find() -> Result<()> {
    let stage = Stage::set().await?;
    let told = |event| Story { message: Some("Something happened.".into()), ..Story::new(event) };
    let tenant = Write {
        stories: vec![told(StoryEvent::SlotPlanned), told(StoryEvent::UpgradeFailed)],
        ..stage.status_write("1.0").await?
    };
    let release = Write {
        change: Change::ReleaseStatus { release: stage.namespace.clone(), status: Box::default() },
        stories: vec![told(StoryEvent::ReleaseAccepted)],
        ..tenant.clone()
    };
    let events = Events::default();
    let now = "2026-12-15T18:00:00.5Z".parse()?;
    events.tell([&tenant, &release, &tenant].into_iter().flat_map(|write| Event::of_write(write, now)));
    let client = plane().await?.operator().await?.client().await?;
    let sending = events.clone();
    tokio::spawn(async move { sending.run(client, Permit::always()).await });
    eventually(Duration::from_secs(10), "all are sent", async || Ok(events.all_sent().then_some(()))).await?;

    let found = async |namespace: &str, name: &str| -> Result<Vec<String>> {
        let api = Api::<k8s_openapi::api::events::v1::Event>::namespaced(stage.admin.clone(), namespace);
        let events = api.list(&ListParams::default()).await?.items.into_iter();
        let about = events.filter(|e| e.regarding.as_ref().and_then(|r| r.name.as_deref()) == Some(name));
        let mut reasons: Vec<_> = about.filter_map(|e| e.reason).collect();
        reasons.sort();
        Ok(reasons)
    };
    ensure!(found(&stage.namespace, "dash").await? == ["SlotPlanned", "UpgradeFailed"], "once each");
    ensure!(found("default", &stage.namespace).await? == ["ReleaseAccepted"]);
    Ok(())
}

/// I9: somebody's policy changes what is written. That is told and waited out, since to write it again at once would be for ever.
#[tokio::test]
async fn a_status_that_is_changed_on_its_way_is_no_success() -> Result<()> {
    let (stage, plane) = (Stage::set().await?, plane().await?);
    let (name, group) = (&stage.namespace, "admissionregistration.k8s.io/v1");
    let policy = json!({"apiVersion": group, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": {
        "reinvocationPolicy": "Never",
        "matchConstraints": {"resourceRules": [{"apiGroups": ["uplift.dev"], "apiVersions": ["*"], "operations": ["UPDATE"],
            "resources": ["tenantinstances/status"]}]},
        "matchConditions": [{"name": "here", "expression": format!("request.namespace == '{name}'")}],
        "mutations": [{"patchType": "ApplyConfiguration",
            "applyConfiguration": {"expression": "Object{status: Object.status{version: '9.9.9'}}"}}],
    }});
    let binding = json!({"apiVersion": group, "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {"policyName": name}});
    for object in [policy, binding] {
        plane.kubectl_with_input(&plane.admin().await?, &["create", "-f", "-"], &object.to_string()).await?.ok()?;
    }
    let altered = eventually(Duration::from_secs(20), "the policy changes a status", async || {
        let settled = stage.writer.settle(stage.status_write("2026.11.0").await?, Permit::always()).await;
        Ok(matches!(settled.outcome, Outcome::Altered(_)).then_some(settled))
    })
    .await?;
    ensure!(!altered.committed() && stage.version().await?.as_deref() == Some("9.9.9"), "{altered:?}");
    let Outcome::Altered(text) = &altered.outcome else { anyhow::bail!("{altered:?}") };
    ensure!(request::differences(&altered.write, text) == ["status.version"], "{text}");
    Ok(())
}
