//! What all rows share: a control plane with the chart, a node whose pods are processes, production's database and that of the copies, a mail server,
//! and one operator, a process that can be killed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, ensure};
use kube::Client;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use uplift_testbed::control_plane::{ControlPlane, Postgres, User};
use uplift_testbed::process_node::Place;

use crate::sinks::{Mail, Sinks};
use crate::stage::Stage;

const CUSTOMERS: &str =
    "create table mail_queue as select 'customer-' || n || '@example.test' as recipient from generate_series(1, 7) n";

pub struct World {
    pub plane: ControlPlane,
    pub node: Place,
    pub client: Client,
    pub production: Postgres,
    pub copies: Postgres,
    /// The namespace of the claims that all share.
    pub shared: String,
    mail: Mail,
    secret: tempfile::NamedTempFile,
    operator: Mutex<Option<Child>>,
}

impl World {
    pub async fn start() -> Result<Self> {
        let plane = ControlPlane::start().await?;
        plane.install_chart(&[]).await?;
        let node = plane.start_process_node(Path::new(env!("CARGO_BIN_EXE_process-node"))).await?;
        let (client, shared) = (plane.admin().await?.client().await?, plane.namespace("leaks", &[]).await?);
        let stage = Stage { plane: &plane, node: &node, client: client.clone(), namespace: shared.clone() };
        for claim in ["production", "copies", "backups"] {
            stage.claim(claim).await?;
        }
        let production = plane.start_postgres("postgres-production", &node.claim(&shared, "production")).await?;
        let copies = plane.start_postgres("postgres-copies", &node.claim(&shared, "copies")).await?;
        let (mail, operator) = (Mail::start().await?, Mutex::new(None));
        let mut secret = tempfile::NamedTempFile::new()?;
        secret.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
        let world = Self { plane, node, client, production, copies, shared, mail, secret, operator };
        world.fill().await?;
        Ok(world)
    }

    /// Production's data, a backup of them, and the releases.
    async fn fill(&self) -> Result<()> {
        self.production.psql("create table invoices as select n from generate_series(1, 1000) n").await?;
        self.production.psql("create table settings as select 'mail.example.test:25'::text as smtp").await?;
        self.production.psql(CUSTOMERS).await?;
        let backup = self.node.claim(&self.shared, "backups").join("acme.dump");
        let mut dump = Command::new(self.production.programs.join("pg_dump"));
        dump.args(["-U", "postgres", "-Fc", "-h"]).arg(self.node.claim(&self.shared, "production")).arg("-f").arg(backup);
        ensure!(dump.status().await?.success(), "pg_dump failed");
        let release = |name: &str, version: &str| {
            json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": name}, "spec": {
                "version": version, "images": {"dashboard": format!("registry.example.test/dashboard:{version}")},
                "approval": {"decision": "Approved", "changeRef": "CHG1", "by": "admin"}}})
        };
        let window = json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "uk-evenings"},
            "spec": {"schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h"}});
        self.apply(vec![release("r-2026-11", "2026.11.0"), release("r-2026-12", "2026.12.0"), window]).await
    }

    /// All of them by one kubectl.
    pub async fn apply(&self, objects: Vec<Value>) -> Result<()> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let admin = self.plane.admin().await?;
        self.plane.kubectl_with_input(&admin, &["apply", "-f", "-"], &list.to_string()).await?.ok().map(drop)
    }

    pub async fn sinks(&self) -> Result<Sinks> {
        Sinks::open(self.mail.port, self.production_socket()).await
    }

    fn production_socket(&self) -> PathBuf {
        self.node.claim(&self.shared, "production").join(".s.PGSQL.5432")
    }

    /// Starts the operator, by the chart's own account.
    pub async fn operate(&self) -> Result<()> {
        let child = self.spawn(&self.plane.operator().await?, &[])?;
        *self.operator.lock().await = Some(child);
        Ok(())
    }

    /// SIGKILL, and another one after it.
    pub async fn kill_the_operator(&self) -> Result<()> {
        self.end_the_operator().await?;
        self.operate().await
    }

    /// SIGKILL.
    pub async fn end_the_operator(&self) -> Result<()> {
        if let Some(mut child) = self.operator.lock().await.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// One of several, as this pod, which was not there before.
    pub async fn replica(&self, pod: &str) -> Result<Child> {
        self.spawn(&self.plane.operator_pod(pod).await?, &["--pod", pod])
    }

    fn spawn(&self, user: &User, arguments: &[&str]) -> Result<Child> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.plane.dir().join("operator.log"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_operator"));
        command.arg(&user.kubeconfig).arg(self.secret.path()).args(["--trials", "64"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        Ok(command.spawn()?)
    }
}
