//! I11: the Jobs of one id and step run to their end at most once for each attempt.

use std::collections::BTreeSet;

use super::{
    evidence::{Record, What},
    object::Kind,
    verdict::Verdict,
};

#[derive(Default)]
pub struct Jobs(BTreeSet<(String, String, u64)>);

impl Jobs {
    pub fn judge(&mut self, record: &Record, verdict: &mut Verdict) {
        let What::Edit(Some(before), Some(job)) = &record.what else { return };
        if job.kind == Kind::Job && job.ended() && !before.ended() {
            let (id, step, attempt) = job.run();
            let first = self.0.insert((id.to_owned(), step.to_owned(), attempt));
            verdict.note("I11", (!first).then(|| format!("{job} ran {step} of {id} again, attempt {attempt}")));
        }
    }
}
