//! A process of the operator, whether it runs, stands still or is down.

use jiff::{SignedDuration, Timestamp};

use super::{
    operator::{Act, Operator},
    stuck::Stuck,
    trouble::{Replica, Trouble},
    watch::{Shown, Watch},
};
use crate::{fleet::Fleet, lead::Known, simulate::world::World};

/// A process, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    pub operator: Option<Operator>,
    /// When a process that is not there starts; none: it is there, or is gone for good.
    starts_at: Option<Timestamp>,
    /// When it is gone for good.
    ends_at: Option<Timestamp>,
    /// Until when it stands still.
    paused_until: Option<Timestamp>,
    pub trouble: Trouble,
    watch: Watch,
    /// What it knows of the Lease; none: it is alone, and leads.
    pub known: Option<Known>,
    /// Whether it has begun to lead, and not ceased.
    pub leads: bool,
    /// It stood still with its next act on the wire: that goes out whatever happened meanwhile.
    pub on_the_wire: bool,
}

impl Process {
    /// The operator's own.
    pub fn new(starts_at: Timestamp) -> Self {
        Self { starts_at: Some(starts_at), ..Self::default() }
    }
    /// Another one.
    pub fn replica(replica: &Replica) -> Self {
        let (starts_at, ends_at) = (Some(replica.from), Some(replica.until));
        Self { starts_at, ends_at, trouble: replica.trouble.clone(), ..Self::default() }
    }

    /// What its clock shows.
    pub fn clock(&self, now: Timestamp) -> Timestamp {
        now + self.trouble.ahead(now)
    }
    /// Whether it runs.
    pub fn runs(&self, now: Timestamp) -> bool {
        self.operator.is_some() && self.paused_until.is_none_or(|until| until <= now)
    }
    /// Whether the API server hears it.
    pub fn reaches(&self, now: Timestamp) -> bool {
        self.runs(now) && self.trouble.cut_off_until(now).is_none()
    }
    /// Whether it starts now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.operator.is_none() && self.starts_at.is_some_and(|at| at <= now)
    }
    /// Whether it ends for good now.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|at| at <= now)
    }

    /// The write that was on the wire when it stood still. Of a notice somebody else knows whether it arrived: it is sent if this process
    /// still leads.
    pub fn take_off_the_wire(&mut self) -> Option<Act> {
        let waits = std::mem::take(&mut self.on_the_wire);
        self.operator.as_mut().filter(|_| waits)?.acts.pop_front_if(|act| matches!(act, Act::Write(_)))
    }

    /// It starts, with an empty memory but for `known`, and reads everything.
    pub fn start(&mut self, world: &World, known: Fleet) {
        let now = self.clock(world.now());
        self.starts_at = None;
        self.watch = Watch::open(world);
        self.operator = Some(Operator::start(world, known, now, self.trouble.is_none()));
    }
    /// It dies until an instant, or for good; whether it was there.
    pub fn die(&mut self, until: Option<Timestamp>) -> bool {
        let gone = self.operator.is_none() && self.starts_at.is_none();
        self.starts_at = until.filter(|_| !gone).max(self.starts_at.filter(|_| until.is_some()));
        self.ends_at = self.ends_at.filter(|_| until.is_some());
        self.paused_until = None;
        self.on_the_wire = false;
        self.operator.take().is_some()
    }
    /// It stands still, and sees nothing.
    pub fn pause(&mut self, until: Timestamp) {
        self.paused_until = Some(until);
        self.on_the_wire = true;
        if let Some(operator) = &mut self.operator {
            operator.gapless = false;
        }
    }

    /// It has become the leader: it lists everything anew.
    pub fn begin_term(&mut self, world: &World) {
        let now = self.clock(world.now());
        self.leads = true;
        self.watch = Watch::open(world);
        if let Some(operator) = &mut self.operator {
            operator.begin_term(world, now);
        }
    }

    /// It leads no more.
    pub fn end_term(&mut self) {
        self.leads = false;
        self.operator.iter_mut().for_each(Operator::end_term);
    }

    /// Takes in what its watches show, and reads what it has to.
    pub fn take_in(&mut self, world: &World) {
        let now = self.clock(world.now());
        let Some(operator) = &mut self.operator else { return };
        while let Some(shown) = self.watch.take(world, &self.trouble) {
            match shown {
                Shown::Event(n) => world.log().get(n).into_iter().for_each(|record| operator.seen(record, now)),
                Shown::Listed(key) => operator.listed(world, &key, now),
            }
        }
        operator.read_what_is_due(world, now);
    }

    /// It wants to be woken at an instant that is not later, and does nothing.
    pub fn check(&self, at: Timestamp) -> Result<(), Stuck> {
        let Some(operator) = self.operator.as_ref().filter(|_| self.reaches(at)) else { return Ok(()) };
        let now = self.clock(at);
        match operator.wake_at.filter(|wake_at| *wake_at <= now && operator.unknown.is_empty()) {
            Some(wake_at) => Err(Stuck::Sleepless { at: now, wake_at }),
            None => Ok(()),
        }
    }

    /// When something happens to it, or it has to do something, with no event: on the world's clock.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let cut = self.trouble.next_cut(now).filter(|_| self.operator.is_some());
        let fixed = [self.starts_at, self.ends_at, self.paused_until, cut].into_iter().flatten().filter(|at| *at > now).min();
        let wakes = self.wakes(now).filter(|_| self.runs(now));
        // What a watch brings to a process that is cut off is there when it is not any more.
        let shown = self.watch.next().filter(|_| self.reaches(now));
        [wakes, shown].into_iter().flatten().chain(fixed).min()
    }

    /// The clock moved: whether it has to plan although nothing changed.
    pub fn moved(&mut self, from: Timestamp, to: Timestamp) {
        let due = self.wakes(from).is_some_and(|at| at <= to);
        if let Some(operator) = self.operator.as_mut().filter(|_| due) {
            operator.quiet = false;
        }
    }

    fn wakes(&self, now: Timestamp) -> Option<Timestamp> {
        let ahead: SignedDuration = self.trouble.ahead(now);
        let own = self.operator.as_ref().and_then(|operator| operator.next(now + ahead)).map(|at| at - ahead);
        [own, self.trouble.next_step(now)].into_iter().flatten().min()
    }
}
