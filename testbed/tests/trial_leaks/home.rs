//! A row's own tenant, and the namespace of its trial: the files of examples/trial-platform, with what the row says of them.

use std::os::unix::fs::symlink;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uplift_testbed::process_node::place;

use crate::row::Change;
use crate::sinks::Sinks;
use crate::stage::Stage;
use crate::world::World;

/// The CronJobs of the example by the step that is made from them.
const STEPS: [(&str, &str); 5] = [
    ("egress", "uplift-egress"),
    ("restore", "uplift-restore"),
    ("scrub", "uplift-scrub"),
    ("scrubbed", "uplift-count-live-mail"),
    ("clean", "uplift-clean"),
];

pub struct Home<'a> {
    pub world: &'a World,
    pub tenant: String,
    pub trial: Stage<'a>,
    pub sinks: Sinks,
    /// Whether the network is: else pods have none.
    pub open: bool,
}

impl<'a> Home<'a> {
    /// The namespaces with all that is in them.
    pub async fn make(world: &'a World, name: &str, change: &Change) -> Result<Self> {
        let (tenant, namespace) = (name.to_owned(), format!("{name}-t"));
        let trial = Stage { plane: &world.plane, node: &world.node, client: world.client.clone(), namespace };
        let home = Self { world, tenant, trial, sinks: world.sinks().await?, open: change.is_open() };
        world.apply(home.namespaces(change)?).await?;
        home.claims().await?;
        world.apply(home.jobs(change)?).await?;
        world.apply(home.both_sides(change)?).await?;
        Ok(home)
    }

    pub fn namespace(&self) -> &str {
        &self.trial.namespace
    }

    /// The claims are one server for all copies, and one share of backups.
    async fn claims(&self) -> Result<()> {
        for (claim, shared) in [("uplift-database", "copies"), ("uplift-backups", "backups")] {
            self.trial.claim(claim).await?;
            let folder = self.world.node.claim(self.namespace(), claim);
            std::fs::remove_dir(&folder)?;
            symlink(format!("../{}/{shared}", self.world.shared), &folder)?;
        }
        Ok(())
    }

    fn example(&self, file: &str) -> Result<Vec<Value>> {
        let text = std::fs::read_to_string(uplift_testbed::project().join("examples/trial-platform").join(file))?;
        let text =
            text.replace("acme-trial", self.namespace()).replace("namespace: acme,", &format!("namespace: {},", self.tenant));
        text.split("\n---\n").map(|document| Ok(serde_saphyr::from_str::<Value>(document)?)).collect()
    }

    fn namespaces(&self, change: &Change) -> Result<Vec<Value>> {
        let mut all = self.example("namespace.yaml")?;
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.tenant}}));
        for object in &mut all {
            match object["kind"].as_str() {
                // Pods in the machine's network stand for a network that ignores policies.
                Some("Namespace") if change.is_open() => {
                    object["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "privileged".into();
                }
                Some("Secret") => object["stringData"]["PGDATABASE"] = self.namespace().into(),
                Some("ConfigMap") => object["data"]["FORBIDDEN"] = self.sinks.addresses().into(),
                _ => {}
            }
        }
        Ok(all)
    }

    fn jobs(&self, change: &Change) -> Result<Vec<Value>> {
        let example = self.example("jobs.yaml")?;
        let mut all = vec![];
        for (step, name) in STEPS {
            let said = change.jobs.get(step).map_or("honest", String::as_str);
            if said == "missing" {
                continue;
            }
            let found = example.iter().find(|object| object["metadata"]["name"] == name);
            let mut object = found.with_context(|| format!("the example has no {name}"))?.clone();
            let pod = &mut object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
            let there = pod["containers"][0]["args"][0].as_str().context("a script")?;
            let script = self.script(step, if said == "honest" { there } else { said }, change);
            pod["containers"][0]["args"] = json!([script]);
            self.runs_here(pod, change.is_open() && step == "egress");
            all.push(object);
        }
        Ok(all)
    }

    /// What the step runs: it waits where something is to be done meanwhile, and what was restored names the row's mail server.
    fn script(&self, step: &str, script: &str, change: &Change) -> String {
        let waits = change.at.iter().any(|at| at.step == step);
        let gate =
            if waits { format!("until [ -e {} ]; do sleep 0.1; done\n", gate(self.namespace(), step)) } else { String::new() };
        let live = format!("\npsql -v ON_ERROR_STOP=1 -c \"update settings set smtp = '{}'\"", self.sinks.mail.address);
        format!("{gate}{script}{}", if step == "restore" { &live } else { "" })
    }

    /// The step goes on.
    pub fn open_gate(&self, step: &str) -> Result<()> {
        let file = gate(self.namespace(), step).replace("/run/database/", "");
        Ok(std::fs::write(self.world.node.claim(&self.world.shared, "copies").join(file), "")?)
    }

    /// A pod of process-node, with what its programs need.
    fn runs_here(&self, pod: &mut Value, open: bool) {
        place(pod);
        pod["terminationGracePeriodSeconds"] = 1.into();
        pod["hostNetwork"] = open.into();
        let programs = self.world.copies.programs.to_string_lossy();
        let (http, database) = (&self.sinks.http.address, &self.sinks.database.address);
        pod["containers"][0]["env"] = json!([
            {"name": "PATH", "value": format!("{programs}:/usr/bin:/bin")}, {"name": "UPLIFT_BACKUP", "value": "/backups/acme.dump"},
            {"name": "WEBHOOK", "value": http}, {"name": "PRODUCTION", "value": database}]);
    }

    /// The trial with its workload and another one, and the tenant with its own.
    fn both_sides(&self, change: &Change) -> Result<Vec<Value>> {
        let mut all = self.example("trial.yaml")?;
        ensure!(all.len() == 2, "a Deployment and an UpgradeTrial");
        let pod = &mut all[0]["spec"]["template"]["spec"];
        (pod["containers"][0]["command"], pod["containers"][0]["args"]) =
            (json!(["python3", "-c"]), json!([include_str!("app.py")]));
        self.runs_here(pod, change.is_open());
        let mut another = all[0].clone();
        another["metadata"]["name"] = "another".into();
        another["spec"]["selector"]["matchLabels"]["app"] = "another".into();
        another["spec"]["template"]["metadata"]["labels"]["app"] = "another".into();
        let tenant = |namespace: &str| {
            json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": "dashboard", "namespace": namespace},
                "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "uk-evenings"},
                    "workloads": [{"kind": "Deployment", "name": "dashboard"}]}})
        };
        let mut ours = tenant(&self.tenant);
        match change.named.as_deref() {
            Some("nowhere") => {}
            Some("elsewhere") => ours["spec"]["trials"] = json!({"namespace": "elsewhere"}),
            _ => ours["spec"]["trials"] = json!({"namespace": self.namespace()}),
        }
        match change.beside.as_deref() {
            Some("trial") => {
                let mut second = all[1].clone();
                second["metadata"]["name"] = "second".into();
                all.push(second);
            }
            Some("tenant") => all.push(tenant(self.namespace())),
            _ => {}
        }
        let production = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dashboard", "namespace": self.tenant},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "dashboard"}}, "template": {
                "metadata": {"labels": {"app": "dashboard"}},
                "spec": {"containers": [{"name": "dashboard", "image": "registry.example.test/dashboard:2026.11.0"}]}}}});
        all.extend([another, production, ours]);
        Ok(all)
    }
}

fn gate(namespace: &str, step: &str) -> String {
    format!("/run/database/go-{namespace}-{step}")
}
