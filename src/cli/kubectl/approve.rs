//! `kubectl uplift approve` and `reject`: the decision of change management, in one's own name (R2, R33).

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, PostParams},
};
use serde_json::{Value, json};

use super::{
    Context, Failure, api_failure,
    told::refusal,
    write::{Hand, Writing, edit, follows, full_name, read, tell},
};
use crate::{
    api::{
        DashboardRelease, annotations, condition,
        release::{Approval, Change, Decision},
    },
    clock::{Clock, RealClock},
};

const HAND: Hand = Hand {
    manager: "uplift-approve",
    takes: "the verbs get, list, patch and approve on dashboardreleases.uplift.dev (ClusterRole uplift-approver)",
};

/// What is approved.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version.
    release: String,
    /// The change record, like CHG0031234.
    #[arg(long, value_name = "REF")]
    change_ref: String,
    /// Nothing starts before this instant, as the change record says, like 2026-12-01T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    change_start: Option<Timestamp>,
    /// Nothing starts after this instant.
    #[arg(long, value_name = "TIME")]
    change_end: Option<Timestamp>,
    #[command(flatten)]
    writing: Writing,
}

/// What is rejected.
#[derive(Debug, clap::Args)]
pub struct RejectOptions {
    /// The release, by its name or its version.
    release: String,
    /// The change record, like CHG0031234.
    #[arg(long, value_name = "REF")]
    change_ref: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

/// Approves a release.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let (start, end) = (options.change_start, options.change_end);
    if let Some(end) = end.filter(|end| *end < RealClock.now()) {
        return Err(Failure::Runtime(anyhow!("--change-end {end} has passed: nobody could be upgraded under it")));
    }
    let change = Some(Change { start, end }).filter(|_| start.is_some() || end.is_some());
    let decided = Decided { decision: Decision::Approved, change_ref: Some(&options.change_ref), change };
    decide(context, &options.release, decided, options.writing).await
}

/// Rejects a release.
pub async fn reject(context: &Context, options: &RejectOptions) -> Result<(), Failure> {
    let decided = Decided { decision: Decision::Rejected, change_ref: options.change_ref.as_deref(), change: None };
    decide(context, &options.release, decided, options.writing).await
}

/// A decision that nobody has put a name to yet.
struct Decided<'o> {
    decision: Decision,
    change_ref: Option<&'o str>,
    change: Option<Change>,
}

async fn decide(context: &Context, release: &str, decided: Decided<'_>, writing: Writing) -> Result<(), Failure> {
    let releases = Api::all(context.client.clone());
    let (name, by) = (release_named(&releases, release, HAND).await?, own_name(&context.client).await?);
    let Decided { decision, change_ref, change } = decided;
    let approval = Approval { decision, change_ref: change_ref.map(Into::into), change, by };
    let change = |before: &DashboardRelease| match four_eyes(before, &approval) {
        Some(no) => Err(Failure::Runtime(anyhow!(no))),
        None => Ok(body(before, &approval)),
    };
    let done = edit(&releases, &name, HAND, writing, change).await?;
    tell(context, &done.after, writing, &said(done.before.spec.approval.as_ref(), &approval))?;
    follows(context, &next(&done.after))
}

/// The user as the API server sees it: admission compares it with `by`.
pub async fn own_name(client: &Client) -> Result<String, Failure> {
    let reviews = Api::<SelfSubjectReview>::all(client.clone());
    let answer = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await;
    let review = answer.map_err(|error| api_failure("ask who you are (selfsubjectreviews.authentication.k8s.io)", &error))?;
    let name = review.status.and_then(|status| status.user_info).and_then(|user| user.username);
    name.context("the API server does not say who you are").map_err(Failure::Runtime)
}

/// Why an approval would count for nothing (R1): the API server refuses it, in more words.
fn four_eyes(release: &DashboardRelease, approval: &Approval) -> Option<String> {
    let creator = release.annotations().get(annotations::CREATED_BY);
    let own = release.spec.acceptance.four_eyes && creator == Some(&approval.by);
    (own && approval.decision == Decision::Approved).then(|| {
        let name = release.name_any();
        format!(
            "{} asks for four eyes (spec.acceptance.fourEyes), and you, {}, created it. Ask somebody else with the ClusterRole \
             uplift-approver to run: kubectl uplift approve {name} --change-ref REF",
            full_name::<DashboardRelease>(&name),
            approval.by
        )
    })
}

