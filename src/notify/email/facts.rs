//! What a template may use: the data of the notice by the names that webhooks get, and what becomes of the calendar.

use jiff::Timestamp;
use minijinja::{
    Value, context,
    value::{Serde, merge_maps},
};

use crate::{
    api::{
        Duration,
        reason::Reason,
        release::Notes,
        tenant::{Ending, Longest, NoticeKind, PlatformEnd, Runway, TrialFacts, Verdict, WayOut},
        trial::{TrialAnswer, TrialVerdict},
    },
    letters::{Invitation, LocalTimes, Message, Method, SlotTimes},
};

/// Every kind, for the names of templates.
pub(super) const KINDS: [NoticeKind; 17] = [
    NoticeKind::Planned,
    NoticeKind::Moved,
    NoticeKind::Reminder,
    NoticeKind::OptOutAccepted,
    NoticeKind::OptOutTooLate,
    NoticeKind::OptOutLimitReached,
    NoticeKind::OptOutUndone,
    NoticeKind::Postponed,
    NoticeKind::Succeeded,
    NoticeKind::Failed,
    NoticeKind::RolledBack,
    NoticeKind::SupportEnding,
    NoticeKind::SupportEnded,
    NoticeKind::TrialReady,
    NoticeKind::TrialEnding,
    NoticeKind::TrialEnded,
    NoticeKind::SupportDigest,
];

/// The facts of a message. What it does not have is `none`, so that a name that is not there at all is a mistake in the template.
pub(super) fn facts(message: &Message) -> Value {
    let calendar = message.invitation.as_ref().map(|invitation| invitation.method.word());
    let absent = context! { namespace => "", tenant => "", digest => Vec::<()>::new(), from => (), to => (), slot => (), canDecline => false, refusalsLeft => (), verdict => (), reason => (), notes => (), ends => Vec::<()>::new(), trial => () };
    context! { calendar, ..merge_maps([absent, Value::from(Serde(message))]) }
}

/// What templates are tried on before the first notice is sent: for each kind a message with all that it can have, one that cannot be
/// declined any more, and one with the least.
pub(super) fn samples() -> Vec<Message> {
    KINDS
        .iter()
        .flat_map(|kind| [most(*kind), Message { refusals_left: Some(0), can_decline: false, ..most(*kind) }, least(*kind)])
        .collect()
}

fn least(kind: NoticeKind) -> Message {
    let dated = matches!(kind, NoticeKind::Planned | NoticeKind::Moved | NoticeKind::Reminder);
    // A day may be declined, and that taken back, while nothing is planned; and what ends is no upgrade.
    let of_a_day = matches!(kind, NoticeKind::OptOutAccepted | NoticeKind::OptOutUndone) || kind.is_of_support();
    let of_platform = kind == NoticeKind::SupportDigest;
    let named = |name: String| if of_platform { String::new() } else { name };
    Message {
        namespace: named(most(kind).namespace),
        tenant: named(most(kind).tenant),
        from: None,
        to: most(kind).to.filter(|_| !of_a_day && !of_platform),
        can_decline: false,
        slot: most(kind).slot.filter(|_| dated),
        refusals_left: None,
        verdict: None,
        reason: None,
        notes: None,
        invitation: most(kind).invitation.filter(|_| dated),
        ..most(kind)
    }
}

