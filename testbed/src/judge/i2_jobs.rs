//! I2, R19: no upgrade starts before the API server said that it takes each Job of its hooks and probes: made from these CronJobs as they are, about this
//! version. A process that starts asks anew.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    evidence::{Leeway, Record, What},
    object::Kind,
    past::Past,
    read::{list, text},
    verdict::Verdict,
};

pub struct Granted {
    /// CronJob and version to the last answer, where that was a yes: when it was given at the latest.
    granted: BTreeMap<(String, String), Timestamp>,
    leeway: Leeway,
}

impl Granted {
    pub fn new(leeway: Leeway) -> Self {
        Self { granted: BTreeMap::new(), leeway }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        match &record.what {
            // What another process knows it has asked itself.
            What::Started => self.granted.clear(),
            What::Asked(asked) if asked.granted => _ = self.granted.insert((asked.from.clone(), asked.to.clone()), record.until),
            What::Asked(asked) => _ = self.granted.remove(&(asked.from.clone(), asked.to.clone())),
            _ => self.start(past, record, verdict),
        }
    }

    fn start(&self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let Some((tenant, up)) = record.start() else { return };
        let namespace = tenant.name.split('/').next().unwrap_or_default();
        for job in list(&up["jobs"]) {
            let from = format!("{namespace}/{}", text(&job["cronJob"]));
            let granted = self.granted.get(&(from.clone(), text(&up["to"]).to_owned()));
            let changed = self.changed(past, record, &from);
            let wrong = match granted {
                None => Some("the API server has not said that it takes"),
                Some(at) if changed.is_some_and(|changed| *at < changed) => {
                    Some("its CronJob was changed since the API server said that it takes")
                }
                Some(_) => None,
            };
            verdict.note("I2", wrong.map(|wrong| format!("{tenant} starts although {wrong} Jobs from {from}")));
        }
    }

    /// When the CronJob was changed last, as far as that must have been seen.
    fn changed(&self, past: &Past, record: &Record, from: &str) -> Option<Timestamp> {
        let since = self.leeway.others_since(record.from);
        past.versions(Kind::Template, from).iter().rev().map(|(at, _)| *at).find(|at| *at <= since)
    }
}
