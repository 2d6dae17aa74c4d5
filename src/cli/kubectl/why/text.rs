//! The answer for people, in the manner of `kubectl describe`.

use std::fmt::Write;

use super::{
    answer::{Answer, Hold, Instant},
    images::SetBy,
};
use crate::{
    api::{
        reason::Reason,
        tenant::{
            Answer as Said, HistoryEntry, Holds, NoticeRecord, OptOutRecord, Step, StepKind, SupersededBy, UpgradeFailure,
            UpgradeJob, WorkloadId,
        },
    },
    cli::kubectl::output::Table,
};

/// The whole answer. Nothing in it is cut.
pub fn text(answer: &Answer) -> String {
    let sections =
        [planned(answer), held(answer), newer(answer), images(answer), notices(answer), opt_outs(answer), history(answer)];
    let mut text = head(answer);
    for section in sections.iter().filter(|section| !section.is_empty()) {
        text.push('\n');
        text.push_str(section);
    }
    text
}

/// `Key:       value`, where there is a value.
fn fields(indent: &str, pairs: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{indent}{:<12} {}", format!("{key}:"), clean(value));
    }
    text
}

/// What people wrote may hold characters that write over the screen.
fn clean(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

fn at(instant: &Instant) -> String {
    match &instant.local {
        Some(local) => format!("{local} ({})", instant.utc),
        None => instant.utc.to_string(),
    }
}

fn head(answer: &Answer) -> String {
    let line = &answer.line;
    let zone = answer.time_zone.as_ref().map(|zone| format!(" ({zone})")).unwrap_or_default();
    let mut text = fields(
        "",
        &[
            ("Tenant", line.full_name()),
            ("Customer", line.customer.clone()),
            ("Runs", line.version.clone().unwrap_or_else(|| "unknown".into())),
            ("Channel", line.channel.clone()),
            ("Window", format!("{}{zone}", line.window)),
            ("State", line.state()),
            ("Says", line.message.clone()),
        ],
    );
    for warning in &line.warnings {
        let _ = writeln!(text, "Warning:     {}: {}", warning.type_, clean(&warning.message));
    }
    for support in &answer.support {
        let _ = writeln!(text, "Support:     {}: {support}", support.state);
    }
    for issue in &answer.issues {
        let _ = writeln!(text, "Issue:       {}: {}", issue.issue, clean(&issue.message));
    }
    for remark in &answer.remarks {
        let _ = writeln!(text, "Note:        {remark}");
    }
    text
}

fn planned(answer: &Answer) -> String {
    let Some(upgrade) = answer.upgrade() else { return String::new() };
    let times = answer.slot_times.as_ref();
    let time = |pick: fn(&super::answer::SlotTimes) -> &Instant| times.map(|times| at(pick(times))).unwrap_or_default();
    let replans = if upgrade.replans == 0 { String::new() } else { format!("{} before this one ended unused", upgrade.replans) };
    let fields = fields(
        "  ",
        &[
            ("Release", format!("{} (DashboardRelease {}), from {}", upgrade.to, upgrade.release, upgrade.from)),
            ("Route", upgrade.route.join(", then ")),
            ("Id", upgrade.id.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("Expected", upgrade.expected_at.map(|expected| at(&answer.instant(expected))).unwrap_or_default()),
            ("Opens", time(|times| &times.opens)),
            ("Closes", time(|times| &times.closes)),
            ("Cut-off", time(|times| &times.cut_off)),
            ("Notice by", time(|times| &times.notice_by)),
            ("Slots", replans),
            ("Consent", consent(answer)),
            ("Started", upgrade.started_at.map(|started| at(&answer.instant(started))).unwrap_or_default()),
            ("Step", upgrade.step.as_ref().map(step).unwrap_or_default()),
            ("Backup", upgrade.backup().unwrap_or_default().into()),
            ("Waits for", waits_for(&upgrade.jobs)),
            ("Failed", upgrade.failure.as_ref().map(|failure| failed(answer, failure)).unwrap_or_default()),
        ],
    );
    format!("{}:\n{fields}", if upgrade.started_at.is_some() { "Running" } else { "Planned" })
}

fn step(step: &Step) -> String {
    let on = step.workload.as_ref().map(|WorkloadId { kind, name }| format!("{kind} {name}"));
    let job = step.name.as_ref().map(|name| format!("{name}, attempt {}", step.attempt));
    let what = on.or(job).unwrap_or_default();
    match step.kind {
        StepKind::Images => what,
        StepKind::Rollback => format!("rolls {what} back to what ran before"),
        StepKind::Hook => format!("hook {what}"),
        StepKind::Probe => format!("probe {what}"),
        StepKind::Backup => "backs up the data".into(),
        StepKind::Restore => "restores the data from the backup".into(),
    }
}

/// What people must mend before the upgrade goes on.
fn waits_for(jobs: &[UpgradeJob]) -> String {
    let told = jobs.iter().filter_map(UpgradeJob::waits_for).map(|(reason, message)| format!("{reason}: {message}"));
    told.collect::<Vec<_>>().join("; ")
}

fn failed(answer: &Answer, failure: &UpgradeFailure) -> String {
    format!("{} {}: {}", at(&answer.instant(failure.at)), failure.reason, failure.message)
}

fn consent(answer: &Answer) -> String {
    let Some(upgrade) = answer.upgrade().filter(|upgrade| upgrade.slot.is_some()) else { return String::new() };
    match &upgrade.consent {
        Some(consent) => match consent.answer {
            Said::Silence => format!("silence, which means yes; frozen {}", at(&answer.instant(consent.frozen_at))),
        },
        None => "open: the customer may still say no until the cut-off, and silence means yes".into(),
    }
}

fn held(answer: &Answer) -> String {
    let Some(held) = &answer.held else { return String::new() };
    // What runs is held by no gate, and may wait all the same: its step says so.
    if held.is_empty() && answer.upgrade().is_some_and(|upgrade| upgrade.started_at.is_some()) {
        return String::new();
    }
    if held.is_empty() {
        return "Held by:     nothing\n".into();
    }
    format!("Held by:\n{}", held.iter().map(|hold| hold_text("  ", answer, hold)).collect::<String>())
}

fn hold_text(indent: &str, answer: &Answer, hold: &Hold) -> String {
    let blocker = &hold.blocker;
    let holds = match blocker.holds {
        Holds::Slot => "slot, notice and start",
        Holds::Start => "the start",
    };
    let until = blocker.until.map(|until| format!(", until {}", at(&answer.instant(until)))).unwrap_or_default();
    let kind = match hold {
        Hold { waiting: true, .. } => ", only waits",
        Hold { stalled: true, .. } => ", until the manifest is edited",
        Hold { said_by_operator: true, .. } => ", as the operator says",
        _ => "",
    };
    let message = clean(&blocker.message);
    format!("{indent}{} {}: holds {holds}{kind}{until}\n{indent}    {message}\n", blocker.gate, blocker.reason)
}

fn newer(answer: &Answer) -> String {
    let mut text = String::new();
    for release in &answer.newer {
        let waits = if release.held.is_empty() { ": waits until what is planned is used or lost" } else { ":" };
        let _ = writeln!(text, "  {}{waits}", release.version);
        release.held.iter().for_each(|hold| text.push_str(&hold_text("    ", answer, hold)));
    }
    if text.is_empty() { text } else { format!("Newer releases:\n{text}") }
}

/// A table under a heading, with nothing cut; empty without rows.
fn section(heading: &str, header: &[&'static str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new(header);
    rows.for_each(|row| table.row(row));
    if table.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = table.render(None).lines().map(|line| format!("  {line}")).collect();
    format!("{heading}:\n{}\n", lines.join("\n"))
}

/// Who wrote the images last: until an upgrade of ours succeeded, whoever did may put them back (R23).
fn images(answer: &Answer) -> String {
    let row = |set: &SetBy| {
        vec![set.workload.clone(), set.container.clone(), set.image.clone(), set.by.clone().unwrap_or_else(|| "unknown".into())]
    };
    section("Images", &["WORKLOAD", "CONTAINER", "IMAGE", "SET BY"], answer.images.iter().map(row))
}

fn notices(answer: &Answer) -> String {
    let row = |notice: &NoticeRecord| {
        let replaced = |by: &SupersededBy| format!("replaced by {by}");
        let end = notice
            .superseded_by
            .as_ref()
            .map(|by| if notice.is_void_by(Reason::Expired) { "expired".into() } else { replaced(by) });
        let error = notice.last_error.clone().filter(|_| notice.delivered_at.is_none());
        vec![
            notice.kind.name().into(),
            format!("{}{}", notice.contact, if notice.required { " (required)" } else { "" }),
            notice.release.clone(),
            notice.slot.clone().unwrap_or_default(),
            notice.created_at.to_string(),
            notice.delivered_at.map(|delivered| delivered.to_string()).unwrap_or_default(),
            notice.attempts.to_string(),
            [end, error].into_iter().flatten().collect::<Vec<_>>().join("; "),
        ]
    };
    let header = ["KIND", "CONTACT", "RELEASE", "SLOT", "WRITTEN", "DELIVERED", "TRIES", "LAST ERROR"];
    section("Notices", &header, answer.notices.iter().map(row))
}

fn opt_outs(answer: &Answer) -> String {
    let row = |said: &OptOutRecord| {
        vec![
            said.value.clone(),
            said.verdict.name().into(),
            said.slot.clone().unwrap_or_default(),
            said.at.to_string(),
            said.by.clone().unwrap_or_default(),
            said.undone_at.map(|undone| undone.to_string()).unwrap_or_default(),
            said.undone_by.clone().unwrap_or_default(),
            said.reason.clone().unwrap_or_default(),
        ]
    };
    let header = ["OPT-OUT", "VERDICT", "SLOT", "SAID", "BY", "UNDONE", "UNDONE BY", "REASON"];
    let table = section("Opt-outs", &header, answer.opt_outs.iter().map(row));
    format!("{table}{}", deferrals(answer))
}

fn deferrals(answer: &Answer) -> String {
    let deferrals = &answer.deferrals;
    let bound = if deferrals.until_end_of_life { " (as long as the way out fits before support ends)" } else { "" };
    let limit = deferrals.limit.map_or("no limit".into(), |limit| format!("{limit} allowed{bound}"));
    let since = deferrals.since.map(|since| format!(", the first {}", at(&answer.instant(since)))).unwrap_or_default();
    format!("Deferrals:   {} since the last success, {limit}{since}\n", deferrals.count)
}

fn history(answer: &Answer) -> String {
    let row = |entry: &HistoryEntry| {
        let why = [entry.reason.as_ref().map(ToString::to_string), entry.message.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": ");
        vec![
            entry.result.name().into(),
            format!("{} to {}", entry.from, entry.to),
            entry.slot.clone(),
            if entry.noticed { "yes" } else { "no" }.into(),
            entry.started_at.map(|started| started.to_string()).unwrap_or_default(),
            entry.finished_at.to_string(),
            entry.by.clone().unwrap_or_default(),
            entry.change_ref.clone().unwrap_or_default(),
            entry.id.to_string(),
            why,
        ]
    };
    let header = ["RESULT", "UPGRADE", "SLOT", "NOTICED", "STARTED", "ENDED", "BY", "CHANGE", "ID", "WHY"];
    section("History", &header, answer.history.iter().map(row))
}
