//! I11: the Jobs of one id and step run at most once for each attempt. Stricter: they are made once. Whoever deletes one in the moment before
//! the operator wrote down that it had seen it makes it run again; nobody does so here.

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
        let What::Write(None, job) = &record.what else { return };
        if job.kind == Kind::Job {
            let (id, step, attempt) = job.run();
            let first = self.0.insert((id.to_owned(), step.to_owned(), attempt));
            verdict.note("I11", (!first).then(|| format!("{job} runs {step} of {id} again, attempt {attempt}")));
        }
    }
}
