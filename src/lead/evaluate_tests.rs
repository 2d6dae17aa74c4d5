use proptest::prelude::*;

use super::*;

const DURATION: Duration = Duration::from_secs(15);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lease(holder: &str, version: u32) -> Lease {
    let holder = (!holder.is_empty()).then(|| holder.to_owned());
    let renewed = Some(jiff::Timestamp::UNIX_EPOCH);
    Lease { holder, duration: Some(DURATION), renewed, version: version.to_string(), ..Lease::default() }
}

fn standby(began: Instant) -> Known {
    let mut known = Known::new("b", DURATION);
    known.read(Some(lease("a", 1)), began);
    known
}

#[test]
fn what_was_not_read_is_read_and_nothing_is_sent() {
    let now = Instant::now();
    assert_eq!(evaluate(&Known::new("a", DURATION), now), Verdict { standing: Standing::Revoked, todo: Todo::Read });
}

#[test]
fn a_lease_that_was_given_back_is_taken_at_once() {
    let (mut known, now) = (Known::new("a", DURATION), Instant::now());
    known.read(Some(lease("", 1)), now);
    assert_eq!(evaluate(&known, now).todo, Todo::Write(Intent::Take));
    assert_eq!(evaluate(&known, now).standing, Standing::Revoked, "not before the write was answered");
}

/// As a chart that is installed, or a GitOps tool that replaces it, leaves it behind.
#[test]
fn a_lease_without_a_word_of_a_holder_deposes_nobody_and_is_taken_after_its_whole_duration() {
    let (blank, asked) = (Lease { renewed: None, ..lease("", 2) }, Instant::now());
    let mut holder = Known::new("a", DURATION);
    holder.wrote(lease("a", 1), asked);
    holder.watched(Some(blank.clone()), asked + secs(1));
    assert_eq!(evaluate(&holder, asked + secs(1)).todo, Todo::Write(Intent::Take));
    assert!(matches!(evaluate(&holder, asked + secs(1)).standing, Standing::CertainUntil(_)));
    let mut other = standby(asked);
    other.watched(Some(blank), asked + secs(1));
    assert_eq!(evaluate(&other, asked + secs(1)).todo, Todo::Wait(asked + secs(16)));
    assert_eq!(evaluate(&other, asked + secs(16)).todo, Todo::Write(Intent::Take));
}

#[test]
fn the_holder_counts_from_when_it_asked_and_stops_before_the_end() {
    let (mut known, asked) = (Known::new("a", DURATION), Instant::now());
    known.wrote(lease("a", 1), asked);
    let until = asked + Duration::from_millis(13_500);
    assert_eq!(
        evaluate(&known, asked + secs(1)),
        Verdict { standing: Standing::CertainUntil(until), todo: Todo::Wait(asked + secs(3)) }
    );
    assert_eq!(evaluate(&known, asked + secs(3)).todo, Todo::Write(Intent::Renew));
    assert_eq!(evaluate(&known, until).standing, Standing::Revoked);
}

#[test]
fn a_lease_of_another_is_taken_when_nothing_was_seen_of_it_for_its_whole_duration() {
    let (mut known, began) = (Known::new("b", secs(5)), Instant::now());
    known.read(Some(lease("a", 1)), began);
    assert_eq!(
        evaluate(&known, began + secs(14)).todo,
        Todo::Wait(began + DURATION),
        "as long as the holder says, not as one would hold it oneself"
    );
    known.watched(Some(lease("a", 2)), began + secs(3));
    known.watched(Some(lease("a", 1)), began + secs(9));
    known.read(Some(lease("a", 2)), began + secs(10));
    assert_eq!(evaluate(&known, began + secs(18)).todo, Todo::Write(Intent::Take), "an echo is no sign of life");
    assert_eq!(evaluate(&known, began + secs(17)).todo, Todo::Wait(began + secs(18)));
}

#[test]
fn who_sees_another_holder_sends_nothing_more() {
    let (mut known, asked) = (Known::new("a", DURATION), Instant::now());
    known.wrote(lease("a", 1), asked);
    known.watched(Some(lease("b", 2)), asked + secs(1));
    assert_eq!(evaluate(&known, asked + secs(1)).standing, Standing::Revoked);
    known.watched(Some(lease("a", 1)), asked + secs(2));
    assert_eq!(evaluate(&known, asked + secs(2)).standing, Standing::Revoked, "what comes late brings nothing back");
}

