//! The stepper: the world, the operator and the clock, one write, one notice or one jump of the clock at a time.
//!
//! At one instant: the events of that instant in file order; then a plan; its writes in the order of their classes, each
//! applied and folded; its notices; until a plan has nothing to do. Then the clock jumps to whatever comes first.

mod acts;
mod fault;
mod operator;
mod stuck;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use jiff::Timestamp;

pub use fault::{Fault, FaultKind};
pub use operator::Act;
pub use stuck::Stuck;

use super::{
    events::{Action, Event, Outage},
    world::{Refused, World},
};
use crate::{
    fleet::{Fleet, Settings},
    plan::{Plan, Story, plan},
};
use operator::Operator;

/// A story, and when it became true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// What.
    pub story: Story,
}

/// What one step was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An event of the file took effect.
    Edited,
    /// Rollouts ended.
    RolledOut,
    /// The operator's process started.
    Started,
    /// The operator planned; whether there is something to do.
    Planned(bool),
    /// The operator wrote or sent something, or tried to.
    Acted,
    /// The operator's process died.
    Crashed,
    /// The clock moved.
    Jumped(Timestamp),
    /// Nothing is left to happen until the end.
    Ended,
}

/// Why a run stops early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The planner never comes to rest.
    #[error(transparent)]
    Stuck(#[from] Stuck),
    /// An event cannot take effect.
    #[error("event {} (at {}): {}", .0, .1, .2)]
    Event(usize, Timestamp, Box<Refused>),
}

/// A run of the operator in a world.
#[derive(Clone, Debug)]
pub struct Simulation {
    world: World,
    operator: Option<Operator>,
    /// When a process that is not there starts; none: it is there.
    starts_at: Option<Timestamp>,
    until: Timestamp,
    events: VecDeque<Event>,
    outages: Vec<Outage>,
    faults: Vec<Fault>,
    known: Fleet,
    planner: fn(&Fleet, Timestamp) -> Plan,
    acts: usize,
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
            operator: None,
            starts_at: Some(now),
            until,
            events: events.into(),
            outages: vec![],
            faults: vec![],
            known: Fleet { stamps_in_force: true, settings: Settings { email: true, ..Settings::default() }, ..Fleet::default() },
            planner: plan,
            acts: 0,
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
    /// The same run with other rules: for tests of this module.
    #[must_use]
    pub fn with_planner(mut self, planner: fn(&Fleet, Timestamp) -> Plan) -> Self {
        self.planner = planner;
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
    /// How many writes and notices the operator has tried so far: the next one has this number.
    pub fn acts(&self) -> usize {
        self.acts
    }
    /// What the operator is about to do, if it is about to do something.
    pub fn next_act(&self) -> Option<&Act> {
        self.operator.as_ref()?.acts.front()
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
        let changed = self.world.take_changed();
        let Some(operator) = &mut self.operator else { return Ok(self.start_or_jump()) };
        let reads = operator.due_reads(self.world.now());
        changed.iter().chain(&reads).for_each(|key| operator.look(&self.world, key));
        if let Some(act) = operator.acts.pop_front() {
            return Ok(self.act(act));
        }
        if operator.quiet { Ok(self.jump()?) } else { Ok(self.plan()?) }
    }

    fn start_or_jump(&mut self) -> Step {
        if self.starts_at.is_none_or(|at| at > self.world.now()) {
            return self.jump_to(None);
        }
        self.starts_at = None;
        self.world.process(true);
        let known = self.known();
        self.operator = Some(Operator::start(&self.world, known));
        Step::Started
    }

    /// What a process knows when it starts: the first what it was told, a later one its settings only.
    fn known(&mut self) -> Fleet {
        let later =
            Fleet { stamps_in_force: self.known.stamps_in_force, settings: self.known.settings.clone(), ..Fleet::default() };
        std::mem::replace(&mut self.known, later)
    }

    fn plan(&mut self) -> Result<Step, Stuck> {
        let (Some(operator), now) = (&mut self.operator, self.world.now()) else { return Ok(Step::Ended) };
        let plan = (self.planner)(&operator.fleet, now);
        operator.take(plan, now);
        if !operator.quiet {
            self.guard.pass(now)?;
        }
        Ok(Step::Planned(!operator.quiet))
    }

    fn jump(&mut self) -> Result<Step, Stuck> {
        let (Some(operator), at) = (&mut self.operator, self.world.now()) else { return Ok(Step::Ended) };
        operator.quiet = false; // whatever the clock shows next, it is planned for
        if let Some(wake_at) = operator.wake_at.filter(|wake_at| *wake_at <= at && operator.unknown.is_empty()) {
            return Err(Stuck::Sleepless { at, wake_at });
        }
        let next = operator.next(at);
        Ok(self.jump_to(next))
    }

    fn jump_to(&mut self, operator: Option<Timestamp>) -> Step {
        let event = self.events.front().map(|event| event.at);
        let next = [operator, event, self.world.next_rollout_end(), self.starts_at].into_iter().flatten().min();
        match next.filter(|next| *next <= self.until) {
            Some(next) => {
                self.world.set_now(next);
                Step::Jumped(next)
            }
            None => Step::Ended,
        }
    }

    fn take_effect(&mut self, event: &Event) -> Result<(), Refused> {
        match &event.action {
            Action::Edit(edit) => edit.apply_to(&mut self.world, &event.by),
            Action::Outage(Outage::Operator { until }) => {
                self.crash(*until);
                Ok(())
            }
            Action::Outage(outage) => {
                self.outages.push(outage.clone());
                Ok(())
            }
        }
    }

    fn crash(&mut self, until: Timestamp) {
        if self.operator.take().is_some() {
            self.world.process(false);
        }
        self.starts_at = self.starts_at.max(Some(until));
    }
}
