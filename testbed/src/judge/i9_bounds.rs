//! I9: no list of a status grows without a bound.

use serde_json::Value;

use super::{
    evidence::{Record, What},
    object::Kind,
    read::list,
    verdict::Verdict,
};

pub fn judge(record: &Record, verdict: &mut Verdict) {
    let What::Write(_, after) = &record.what else { return };
    if after.kind != Kind::Tenant {
        return;
    }
    let [notices, noes, history] = ["notices", "optOuts", "history"].map(|part| list(after.status(part)).len());
    // Beyond 24 only what waits, or what a rule still reads.
    let is_over = |notice: &&Value| notice["deliveredAt"].is_string() || notice["supersededBy"].is_string();
    let over = || list(after.status("notices")).iter().filter(is_over).count();
    let bad = notices > 96 || (notices > 24 && over() > 48) || noes > 10 || history > 20;
    verdict.note("I9", bad.then(|| format!("{after} has {notices} notices, {noes} opt-outs, {history} slots")));
}
