//! `trial`: asked for, followed, listed, answered and taken back by support staff, with the chart's roles and policies. What the operator would write
//! into the status is written by its account.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::{Instant, timeout_at},
};
use uplift::{api::UpgradeTrial, fleet::TenantKey};

use super::stage::{Stage, command, refused, uplift};
use crate::control_plane::{Output, eventually};

const SOON: Duration = Duration::from_secs(30);

/// The stage with a namespace for the trial of its tenant.
struct Bed {
    stage: Stage,
    trials: Api<UpgradeTrial>,
    tenant: TenantKey,
}

impl Bed {
    async fn set() -> Result<Self> {
        let stage = Stage::set().await?;
        let namespace = stage.plane.namespace("tried", &[("uplift.dev/trial", "true")]).await?;
        let (trials, tenant) = (Api::namespaced(stage.admin.clone(), &namespace), TenantKey::new(&stage.namespace, "acme"));
        Ok(Self { stage, trials, tenant })
    }

    fn namespace(&self) -> &str {
        self.trials.namespace().unwrap_or_default()
    }

    /// Both sides say yes.
    async fn agree(&self) -> Result<()> {
        let names = json!({"spec": {"trials": {"namespace": self.namespace()}}});
        self.stage.tenants().patch("acme", &PatchParams::default(), &Patch::Merge(names)).await?;
        Ok(())
    }

    /// A trial of a tenant in this namespace.
    async fn make(&self, name: &str, tenant: &TenantKey) -> Result<()> {
        let from = |name: &str| json!({"cronJobRef": {"name": name}});
        let mut count = from("uplift-count");
        count["name"] = "mail".into();
        count["expect"] = "0".into();
        let spec = json!({
            "tenantRef": {"namespace": tenant.namespace, "name": tenant.name}, "url": "https://acme-trial.example",
            "workloads": [{"kind": "Deployment", "name": "web"}],
            "jobs": {"egress": from("uplift-egress"), "restore": from("uplift-restore"), "scrub": from("uplift-scrub"),
                "scrubbed": [count], "clean": from("uplift-clean")},
        });
        let trial = serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec}))?;
        self.trials.create(&PostParams::default(), &trial).await?;
        Ok(())
    }

    /// As only the operator may.
    async fn status(&self, status: Value) -> Result<()> {
        let own = Api::<UpgradeTrial>::namespaced(self.stage.plane.operator().await?.client().await?, self.namespace());
        let mut trial = serde_json::to_value(own.get("trial").await?)?;
        trial["status"] = status;
        own.replace_status("trial", &PostParams::default(), &serde_json::from_value(trial)?).await?;
        Ok(())
    }

    async fn sue(&self, arguments: &[&str]) -> Result<Output> {
        self.stage.sue(&[&["trial"], arguments].concat()).await
    }

    /// It is refused by the plugin, and says what to do.
    async fn is_told(&self, arguments: &[&str], says: &[&str]) -> Result<()> {
        let told = refused(self.sue(arguments).await?, 1)?;
        ensure!(says.iter().all(|words| told.contains(words)), "{arguments:?}: {told}");
        Ok(())
    }

    async fn answer(&self) -> Result<Option<String>> {
        Ok(self.trials.get("trial").await?.annotations().get("uplift.dev/trial-answer").cloned())
    }
}

fn condition(kind: &str, is: bool, reason: &str, message: &str) -> Value {
    let status = if is { "True" } else { "False" };
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": "2026-12-02T09:00:00Z"})
}

/// A run with these steps: name, and the second in which it ended, or that it is on.
fn run(steps: &[(&str, Option<u32>)]) -> Value {
    let step = |(kind, ended): &(&str, Option<u32>)| match ended {
        Some(at) => json!({"kind": kind, "startedAt": "2026-12-02T09:00:00Z", "finishedAt": format!("2026-12-02T09:00:{at:02}Z"),
            "result": "Succeeded", "message": "done"}),
        None => json!({"kind": kind, "startedAt": "2026-12-02T09:00:30Z"}),
    };
    json!({"id": "t3f9a1c2b7d1-1", "version": "2026.12.0", "release": "r", "releaseUid": "r", "from": "2026.11.0", "tenantUid": "t",
        "generation": 1, "startedAt": "2026-12-02T09:00:00Z", "workloads": [],
        "steps": steps.iter().map(step).collect::<Vec<_>>()})
}

fn on(run: &Value) -> Value {
    json!({"observedGeneration": 1, "request": "2026.12.0", "count": 1, "run": run, "conditions": [
        condition("Available", false, "TrialRunning", "version 2026.12.0 is made ready")]})
}

fn over(end: &Value) -> Value {
    let mut past = json!({"id": "t3f9a1c2b7d1-1", "version": "2026.12.0", "releaseUid": "r", "startedAt": "2026-12-02T09:00:00Z",
        "cleanedAt": "2026-12-02T10:00:00Z"});
    end.as_object().into_iter().flatten().for_each(|(key, value)| past[key] = value.clone());
    json!({"observedGeneration": 1, "request": "2026.12.0", "count": 1, "runs": [past], "conditions": [
        condition("Available", false, "TrialIdle", "it is over")]})
}

