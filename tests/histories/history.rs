//! A history: a fleet, what happens to it, and what goes wrong. As a file it is like a scenario.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uplift::simulate::{
    Fault, FaultKind, Simulation, Step,
    engine::RunError,
    events,
    input::BY,
    manifest::{Manifest, kind_of},
    world::World,
};

use super::{
    chance::Chance,
    events::{Draw, draw},
    fleet, moments,
};

/// So long nothing happens at the end.
const QUIET: SignedDuration = SignedDuration::from_hours(24 * 75);
/// So long after the beginning the last event may come.
const LAST_EVENT: SignedDuration = SignedDuration::from_hours(24 * 80);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// What is wrong with it, for people.
    pub about: String,
    pub from: Timestamp,
    /// Nothing happens from here on but what the rules do.
    pub quiet: Timestamp,
    pub until: Timestamp,
    pub manifests: Vec<Value>,
    pub events: Vec<Value>,
    #[serde(default)]
    pub faults: Vec<RawFault>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFault {
    pub at_act: usize,
    pub kind: String,
    pub down: i64,
}

impl RawFault {
    pub fn read(&self) -> Fault {
        let kind = FaultKind::ALL.into_iter().find(|kind| format!("{kind:?}") == self.kind).unwrap();
        Fault { at_act: self.at_act, kind, down: self.down }
    }
    fn draw(chance: &mut Chance) -> Self {
        let kind = format!("{:?}", chance.pick(&FaultKind::ALL));
        Self { at_act: chance.below(120), kind, down: chance.pick(&[1, 20, 20, 300, 20_000]) }
    }
}

impl History {
    /// The history of a seed. It is drawn while it runs: what happens depends on what the world looks like.
    pub fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let from = fleet::beginning(&mut chance);
        let manifests = fleet::manifests(&mut chance);
        let faults = if chance.percent(50) { chance.below(6) } else { 0 };
        let faults = (0..faults).map(|_| RawFault::draw(&mut chance)).collect();
        let until = from + LAST_EVENT + LAST_EVENT;
        let mut history = Self { about: format!("seed {seed}"), from, quiet: from, until, manifests, events: vec![], faults };
        let mut run = history.simulation();
        let events = chance.between(5, 25);
        while i64::try_from(history.events.len()).unwrap() < events && run.world().now() < from + LAST_EVENT {
            history.another(&mut chance, &mut run);
        }
        history.rest()
    }

    fn another(&mut self, chance: &mut Chance, run: &mut Simulation) {
        let at = moments::next(chance, run.world());
        let event = draw(&mut Draw { chance, world: run.world(), manifests: &self.manifests, at });
        let read = events::read(self.events.len() + 1, &event).unwrap_or_else(|e| panic!("{event}: {e}"));
        self.events.push(event);
        run.add(read.unwrap());
        // A run that breaks while it is drawn is judged later, when it is played.
        while matches!(run.step(), Ok(step) if step != Step::Edited && step != Step::Ended) {}
    }

    /// The quiet begins when the last event and the last outage are over.
    fn rest(mut self) -> Self {
        let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let ends = self.events.iter().flat_map(|event| [time(&event["at"]), time(&event["outage"]["until"])]);
        self.quiet = ends.flatten().max().unwrap_or(self.from) + SignedDuration::from_hours(24);
        self.until = self.quiet + QUIET;
        self
    }

    /// The world that it begins with.
    pub fn simulation(&self) -> Simulation {
        let mut world = World::new(self.from);
        for document in &self.manifests {
            let kind = kind_of(document).unwrap().unwrap();
            let manifest = Manifest::read(kind, document).unwrap();
            world.apply(&manifest, BY).unwrap_or_else(|e| panic!("{e}"));
        }
        let faults: Vec<Fault> = self.faults.iter().map(RawFault::read).collect();
        Simulation::new(world, vec![], self.until).with_faults(&faults)
    }

    /// Plays it to the end. What people try and the API server refuses does not happen.
    pub fn play(&self, run: &mut Simulation) -> Result<(), RunError> {
        let events = self.events.iter().enumerate().filter_map(|(i, event)| events::read(i + 1, event).unwrap());
        events.for_each(|event| run.add(event));
        loop {
            match run.step() {
                Ok(Step::Ended) => return Ok(()),
                Ok(_) | Err(RunError::Event(..)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
