//! Backup, hooks, probes and restore with a real database (R19, R38, R39): `examples/data/`, where the operator makes the Jobs by the chart's own account, and they really run.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::CronJob;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use uplift::api::tenant::{HistoryEntry, HookEntry, ProbeEntry, SlotResult};
use uplift::api::{DashboardRelease, TenantInstance};
use uplift::clock::{Clock, RealClock};
use uplift_testbed::control_plane::{ControlPlane, Postgres, eventually};
use uplift_testbed::process_node::place;

use crate::stage::{Stage, operate, processes, program};

/// Seven Jobs, one after the other, on a busy machine.
const LONG: Duration = Duration::from_mins(6);
const INVOICES: u32 = 48211;

/// The manifests of the example, in this namespace; pods of Jobs go to process-node, and find the programs of `PostgreSQL`.
fn manifests(namespace: &str, programs: &str) -> Result<Vec<Value>> {
    let folder = uplift_testbed::project().join("examples/data");
    let mut all = vec![];
    for file in ["fleet.yaml", "jobs.yaml"] {
        let text = std::fs::read_to_string(folder.join(file))?.replace("namespace: acme", &format!("namespace: {namespace}"));
        for document in text.split("\n---\n") {
            all.push(serde_saphyr::from_str::<Value>(document)?);
        }
    }
    for object in &mut all {
        if object["spec"]["approval"].is_object() {
            object["spec"]["approval"]["by"] = "admin".into(); // who applies it here
        }
        if object["kind"] != "CronJob" {
            continue;
        }
        let pod = &mut object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        place(pod);
        pod["terminationGracePeriodSeconds"] = 1.into(); // a shell as process 1 takes no SIGTERM: the migration that hangs would take 30 s to die
        pod["containers"][0]["env"] = json!([{"name": "PATH", "value": format!("{programs}:/usr/bin:/bin")}]);
    }
    Ok(all)
}

struct Data<'a> {
    stage: Stage<'a>,
    database: Postgres,
}

