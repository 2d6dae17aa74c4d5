//! I8 for letters about trials (R37): of a run that is the tenant's own; that one is ready while it is, that one ends not before its last day, and that
//! nothing is left of one only once its trial says that it was cleaned, with its data where they may have come in.

use jiff::SignedDuration;
use serde_json::Value;

use super::{
    evidence::{Leeway, Notice, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, text, time},
    verdict::Verdict,
};

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Notice(notice) = &record.what else { return };
    let run = text(&notice.data["trial"]["run"]);
    let wrong = match text(&notice.data["kind"]) {
        "TrialReady" => (!ever(past, |trial| is_ready(trial.status("run"), run, notice))).then_some("it was never ready"),
        "TrialEnding" => {
            let late = record.until + leeway.clock;
            let last_day = |run: &Value| {
                let times = time(&run["readyAt"]).zip(time(&run["expiresAt"]));
                times.is_some_and(|(ready, ends)| {
                    ends - SignedDuration::from_hours(24) <= late && ends.duration_since(ready) > SignedDuration::from_hours(48)
                })
            };
            let due = |trial: &Object| is_ready(trial.status("run"), run, notice) && last_day(trial.status("run"));
            (!ever(past, due)).then_some("its last day has not come")
        }
        "TrialEnded" => {
            let cleaned = |past: &Value| past["id"] == run && past["tenantUid"] == *notice.uid && past["cleanedAt"].is_string();
            let says = |trial: &Object| list(trial.status("runs")).iter().any(cleaned);
            let restores = |job: &Object| job.run().0 == run && job.run().1 == "restore";
            let withheld = notice.data["trial"]["cleanedAt"].is_null() && past.ever(Kind::Job).any(restores);
            let unsaid = (!ever(past, says)).then_some("nothing says that it was cleaned");
            unsaid.or(withheld.then_some("its data, which may have come in, are left out"))
        }
        _ => return,
    };
    verdict.note("I8", wrong.map(|wrong| format!("{} is told that trial {run} {}, and {wrong}", notice.tenant, says(notice))));
}

fn ever(past: &Past, is: impl Fn(&Object) -> bool) -> bool {
    past.ever(Kind::Trial).any(is)
}

fn is_ready(run: &Value, id: &str, notice: &Notice) -> bool {
    run["id"] == id && run["tenantUid"] == *notice.uid && run["readyAt"].is_string() && run["ended"].is_null()
}

fn says(notice: &Notice) -> &'static str {
    match text(&notice.data["kind"]) {
        "TrialReady" => "is ready",
        "TrialEnding" => "ends soon",
        _ => "is over and removed",
    }
}