#[test]
fn a_write_without_an_answer_is_looked_for_and_proves_nothing() {
    let (mut known, began) = (standby(Instant::now()), Instant::now());
    known.doubt();
    assert_eq!(evaluate(&known, began), Verdict { standing: Standing::Revoked, todo: Todo::Read });
    known.read(Some(lease("b", 2)), began);
    assert_eq!(evaluate(&known, began), Verdict { standing: Standing::Revoked, todo: Todo::Write(Intent::Renew) });
}

/// The container was started anew: the Lease is its pod's.
#[test]
fn the_lease_of_the_own_pod_is_renewed_at_once() {
    let (mut known, now) = (Known::new("a", DURATION), Instant::now());
    known.read(Some(lease("a", 7)), now);
    assert_eq!(evaluate(&known, now).todo, Todo::Write(Intent::Renew));
}

#[test]
fn a_lease_that_is_gone_is_made_anew_by_its_holder_at_once_and_by_another_after_its_whole_duration() {
    let asked = Instant::now();
    let mut holder = Known::new("a", DURATION);
    holder.wrote(lease("a", 1), asked);
    holder.watched(None, asked + secs(1));
    assert_eq!(evaluate(&holder, asked + secs(1)).todo, Todo::Write(Intent::Create));
    assert!(matches!(evaluate(&holder, asked + secs(1)).standing, Standing::CertainUntil(_)));
    let mut other = standby(asked);
    other.watched(None, asked + secs(1));
    other.read(None, asked + secs(5));
    assert_eq!(evaluate(&other, asked + secs(5)).todo, Todo::Wait(asked + secs(16)));
    assert_eq!(evaluate(&other, asked + secs(16)).todo, Todo::Write(Intent::Create));
}

#[test]
fn who_holds_it_is_written_with_when_and_how_often_it_changed_hands() {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let old = Lease { transitions: 3, acquired: Some(now - jiff::SignedDuration::from_hours(1)), ..lease("a", 9) };
    let taken = old.written(Intent::Take, "b", DURATION, now);
    assert_eq!((taken.holder.as_deref(), taken.transitions, taken.acquired, &*taken.version), (Some("b"), 4, Some(now), "9"));
    let renewed = old.written(Intent::Renew, "a", DURATION, now);
    assert_eq!((renewed.acquired, renewed.renewed, renewed.transitions), (old.acquired, Some(now), 3));
    let back = old.written(Intent::GiveBack, "a", DURATION, now);
    assert_eq!((back.holder, back.transitions), (None, 3));
}

/// An API server with one Lease, and candidates whose requests take their time, get lost, or stand still. Time is in milliseconds.
#[derive(Clone, Debug)]
enum Happens {
    /// This candidate does what the rule says: its request arrives after some time, its answer after some more, or never.
    Acts {
        who: usize,
        arrives: u64,
        answered: Option<u64>,
    },
    /// Its watch shows the Lease as it is, late.
    Sees {
        who: usize,
    },
    /// Somebody puts it back as the chart has it, without a holder.
    Emptied,
    /// Somebody deletes it, once: again and again within seconds is what the admission policy is for.
    Deleted,
    Time(u64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let who = 0..3usize;
    prop_oneof![
        6 => (who.clone(), 0..4000u64, proptest::option::weighted(0.8, 0..4000u64))
            .prop_map(|(who, arrives, answered)| Happens::Acts { who, arrives, answered }),
        3 => who.prop_map(|who| Happens::Sees { who }),
        1 => Just(Happens::Deleted),
        1 => Just(Happens::Emptied),
        6 => (0..6000u64).prop_map(Happens::Time),
    ]
}

/// A request under way: what is written on which version, when it arrives, when its answer does.
struct Request {
    who: usize,
    asked: Instant,
    intent: Intent,
    on: Lease,
    arrives: Instant,
    answered: Option<Instant>,
}

struct Server {
    now: Instant,
    lease: Option<Lease>,
    versions: u32,
    candidates: Vec<Known>,
    requests: Vec<Request>,
    /// Answers under way: whose, asked when, at, what; nothing: it lost.
    answers: Vec<(usize, Instant, Instant, Option<Lease>)>,
}

impl Server {
    fn new() -> Self {
        let candidates = ["a", "b", "c"].map(|name| Known::new(name, DURATION)).into();
        Self { now: Instant::now(), lease: Some(lease("", 1)), versions: 1, candidates, requests: vec![], answers: vec![] }
    }