impl Data<'_> {
    fn tenants(&self, client: kube::Client) -> Api<TenantInstance> {
        Api::namespaced(client, &self.stage.namespace)
    }

    /// An announced slot that is open, with its notice delivered and silence frozen, as the operator would have written it days ago.
    async fn announced(&self, stem: &str) -> Result<()> {
        let operator = self.tenants(self.stage.plane.operator().await?.client().await?);
        let release = Api::<DashboardRelease>::all(self.stage.client.clone()).get("r-2026-12").await?;
        let now = Timestamp::from_second(RealClock.now().as_second())?;
        let ago = |hours: i64| now - SignedDuration::from_hours(hours);
        let opens = format!("{}+00:00", ago(1).strftime("%Y-%m-%dT%H:%M"));
        let status = json!({
            "observedGeneration": 1,
            "version": "2026.11.0",
            "conditions": [],
            "upgrade": {
                "id": format!("{stem}-1"), "release": "r-2026-12", "releaseUid": release.metadata.uid,
                "from": "2026.11.0", "to": "2026.12.0",
                "slot": {
                    "opens": opens, "window": "uk-evenings", "timeZone": "UTC",
                    "opensAt": ago(1), "closesAt": now + SignedDuration::from_hours(3), "optOutUntil": ago(5), "noticeUntil": ago(49),
                },
                "consent": {"answer": "Silence", "frozenAt": ago(4)},
            },
            "notices": [{
                "key": format!("{stem}-slot"), "kind": "Planned", "contact": "it", "required": true, "release": "2026.12.0",
                "slot": opens, "createdAt": ago(100), "generation": 1, "deliverBy": ago(49), "deliveredAt": ago(99), "attempts": 1,
            }],
        });
        eventually(Duration::from_secs(20), "the slot is announced", async || {
            let mut tenant = operator.get("dashboard").await?;
            tenant.status = Some(serde_json::from_value(status.clone())?);
            let written = operator.replace_status("dashboard", &PostParams::default(), &tenant).await;
            match written {
                Ok(_) => Ok(Some(())),
                Err(kube::Error::Api(status)) if status.code == 409 => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// How the upgrade ends.
    async fn ended(&self, stem: &str) -> Result<HistoryEntry> {
        let tenants = self.tenants(self.stage.client.clone());
        eventually(LONG, &format!("the upgrade {stem} ends"), async || {
            let status = tenants.get_status("dashboard").await?.status.unwrap_or_default();
            Ok(status.history.iter().find(|entry| entry.id.to_string() == format!("{stem}-1")).cloned())
        })
        .await
    }

    /// Once this step is done or under way.
    async fn comes_to(&self, step: &str) -> Result<()> {
        let tenants = self.tenants(self.stage.client.clone());
        eventually(LONG, &format!("the upgrade comes to {step}"), async || {
            let upgrade = tenants.get_status("dashboard").await?.status.unwrap_or_default().upgrade;
            Ok(upgrade.and_then(|upgrade| upgrade.step?.name).filter(|name| name == step).map(drop))
        })
        .await
    }

    async fn image(&self) -> Result<String> {
        let deployment = Api::<Deployment>::namespaced(self.stage.client.clone(), &self.stage.namespace).get("dashboard").await?;
        let spec = deployment.spec.and_then(|spec| spec.template.spec).context("a Deployment with a pod")?;
        spec.containers[0].image.clone().context("an image")
    }

    async fn script(&self, name: &str, script: &str) -> Result<()> {
        let cron_jobs = Api::<CronJob>::namespaced(self.stage.client.clone(), &self.stage.namespace);
        let mut cron_job = serde_json::to_value(cron_jobs.get(name).await?)?;
        cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"] = json!([script]);
        cron_jobs.replace(name, &PostParams::default(), &serde_json::from_value(cron_job)?).await?;
        Ok(())
    }

    async fn args(&self, name: &str) -> Result<String> {
        let cron_jobs = Api::<CronJob>::namespaced(self.stage.client.clone(), &self.stage.namespace);
        let cron_job = serde_json::to_value(cron_jobs.get(name).await?)?;
        let script = &cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"][0];
        Ok(script.as_str().context("a script")?.to_owned())
    }

    /// Of the migration.
    async fn timeout(&self, timeout: &str) -> Result<()> {
        let releases = Api::<DashboardRelease>::all(self.stage.client.clone());
        let mut release = serde_json::to_value(releases.get("r-2026-12").await?)?;
        release["spec"]["hooks"]["before"][0]["timeout"] = timeout.into();
        let patch = json!({"spec": {"hooks": release["spec"]["hooks"]}});
        releases.patch("r-2026-12", &PatchParams::default(), &Patch::Merge(patch)).await?;
        Ok(())
    }
}

fn hooks(entry: &HistoryEntry) -> Vec<String> {
    let words = |hook: &HookEntry| format!("{} {:?} {}", hook.name, hook.result, hook.message.as_deref().unwrap_or_default());
    entry.steps.iter().flatten().map(words).collect()
}

/// Before, after, whether they agree, and once the data were restored.
fn probes(entry: &HistoryEntry) -> Vec<String> {
    let word = |value: &Option<String>| value.clone().unwrap_or_default();
    let words = |probe: &ProbeEntry| {
        format!("{} {} {:?} {}", word(&probe.before), word(&probe.after), probe.holds, word(&probe.restored))
    };
    entry.probes.iter().flatten().map(words).collect()
}

/// For people who run `make demo-data`.
fn tell(what: &str, entry: &HistoryEntry) {
    println!("\n{what}: {} {}", entry.result.name(), entry.message.as_deref().unwrap_or_default());
    for hook in hooks(entry) {
        println!("  {hook}");
    }
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    for probe in entry.probes.iter().flatten() {
        let restored = probe.restored.as_ref().map(|value| format!(", {value} restored")).unwrap_or_default();
        println!("  {}: {} before, {} after{restored}", probe.name, word(&probe.before), word(&probe.after));
    }
}

async fn set_up(stage: Stage<'_>) -> Result<Data<'_>> {
    stage.claim("uplift-database").await?;
    stage.claim("uplift-backups").await?;
    let database = stage.plane.start_postgres("postgres-data", &stage.node.claim(&stage.namespace, "uplift-database")).await?;
    database.psql(&format!("create table invoices as select n from generate_series(1, {INVOICES}) n")).await?;
    database.psql("create table versions (version text primary key)").await?;
    for object in manifests(&stage.namespace, &database.programs.to_string_lossy())? {
        let admin = stage.plane.admin().await?;
        stage.plane.kubectl_with_input(&admin, &["apply", "-f", "-"], &object.to_string()).await?.ok()?;
    }
    Ok(Data { stage, database })
}

/// A migration loses rows while nobody looks, and somebody writes all the time: the count says so, data and image come back (R39).
#[tokio::test]
async fn a_migration_that_loses_rows_goes_back_to_what_pg_dump_said_before() -> Result<()> {
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let node = plane.start_process_node(program()).await?;
    let data = set_up(Stage::on(&plane, &node).await?).await?;
    let stop = operate(&plane).await?;
    let (before, migrate) = (data.database.dump().await?, data.args("uplift-migrate").await?);
    println!("{INVOICES} invoices; pg_dump says {} lines", before.lines().count());

    data.script("uplift-migrate", &format!("{migrate}\npsql -c 'delete from invoices where n > 40000'")).await?;
    data.announced("aaaaaaaaaaaa").await?;
    data.comes_to("release-after.verify").await?;
    let migrated = data.database.dump().await?;
    let changed = migrated.lines().count().abs_diff(before.lines().count());
    ensure!(changed > 8000, "the migration has lost rows: {changed} lines differ");
    println!("migrated, {changed} lines of the dump are gone");
    let mut writer = data.database.writes("insert into invoices values (0)").await?;
    let lost = data.ended("aaaaaaaaaaaa").await?;
    let reason = lost.reason.as_ref().map(ToString::to_string);
    ensure!((lost.result, reason.as_deref()) == (SlotResult::RolledBack, Some("ProbeDiffers")), "{lost:#?}");
    ensure!(!writer.wait().await?.success(), "the restore shuts out whoever writes");
    ensure!(probes(&lost)[0].starts_with("48211 4") && probes(&lost)[0].ends_with(" Some(false) 48211"), "{lost:#?}");
    ensure!(data.image().await?.ends_with(":2026.11.0"));
    ensure!(data.database.dump().await? == before, "what pg_dump says is what it said before the upgrade");
    let told = hooks(&lost);
    ensure!(told[0] == "backup.data Succeeded /backups/aaaaaaaaaaaa-1.dump" && told[3] == "restore.data Succeeded ", "{told:?}");
    tell("the migration loses rows", &lost);
    println!("restored: pg_dump says what it said before the upgrade, line for line");
    drop(stop);
    plane.stop().await
}

#[tokio::test]
async fn an_upgrade_saves_migrates_verifies_counts_and_restores_a_real_database() -> Result<()> {
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let node = plane.start_process_node(program()).await?;
    let data = set_up(Stage::on(&plane, &node).await?).await?;
    let stop = operate(&plane).await?;
    let (before, migrate) = (data.database.dump().await?, data.args("uplift-migrate").await?);
    println!(
        "{INVOICES} invoices; the upgrade 2026.11.0 -> 2026.12.0 saves, counts, migrates, verifies, counts again, and restores when that fails."
    );

    // A migration that hangs is killed at its timeout, before any image was changed: what it had done is taken back.
    data.timeout("10s").await?;
    data.script("uplift-migrate", "psql -c 'drop table versions'\nsleep 987654").await?;
    data.announced("bbbbbbbbbbbb").await?;
    let hung = data.ended("bbbbbbbbbbbb").await?;
    let message = hung.message.clone().unwrap_or_default();
    ensure!(hung.result == SlotResult::RolledBack && message.contains("DeadlineExceeded"), "{hung:#?}");
    ensure!(data.image().await?.ends_with(":2026.11.0") && processes("sleep 987654")? == 0, "nothing of it runs");
    ensure!(data.database.dump().await? == before, "the table is there again");
    tell("the migration hangs", &hung);
    data.timeout("1h").await?;

    // Without a backup nothing is changed, nor counted.
    let backup = data.args("uplift-backup").await?;
    data.script("uplift-backup", "echo 'disk full' > /dev/termination-log; exit 1").await?;
    data.announced("dddddddddddd").await?;
    let unsaved = data.ended("dddddddddddd").await?;
    let reason = unsaved.reason.as_ref().map(ToString::to_string);
    ensure!((unsaved.result, reason.as_deref()) == (SlotResult::Failed, Some("BackupFailed")), "{unsaved:#?}");
    ensure!(hooks(&unsaved).len() == 1 && data.database.dump().await? == before, "{unsaved:#?}");
    tell("the backup fails", &unsaved);
    data.script("uplift-backup", &backup).await?;
    data.script("uplift-migrate", &migrate).await?;

    data.announced("cccccccccccc").await?;
    let right = data.ended("cccccccccccc").await?;
    ensure!(right.result == SlotResult::Succeeded, "{right:#?}");
    tell("all is right", &right);
    ensure!(probes(&right) == ["48211 48211 Some(true) "], "{right:#?}");
    let told = hooks(&right);
    ensure!(told[0] == "backup.data Succeeded /backups/cccccccccccc-1.dump", "{told:?}");
    ensure!(
        told[1..] == ["release-before.migrate Succeeded 2026.11.0 to 2026.12.0", "release-after.verify Succeeded unpaid: 48211"],
        "{told:?}"
    );
    ensure!(data.image().await?.ends_with(":2026.12.0"));
    let dump = data.stage.node.claim(&data.stage.namespace, "uplift-backups").join("cccccccccccc-1.dump");
    ensure!(std::fs::read(dump)?.starts_with(b"PGDMP"), "a dump of pg_dump");
    ensure!(data.database.psql("select count(*) from invoices where not paid").await? == INVOICES.to_string());

    let jobs = Api::<k8s_openapi::api::batch::v1::Job>::namespaced(data.stage.client.clone(), &data.stage.namespace);
    let made = jobs.list(&ListParams::default().labels("uplift.dev/id=cccccccccccc-1")).await?.items.len();
    ensure!(made == 5, "each Job once, and no more: {made}");
    drop(stop);
    plane.stop().await
}