fn end(verdict: &str, answer: Option<&str>, reason: &str) -> Value {
    json!({"verdict": verdict, "answer": answer, "reason": reason, "message": "so it was", "at": "2026-12-02T09:30:00Z"})
}

#[tokio::test]
async fn a_tenant_without_one_trial_of_its_own_is_told_what_is_missing() -> Result<()> {
    let bed = Bed::set().await?;
    let start = ["start", "acme", "--version", "2026.12.0"];
    bed.is_told(&start, &["names no namespace for a trial", "spec.trials.namespace"]).await?;
    bed.agree().await?;
    bed.is_told(&start, &["there is no UpgradeTrial", "spec.tenantRef"]).await?;
    bed.make("other", &TenantKey::new("birch", "birch")).await?;
    bed.is_told(&start, &["of another tenant: other of birch/birch"]).await?;
    bed.make("trial", &bed.tenant).await?;
    bed.is_told(&start, &["one trial's alone"]).await?;
    bed.trials.delete("other", &kube::api::DeleteParams::default()).await?;
    bed.is_told(&["start", "acme"], &["no upgrade of", "kubectl uplift why"]).await?;
    let release = bed.stage.release("dec", "2026.12.0", "stable").await?;
    bed.is_told(&["start", "acme", "--release", &release], &["the trial tries what the tenant gets next (none is planned)"])
        .await?;
    let wrong = refused(bed.sue(&["start", "acme", "--version", "latest"]).await?, 2)?;
    ensure!(wrong.contains("write a version like 2026.12.0"), "{wrong}");
    ensure!(bed.stage.annotation("trial").await?.is_none(), "nothing was written");
    Ok(())
}

#[tokio::test]
async fn a_trial_is_asked_for_followed_listed_answered_and_ended() -> Result<()> {
    let bed = Bed::set().await?;
    bed.agree().await?;
    bed.make("trial", &bed.tenant).await?;
    let start = ["start", "acme", "--version", "2026.12.0"];
    bed.sue(&[&start[..], &["--dry-run=server"]].concat()).await?.ok()?;
    ensure!(bed.stage.annotation("trial").await?.is_none());
    bed.is_told(&["confirm", "acme"], &["no run of a trial", "kubectl uplift trial start"]).await?;

    // What is on is followed, while the operator writes.
    let wait = [&start[..], &["--wait"]].concat();
    let told = until_ready(&bed, &wait).await?;
    let lines: Vec<_> = told.lines().map(str::trim_end).collect();
    ensure!(lines[0].starts_with("tenantinstance.uplift.dev/acme trial of 2026.12.0 asked for, in namespace tried"), "{told}");
    ensure!(lines.contains(&"waits: TrialsAtLimit: 3 trials run"), "{told}");
    ensure!(lines.contains(&"  egress                         5s  done"), "{told}");
    ensure!(lines.contains(&"  restore                       20s  done"), "{told}");
    ensure!(told.contains("Ready after 40s: https://acme-trial.example\n"), "{told}");
    let again = bed.sue(&[&wait[..], &["-o", "json"]].concat()).await?.ok()?;
    ensure!(serde_json::from_str::<Value>(&again)?["status"]["run"]["readyAt"] == "2026-12-02T09:00:40Z", "{again}");
    let by = bed.trials.get("trial").await?.managed_fields().iter().filter_map(|one| one.manager.clone()).collect::<Vec<_>>();
    ensure!(!by.contains(&"uplift-trial-answer".to_owned()), "{by:?}");

    let csv = uplift(bed.stage.plane, &bed.stage.sue, &["trial", "list", "-o", "csv"]).await?.ok()?;
    let ours = format!("{},2026.12.0,Ready,2026-12-02T09:00:40Z,2026-12-05T09:00:40Z,,{}/trial,", bed.tenant, bed.namespace());
    ensure!(csv.starts_with("TENANT,VERSION,STATE,SINCE,EXPIRES,VERDICT,TRIAL,URL,MESSAGE\r\n") && csv.contains(&ours), "{csv}");
    let narrow = bed.sue(&["list"]).await?.ok()?;
    ensure!(narrow.lines().count() == 2 && narrow.contains(&bed.tenant.to_string()), "by the namespace of the tenant: {narrow}");

    let bob = bed.stage.plane.approver("bob@example.com").await?;
    let told = refused(bed.stage.by(&bob, &["trial", "reject", "acme"]).await?, 1)?;
    ensure!(told.contains("upgradetrials.uplift.dev (ClusterRole uplift-support)"), "{told}");
    let done = bed.sue(&["confirm", "acme"]).await?.ok()?;
    ensure!(done.contains("/trial confirmed: 2026.12.0 on the data of"), "{done}");
    ensure!(bed.answer().await?.as_deref() == Some("Confirmed"));
    bed.is_told(&["reject", "acme"], &["was answered already: Confirmed"]).await?;

    // An answer that nobody has heard stays; one that was heard goes with the request.
    let ended = bed.sue(&["end", "acme"]).await?.ok()?;
    ensure!(
        ended.contains("trial of 2026.12.0 is not asked for any more") && ended.contains("The run of 2026.12.0 ends"),
        "{ended}"
    );
    ensure!(bed.answer().await?.is_some() && bed.stage.annotation("trial").await?.is_none());
    bed.status(over(&end("Passed", Some("Confirmed"), "Confirmed"))).await?;
    bed.is_told(&start, &["the answer Confirmed of the run before still stands", "kubectl uplift trial end"]).await?;
    let ended = bed.sue(&["end", "acme"]).await?.ok()?;
    ensure!(
        ended.contains("no trial was asked for") && ended.contains("The answer Confirmed of that run is taken away too"),
        "{ended}"
    );
    ensure!(bed.answer().await?.is_none());
    Ok(())
}

