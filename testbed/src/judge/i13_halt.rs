//! I13: after the write that halts a release no start of it commits, unless it was sent before; nor does one after as many tenants failed
//! as may, whatever the release's status says (R22). Only people lift a halt.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, numbers, text, time},
    verdict::Verdict,
};

/// What a tenant or another hand did does not speak against a release.
const THEIRS: [&str; 8] = [
    "OwnershipConflict",
    "WorkloadGone",
    "Paused",
    "NoReplicas",
    "UnknownComponent",
    "NoComponent",
    "ProbeBroken",
    "BackupFailed",
];

pub struct Halts {
    leeway: Leeway,
    /// The halts that stand, by the release's UID.
    standing: BTreeMap<String, Timestamp>,
}

impl Halts {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, standing: BTreeMap::new() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        self.note(past, record, verdict);
        let Some((tenant, up)) = record.start() else { return };
        let uid = text(&up["releaseUid"]);
        let sent = |at: Timestamp| time(&up["startedAt"]).is_none_or(|sent| sent <= at + self.leeway.unseen + self.leeway.clock);
        let halted = self.standing.get(uid).filter(|at| !sent(**at)).map(|at| format!("its release is halted since {at}"));
        let wrong = halted.or_else(|| self.too_many(past, record, up));
        verdict.note("I13", wrong.map(|wrong| format!("{tenant} starts although {wrong}")));
    }

    fn note(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let What::Write(_, release) = &record.what else { return };
        if release.kind != Kind::Release {
            return;
        }
        let halt = release.status("halt");
        if let Some(at) = time(&halt["at"]).filter(|_| halt["resumedAt"].is_null()) {
            self.standing.insert(release.uid.clone(), at);
        } else if let Some(at) = self.standing.remove(&release.uid) {
            let unasked = !was_asked(past, release, halt, at).unwrap_or_default();
            verdict.note("I13", unasked.then(|| format!("halt {} of {release} is lifted, and nobody asked for it", halt["id"])));
        }
    }

    /// As many tenants failed as may, all the time since facts elsewhere count.
    fn too_many(&self, past: &Past, record: &Record, up: &Value) -> Option<String> {
        let since = self.leeway.others_since(record.from) - self.leeway.clock - self.leeway.late;
        let wrong = |release: Option<&Object>| {
            let release = release.filter(|release| *release.uid == *text(&up["releaseUid"]))?;
            let failed = failed(past, release, since);
            let limit = release.spec["rollout"]["maxFailures"].as_u64().unwrap_or(3);
            (u64::try_from(failed.len()).is_ok_and(|n| n >= limit))
                .then(|| format!("its release failed on {}", failed.join(", ")))
        };
        past.wrong_since(Kind::Release, text(&up["release"]), since, wrong)
    }
}

/// Whether the field became the number of the halt while that stood.
fn was_asked(past: &Past, release: &Object, halt: &Value, at: Timestamp) -> Option<bool> {
    let said = |release: &Object| release.spec["rollout"]["resumedHalt"].as_u64().unwrap_or(0);
    let id = halt["id"].as_u64()?;
    let before = |seen: Option<&Object>| seen.is_some_and(|seen| said(seen) != id);
    let name = &release.name;
    let asked =
        past.since(Kind::Release, name, at - SignedDuration::from_secs(1)).any(|seen| seen.is_some_and(|seen| said(seen) == id));
    Some(asked && past.since(Kind::Release, name, at - SignedDuration::from_secs(1)).any(before))
}

/// The tenants of its channel on which a release failed, all the time since an instant, and after it was resumed.
pub fn failed(past: &Past, release: &Object, since: Timestamp) -> Vec<String> {
    let resumed = time(&release.status("halt")["resumedAt"]);
    let version = numbers(text(&release.spec["version"]));
    let counts = |entry: &&Value| {
        let began = time(&entry["startedAt"]);
        let own = began.is_some_and(|at| at >= release.created_at && resumed.is_none_or(|resumed| at > resumed));
        own && numbers(text(&entry["to"])) == version && !THEIRS.contains(&text(&entry["reason"])) && !own_hook(entry)
    };
    let failed = |entry: &Value| matches!(text(&entry["result"]), "Failed" | "RolledBack" | "RollbackFailed");
    let fails = |tenant: &Object| {
        // What still goes back has failed.
        let up = tenant.status("upgrade");
        let goes_back =
            json!({"to": up["to"], "startedAt": up["startedAt"], "reason": up["failure"]["reason"], "jobs": up["jobs"]});
        let goes_back = Some(&goes_back).filter(|_| up["failure"].is_object());
        let mut ended = list(tenant.status("history")).iter().filter(|entry| failed(entry)).chain(goes_back);
        channel(tenant) == channel(release) && ended.any(|entry| counts(&entry))
    };
    let always = |tenant: &&Object| past.since(Kind::Tenant, &tenant.name, since).all(|seen| seen.is_some_and(fails));
    past.all(Kind::Tenant).filter(always).map(|tenant| tenant.name.clone()).collect()
}

/// A hook of the tenant's own failed.
fn own_hook(entry: &Value) -> bool {
    let step = |step: &Value| text(&step["name"]).starts_with("tenant-") && step["result"] == "Failed";
    let job = |job: &Value| text(&job["phase"]).starts_with("Tenant") && job["result"] == "Failed";
    // Of older entries nothing else is kept.
    entry["ownHook"] == true || list(&entry["steps"]).iter().any(step) || list(&entry["jobs"]).iter().any(job)
}

fn channel(object: &Object) -> &str {
    object.spec["channel"].as_str().unwrap_or("stable")
}
