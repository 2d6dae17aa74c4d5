//! Whose turn it is: hosts take turns, and repetitions get at most half of the attempts in flight.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{fleet::TenantKey, letters::Waiting};

/// The host of all e-mail. No URL has such a host.
pub(super) const MAIL: &str = "mail:";

/// Who queues up: a tenant with its UID, or the platform, and the contact's name. What is told of support and of trials queues up beside the rest: it is tried for days, and
/// no date waits for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneKey {
    pub tenant_uid: String,
    pub contact: String,
    pub tenant: TenantKey,
    pub beside: bool,
}

impl LaneKey {
    pub fn of(notice: &impl Waiting) -> Self {
        let ((tenant, tenant_uid), (_, key)) = (notice.tenant(), notice.written());
        let beside = key.is_beside();
        Self { tenant_uid: tenant_uid.into(), contact: notice.contact().into(), tenant: tenant.clone(), beside }
    }
}

/// Attempts in flight at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Altogether.
    pub all: usize,
    /// For one host.
    pub host: usize,
    /// For the mail server.
    pub mail: usize,
}

/// A host, and whether the attempt repeats one that failed: what a lane queues up for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub host: Arc<str>,
    pub repeats: bool,
}

/// Lanes that are ready, by host. Within a host the one that is ready longest goes first.
///
/// Hosts that are down hang for the whole time of an attempt; thousands of them would hold all attempts, so that what is sent for
/// the first time has half of them for itself. So it is within a host: many customers may share a mail server or a chat service.
#[derive(Debug)]
pub(super) struct Turns {
    hosts: BTreeMap<Arc<str>, Host>,
    /// Hosts with something to send, in the order of their turns: first attempts, and repetitions.
    queues: [VecDeque<Arc<str>>; 2],
    next_ticket: u64,
    waiting: usize,
    /// Which queue is asked first: they alternate, so that neither starves the other.
    repeats_first: bool,
    repeats_in_flight: usize,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Host {
    ready: [BTreeMap<u64, Arc<LaneKey>>; 2],
    queued: [bool; 2],
    /// First attempts, and repetitions.
    in_flight: [usize; 2],
}

impl Host {
    fn is_free(&self, repeats: bool, limit: usize) -> bool {
        let [first, repeated] = self.in_flight;
        first + repeated < limit.max(1) && (!repeats || repeated < half(limit))
    }
}

/// Half of a limit, and never nothing.
const fn half(limit: usize) -> usize {
    if limit < 4 { 1 } else { limit / 2 }
}

impl Turns {
    /// Repetitions get half of each limit at most.
    pub fn new(limits: Limits) -> Self {
        Self {
            hosts: BTreeMap::new(),
            queues: Default::default(),
            next_ticket: 0,
            waiting: 0,
            repeats_first: false,
            repeats_in_flight: 0,
            limits,
        }
    }

    /// Puts a lane last at its host; the ticket takes it back.
    pub fn push(&mut self, turn: &Turn, lane: Arc<LaneKey>) -> u64 {
        self.next_ticket += 1;
        self.waiting += 1;
        let host = self.hosts.entry(Arc::clone(&turn.host)).or_default();
        host.ready[usize::from(turn.repeats)].insert(self.next_ticket, lane);
        self.enqueue(turn);
        self.next_ticket
    }

    /// Takes a lane back that has had no turn.
    pub fn remove(&mut self, turn: &Turn, ticket: u64) {
        let Some(host) = self.hosts.get_mut(&turn.host) else { return };
        self.waiting -= usize::from(host.ready[usize::from(turn.repeats)].remove(&ticket).is_some());
        self.tidy(&turn.host);
    }

    /// The next lane; from now on it counts as in flight, until [`Self::end`].
    pub fn pop(&mut self) -> Option<Arc<LaneKey>> {
        self.repeats_first = !self.repeats_first;
        let first = self.repeats_first;
        self.pop_from(first).or_else(|| self.pop_from(!first))
    }

    /// An attempt of this turn ended.
    pub fn end(&mut self, turn: &Turn) {
        self.repeats_in_flight -= usize::from(turn.repeats).min(self.repeats_in_flight);
        if let Some(host) = self.hosts.get_mut(&turn.host) {
            let in_flight = &mut host.in_flight[usize::from(turn.repeats)];
            *in_flight = in_flight.saturating_sub(1);
        }
        for repeats in [false, true] {
            self.enqueue(&Turn { host: Arc::clone(&turn.host), repeats });
        }
        self.tidy(&turn.host);
    }

