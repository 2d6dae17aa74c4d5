//! The stepper: the world, the operator and the clock, one write, one notice or one jump of the clock at a time.
//!
//! At one instant: the events of that instant in file order; then a plan; its writes in the order of their classes, each
//! applied and folded; its notices; until a plan has nothing to do. Then the clock jumps to whatever comes first.

mod acts;
mod contacts;
mod fault;
mod held;
mod lease;
mod operator;
mod process;
mod replicas;
mod step;
pub(super) mod stuck;
#[cfg(test)]
mod tests;
mod trouble;
mod watch;

use std::collections::VecDeque;

use jiff::Timestamp;

pub use fault::{Fault, FaultKind};
pub use operator::{Act, Rules};
pub use step::{RunError, Step, Told};
pub use stuck::Stuck;
pub use trouble::{ClockStep, CutOff, Disturbed, How, Lag, Replica, Trouble};

use super::{
    events::{Action, Event, Outage},
    world::{Refused, World},
};
use crate::{
    fleet::{ClockAhead, Fleet, Settings},
    plan::{Memo, Plan, Write},
};
use lease::Election;
use process::Process;

/// A run of the operator in a world.
#[derive(Clone, Debug)]
pub struct Simulation {
    world: World,
    /// The operator's own, and perhaps others: then one of them leads.
    processes: Vec<Process>,
    /// With several processes.
    election: Option<Election>,
    /// Whose turn is next: processes take turns, so that neither always comes first.
    turn: usize,
    /// Writes under way that arrive late: whose, when.
    late: Vec<(usize, Timestamp, Write)>,
    until: Timestamp,
    events: VecDeque<Event>,
    outages: Vec<Outage>,
    faults: Vec<Fault>,
    known: Fleet,
    rules: Rules,
    acts: usize,
    fenced: usize,
    guard: stuck::Guard,
    told: Vec<Told>,
}

impl Simulation {
    /// A run in this world from its time until (and with) an instant. Events are taken by time, those of one instant in their order.
    pub fn new(world: World, mut events: Vec<Event>, until: Timestamp) -> Self {
        events.sort_by_key(|event| event.at);
        let now = world.now();
        Self {
            world,
            processes: vec![Process::new(now)],
            election: None,
            turn: 0,
            late: vec![],
            until,
            events: events.into(),
            outages: vec![],
            faults: vec![],
            known: Fleet { stamps_in_force: true, settings: Settings { email: true, ..Settings::default() }, ..Fleet::default() },
            rules: Rules::Remembering(Memo::plan),
            acts: 0,
            fenced: 0,
            guard: stuck::Guard::default(),
            told: vec![],
        }
    }
    /// The same run with these faults.
    #[must_use]
    pub fn with_faults(mut self, faults: &[Fault]) -> Self {
        self.faults = faults.to_vec();
        self
    }
    /// The same run, by an operator that knows this of the world already: what it says of times and stamps stands, and so do its
    /// settings.
    #[must_use]
    pub fn with_known(mut self, fleet: Fleet) -> Self {
        self.known = fleet;
        self
    }
    /// The same run, by an operator whose plans hold so many statuses of each class in which thousands may be due.
    #[must_use]
    pub fn with_room(mut self, room: usize) -> Self {
        self.known.settings.room = room;
        self
    }
    /// The same run with this wrong with the operator's process, and perhaps other processes. Before the first step.
    #[must_use]
    pub fn with_trouble(mut self, trouble: &Trouble, replicas: &[Replica]) -> Self {
        self.processes[0].trouble = trouble.clone();
        self.processes.truncate(1);
        self.processes.extend(replicas.iter().map(Process::replica));
        self.election = (!replicas.is_empty()).then(|| Election::new(self.world.now()));
        self
    }
    /// The same run until (and with) another instant.
    #[must_use]
    pub fn with_end(mut self, until: Timestamp) -> Self {
        self.until = until;
        self
    }
    /// The same run with other rules: for tests of this module.
    #[must_use]
    pub fn with_planner(mut self, planner: fn(&Fleet, Timestamp) -> Plan) -> Self {
        self.rules = Rules::Anew(planner);
        self
    }
    /// The same.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }
    /// Another event, for a test that decides as it goes. One that is late takes effect at the next step.
    pub fn add(&mut self, event: Event) {
        let place = self.events.partition_point(|other| other.at <= event.at);
        self.events.insert(place, event);
    }
    /// The world.
    pub fn world(&self) -> &World {
        &self.world
    }
    /// What the operator's clock shows.
    pub fn clock(&self) -> Timestamp {
        self.processes[0].clock(self.world.now())
    }
    /// How many writes and notices the operator has tried so far: the next one has this number.
    pub fn acts(&self) -> usize {
        self.acts
    }
    /// How many writes of a process that does not hold the Lease were refused because of that.
    pub fn fenced(&self) -> usize {
        self.fenced
    }
    /// What the operator is about to do, if it is about to do something.
    pub fn next_act(&self) -> Option<&Act> {
        self.processes.iter().find_map(|process| process.operator.as_ref()?.acts.front())
    }
    /// What was told since the last call, in the order in which it became true.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }
    /// Runs to the end.
    pub fn run(&mut self) -> Result<(), RunError> {
        while self.step()? != Step::Ended {}
        Ok(())
    }