/// A run as the operator writes it down; each line comes when it happens.
async fn until_ready(bed: &Bed, arguments: &[&str]) -> Result<String> {
    let arguments = [&["-n", &bed.stage.namespace, "trial"], arguments].concat();
    let mut child = command(bed.stage.plane, &bed.stage.sue, &arguments)?.stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
    let (mut told, limit) = (String::new(), Instant::now() + SOON);
    let waits = condition("Available", false, "TrialsAtLimit", "3 trials run");
    while let Some(line) = timeout_at(limit, lines.next_line()).await.with_context(|| told.clone())?? {
        told = format!("{told}{line}\n");
        if line.contains("asked for, in namespace") {
            bed.status(json!({"observedGeneration": 1, "conditions": [waits]})).await?;
        } else if line.starts_with("waits: ") {
            bed.status(on(&run(&[("Egress", Some(5)), ("Restore", None)]))).await?;
        } else if line.starts_with("  egress ") {
            let mut ready = run(&[("Egress", Some(5)), ("Restore", Some(20)), ("Scrub", Some(22))]);
            (ready["readyAt"], ready["expiresAt"]) = (json!("2026-12-02T09:00:40Z"), json!("2026-12-05T09:00:40Z"));
            let mut status = on(&ready);
            status["conditions"] = json!([condition("Available", true, "TrialReady", "version 2026.12.0 may be looked at")]);
            bed.status(status).await?;
        }
    }
    ensure!(child.wait().await?.success(), "{told}");
    Ok(told)
}

#[tokio::test]
async fn a_run_that_fails_ends_with_3_and_is_not_asked_for_twice() -> Result<()> {
    let bed = Bed::set().await?;
    bed.agree().await?;
    bed.make("trial", &bed.tenant).await?;
    let wait = ["start", "acme", "--version", "2026.12.0", "--wait"];
    let late = bed.sue(&[&wait[..], &["--timeout", "2s"]].concat()).await?;
    ensure!(late.code == 3 && late.stdout.contains("It is not ready yet, and goes on"), "{late:?}");
    let mut failed = run(&[("Egress", Some(5)), ("Restore", Some(9))]);
    failed["steps"][1]["result"] = "Failed".into();
    failed["steps"][1]["reason"] = "TrialRestoreFailed".into();
    failed["ended"] = end("Failed", None, "TrialRestoreFailed");
    bed.status(on(&failed)).await?;
    bed.is_told(&wait, &["is over, and not cleaned yet"]).await?;
    let listed = bed.sue(&["list"]).await?.ok()?;
    ensure!(listed.contains("TrialCleaning") && listed.contains("Failed"), "{listed}");
    bed.status(over(&end("Failed", None, "TrialRestoreFailed"))).await?;
    bed.is_told(&wait, &["had its run: Failed, so it was", "kubectl uplift trial end"]).await?;

    // Taken away, and asked for again before the operator saw that.
    bed.sue(&["end", "acme"]).await?.ok()?;
    bed.is_told(&wait, &["did not say within 5 s that it saw so"]).await?;
    let forgets = async {
        let mut status = over(&end("Failed", None, "TrialRestoreFailed"));
        status["request"] = Value::Null;
        bed.status(status).await?;
        eventually(SOON, "it is asked for anew", async || Ok(bed.stage.annotation("trial").await?.map(drop))).await?;
        failed["id"] = "t3f9a1c2b7d1-2".into();
        bed.status(on(&failed)).await
    };
    let (followed, written) = tokio::join!(bed.sue(&wait), forgets);
    written?;
    let told = followed?;
    ensure!(told.code == 3, "{told:?}");
    let line = told.stdout.lines().find(|line| line.contains("restore")).ok_or_else(|| anyhow!("{told:?}"))?;
    ensure!(line == "  restore                        9s  failed: TrialRestoreFailed: done", "{line:?}");
    let last = told.stdout.lines().last().context("a last line")?;
    ensure!(last == "Failed: TrialRestoreFailed: so it was. Its data are being cleaned.", "{last:?}");
    Ok(())
}
