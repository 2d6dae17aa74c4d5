//! I9: no list of a status grows without a bound, nor does what pods say of a failure; and what they say is shown as a line of plain text.

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
    let [noes, history] = ["optOuts", "history"].map(|part| list(after.status(part)).len());
    let of_support = |notice: &&Value| notice["kind"].as_str().is_some_and(|kind| kind.starts_with("Support"));
    let ends = list(after.status("notices")).iter().filter(of_support).count();
    let notices = list(after.status("notices")).len() - ends;
    // Beyond 24 only what waits, or what a rule still reads.
    let is_over = |notice: &&Value| notice["deliveredAt"].is_string() || notice["supersededBy"].is_string();
    let over = || list(after.status("notices")).iter().filter(|notice| !of_support(notice)).filter(is_over).count();
    let bad = ends > 16
        || list(after.status("supportNotices")).len() > 32
        || notices > 96
        || (notices > 24 && over() > 48)
        || noes > 10
        || history > 20;
    verdict.note(
        "I9",
        bad.then(|| format!("{after} has {notices} notices and {ends} of support, {noes} opt-outs, {history} slots")),
    );
    if let Some(message) = list(after.status("history")).first().and_then(why_not_up) {
        verdict.note("I9", (!is_plain(message)).then(|| format!("{after}: the history says {message:?}")));
    }
}

/// What the newest entry says of a rollout that did not come up: in it stands what pods say.
fn why_not_up(entry: &Value) -> Option<&str> {
    let reason = entry["reason"].as_str()?;
    matches!(reason, "ProgressDeadlineExceeded" | "DeadlineExceeded").then(|| entry["message"].as_str().unwrap_or_default())
}

/// Neither long nor in more than one line, and nothing in it is hidden, or turns what stands beside it.
fn is_plain(message: &str) -> bool {
    let hidden = |c: char| {
        let format =
            matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        c.is_control() || format
    };
    message.len() <= 1024 && !message.chars().any(hidden)
}