    fn leaders(&self) -> usize {
        let leads = |known: &&Known| evaluate(known, self.now).standing != Standing::Revoked;
        self.candidates.iter().filter(leads).count()
    }

    fn empty(&mut self) {
        self.versions += 1;
        self.lease = Some(Lease { version: self.versions.to_string(), ..Lease::default() });
    }

    fn busy(&self, who: usize) -> bool {
        self.requests.iter().any(|r| r.who == who) || self.answers.iter().any(|a| a.0 == who)
    }

    fn act(&mut self, who: usize, arrives: u64, answered: Option<u64>) {
        if self.busy(who) {
            return;
        }
        match evaluate(&self.candidates[who], self.now).todo {
            Todo::Wait(_) => {}
            Todo::Read => {
                let lease = self.lease.clone();
                self.candidates[who].read(lease, self.now);
            }
            Todo::Write(intent) => {
                let arrives = self.now + Duration::from_millis(arrives);
                let answered = answered.map(|later| arrives + Duration::from_millis(later));
                let on = self.candidates[who].lease().cloned().unwrap_or_default();
                self.requests.push(Request { who, asked: self.now, intent, on, arrives, answered });
            }
        }
    }

    fn pass(&mut self, milliseconds: u64) -> Result<(), TestCaseError> {
        let until = self.now + Duration::from_millis(milliseconds);
        loop {
            let next = self.requests.iter().map(|r| r.arrives).chain(self.answers.iter().map(|a| a.2)).min();
            self.now = next.filter(|next| *next <= until).unwrap_or(until).max(self.now);
            self.arrive();
            self.hear();
            prop_assert!(self.leaders() <= 1, "two lead: {:?}", self.candidates);
            if next.is_none_or(|next| next > until) {
                return Ok(());
            }
        }
    }

    fn arrive(&mut self) {
        for request in std::mem::take(&mut self.requests) {
            if request.arrives > self.now {
                self.requests.push(request);
                continue;
            }
            let fits = match (&self.lease, request.intent) {
                (None, Intent::Create) => true,
                (Some(lease), Intent::Take | Intent::Renew) => lease.version == request.on.version,
                _ => false,
            };
            let written = fits.then(|| {
                self.versions += 1;
                let name = &self.candidates[request.who].identity;
                let lease = request.on.written(request.intent, name, DURATION, jiff::Timestamp::UNIX_EPOCH);
                Lease { version: self.versions.to_string(), ..lease }
            });
            if written.is_some() {
                self.lease.clone_from(&written);
            }
            match request.answered {
                Some(at) => self.answers.push((request.who, request.asked, at, written)),
                None => self.candidates[request.who].doubt(),
            }
        }
    }

    fn hear(&mut self) {
        for (who, asked, at, lease) in std::mem::take(&mut self.answers) {
            match lease {
                _ if at > self.now => self.answers.push((who, asked, at, lease)),
                Some(lease) => self.candidates[who].wrote(lease, asked),
                None => self.candidates[who].doubt(),
            }
        }
    }
}

proptest! {
    /// The invariant, whatever is late, lost or deleted.
    #[test]
    fn never_do_two_lead(steps in proptest::collection::vec(happens(), 1..60)) {
        let (mut server, mut deleted) = (Server::new(), false);
        for step in steps {
            match step {
                Happens::Acts { who, arrives, answered } => server.act(who, arrives, answered),
                Happens::Sees { who } => {
                    let lease = server.lease.clone();
                    server.candidates[who].watched(lease, server.now);
                }
                Happens::Emptied if server.lease.is_some() => server.empty(),
                Happens::Emptied => {}
                Happens::Deleted if deleted => {}
                Happens::Deleted => (server.lease, deleted) = (None, true),
                Happens::Time(milliseconds) => server.pass(milliseconds)?,
            }
            prop_assert!(server.leaders() <= 1, "two lead: {:?}", server.candidates);
        }
    }
}
