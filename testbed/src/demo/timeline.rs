//! The story as people follow it: the Kubernetes Events that the operator wrote, and what people did.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    example::Event,
    people::who,
    stage::Stage,
    trail::{OPERATOR, Trail},
};

/// A line as `uplift simulate -o json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub at: String,
    pub event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(flatten)]
    pub about: About,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What an Event's note says in brackets at its end: `(release 2026.12.0, slot 2026-12-15T18:00+00:00)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Default)]
pub struct Timeline {
    trail: Trail,
    pub lines: Vec<Line>,
}

impl Timeline {
    /// Prints what was told since the last time.
    pub fn print(&mut self, stage: &Stage) -> Result<()> {
        let mut new = self.trail.more(&stage.plane)?.iter().filter_map(line).collect::<Vec<_>>();
        new.sort_by(|a, b| a.at.cmp(&b.at));
        for line in &new {
            let subject = line.tenant.as_deref().map_or("", |tenant| tenant.split('/').next_back().unwrap_or(tenant));
            say(&line.at, subject, &sentence(line));
        }
        self.lines.extend(new);
        Ok(())
    }

    /// Prints what somebody does now.
    pub fn act(stage: &Stage, event: &Event) {
        if let Some(what) = deed(event) {
            let at = stage.clock.now();
            say(&Timestamp::from_second(at.as_second()).unwrap_or(at).to_string(), "", &format!("» {what}"));
        }
    }

    /// The lines in the order of time. Events are sent side by side, so the log may have them a little out of order.
    pub fn sorted(mut self) -> Vec<Line> {
        self.lines.sort_by(|a, b| a.at.cmp(&b.at));
        self.lines
    }
}

fn say(at: &str, subject: &str, sentence: &str) {
    println!("{}  {subject:<8}  {sentence}", at.replace('T', " ").trim_end_matches('Z'));
}

/// The line of an Event that the operator created; nothing for other requests.
fn line(request: &Value) -> Option<Line> {
    let told = request["user"]["username"] == OPERATOR && request["objectRef"]["resource"] == "events";
    let event = Some(&request["responseObject"]).filter(|event| told && event["kind"] == "Event")?;
    let regarding = &event["regarding"];
    let tenant = (regarding["kind"] == "TenantInstance")
        .then(|| format!("{}/{}", text(&regarding["namespace"]), text(&regarding["name"])));
    let at: Timestamp = text(&event["eventTime"]).parse().ok()?;
    let (message, about) = about(text(&event["note"]));
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at).to_string();
    Some(Line { at, event: text(&event["reason"]).to_owned(), tenant, about, message })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A note is `message (about)`, or one of both.
fn about(note: &str) -> (Option<String>, About) {
    let (message, bracket) = match note.rsplit_once(" (") {
        Some((message, bracket)) if bracket.ends_with(')') => (Some(message), bracket.trim_end_matches(')')),
        _ => (None, note),
    };
    let mut about = About::default();
    let known = bracket.split(", ").all(|part| {
        let Some((what, value)) = part.split_once(' ') else { return false };
        let field = match what {
            "release" => &mut about.release,
            "slot" => &mut about.slot,
            "window" => &mut about.window,
            "notice" => &mut about.notice,
            "reason" => &mut about.reason,
            _ => return false,
        };
        *field = Some(value.to_owned());
        true
    });
    if known { (message.map(Into::into), about) } else { (Some(note.to_owned()), About::default()) }
}

/// One sentence for people who know the service and not the program.
fn sentence(line: &Line) -> String {
    let About { release, slot, window, notice, reason } = &line.about;
    let part = |text: &Option<String>, or: &str| text.clone().unwrap_or_else(|| or.into());
    let (release, slot, window) = (part(release, "the release"), part(slot, "its slot"), part(window, "the window"));
    let told = match line.event.as_str() {
        "ReleaseAccepted" => format!("{release} is accepted: every check passed and the soak is over"),
        "ReleaseApproved" => format!("{release} is approved by change management"),
        "CheckPassed" => format!("a check of {release} passed"),
        "CheckFailed" => format!("a check of {release} failed"),
        "RingProven" => format!("a ring has proved {release} for the next"),
        "ReleaseHalted" => format!("{release} is halted: nothing new starts"),
        "ReleaseResumed" => format!("{release} goes on"),
        "ReleaseWithdrawn" => format!("{release} is withdrawn"),
        "ReleaseRolledOut" => format!("{release} is rolled out: nobody waits for it any more"),
        "SlotPlanned" => format!("gets a slot for {release}: {slot}"),
        "SlotReplanned" => format!("gets another slot for {release}: {slot}"),
        "SlotMissed" => format!("was not upgraded to {release} in its slot {slot}"),
        "NoticeDelivered" => format!("was told ({})", part(notice, "a notice")),
        "NoticeFailed" => format!("could not be told in time ({})", part(notice, "a notice")),
        "OptOutAccepted" => format!("says no to {slot}: accepted"),
        "OptOutTooLate" => format!("says no to {slot}, too late: the upgrade goes ahead"),
        "WindowOpened" => format!("window {window} opens"),
        "WindowClosed" => format!("window {window} closes"),
        "UpgradeStarted" => format!("the upgrade to {release} starts"),
        "UpgradeSucceeded" => format!("runs {release}: the upgrade succeeded"),
        "UpgradeFailed" => format!("the upgrade to {release} failed"),
        "UpgradeRolledBack" => format!("the upgrade to {release} failed and was rolled back"),
        "RollbackFailed" => format!("the upgrade to {release} failed, and so did its rollback"),
        "Blocked" => "is blocked".into(),
        "Unblocked" => "is not blocked any more".into(),
        other => other.into(),
    };
    match (&line.message, reason) {
        // Of these it is an id.
        (Some(message), _) if !matches!(line.event.as_str(), "UpgradeStarted" | "ReleaseHalted") => format!("{told}: {message}"),
        (None, Some(reason)) => format!("{told} ({reason})"),
        _ => told,
    }
}

/// What somebody does, in words.
fn deed(event: &Event) -> Option<String> {
    let by = who(event);
    if let Some(edit) = &event.annotate {
        let set = edit.set.iter().map(|(key, value)| format!("{key}={value:?}")).collect::<Vec<_>>().join(" ");
        return Some(format!("{by} annotates {}: {set}", edit.tenant));
    }
    if let Some(edit) = &event.patch {
        return Some(format!("{by} changes {} {}: {}", edit.kind, edit.name, edit.merge["spec"]));
    }
    if let Some(manifest) = &event.apply {
        return Some(format!("{by} applies {} {}", text(&manifest["kind"]), text(&manifest["metadata"]["name"])));
    }
    let outage = event.outage.as_ref()?;
    Some(format!("the contacts of {} do not answer until {}", outage.tenant.as_deref().unwrap_or("everybody"), outage.until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_taken_apart() {
        let (message, about) = about("It (really) goes on. (release 2026.12.0, slot 2026-12-15T18:00+00:00, notice Planned)");
        assert_eq!(message.as_deref(), Some("It (really) goes on."));
        assert_eq!((about.release.as_deref(), about.notice.as_deref()), (Some("2026.12.0"), Some("Planned")));
        assert_eq!(super::about("Just words (in brackets)").0.as_deref(), Some("Just words (in brackets)"));
        assert_eq!(super::about("release 1.0").1.release.as_deref(), Some("1.0"));
    }
}
