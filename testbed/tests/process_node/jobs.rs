//! What a Job's command gets, and what it leaves.

use std::net::TcpListener;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::runtime::wait::await_condition;
use serde_json::json;
use tokio::time::timeout;

use crate::stage::{SOON, end, job, message, pod, stage};

#[tokio::test]
async fn a_job_really_runs_and_its_exit_code_message_and_times_are_in_the_pod() -> Result<()> {
    let stage = stage().await?;
    let ran = stage.run("counts", "echo counting; echo $((40 + 2)) > /dev/termination-log").await?;
    assert_eq!(stage.ended("counts").await?, "Complete/CompletionsReached");
    let end = end(&ran)?;
    assert_eq!((end.exit_code, end.reason.as_deref(), message(&ran)?.as_str()), (0, Some("Completed"), "42"));
    assert!(end.started_at.context("a start")? <= end.finished_at.context("an end")?);
    assert_eq!(ran.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded"));
    assert_eq!(stage.log(&ran, "main"), "counting\n");
    Ok(())
}

#[tokio::test]
async fn a_command_that_fails_fails_the_job_and_its_last_words_can_be_the_message() -> Result<()> {
    let stage = stage().await?;
    let mut spec = pod("echo the disk is full >&2; exit 3");
    spec["containers"][0]["terminationMessagePolicy"] = json!("FallbackToLogsOnError");
    stage.start("fails", spec).await?;
    assert_eq!(stage.ended("fails").await?, "Failed/BackoffLimitExceeded");
    let failed = stage.pod("fails").await?;
    let end = end(&failed)?;
    assert_eq!((end.exit_code, end.reason.as_deref(), message(&failed)?.as_str()), (3, Some("Error"), "the disk is full"));
    Ok(())
}

#[tokio::test]
async fn a_program_that_is_not_there_fails_the_job_and_is_named() -> Result<()> {
    let stage = stage().await?;
    let mut spec = pod("");
    spec["containers"][0]["command"] = json!(["no-such-program"]);
    stage.start("missing", spec).await?;
    assert_eq!(stage.ended("missing").await?, "Failed/BackoffLimitExceeded");
    let log = stage.log(&stage.pod("missing").await?, "main");
    assert!(log.contains("running no-such-program"), "{log}");
    Ok(())
}

#[tokio::test]
async fn secrets_and_config_maps_are_mounted_and_set() -> Result<()> {
    let stage = stage().await?;
    stage.make::<Secret>(json!({"metadata": {"name": "db"}, "stringData": {"password": "s3cret", "user": "app"}})).await?;
    stage.make::<ConfigMap>(json!({"metadata": {"name": "cfg"}, "data": {"MODE": "fast", "app.ini": "x=1"}})).await?;
    let script = "cat /etc/db/password /cfg/deep/app.ini; ls /etc/db /cfg; echo $PASSWORD $MODE $POD $URL $0; \
        cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token; \
        touch /etc/db/x; echo $?";
    let mut spec = pod(script);
    let main = &mut spec["containers"][0];
    main["args"] = json!(["as $(MODE)"]);
    main["envFrom"] = json!([{"configMapRef": {"name": "cfg"}}, {"secretRef": {"name": "perhaps", "optional": true}}]);
    main["env"] = json!([
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "URL", "value": "db://$(PASSWORD)@$(NOBODY)"},
    ]);
    main["volumeMounts"] = json!([{"name": "db", "mountPath": "/etc/db"}, {"name": "cfg", "mountPath": "/cfg"}]);
    let items = json!([{"key": "app.ini", "path": "deep/app.ini"}]);
    spec["volumes"] = json!([
        {"name": "db", "secret": {"secretName": "db"}},
        {"name": "cfg", "configMap": {"name": "cfg", "items": items}},
    ]);
    stage.start("reads", spec).await?;
    stage.ended("reads").await?;
    let read = stage.pod("reads").await?;
    let log = stage.log(&read, "main");
    let lines: Vec<&str> = log.lines().collect();
    let (namespace, told) = (stage.namespace.as_str(), format!("s3cret fast {} db://s3cret@$(NOBODY) as fast", stage.namespace));
    let begin = ["s3cretx=1/cfg:", "deep", "", "/etc/db:", "password", "user", told.as_str()];
    assert_eq!(lines[..7], begin, "{log}");
    let (account, length) = lines[7].split_at(namespace.len());
    assert!(account == namespace && length.trim().parse::<usize>().is_ok_and(|length| length > 500), "a token: {log}");
    assert!(log.contains("Read-only file system\n1"), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_secret_that_is_missing_holds_the_pod_until_it_comes() -> Result<()> {
    let stage = stage().await?;
    let mut spec = pod("echo -n $PASSWORD > /dev/termination-log");
    spec["containers"][0]["env"] = json!([{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "late", "key": "p"}}}]);
    stage.start("waits", spec).await?;
    let name = pod_name(&stage, "waits").await?;
    let waits = |pod: Option<&Pod>| pod.is_some_and(|pod| format!("{:?}", pod.status).contains("Secret late is not there"));
    timeout(SOON, await_condition(stage.api::<Pod>(), &name, waits)).await.context("it says what it waits for")??;
    stage.make::<Secret>(json!({"metadata": {"name": "late"}, "stringData": {"p": "here"}})).await?;
    stage.ended("waits").await?;
    assert_eq!(message(&stage.pod("waits").await?)?, "here");
    Ok(())
}

