//! A real `PostgreSQL`, and Jobs that use it as hooks and probes do.

use std::fs;

use anyhow::Result;
use serde_json::json;

use crate::stage::{message, pod, stage};

#[tokio::test]
async fn a_job_dumps_a_database_and_another_counts_its_rows() -> Result<()> {
    let stage = stage().await?;
    stage.claim("database").await?;
    stage.claim("backups").await?;
    let database = stage.plane.start_postgres("postgres-acme", &stage.node.claim(&stage.namespace, "database")).await?;
    database.psql("create table invoices as select n from generate_series(1, 48211) n").await?;

    let programs = database.programs.to_string_lossy();
    let with_database = |script: &str| {
        let mut spec = pod(script);
        let main = &mut spec["containers"][0];
        main["env"] = json!([
            {"name": "PGHOST", "value": "/run/database"}, {"name": "PGUSER", "value": "postgres"},
            {"name": "PATH", "value": format!("{programs}:/usr/bin:/bin")},
        ]);
        main["volumeMounts"] =
            json!([{"name": "database", "mountPath": "/run/database"}, {"name": "backups", "mountPath": "/backups"}]);
        spec["volumes"] = json!([
            {"name": "database", "persistentVolumeClaim": {"claimName": "database"}},
            {"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}},
        ]);
        spec
    };
    stage.start("count", with_database("psql -Atc 'select count(*) from invoices' > /dev/termination-log")).await?;
    assert_eq!(stage.ended("count").await?, "Complete/CompletionsReached", "{}", stage.log(&stage.pod("count").await?, "main"));
    assert_eq!(message(&stage.pod("count").await?)?, "48211");

    let folder = stage.node.claim(&stage.namespace, "database").display().to_string();
    let script = format!("(ls {folder} || {programs}/psql -h {folder} -c 'select 1') && echo reached > /dev/termination-log");
    let apart = stage.run("apart", &script).await?;
    assert_eq!(message(&apart)?, "", "whoever does not mount the claim reaches nothing: {}", stage.log(&apart, "main"));

    stage
        .start(
            "backup",
            with_database("set -e; pg_dump -f /backups/all.sql; sha256sum < /backups/all.sql > /dev/termination-log"),
        )
        .await?;
    assert_eq!(stage.ended("backup").await?, "Complete/CompletionsReached", "{}", stage.log(&stage.pod("backup").await?, "main"));
    let dump = fs::read_to_string(stage.node.claim(&stage.namespace, "backups").join("all.sql"))?;
    assert!(dump.contains("COPY public.invoices (n) FROM stdin;\n1\n2\n") && dump.contains("\n48211\n"), "a whole dump");
    Ok(())
}