/// A merge patch merges into the old decision: what the new one does not say is taken away, so that two never mix.
fn body(before: &DashboardRelease, approval: &Approval) -> Option<Value> {
    if before.spec.approval.as_ref() == Some(approval) {
        return None;
    }
    let Approval { decision, change_ref, change, by } = approval;
    let change = change.as_ref().map(|Change { start, end }| json!({"start": start, "end": end}));
    Some(json!({"spec": {"approval": {"decision": decision, "changeRef": change_ref, "change": change, "by": by}}}))
}

fn said(before: Option<&Approval>, now: &Approval) -> String {
    let word = words(now);
    match before {
        None => word,
        Some(before) if before == now => format!("{word} already"),
        Some(before) => format!("{word}; before it was {} by {}", words(before), before.by),
    }
}

fn words(approval: &Approval) -> String {
    let decision = match approval.decision {
        Decision::Approved => "approved",
        Decision::Rejected => "rejected",
    };
    let Approval { change_ref, change, .. } = approval;
    // Who leaves a change window out takes the one before away: that must be seen.
    let more: Vec<_> = change_ref.iter().cloned().chain(change.as_ref().map(ToString::to_string)).collect();
    if more.is_empty() { decision.into() } else { format!("{decision} ({})", more.join(", ")) }
}

/// An approval may come before the acceptance; both are needed.
fn next(release: &DashboardRelease) -> String {
    let approved = release.spec.approval.as_ref().is_some_and(|approval| approval.decision == Decision::Approved);
    let accepted = release.status.as_ref().and_then(|status| condition::get(&status.conditions, condition::ACCEPTED));
    match accepted {
        Some(accepted) if approved && accepted.status != "True" => {
            format!("Not accepted yet, and both are needed: {}", accepted.message)
        }
        _ => String::new(),
    }
}

/// The name of the release that people mean by its name, or by a version that one release has.
pub async fn release_named(releases: &Api<DashboardRelease>, text: &str, hand: Hand) -> Result<String, Failure> {
    // A name needs no list, and a wrong name is told by the API server. A version is no name that people give.
    if text.parse::<crate::api::Version>().is_err() {
        return read(releases, text, hand).await.map(|_| text.to_owned());
    }
    let list = releases.list(&ListParams::default()).await;
    let list = list.map_err(|error| refusal("list dashboardreleases.uplift.dev", &error, hand.takes))?;
    pick(&list.items, text).map(Into::into).map_err(|message| Failure::Runtime(anyhow!(message)))
}

