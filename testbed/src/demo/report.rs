//! How it ended: where each tenant stands, whether that is what was expected, and whether an invariant broke.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyhow::{Context, Result};
use kube::api::ListParams;
use serde::Serialize;
use serde_json::{Value, json};

use super::{example::Expected, people::api, stage::Stage, timeline::Line};
use crate::judge::Verdict;

/// Where the tenants stand.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    pub versions: BTreeMap<String, String>,
    pub upgraded: BTreeSet<String>,
    pub opted_out: BTreeSet<String>,
    pub blocked: BTreeMap<String, String>,
    pub rolled_back: BTreeSet<String>,
    pub called_off: BTreeSet<String>,
}

impl Standing {
    /// Reads the statuses.
    pub async fn read(stage: &Stage) -> Result<Self> {
        let mut standing = Self::default();
        for tenant in api(&stage.admin, "TenantInstance", None)?.list(&ListParams::default()).await?.items {
            let name = format!(
                "{}/{}",
                tenant.metadata.namespace.as_deref().unwrap_or_default(),
                tenant.metadata.name.as_deref().unwrap_or_default()
            );
            standing.add(name, &tenant.data["status"]);
        }
        Ok(standing)
    }

    fn add(&mut self, name: String, status: &Value) {
        let list = |field: &str| status[field].as_array().cloned().unwrap_or_default();
        if list("history").iter().any(|slot| slot["result"] == "Succeeded") {
            self.upgraded.insert(name.clone());
        }
        if list("optOuts").iter().any(|one| one["verdict"] == "Accepted") {
            self.opted_out.insert(name.clone());
        }
        if list("history").iter().any(|slot| slot["result"] == "RolledBack") {
            self.rolled_back.insert(name.clone());
        }
        let off =
            |notice: &Value| notice["kind"] == "Postponed" && notice["reason"] == "Halted" && notice["deliveredAt"].is_string();
        if list("notices").iter().any(off) {
            self.called_off.insert(name.clone());
        }
        if let Some(reason) = held_by(status) {
            self.blocked.insert(name.clone(), reason.into());
        }
        self.versions.insert(name, status["version"].as_str().unwrap_or("unknown").into());
    }

    /// What is not as it was expected, in words.
    pub fn surprises(&self, expected: &Expected) -> Vec<String> {
        let mut surprises = vec![];
        if self.upgraded != expected.upgraded {
            surprises.push(format!("upgraded are {:?}, expected {:?}", self.upgraded, expected.upgraded));
        }
        if self.opted_out != expected.opted_out {
            surprises.push(format!("opted out have {:?}, expected {:?}", self.opted_out, expected.opted_out));
        }
        if self.blocked != expected.blocked {
            surprises.push(format!("blocked are {:?}, expected {:?}", self.blocked, expected.blocked));
        }
        let more = [
            ("rolled back", &self.rolled_back, &expected.rolled_back),
            ("told that a date is off", &self.called_off, &expected.called_off),
        ];
        for (what, are, expected) in more {
            if let Some(expected) = expected.as_ref().filter(|expected| *expected != are) {
                surprises.push(format!("{what} are {are:?}, expected {expected:?}"));
            }
        }
        surprises
    }
}

/// The reason of the first blocker. A tenant that isn't healthy is blocked only near a slot (R18), so between two slots it is what
/// its customer was told when the last one could not be kept.
fn held_by(status: &Value) -> Option<&str> {
    let missed = status["history"][0]["result"] == "Missed";
    let told = status["notices"].as_array().into_iter().flatten().find(|notice| notice["kind"] == "Postponed");
    let postponed = told.filter(|_| missed).map(|notice| &notice["reason"]);
    status["blockers"][0]["reason"].as_str().or_else(|| postponed?.as_str())
}

/// All that goes into report.json.
pub struct Report<'a> {
    pub standing: &'a Standing,
    pub lines: &'a [Line],
    pub verdict: &'a Verdict,
    pub kills: usize,
    /// Writes of the idle operator; nothing when nobody looked.
    pub idle_writes: Option<&'a [String]>,
    pub seconds: u64,
}

impl Report<'_> {
    pub fn write(&self) -> Result<PathBuf> {
        let Standing { versions, upgraded, opted_out, blocked, rolled_back, called_off } = self.standing;
        let broken: Vec<_> = self.verdict.broken.iter().map(ToString::to_string).collect();
        let report = json!({
            "tenants": versions.len(), "upgraded": upgraded, "optedOut": opted_out, "blocked": blocked, "versions": versions,
            "rolledBack": rolled_back, "calledOff": called_off,
            "events": self.lines,
            "invariants": {"checked": self.verdict.checked(), "broken": broken, "judgements": self.verdict.judgements},
            "kills": self.kills, "idleWrites": self.idle_writes, "seconds": self.seconds,
        });
        put("report.json", &report)
    }
}

/// Writes a file beside the report.
pub fn put(name: &str, content: &impl Serialize) -> Result<PathBuf> {
    let file = folder()?.join(name);
    let text = serde_json::to_string_pretty(content).with_context(|| format!("writing {name}"))?;
    fs::write(&file, text + "\n").with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

/// `target/demo`, or what `UPLIFT_DEMO_DIR` says: tests run two demos side by side.
pub fn folder() -> Result<PathBuf> {
    let folder = std::env::var_os("UPLIFT_DEMO_DIR").map_or_else(|| crate::project().join("target/demo"), PathBuf::from);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}