fn most(kind: NoticeKind) -> Message {
    let [opens_at, closes_at, opt_out_until] =
        [18, 22, 13].map(|hour| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hour));
    let local = |time: &str| format!("Thu 1 Jan 1970 {time} GMT");
    let local = LocalTimes { opens: local("18:00"), closes: local("22:00"), opt_out_until: local("13:00") };
    let off = matches!(kind, NoticeKind::OptOutAccepted | NoticeKind::Postponed);
    let method = if off { Method::Cancel } else { Method::Request };
    Message {
        kind,
        customer: "Example Ltd".into(),
        namespace: "example".into(),
        tenant: "dashboard".into(),
        from: Some("1.0.0".into()),
        to: Some("1.1.0".into()),
        slot: Some(SlotTimes { opens: "1970-01-01T18:00+00:00".into(), opens_at, closes_at, opt_out_until, local }),
        can_decline: true,
        refusals_left: Some(2),
        verdict: Some(Verdict::Accepted),
        reason: Some(Reason::OptedOut.into()),
        ends: if kind.is_of_support() { vec![theirs(), own()] } else { vec![] },
        trial: kind.is_of_trial().then(|| tried(kind)),
        digest: if kind == NoticeKind::SupportDigest { vec![platforms()] } else { vec![] },
        notes: Some(Notes { summary: "New report editor".into(), url: Some("https://docs.example/1.1".into()) }),
        subject: "A subject".into(),
        text: "A paragraph.\n\nAnother, with\ntwo lines.".into(),
        invitation: Some(Invitation {
            method,
            uid: "example@uplift.dev".into(),
            sequence: 1,
            opens_at,
            closes_at: Some(closes_at),
        }),
    }
}

fn tried(kind: NoticeKind) -> TrialFacts {
    let at = Timestamp::UNIX_EPOCH;
    let over = kind == NoticeKind::TrialEnded;
    TrialFacts {
        run: "trial0a1b2c3d4e5f-1".into(),
        url: Some("https://example-trial.example".into()),
        time_zone: "Europe/London".into(),
        data_from: Some(at),
        upgrade_took: Some(Duration::from_secs(240)),
        until: (!over).then_some(at),
        required: true,
        verdict: over.then_some(TrialVerdict::Passed),
        answer: over.then_some(TrialAnswer::Confirmed),
        cleaned_at: over.then_some(at),
    }
}

fn theirs() -> Ending {
    Ending {
        subject: "postgresql".into(),
        label: "PostgreSQL".into(),
        version: "13.2".into(),
        dependency: Some("reports".into()),
        ends_on: jiff::civil::date(1970, 4, 1),
        before: Some(Duration::from_hours(90 * 24)),
        alternatives: vec!["17 (pg_upgrade, one window)".into()],
        way: None,
    }
}

fn platforms() -> PlatformEnd {
    PlatformEnd {
        product: "postgresql".into(),
        label: "PostgreSQL".into(),
        subject: "13.2".into(),
        ends_on: jiff::civil::date(1970, 4, 1),
        before: Some(Duration::from_hours(90 * 24)),
        installations: vec!["pg-eu-1".into()],
        releases: vec!["1.0.0".into()],
        reference: Some("PO-4711".into()),
        covers: vec!["13".into()],
        alternatives: vec!["17 (pg_upgrade, one window)".into()],
        longest: Some(Longest { cycle: "17".into(), ends_on: None }),
    }
}

fn own() -> Ending {
    let way = WayOut { state: Runway::Ended, hops: None, must_start_by: None, time_zone: "UTC".into(), managed: true };
    let (dependency, before, alternatives) = (None, None, vec![]);
    Ending { subject: "dashboard".into(), dependency, before, alternatives, way: Some(way), ..theirs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known() {
        let schema = serde_json::to_value(schemars::schema_for!(NoticeKind)).unwrap();
        // The digest stands in no status.
        assert_eq!(schema["oneOf"].as_array().unwrap().len() + 1, KINDS.len());
    }

    #[test]
    fn templates_get_what_webhooks_get_and_none_for_what_is_absent() {
        for message in samples() {
            let (facts, data) = (facts(&message), serde_json::to_value(&message).unwrap());
            for (name, value) in data.as_object().unwrap() {
                assert_eq!(&serde_json::to_value(facts.get_attr(name).unwrap()).unwrap(), value, "{name}");
            }
            for name in serde_json::to_value(most(NoticeKind::Planned)).unwrap().as_object().unwrap().keys() {
                assert!(!facts.get_attr(name).unwrap().is_undefined(), "{name} of {message:?}");
            }
        }
    }
}