/// The Job controller makes the pod a moment after the Job.
async fn pod_name(stage: &crate::stage::Stage<'_>, job: &str) -> Result<String> {
    let has_pod = |job: Option<&k8s_openapi::api::batch::v1::Job>| {
        job.and_then(|job| job.status.as_ref()?.active).is_some_and(|active| active == 1)
    };
    timeout(SOON, await_condition(stage.api(), job, has_pod)).await.context("the Job has a pod")??;
    stage.pod(job).await?.metadata.name.context("a name")
}

#[tokio::test]
async fn init_containers_come_first_in_their_order_and_share_folders_with_the_rest() -> Result<()> {
    let stage = stage().await?;
    let mut spec = pod("tail -n 1 /shared/said > /dev/termination-log; cat /shared/said");
    let init = |name: &str| {
        json!({"name": name, "image": "x", "command": ["bash", "-c", format!("echo {name} $BASHPID >> /shared/said")],
            "volumeMounts": [{"name": "shared", "mountPath": "/shared"}]})
    };
    spec["initContainers"] = json!([init("one"), init("two")]);
    spec["containers"][0]["volumeMounts"] = json!([{"name": "shared", "mountPath": "/shared", "readOnly": true}]);
    spec["volumes"] = json!([{"name": "shared", "emptyDir": {}}]);
    stage.start("steps", spec).await?;
    assert_eq!(stage.ended("steps").await?, "Complete/CompletionsReached");
    let ran = stage.pod("steps").await?;
    assert_eq!(stage.log(&ran, "main"), "one 1\ntwo 1\n", "each is process 1 of its own");
    assert_eq!(message(&ran)?, "two 1");
    Ok(())
}

#[tokio::test]
async fn a_pod_has_a_network_of_its_own_unless_it_asks_for_the_hosts() -> Result<()> {
    let stage = stage().await?;
    let listener = TcpListener::bind("127.0.0.1:0")?; // it answers nobody: the kernel's handshake is enough
    let script = format!("grep -c : /proc/net/dev; exec 3<> /dev/tcp/127.0.0.1/{}", listener.local_addr()?.port());
    let apart = stage.run("apart", &script).await?;
    assert_eq!(end(&apart)?.exit_code, 1);
    let log = stage.log(&apart, "main");
    assert!(log.starts_with("1\n") && log.contains("Connection refused"), "loopback alone, and it is up: {log}");
    let mut spec = pod(&script);
    spec["hostNetwork"] = json!(true);
    stage.start("together", spec).await?;
    assert_eq!(stage.ended("together").await?, "Complete/CompletionsReached");
    Ok(())
}

#[tokio::test]
async fn what_a_container_writes_outside_its_volumes_stays_with_it() -> Result<()> {
    let stage = stage().await?;
    let file = format!("/usr/{}", stage.namespace);
    let ran = stage.run("writes", &format!("touch {file} && echo $(id -u) $(ls {file}) > /dev/termination-log")).await?;
    assert_eq!(message(&ran)?, format!("0 {file}"));
    assert!(!std::path::Path::new(&file).exists());
    Ok(())
}

#[tokio::test]
async fn a_pod_that_is_not_meant_for_it_stays_kwoks() -> Result<()> {
    let stage = stage().await?;
    let _: k8s_openapi::api::batch::v1::Job = stage.make(job("played", &pod("echo real > /dev/termination-log; exit 1"))).await?;
    assert_eq!(
        stage.ended("played").await?,
        "Complete/CompletionsReached",
        "KWOK lets Jobs succeed, whatever their command says"
    );
    let played = stage.pod("played").await?;
    assert_eq!(played.spec.as_ref().and_then(|spec| spec.node_name.as_deref()), Some("fake-0"));
    assert_eq!(message(&played)?, "");
    Ok(())
}