    /// Whether no lane waits for a turn.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    fn pop_from(&mut self, repeats: bool) -> Option<Arc<LaneKey>> {
        let queue = usize::from(repeats);
        while !repeats || self.repeats_in_flight < half(self.limits.all) {
            let turn = Turn { host: self.queues[queue].pop_front()?, repeats };
            let limit = self.limit(&turn.host);
            let Some(host) = self.hosts.get_mut(&turn.host) else { continue };
            host.queued[queue] = false;
            let free = host.is_free(repeats, limit); // if not, the end of one of its attempts queues the host again
            let lane = if free { host.ready[queue].pop_first() } else { None };
            if lane.is_some() {
                host.in_flight[queue] += 1;
                self.waiting -= 1;
                self.repeats_in_flight += queue;
                self.enqueue(&turn);
                return lane.map(|(_, lane)| lane);
            }
            self.tidy(&turn.host);
        }
        None
    }

    fn enqueue(&mut self, turn: &Turn) {
        let (queue, limit) = (usize::from(turn.repeats), self.limit(&turn.host));
        let Some(host) = self.hosts.get_mut(&turn.host) else { return };
        if !host.queued[queue] && !host.ready[queue].is_empty() && host.is_free(turn.repeats, limit) {
            host.queued[queue] = true;
            self.queues[queue].push_back(Arc::clone(&turn.host));
        }
    }

    fn limit(&self, host: &str) -> usize {
        if host == MAIL { self.limits.mail } else { self.limits.host }
    }

    fn tidy(&mut self, name: &Arc<str>) {
        let is_idle =
            |host: &Host| host.in_flight == [0; 2] && host.queued == [false; 2] && host.ready.iter().all(BTreeMap::is_empty);
        if self.hosts.get(name).is_some_and(is_idle) {
            self.hosts.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(host: &str, repeats: bool) -> Turn {
        Turn { host: host.into(), repeats }
    }

    fn push(turns: &mut Turns, turn: &Turn, name: &str) -> u64 {
        turns.push(
            turn,
            Arc::new(LaneKey {
                tenant_uid: name.into(),
                contact: "it".into(),
                tenant: TenantKey::new(name, name),
                beside: false,
            }),
        )
    }

    fn pop(turns: &mut Turns) -> Option<String> {
        turns.pop().map(|lane| lane.tenant_uid.clone())
    }

    #[test]
    fn ten_thousand_lanes_of_one_host_take_its_slots_only() {
        let (mut turns, dead) = (Turns::new(Limits { all: 32, host: 4, mail: 16 }), turn("dead", false));
        for index in 0..10_000 {
            push(&mut turns, &dead, &format!("dead-{index}"));
        }
        push(&mut turns, &turn("sound", false), "sound");
        let got: Vec<_> = std::iter::from_fn(|| pop(&mut turns)).collect();
        assert_eq!(got, ["dead-0", "sound", "dead-1", "dead-2", "dead-3"]);
        turns.end(&dead);
        assert_eq!(pop(&mut turns).as_deref(), Some("dead-4"));
        assert_eq!(pop(&mut turns), None);
    }

    #[test]
    fn repetitions_take_half_of_the_slots_and_their_share_while_others_wait() {
        let mut turns = Turns::new(Limits { all: 4, host: 4, mail: 4 });
        for index in 0..9 {
            push(&mut turns, &turn(&format!("dead-{index}"), true), "repeated");
            push(&mut turns, &turn(&format!("new-{index}"), false), "new");
        }
        let got: Vec<_> = (0..6).filter_map(|_| pop(&mut turns)).collect();
        assert_eq!(got, ["repeated", "new", "repeated", "new", "new", "new"]);
        turns.end(&turn("dead-0", true));
        assert!((0..2).any(|_| pop(&mut turns).as_deref() == Some("repeated")));
    }

    #[test]
    fn repetitions_take_half_of_the_mail_server_so_that_new_mail_goes_on() {
        let mut turns = Turns::new(Limits { all: 32, host: 4, mail: 6 });
        for index in 0..20 {
            push(&mut turns, &turn(MAIL, true), "stalls");
            push(&mut turns, &turn(MAIL, false), &format!("new-{index}"));
        }
        let first: Vec<_> = std::iter::from_fn(|| pop(&mut turns)).collect();
        assert_eq!(first.iter().filter(|name| *name == "stalls").count(), 3);
        assert_eq!(first.len(), 6);
        for index in 3..20 {
            turns.end(&turn(MAIL, false));
            assert_eq!(pop(&mut turns), Some(format!("new-{index}")), "the repetitions still hang");
        }
        turns.end(&turn(MAIL, true));
        assert_eq!(pop(&mut turns).as_deref(), Some("stalls"));
    }

    #[test]
    fn a_lane_that_was_taken_back_gets_no_turn_and_nothing_is_left_over() {
        let (mut turns, host) = (Turns::new(Limits { all: 4, host: 1, mail: 1 }), turn("a", false));
        let ticket = push(&mut turns, &host, "first");
        push(&mut turns, &host, "second");
        turns.remove(&host, ticket);
        assert_eq!(pop(&mut turns).as_deref(), Some("second"));
        assert!(turns.is_empty());
        turns.end(&host);
        assert_eq!(pop(&mut turns), None);
        assert!(turns.hosts.is_empty() && turns.queues.iter().all(VecDeque::is_empty));
    }
}
