//! What a notice says: the same facts as words and as data.

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceSpec, TenantInstanceStatus, reasons,
        tenant::{HistoryEntry, NoticeKind, NoticeRecord, OptOutRecord, Slot},
    },
    fleet::TenantKey,
    plan::{
        consent::{answer::NOTED, deferral::refusals_left, value::Declines},
        notice::invitation::invitation,
        output::notice::{LocalTimes, Message, SlotTimes},
        pass::{Pass, slots},
        record::ids,
    },
};

/// The message of a notice that was written down; none: what it was about is gone.
pub fn message(
    pass: &Pass,
    (key, uid): (&TenantKey, &str),
    spec: &TenantInstanceSpec,
    status: &TenantInstanceStatus,
    notice: &NoticeRecord,
) -> Option<Message> {
    let facts = Facts::gather(pass, (spec, uid), status, notice);
    let (subject, text) = facts.words(spec, notice)?;
    Some(Message {
        kind: notice.kind,
        customer: spec.customer.display_name.clone(),
        namespace: key.namespace.clone(),
        tenant: key.name.clone(),
        from: facts.from.map(Into::into),
        to: notice.release.clone(),
        slot: facts.slot.as_ref().map(|slot| facts.times(slot)),
        refusals_left: facts.refusals_left,
        verdict: facts.verdict,
        reason: notice.reason.clone(),
        subject,
        text,
        invitation: invitation(uid, notice, facts.slot.as_ref(), facts.planned),
    })
}

struct Facts<'a> {
    from: Option<&'a str>,
    slot: Option<Slot>,
    planned: bool,
    /// The version and slot that is announced, whatever the notice is about.
    standing: Option<(&'a str, &'a Slot)>,
    ended: Option<&'a HistoryEntry>,
    refusals_left: Option<u32>,
    verdict: Option<crate::api::tenant::Verdict>,
    value: Option<&'a str>,
    local: Box<dyn Fn(Timestamp) -> String + 'a>,
}

