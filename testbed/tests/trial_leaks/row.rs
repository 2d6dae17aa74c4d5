//! rows.yaml, as it is read.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The run in which every guard is out.
    pub leak: Change,
    /// What the API server refuses.
    pub refused: Vec<Refused>,
    /// What the operator holds, or the network.
    pub held: Vec<Held>,
}

/// A write that a policy refuses, as kubectl has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    pub name: String,
    pub way: String,
    /// The policy, whose binding is taken away afterwards.
    pub policy: String,
    pub kubectl: Vec<String>,
    /// What kubectl reads from stdin.
    #[serde(default)]
    pub object: Option<String>,
    /// Whether support staff does it; else a cluster admin.
    #[serde(default)]
    pub support: bool,
    /// Without the policy a pod of it runs: does the sink hear it? If not, why that cannot be shown here.
    #[serde(default)]
    pub unheard: Option<String>,
}

/// A run that comes to nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    pub name: String,
    pub way: String,
    /// In what it differs from the run that leaks.
    pub change: Change,
    /// The reason with which the run ends.
    #[serde(default)]
    pub ends: Option<String>,
    /// The reason why it does not begin, or does not go on.
    #[serde(default)]
    pub waits: Option<String>,
    /// The step that never began: no such Job was made; of `boot`, nobody touched the workload.
    #[serde(default)]
    pub never: Option<String>,
    /// Where nobody stops what was started by hand: the reason of the condition Cleaned that tells of it.
    #[serde(default)]
    pub tells: Option<String>,
    /// The same without the guard, where that is another run than the one that leaks.
    #[serde(default)]
    pub without: Option<Change>,
}

/// How a run is set up, and what is done to it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// `open`: pods are in the machine's network, as where a network ignores policies. `closed`: they have loopback and nothing else.
    pub network: Option<String>,
    /// Scripts of Jobs by their step; `honest` is what the example has there, `missing` is no CronJob.
    pub jobs: BTreeMap<String, String>,
    /// `nowhere`, `elsewhere`: what the tenant says of its trial's namespace.
    pub named: Option<String>,
    /// `trial`, `tenant`: what else is in the trial's namespace.
    pub beside: Option<String>,
    /// What is done, and when.
    pub at: Vec<At>,
}

/// While this step waits for it; or `ready`, `over`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    pub step: String,
    pub act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// The trial's workload gets a replica by hand.
    ScaleUp,
    /// So does a workload that the trial does not name.
    ScaleAnotherUp,
    EditTrial,
    /// Nobody asks for the trial any more.
    TakeBack,
    DeleteTenant,
    /// The egress Job now says that it reached somebody, and the last proof is an hour old.
    ProofIsOld,
    /// SIGKILL, and a new operator.
    KillOperator,
}

impl Rows {
    pub fn read() -> Result<Self> {
        serde_saphyr::from_str(include_str!("rows.yaml")).context("reading rows.yaml")
    }
}

impl Change {
    /// This on top of another.
    pub fn on(&self, base: &Self) -> Self {
        let mut jobs = base.jobs.clone();
        jobs.extend(self.jobs.clone());
        Self {
            network: self.network.clone().or_else(|| base.network.clone()),
            jobs,
            named: self.named.clone().or_else(|| base.named.clone()),
            beside: self.beside.clone().or_else(|| base.beside.clone()),
            at: self.at.clone(),
        }
    }

    pub fn kills(&self) -> bool {
        self.at.iter().any(|at| at.act == Act::KillOperator)
    }

    pub fn is_open(&self) -> bool {
        self.network.as_deref() == Some("open")
    }
}
