//! I7: never more upgrades in flight than the cap.

use std::collections::BTreeMap;

use super::{
    Evidence, Verdict,
    facts::{about, started, text},
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    // Tenant to the window in whose slot its upgrade runs.
    let mut in_flight = BTreeMap::<&str, String>::new();
    for version in evidence.versions.iter().filter(|version| version.kind == "tenantinstances") {
        let upgrade = &version.object["status"]["upgrade"];
        if !started(upgrade) {
            in_flight.remove(version.name.as_str());
            continue;
        }
        let window = text(&upgrade["slot"]["window"]).to_owned();
        let new = in_flight.insert(&version.name, window.clone()).is_none();
        let spec = evidence.at("upgradewindows", &window, version.revision).map(|window| &window.object["spec"]);
        let cap = spec.and_then(|spec| spec["maxConcurrent"].as_u64()).unwrap_or(10);
        let running = in_flight.values().filter(|one| **one == window).count();
        if new {
            let over = u64::try_from(running).is_ok_and(|running| running > cap);
            verdict
                .note("I7", over.then(|| format!("{}: {running} upgrades run in {window}, whose cap is {cap}", about(version))));
        }
    }
}