impl<'a> Facts<'a> {
    fn gather(
        pass: &'a Pass,
        (spec, uid): (&'a TenantInstanceSpec, &str),
        status: &'a TenantInstanceStatus,
        notice: &NoticeRecord,
    ) -> Self {
        let upgrade = status.upgrade.as_ref().filter(|u| u.to == notice.release);
        let planned = upgrade.and_then(|u| u.slot.as_ref()).filter(|s| notice.slot.as_deref() == Some(&s.opens));
        let window = planned.map_or(&spec.window_ref.name, |s| &s.window);
        // A slot that is over, or was declined, is looked up in the calendar: the status keeps its name only.
        let found = || slots::named(pass, window, notice.slot.as_deref()?);
        let ended = status.history.iter().find(|entry| ids::result_notice(&entry.id) == notice.key);
        let ended = ended.or_else(|| status.history.iter().find(|entry| notice.slot.as_deref() == Some(&entry.slot)));
        let key = |r: &&OptOutRecord| ids::answer_notice(uid, &r.value, r.slot.as_deref(), r.at.as_second(), r.verdict);
        let answered = status.opt_outs.iter().find(|r| key(r) == notice.key);
        let schedule = pass.schedule(window);
        Self {
            from: upgrade.map(|u| u.from.as_str()).or_else(|| ended.map(|e| e.from.as_str())).or(status.version.as_deref()),
            slot: planned.cloned().or_else(found),
            planned: planned.is_some(),
            standing: status.upgrade.as_ref().and_then(|u| Some((u.to.as_str(), u.slot.as_ref()?))),
            ended,
            refusals_left: refusals_left(pass, window, status.deferrals.as_ref()),
            verdict: answered.map(|r| r.verdict),
            value: answered.map(|r| r.value.as_str()),
            local: Box::new(move |at| schedule.map_or_else(|| at.to_string(), |s| s.local(at))),
        }
    }

    fn times(&self, slot: &Slot) -> SlotTimes {
        let Slot { opens_at, closes_at, opt_out_until, .. } = *slot;
        let [opens, closes, until] = [opens_at, closes_at, opt_out_until].map(|at| (self.local)(at));
        let local = LocalTimes { opens, closes, opt_out_until: until };
        SlotTimes { opens: slot.opens.clone(), opens_at, closes_at, opt_out_until, local }
    }

    fn words(&self, spec: &TenantInstanceSpec, notice: &NoticeRecord) -> Option<(String, String)> {
        let (customer, to) = (&spec.customer.display_name, &notice.release);
        let when = self.slot.as_ref().map(|s| (self.local)(s.opens_at));
        let when = when.or_else(|| notice.slot.clone()).unwrap_or_default();
        let why = notice.reason.as_deref().and_then(sentence).map(|why| format!(" ({why})")).unwrap_or_default();
        let said = self.value.map(|value| format!(" {value:?}")).unwrap_or_default();
        Some(match notice.kind {
            NoticeKind::Planned => (format!("Upgrade of {customer} to {to} on {when}"), self.announced("is planned", to, "")?),
            NoticeKind::Moved => {
                (format!("New date: upgrade of {customer} to {to} on {when}"), self.announced("has a new date", to, &why)?)
            }
            NoticeKind::Reminder => {
                (format!("Reminder: upgrade of {customer} to {to} on {when}"), self.reminded(to, notice.created_at)?)
            }
            NoticeKind::OptOutAccepted if notice.reason.as_deref() == Some(NOTED) => self.noted(&said, customer),
            NoticeKind::OptOutAccepted if notice.slot.is_none() => (
                format!("Opt-out accepted: {customer} stays on its version"),
                format!("Your opt-out{said} counts: the upgrade to {to} does not take place. {}", self.after_refusal()),
            ),
            NoticeKind::OptOutAccepted => (
                format!("Opt-out accepted: {customer} stays on its version"),
                format!("Your opt-out{said} counts: the upgrade to {to} on {when} does not take place. {}", self.after_refusal()),
            ),
            NoticeKind::OptOutTooLate => (
                format!("Opt-out too late: upgrade of {customer} to {to}"),
                format!(
                    "Your opt-out{said} came after the cut-off. The upgrade to {to} on {when} goes ahead. If it must not, call support."
                ),
            ),
            NoticeKind::OptOutLimitReached => (
                format!("Opt-out not possible: upgrade of {customer} to {to}"),
                format!(
                    "The upgrade to {to} was put off as often as agreed. {} If it must not, call support.",
                    goes_ahead(&when)
                ),
            ),
            NoticeKind::OptOutUndone => (
                format!("Opt-out taken back: {customer}"),
                format!("Your opt-out{said} is taken back. {}", self.stands(to, notice)),
            ),
            NoticeKind::Postponed if self.planned => (
                format!("Upgrade of {customer} to {to} on {when} may not take place"),
                format!(
                    "Something holds back the upgrade to {to} announced for {when}{why}. If it is not lifted in time you will get \
                     a new date, with a new chance to decline. You need not do anything."
                ),
            ),
            NoticeKind::Postponed => (
                format!("Upgrade of {customer} to {to} on {when} does not take place"),
                format!(
                    "The upgrade to {to} announced for {when} does not take place{why}. If there is a new date you will be told, \
                     with a new chance to decline. You need not do anything."
                ),
            ),
            NoticeKind::Succeeded => {
                (format!("{customer} runs {to}"), format!("The upgrade {} succeeded. You need not do anything.", self.way(to)))
            }
            NoticeKind::Failed => {
                let what = self.ended.and_then(|e| e.message.as_deref()).unwrap_or("it did not come up").trim_end_matches('.');
                (
                    format!("Upgrade of {customer} to {to} failed"),
                    format!("The upgrade to {to} failed: {what}. We are looking into it. You need not do anything."),
                )
            }
        })
    }

    /// What fits nothing planned is noted. A date that stands beside it must not be taken for declined.
    fn noted(&self, said: &str, customer: &str) -> (String, String) {
        let later = "When something is planned that it fits, it is declined without asking you again.";
        let Some((to, slot)) = &self.standing else {
            return (
                format!("Your opt-out is noted: {customer}"),
                format!("Your opt-out{said} fits nothing that is planned yet. {later}"),
            );
        };
        let (opens, until, day) =
            ((self.local)(slot.opens_at), (self.local)(slot.opt_out_until), slot.opens.get(..10).unwrap_or_default());
        let subject = format!("Your opt-out does not touch the upgrade of {customer} to {to} on {opens}");
        let text = format!(
            "Your opt-out{said} does not fit the upgrade to {to} on {opens}: that goes ahead. To decline it, tell us by {until} \
             (uplift.dev/opt-out: \"{day}\").\n\n{later}"
        );
        (subject, text)
    }

    /// Whether the date that was declined stands again.
    fn stands(&self, to: &str, notice: &NoticeRecord) -> String {
        match &self.slot {
            Some(slot) if self.planned && notice.slot.is_some() => {
                let (opens, closes) = ((self.local)(slot.opens_at), (self.local)(slot.closes_at));
                format!("The upgrade to {to} runs between {opens} and {closes}, as announced before.")
            }
            _ => "You will be told of the date of the upgrade before it comes.".into(),
        }
    }

    /// What R10 asks of a planned notice.
    fn announced(&self, verb: &str, to: &str, why: &str) -> Option<String> {
        let slot = self.slot.as_ref()?;
        Some(format!("{}\n\n{}", self.runs(&format!("{verb}{why}: it runs"), to, slot), self.how_to_decline(slot)))
    }

    /// A reminder says the same, as long as there is something to decline.
    fn reminded(&self, to: &str, at: Timestamp) -> Option<String> {
        let slot = self.slot.as_ref()?;
        let over = "The time to decline it is over. If it must not take place, call support.".to_owned();
        let decline = if at <= slot.opt_out_until { self.how_to_decline(slot) } else { over };
        Some(format!("{}\n\n{decline}", self.runs("runs", to, slot)))
    }

    fn runs(&self, verb: &str, to: &str, slot: &Slot) -> String {
        let local = &self.local;
        format!("The upgrade {} {verb} between {} and {}.", self.way(to), local(slot.opens_at), local(slot.closes_at))
    }

    /// A retry goes to the version whose images stand there already: it comes from none that a customer knows.
    fn way(&self, to: &str) -> String {
        self.from.filter(|from| *from != to).map_or_else(|| format!("to {to}"), |from| format!("from {from} to {to}"))
    }

    fn how_to_decline(&self, slot: &Slot) -> String {
        let more = match self.refusals_left {
            Some(0) => {
                return "It was put off as often as agreed, so this date cannot be declined. If it must not be, call support."
                    .into();
            }
            None => "You will get another date then.".into(),
            Some(1) => "You will get another date then, which cannot be declined.".into(),
            Some(n) => format!("You will get another date then. You can decline {n} times, this date included."),
        };
        format!(
            "To decline, tell us by {} (uplift.dev/opt-out: \"{}\"). {more}\n\
             If we hear nothing from you by then, the upgrade goes ahead.",
            (self.local)(slot.opt_out_until),
            slot.opens.get(..10).unwrap_or_default(),
        )
    }

    fn after_refusal(&self) -> String {
        let version = self.value.is_some_and(|value| matches!(Declines::parse(value), Some(Declines::Version(_))));
        match self.refusals_left {
            _ if version => "You stay on your version until a newer release is planned for you.".into(),
            None => "You will get another date.".into(),
            Some(0) => "You will get another date, which cannot be declined.".into(),
            Some(1) => "You will get another date, which you can decline once more.".into(),
            Some(n) => format!("You will get another date; you can decline {n} more times."),
        }
    }
}

/// When what cannot be put off any more takes place; `when` is empty while there is no date.
fn goes_ahead(when: &str) -> String {
    if when.is_empty() {
        return "It goes ahead; you will be told of the date before it comes.".into();
    }
    format!("It goes ahead on {when}.")
}

/// A reason as a customer may read it. What has no words here is the operator's own business.
fn sentence(reason: &str) -> Option<&'static str> {
    Some(match reason {
        reasons::NOTICE_NOT_DELIVERED => "we could not reach you in time for the date before",
        reasons::OPTED_OUT => "you declined the date before",
        reasons::FROZEN => "no upgrades take place at that time",
        reasons::WITHDRAWN | reasons::RELEASE_DELETED => "the release was taken back",
        reasons::REJECTED | reasons::APPROVAL_REMOVED | reasons::PENDING_APPROVAL => "the release is not approved at present",
        reasons::WINDOW_CHANGED | reasons::WINDOW_DELETED | reasons::CHANNEL_CHANGED => "your maintenance window has changed",
        reasons::ALREADY_RUNNING => "you run this version already",
        reasons::UNHEALTHY | reasons::NO_REPLICAS | reasons::PAUSED => "your instance must be well first",
        reasons::SUSPENDED | reasons::WINDOW_SUSPENDED => "upgrades are stopped at present",
        reasons::CONCURRENCY | reasons::SLOT_CLOSED | reasons::STALE_VIEW | reasons::CLOCK_SKEW => {
            "there was not enough time in the window"
        }
        reasons::PROGRESS_DEADLINE_EXCEEDED | reasons::DEADLINE_EXCEEDED => "the first attempt did not succeed",
        reasons::RETRIED => "it is tried again",
        _ => return None,
    })
}
