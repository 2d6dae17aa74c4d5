//! What is said of a trial.

use super::*;
use crate::api::{
    tenant::TrialFacts,
    trial::{TrialAnswer, TrialVerdict},
};

prop_compose! {
    pub fn any_facts()(
        url in prop::option::of(prop::sample::select(vec!["https://acme-trial.example".to_owned(), "https://a.example/\u{202e}x".to_owned()])),
        zone in prop::sample::select(vec!["Europe/London", "Europe/Atlantis", ""]),
        data_from in prop::option::of(Just(at("2026-12-01T09:00:00Z"))),
        took in prop::option::of(0_u32..20_000),
        until in prop::option::of(Just(at("2026-12-04T09:12:00Z"))),
        required in any::<bool>(),
        verdict in prop::option::of(prop::sample::select(vec![TrialVerdict::Passed, TrialVerdict::Failed])),
        answer in prop::option::of(prop::sample::select(vec![TrialAnswer::Confirmed, TrialAnswer::Rejected])),
        cleaned_at in prop::option::of(Just(at("2026-12-04T09:13:00Z"))),
    ) -> TrialFacts {
        let upgrade_took = took.map(Duration::from_secs);
        let run = "trial0a1b2c3d4e5f-1".into();
        TrialFacts { run, url, time_zone: zone.into(), data_from, upgrade_took, until, required, verdict, answer, cleaned_at }
    }
}

fn tried() -> TrialFacts {
    TrialFacts {
        run: "trial0a1b2c3d4e5f-1".into(),
        url: Some("https://acme-trial.example".into()),
        time_zone: "America/New_York".into(),
        data_from: Some(at("2026-12-01T14:00:00Z")),
        upgrade_took: Some(Duration::from_secs(241)),
        until: Some(at("2026-12-04T14:12:00Z")),
        required: true,
        verdict: None,
        answer: None,
        cleaned_at: None,
    }
}

fn told(kind: NoticeKind, trial: TrialFacts, reason: Option<Reason>) -> (String, String) {
    let record = NoticeRecord { slot: None, reason: reason.map(Into::into), ..record(kind) };
    let message = super::read(record, NoticeFacts { trial: Some(trial), standing: None, ..announced() });
    (message.subject, message.text)
}

fn over(verdict: TrialVerdict, answer: Option<TrialAnswer>, reason: Reason) -> (String, String) {
    let (cleaned_at, until) = (Some(at("2026-12-04T14:13:00Z")), None);
    told(NoticeKind::TrialEnded, TrialFacts { verdict: Some(verdict), answer, cleaned_at, until, ..tried() }, Some(reason))
}

#[test]
fn a_copy_that_is_ready_says_where_until_when_and_what_silence_means() {
    let (subject, text) = told(NoticeKind::TrialReady, tried(), None);
    assert_eq!(subject, "Acme Ltd: version 2026.12.0 is ready for you to try");
    assert_eq!(
        text,
        "You can now try version 2026.12.0 on a copy of your data until Fri 4 Dec 2026 09:12 EST: https://acme-trial.example\n\n\
         The copy has your data of Tue 1 Dec 2026 09:00 EST. It is cut off: no mail leaves it, and what you change in it is not kept. The upgrade from 2026.11.0 to 2026.12.0 took 5 minutes on \
         it. Your own instance is not touched.\n\n\
         If something is wrong with it, call support before then: your instance does not get version 2026.12.0 as long as it is. If we hear nothing from you, we take it that it is all right."
    );
    let (_, optional) = told(NoticeKind::TrialReady, TrialFacts { required: false, url: None, ..tried() }, None);
    assert!(optional.contains("09:12 EST. Support tells you where.") && !optional.contains("If we hear nothing"), "{optional}");
    let (subject, text) = told(NoticeKind::TrialEnding, tried(), None);
    assert_eq!(subject, "Acme Ltd: version 2026.12.0 can be tried until Fri 4 Dec 2026 09:12 EST");
    assert!(text.contains("After that the copy is removed, with all that was changed in it. If something is wrong"), "{text}");
}

#[test]
fn what_came_of_a_trial_is_said_plainly_with_the_removal_of_the_data() {
    use TrialVerdict::{Failed, Passed};
    let removed = "The copy of your data was removed on Fri 4 Dec 2026 09:13 EST. You need not do anything.";
    let all = [
        over(Passed, None, Reason::TrialExpired),
        over(Passed, Some(TrialAnswer::Confirmed), Reason::Confirmed),
        over(Passed, Some(TrialAnswer::Rejected), Reason::Rejected),
        over(Failed, None, Reason::QuarantineNotEnforced),
        over(Failed, None, Reason::TrialEdited),
    ];
    let said: Vec<_> = all.iter().map(|(_, text)| text.strip_suffix(&format!("\n\n{removed}")).unwrap()).collect();
    assert_eq!(
        said,
        [
            "We heard of nothing that is wrong with version 2026.12.0, which was tried on a copy of your data, and take it that it is all right.",
            "We were told that version 2026.12.0, which was tried on a copy of your data, is all right.",
            "We were told that something is wrong with version 2026.12.0, which was tried on a copy of your data. Your instance does not get it before it was tried again.",
            "The trial of version 2026.12.0 on a copy of your data did not succeed: it was not certain that nothing leaves the copy. We are looking into it. Your instance does not get it before a \
             trial has succeeded.",
            "The trial of version 2026.12.0 on a copy of your data did not succeed: it was stopped before its time. We are looking into it. Your instance does not get it before a trial has succeeded.",
        ]
    );
    let early = TrialFacts { verdict: Some(Failed), until: None, ..tried() };
    let (_, early) = told(NoticeKind::TrialEnded, early, Some(Reason::QuarantineNotEnforced));
    assert!(early.ends_with("\n\nNo data of yours had been brought into it. You need not do anything."), "{early}");
    assert_eq!(all[0].0, "Acme Ltd: the trial of version 2026.12.0 is over");
    assert_eq!(all[3].0, "Acme Ltd: the trial of version 2026.12.0 did not succeed");
}
