//! I3: no start without a delivered notice for exactly this tenant, release and slot, at least `notice` before it opens. Judged by
//! what the customers' server accepted, not by what the operator wrote down.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Evidence, Verdict, Version,
    facts::{about, list, starts, text, time},
    occurrence::Occurrence,
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    for start in starts(evidence) {
        let spec = &start.object["spec"];
        let required =
            list(&spec["contacts"]).iter().enumerate().filter(|(n, contact)| contact["required"].as_bool().unwrap_or(*n == 0));
        let mut any = false;
        for (_, contact) in required {
            any = true;
            let told = told(evidence, start, path(text(&contact["webhook"])));
            verdict.note(
                "I3",
                (!told).then(|| format!("{} started and contact {} was not told in time", about(start), contact["name"])),
            );
        }
        verdict.note("I3", (!any).then(|| format!("{} started and nobody had to be told", about(start))));
    }
}

fn told(evidence: &Evidence, start: &Version, path: &str) -> bool {
    let upgrade = &start.object["status"]["upgrade"];
    let slot = &upgrade["slot"];
    let window = evidence.at("upgradewindows", text(&slot["window"]), start.revision);
    let window = window.and_then(|window| Occurrence::of(&window.object["spec"]));
    let Some((opens, window)) = time(&slot["opensAt"]).zip(window) else { return false };
    let until = window.notice_until(opens);
    let fits = |data: &Value| data["slot"]["opens"] == slot["opens"] && data["to"] == upgrade["to"] && same_tenant(data, start);
    let kind = |data: &Value| data["kind"] == "Planned" || data["kind"] == "Moved";
    let in_time = |at: Timestamp| at.as_second() <= until.as_second();
    evidence.deliveries.iter().any(|d| d.path == path && d.status < 300 && kind(&d.data) && fits(&d.data) && in_time(d.at))
}

fn same_tenant(data: &Value, start: &Version) -> bool {
    format!("{}/{}", text(&data["namespace"]), text(&data["tenant"])) == start.name
}

/// The path of an address: what is left behind scheme and host.
fn path(webhook: &str) -> &str {
    let host = webhook.find("://").map_or(0, |at| at + 3);
    webhook[host..].find('/').map_or("/", |at| &webhook[host + at..])
}