    /// The next thing that happens.
    pub fn step(&mut self) -> Result<Step, RunError> {
        if self.world.settle() {
            return Ok(Step::RolledOut);
        }
        if let Some(event) = self.events.pop_front_if(|event| event.at <= self.world.now()) {
            self.take_effect(&event).map_err(|refused| RunError::Event(event.number, event.at, Box::new(refused)))?;
            return Ok(Step::Edited);
        }
        if self.arrive() {
            return Ok(Step::Arrived);
        }
        for _ in 0..self.processes.len() {
            self.turn = (self.turn + 1) % self.processes.len();
            if let Some(step) = self.turn_of(self.turn)? {
                return Ok(step);
            }
        }
        Ok(self.jump()?)
    }

    /// What a process does next; nothing: it has nothing to do.
    fn turn_of(&mut self, nth: usize) -> Result<Option<Step>, Stuck> {
        let now = self.world.now();
        let candidate = self.candidate(nth);
        let process = &mut self.processes[nth];
        if process.is_over(now) {
            self.end(nth);
            return Ok(Some(Step::Crashed));
        }
        if process.is_due(now) {
            process.leads = candidate.is_none();
            process.known = candidate;
            if process.leads {
                self.world.process(true);
            }
            process.start(&self.world, self.known.clone());
            // What was told of times was told to the first; a later one knows the settings only.
            self.known =
                Fleet { stamps_in_force: self.known.stamps_in_force, settings: self.known.settings.clone(), ..Fleet::default() };
            return Ok(Some(Step::Started));
        }
        if !process.runs(now) {
            return Ok(None);
        }
        if let Some(act) = process.take_off_the_wire() {
            return Ok(Some(self.act(nth, act)));
        }
        if process.reaches(now) {
            process.take_in(&self.world);
        }
        if let Some(step) = self.stand(nth) {
            return Ok(Some(step));
        }
        self.next_of(nth)
    }

    /// The next act of a process that leads, or its next plan. What the API server does not hear waits.
    fn next_of(&mut self, nth: usize) -> Result<Option<Step>, Stuck> {
        let now = self.world.now();
        let process = &mut self.processes[nth];
        let (leads, reaches) = (process.leads, process.reaches(now));
        let Some(operator) = process.operator.as_mut().filter(|_| leads) else { return Ok(None) };
        let next = operator.acts.iter().position(|act| reaches || matches!(act, Act::Send(_)));
        match next.and_then(|next| operator.acts.remove(next)) {
            Some(act) => Ok(Some(self.act(nth, act))),
            None if operator.quiet || !operator.acts.is_empty() => Ok(None),
            None => self.plan(nth).map(Some),
        }
    }

    fn plan(&mut self, nth: usize) -> Result<Step, Stuck> {
        let now = self.processes[nth].clock(self.world.now());
        let clock_ahead = ClockAhead(Some(now.duration_since(self.world.now())));
        let Some(operator) = &mut self.processes[nth].operator else { return Ok(Step::Planned(false)) };
        operator.plan(self.rules, clock_ahead, now);
        let busy = !operator.quiet;
        if busy {
            let at = self.world.now();
            self.guard.pass(at)?;
        }
        Ok(Step::Planned(busy))
    }

    /// The clock jumps to whatever comes first.
    fn jump(&mut self) -> Result<Step, Stuck> {
        let now = self.world.now();
        self.processes.iter().try_for_each(|process| process.check(now))?;
        let own = (0..self.processes.len()).filter_map(|nth| self.next_of_process(nth));
        let late = self.late.iter().map(|(_, at, _)| *at);
        let others = [self.events.front().map(|event| event.at), self.world.next_rollout_end()].into_iter().flatten();
        let Some(next) = own.chain(late).chain(others).min().filter(|next| *next <= self.until) else { return Ok(Step::Ended) };
        self.move_to(next);
        Ok(Step::Jumped(next))
    }

    fn move_to(&mut self, next: Timestamp) {
        let now = self.world.now();
        self.world.set_now(next);
        self.processes.iter_mut().for_each(|process| process.moved(now, next));
        self.renew(now, next);
    }

    fn take_effect(&mut self, event: &Event) -> Result<(), Refused> {
        match &event.action {
            Action::Edit(edit) => edit.apply_to(&mut self.world, &event.by),
            Action::Outage(Outage::Operator { until }) => {
                (0..self.processes.len()).for_each(|nth| self.crash(nth, Some(*until)));
                Ok(())
            }
            Action::Outage(outage) => {
                self.outages.push(outage.clone());
                Ok(())
            }
            Action::Contacts(contacts) => {
                self.restart_with(contacts);
                Ok(())
            }
        }
    }

    /// A process dies, until an instant or for good.
    fn crash(&mut self, nth: usize, until: Option<Timestamp>) {
        let led = std::mem::take(&mut self.processes[nth].leads);
        if self.processes[nth].die(until) {
            self.flush(nth);
            self.ceased(led);
        }
    }
}