fn pick<'r>(releases: &'r [DashboardRelease], text: &str) -> Result<&'r str, String> {
    let name = |release: &'r DashboardRelease| release.metadata.name.as_deref().unwrap_or_default();
    let about = |release: &'r DashboardRelease| {
        format!("{} (version {}, channel {})", name(release), release.spec.version, release.spec.channel)
    };
    if let Some(named) = releases.iter().find(|release| name(release) == text) {
        return Ok(name(named));
    }
    let is =
        |release: &&DashboardRelease| release.spec.version.parse().is_ok_and(|version: crate::api::Version| version.is(text));
    let found: Vec<_> = releases.iter().filter(is).collect();
    match found[..] {
        [one] => Ok(name(one)),
        [] if releases.is_empty() => Err(format!("there is no release {text:?}: there are no releases")),
        [] => {
            Err(format!("there is no release {text:?}. There are: {}", releases.iter().map(about).collect::<Vec<_>>().join(", ")))
        }
        _ => Err(format!(
            "{text:?} is the version of {} releases: name one of {}",
            found.len(),
            found.iter().map(|r| about(r)).collect::<Vec<_>>().join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(name: &str, version: &str, channel: &str) -> DashboardRelease {
        let spec = json!({"version": version, "channel": channel, "images": {"web": "x:1"}});
        serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec})).unwrap()
    }

    fn approval(decision: Decision, change: Option<&str>, by: &str) -> Approval {
        Approval { decision, change_ref: change.map(Into::into), change: None, by: by.into() }
    }

    #[test]
    fn a_decision_takes_the_place_of_the_one_before_as_a_whole() {
        let mut before = release("r", "2026.12.0", "stable");
        before.spec.approval = Some(approval(Decision::Approved, Some("CHG-1"), "bob"));
        let no = approval(Decision::Rejected, None, "eve");
        let expected = json!({"spec": {"approval": {"decision": "Rejected", "changeRef": null, "change": null, "by": "eve"}}});
        assert_eq!(body(&before, &no), Some(expected), "the old change record goes");
        assert_eq!(said(before.spec.approval.as_ref(), &no), "rejected; before it was approved (CHG-1) by bob");
        before.spec.approval = Some(no.clone());
        assert_eq!(body(&before, &no), None);
        assert_eq!(said(before.spec.approval.as_ref(), &no), "rejected already");
    }

    #[test]
    fn a_change_window_takes_the_place_of_the_one_before_too() {
        let mut before = release("r", "2026.12.0", "stable");
        let change = |start: Option<&str>, end: Option<&str>| {
            let at = |text: &str| text.parse().unwrap();
            Some(Change { start: start.map(at), end: end.map(at) })
        };
        let old = change(Some("2026-12-01T08:00:00Z"), Some("2026-12-04T08:00:00Z"));
        before.spec.approval = Some(Approval { change: old, ..approval(Decision::Approved, Some("CHG-1"), "bob") });
        let longer = change(None, Some("2026-12-11T08:00:00Z"));
        let yes = Approval { change: longer, ..approval(Decision::Approved, Some("CHG-2"), "bob") };
        let written = body(&before, &yes).unwrap();
        assert_eq!(written["spec"]["approval"]["change"], json!({"start": null, "end": "2026-12-11T08:00:00Z"}));
        let told = "approved (CHG-2, until 2026-12-11T08:00:00Z); before it was \
                    approved (CHG-1, 2026-12-01T08:00:00Z to 2026-12-04T08:00:00Z) by bob";
        assert_eq!(said(before.spec.approval.as_ref(), &yes), told);
    }

    #[test]
    fn who_created_a_release_that_asks_for_four_eyes_does_not_approve_it() {
        let mut release = release("r", "2026.12.0", "stable");
        release.metadata.annotations = Some([(annotations::CREATED_BY.to_owned(), "bob".to_owned())].into());
        let no = |release: &DashboardRelease, decision, by| four_eyes(release, &approval(decision, None, by));
        assert_eq!(no(&release, Decision::Approved, "bob"), None, "it does not ask");
        release.spec.acceptance.four_eyes = true;
        let told = no(&release, Decision::Approved, "bob").unwrap();
        assert!(
            told.starts_with("dashboardrelease.uplift.dev/r asks for four eyes") && told.contains("you, bob, created it"),
            "{told}"
        );
        assert_eq!(no(&release, Decision::Approved, "eve"), None);
        assert_eq!(no(&release, Decision::Rejected, "bob"), None, "to stop it takes nobody else");
    }

    #[test]
    fn a_release_is_found_by_name_or_by_a_version_that_one_release_has() {
        let releases = [
            release("dec", "2026.12.0", "stable"),
            release("dec-beta", "2026.12.0", "beta"),
            release("nov", "2026.11.0", "stable"),
        ];
        assert_eq!(pick(&releases, "2026.11"), Ok("nov"), "missing parts are zero");
        let twice = pick(&releases, "2026.12.0").unwrap_err();
        assert!(
            twice.contains("dec (version 2026.12.0, channel stable)") && twice.contains("dec-beta") && !twice.contains("nov"),
            "{twice}"
        );
        let none = pick(&releases, "2026.10.0").unwrap_err();
        assert!(none.contains("\"2026.10.0\"") && none.contains("nov"), "{none}");
        let named_so = [release("2026.12.0", "2026.11.0", "stable"), release("x", "2026.12.0", "stable")];
        assert_eq!(pick(&named_so, "2026.12.0"), Ok("2026.12.0"), "a name comes first");
    }

    #[test]
    fn an_approval_before_acceptance_says_what_is_missing() {
        let mut release = release("r", "2026.12.0", "stable");
        assert_eq!(next(&release), "");
        release.spec.approval = Some(approval(Decision::Approved, None, "bob"));
        let accepted = json!({"conditions": [{"type": "Accepted", "status": "False", "reason": "Soaking", "message": "soaks until Friday", "lastTransitionTime": "2026-12-01T00:00:00Z"}]});
        release.status = Some(serde_json::from_value(accepted).unwrap());
        assert_eq!(next(&release), "Not accepted yet, and both are needed: soaks until Friday");
    }
}
