//! I2, the rings of a release (R17): no start before each earlier ring has proved it, or people let that ring pass; and a proof is
//! written only where it is true.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{duration, list, numbers, text, time},
    verdict::Verdict,
};

/// Whether an earlier ring than the tenant's has neither proved the release nor been let pass.
pub fn is_unproven(release: &Object, tenant: &Object) -> bool {
    let (rings, rollout) = (list(&release.spec["rollout"]["rings"]), &release.spec["rollout"]);
    let own = place(rings, tenant);
    let proven = |ring: &Value| is_proven(release, &ring["name"]) || list(&rollout["provenRings"]).contains(&ring["name"]);
    !rings[..own].iter().all(proven)
}

fn place(rings: &[Value], tenant: &Object) -> usize {
    let mine = tenant.spec["ring"].as_str().unwrap_or("general");
    rings.iter().position(|ring| ring["name"] == mine).unwrap_or(rings.len().saturating_sub(1))
}

fn is_proven(release: &Object, name: &Value) -> bool {
    list(release.status("rings")).iter().any(|ring| ring["name"] == *name && ring["provenAt"].is_string())
}

/// That a ring is proven is true when it is written.
pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(before, release) = &record.what else { return };
    if release.kind != Kind::Release {
        return;
    }
    let rings = list(&release.spec["rollout"]["rings"]);
    for (i, ring) in rings.iter().enumerate().filter(|(_, ring)| is_proven(release, &ring["name"])) {
        if before.as_ref().is_some_and(|before| is_proven(before, &ring["name"])) {
            continue;
        }
        let since = leeway.others_since(record.from);
        let ours = |tenant: &Object| {
            let channel = |object: &Object| object.spec["channel"].as_str().unwrap_or("stable").to_owned();
            channel(tenant) == channel(release) && tenant.spec["management"] != "Unmanaged" && place(rings, tenant) == i
        };
        let by = record.until + leeway.clock;
        let succeeded = past.all_since(Kind::Tenant, since).any(|tenant| ours(tenant) && has_soaked(tenant, release, ring, by));
        let flies = |tenant: Option<&Object>| tenant.filter(|tenant| ours(tenant) && is_in_flight(tenant, release)).map(|_| ());
        let flying = past.all(Kind::Tenant).find(|tenant| past.wrong_since(Kind::Tenant, &tenant.name, since, flies).is_some());
        let wrong = match flying {
            Some(tenant) => Some(format!("{tenant} is in flight")),
            None => (!succeeded).then(|| "no success of it has soaked".into()),
        };
        let name = text(&ring["name"]);
        verdict.note("I2", wrong.map(|wrong| format!("ring {name:?} of {release} is said to be proven, but {wrong}")));
    }
}

fn has_soaked(tenant: &Object, release: &Object, ring: &Value, by: Timestamp) -> bool {
    let soak = duration(ring["soak"].as_str().unwrap_or("0s")).unwrap_or_default();
    let version = numbers(text(&release.spec["version"]));
    let ended =
        list(tenant.status("history")).iter().filter(|e| e["result"] == "Succeeded" && numbers(text(&e["to"])) == version);
    let newest = ended.filter_map(|entry| time(&entry["finishedAt"])).max();
    newest.is_some_and(|at| at.as_second() + soak.as_secs() <= by.as_second())
}

fn is_in_flight(tenant: &Object, release: &Object) -> bool {
    tenant.started().is_some_and(|up| up["releaseUid"] == *release.uid)
}
