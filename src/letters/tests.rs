//! What must hold of every letter, whatever its facts are.

mod digest;
mod support;
mod trial;

use proptest::prelude::*;

use super::*;
use crate::api::{
    Duration,
    reason::Reason,
    release::Notes,
    tenant::{CalendarChange, NoticeFacts, NoticeRecord, Runway, StandingDate, WayOut},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn slot(opens: &str) -> Slot {
    let opens_at = at(opens);
    let hours = |h: i64| opens_at + jiff::SignedDuration::from_hours(h);
    let (closes_at, opt_out_until, notice_until) = (hours(4), hours(-5), hours(-48));
    let time_zone = "Europe/London".into();
    Slot {
        opens: opens.into(),
        window: "w".into(),
        time_zone,
        can_decline: false,
        opens_at,
        closes_at,
        opt_out_until,
        notice_until,
    }
}

const DATE: &str = "2026-12-15T18:00+00:00";
const OTHER: &str = "2027-01-19T18:00+00:00";
const CUT_OFF: &str = "2026-12-15T13:00:00Z";

fn record(kind: NoticeKind) -> NoticeRecord {
    NoticeRecord {
        key: "k".into(),
        kind,
        contact: "it".into(),
        required: true,
        release: "2026.12.0".into(),
        slot: Some(DATE.into()),
        reason: None,
        created_at: at("2026-12-01T18:00:00Z"),
        generation: 1,
        deliver_by: at(CUT_OFF),
        delivered_at: None,
        attempts: 0,
        last_error: None,
        superseded_by: None,
        address: None,
        facts: None,
    }
}

fn standing(own: bool, started: bool) -> StandingDate {
    StandingDate { release: "2026.12.0".into(), slot: slot(if own { DATE } else { OTHER }), own, started }
}

#[test]
fn what_is_new_stands_below_in_one_line() {
    let notes = Notes { summary: "New\r\n\r\nTo: somebody".into(), url: Some("https://docs.example/new".into()) };
    let told = read(record(NoticeKind::Succeeded), NoticeFacts { notes: Some(notes), ..announced() });
    assert!(told.text.ends_with("\n\nNew in 2026.12.0: New To: somebody (https://docs.example/new)"), "{}", told.text);
}

fn announced() -> NoticeFacts {
    let (customer, from) = ("Acme Ltd".into(), Some("2026.11.0".into()));
    NoticeFacts { customer, from, standing: Some(standing(true, false)), ..NoticeFacts::default() }
}

fn read(record: NoticeRecord, facts: NoticeFacts) -> Message {
    let (tenant, address) = (TenantKey::new("acme", "web"), Address::Email("it@acme.example".into()));
    message(&Notice { tenant, tenant_uid: "uid".into(), address, record, facts })
}

const KINDS: [NoticeKind; 17] = [
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

const VERDICTS: [Verdict; 7] = [
    Verdict::Accepted,
    Verdict::TooLate,
    Verdict::Noted,
    Verdict::Stale,
    Verdict::LimitReached,
    Verdict::AlreadyStarted,
    Verdict::Undone,
];

prop_compose! {
    fn any_way()(
        state in prop::sample::select(vec![
            Runway::InTime, Runway::NoRoomForDeferral, Runway::Unreachable, Runway::NoSupportedRelease, Runway::Supported, Runway::Ended,
            Runway::Unknown,
        ]),
        hops in prop::option::of(0_u32..3),
        by in prop::option::of(Just(at("2026-12-08T18:00:00Z"))),
        zone in prop::sample::select(vec!["Europe/London", "Europe/Atlantis", ""]),
        managed in any::<bool>(),
    ) -> WayOut {
        WayOut { state, hops, must_start_by: by, time_zone: zone.into(), managed }
    }
}

prop_compose! {
    fn any_ending()(
        way in prop::option::of(any_way()),
        named in any::<bool>(),
        ahead in any::<bool>(),
        alternatives in prop::collection::vec("[a-z]{1,9} \\([a-z]{1,9}\\)", 0..3),
    ) -> Ending {
        Ending {
            subject: "postgresql".into(),
            label: "Postgre\r\nSQL".into(),
            version: "13.2".into(),
            dependency: named.then(|| "reports".into()),
            ends_on: jiff::civil::date(2027, 1, 15),
            before: ahead.then(|| Duration::from_hours(720)),
            alternatives,
            way,
        }
    }
}

prop_compose! {
    fn any_facts()(
        from in prop::option::of(Just("2026.11.0".to_owned())),
        lost in prop::option::of(Just(slot(DATE))),
        standing in prop::option::of((any::<bool>(), any::<bool>()).prop_map(|(own, started)| standing(own, started))),
        refusals_left in prop::option::of(0_u32..3),
        deferrals in 0_u32..3,
        value in prop::option::of(prop::sample::select(vec!["2026-12-15".to_owned(), "2026.12".to_owned()])),
        verdict in prop::option::of(prop::sample::select(VERDICTS.to_vec())),
        detail in prop::option::of("[ -~\r\n\t\u{202e}\u{85}]{0,20}"),
        notes in prop::option::of(Just(Notes { summary: "New\reditor".into(), url: None })),
        runs in prop::option::of(prop::sample::select(vec!["2026.11.0".to_owned(), "2026.12.0".to_owned()])),
        restored_to in prop::option::of(Just(at("2026-12-15T18:00:41Z"))),
        over in any::<bool>(),
        ends in prop::collection::vec(any_ending(), 0..5),
        support_ends_on in prop::option::of(Just("2027-01-20".parse().unwrap())),
        digest in prop::collection::vec(digest::any_platform_end(), 1..9),
        trial in prop::option::of(trial::any_facts()),
    ) -> NoticeFacts {
        NoticeFacts {
            customer: "Acme Ltd".into(), from, slot: lost, standing, refusals_left, deferrals, value, verdict, detail, notes, calendar: None, runs,
            restored_to, over, ends, support_ends_on, digest, trial,
        }
    }
}

prop_compose! {
    fn any_record()(
        kind in prop::sample::select(KINDS.to_vec()),
        named in any::<bool>(),
        released in any::<bool>(),
        reason in prop::option::of(prop::sample::select(Reason::ALL.to_vec())),
        late in any::<bool>(),
    ) -> NoticeRecord {
        NoticeRecord {
            slot: named.then(|| DATE.into()),
            release: if released { "2026.12.0".into() } else { String::new() },
            reason: reason.map(Into::into),
            created_at: at(if late { "2026-12-15T14:00:00Z" } else { "2026-12-01T18:00:00Z" }),
            ..record(kind)
        }
    }
}

proptest! {
    #[test]
    fn no_letter_has_a_gap_a_raw_name_or_an_order_that_comes_too_late(record in any_record(), facts in any_facts()) {
        let (late, declinable) = (record.created_at > at(CUT_OFF), facts.refusals_left != Some(0));
        let started = facts.standing.as_ref().is_some_and(|date| date.own && date.started);
        let unnamed = record.release.is_empty();
        let plain = facts.detail.is_none();
        let message = read(record, facts);
        let all = format!("{}\n{}", message.subject, message.text);
        for wrong in ["T18:00", "\r", "\u{202e}", "\u{85}"] {
            prop_assert!(!all.contains(wrong), "{wrong:?} in {all}");
        }
        for gap in [" ,", " .", " :", "()", "( ", " )", "..", "None", "Some("] {
            prop_assert!(!plain || !all.contains(gap), "{gap:?} in {all}");
        }
        prop_assert!(message.text.lines().all(|line| !line.contains("  ") && line.trim() == line), "{all}");
        prop_assert_eq!(message.subject.trim(), &message.subject);
        prop_assert_eq!(message.to.is_none(), unnamed);
        if message.text.contains("To decline, tell us by") {
            prop_assert!(declinable && !late && !started, "{all}");
        }
    }
}

#[test]
fn how_to_decline_is_said_until_the_cut_off_and_to_whom_may() {
    let said = |created_at: &str, facts: NoticeFacts| {
        let message = read(NoticeRecord { created_at: at(created_at), ..record(NoticeKind::Reminder) }, facts);
        (message.can_decline, message.text.split("\n\n").nth(1).unwrap_or_default().to_owned())
    };
    let none_left = |deferrals| NoticeFacts { refusals_left: Some(0), deferrals, ..announced() };
    let how = "To decline, tell us by Tue 15 Dec 2026 13:00 GMT (uplift.dev/opt-out: \"2026-12-15\"). You will get another date then.\n\
               If we hear nothing from you by then, the upgrade goes ahead.";
    assert_eq!(said(CUT_OFF, announced()), (true, how.into()));
    let over = "The time to decline it is over. If it must not take place, call support.";
    assert_eq!(said("2026-12-15T13:00:01Z", announced()), (false, over.into()));
    let never = "This date cannot be declined. If it must not be, call support.";
    assert_eq!(said(CUT_OFF, none_left(0)), (false, never.into()));
    let used = "It was put off as often as agreed, so this date cannot be declined. If it must not be, call support.";
    assert_eq!(said(CUT_OFF, none_left(2)), (false, used.into()));
    let ends = NoticeFacts { support_ends_on: Some("2027-01-20".parse().unwrap()), ..none_left(1) };
    let last = "The version that you run is not supported from Wed 20 Jan 2027 on, and no later date is left before that, so this date cannot be \
                declined. If it must not be, call support.";
    assert_eq!(said(CUT_OFF, ends), (false, last.into()));
    let started = NoticeFacts { standing: Some(standing(true, true)), ..announced() };
    assert_eq!(said(CUT_OFF, started), (false, "It runs already and cannot be declined any more.".into()));
}

#[test]
fn times_are_those_of_the_slots_own_zone_and_a_lost_slot_is_read_off_its_name() {
    let in_kathmandu = Slot { time_zone: "Asia/Kathmandu".into(), ..slot(DATE) };
    let facts = NoticeFacts { slot: Some(in_kathmandu), standing: None, ..announced() };
    assert!(read(record(NoticeKind::Postponed), facts).subject.contains("on Tue 15 Dec 2026 23:45 "));
    let lost = NoticeFacts { standing: None, ..announced() };
    let message = read(record(NoticeKind::Postponed), lost);
    assert!(message.subject.contains("on Tue 15 Dec 2026 18:00 "), "{}", message.subject);
    assert_eq!(message.slot, None);
}

/// R39: whoever has data of an earlier minute again is told so, also where the way back failed after that.
#[test]
fn restored_data_are_told_with_their_time() {
    let facts =
        NoticeFacts { restored_to: Some(at("2026-12-15T18:00:41Z")), slot: Some(slot(DATE)), standing: None, ..announced() };
    for kind in [NoticeKind::RolledBack, NoticeKind::Failed] {
        let failed = |kind| NoticeRecord { reason: Some(Reason::ProbeDiffers.into()), ..record(kind) };
        let said = read(failed(kind), facts.clone()).text;
        let told = "Your data are those of Tue 15 Dec 2026 18:00 GMT again: what was entered after that may be missing.";
        assert!(said.contains(told) && !said.contains("not your data"), "{said}");
        assert!(!read(failed(kind), NoticeFacts { restored_to: None, ..facts.clone() }).text.contains("Your data are"));
    }
}

#[test]
fn what_people_wrote_is_one_line_that_looks_like_nothing_else() {
    let written = Some("year end\r\n\r\nTo decline, press \u{202e}1\t\u{7f} ".into());
    let facts = NoticeFacts { detail: written, slot: Some(slot(DATE)), standing: None, ..announced() };
    let frozen = NoticeRecord { reason: Some(Reason::Frozen.into()), ..record(NoticeKind::Postponed) };
    let text = read(frozen, facts).text;
    assert!(text.contains("(no upgrades take place at that time: year end To decline, press 1)"), "{text}");
}

#[test]
fn nobody_is_promised_a_new_chance_where_there_is_none() {
    let off = |reason: Reason, refusals_left| {
        let facts = NoticeFacts { refusals_left, slot: Some(slot(DATE)), standing: None, ..announced() };
        read(NoticeRecord { reason: Some(reason.into()), ..record(NoticeKind::Postponed) }, facts).text
    };
    assert!(off(Reason::Frozen, None).contains("If there is a new date you will be told, with a new chance to decline."));
    assert!(off(Reason::Frozen, Some(0)).contains("If there is a new date you will be told; it cannot be declined."));
    for last in [Reason::Withdrawn, Reason::ChannelChanged, Reason::AlreadyRunning, Reason::Rejected] {
        assert!(!off(last, None).contains("chance"), "{last}");
    }
}

#[test]
fn a_letter_changes_the_calendar_as_its_facts_say() {
    let change = CalendarChange { method: Method::Cancel, uid: "u@uplift.dev".into(), sequence: 7 };
    let facts = NoticeFacts { calendar: Some(change), standing: None, ..announced() };
    let gone = read(record(NoticeKind::Postponed), facts.clone()).invitation.unwrap();
    assert_eq!((gone.method, gone.sequence, gone.uid.as_str()), (Method::Cancel, 7, "u@uplift.dev"));
    assert_eq!((gone.opens_at, gone.closes_at), (at("2026-12-15T18:00:00Z"), None), "its name is all that is left of it");
    assert_eq!(read(record(NoticeKind::Postponed), announced()).invitation, None);
}
