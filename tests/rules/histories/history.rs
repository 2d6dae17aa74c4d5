//! A history: a fleet, what happens to it, and what goes wrong. As a file it is like a scenario.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uplift::{
    fleet::TenantKey,
    plan::Memo,
    simulate::{
        Fault, Simulation, Step,
        engine::{Replica, RunError, Trouble},
        events,
        input::BY,
        manifest::{Manifest, kind_of},
        world::World,
    },
};

use super::{
    chance::Chance,
    contacts,
    events::{Draw, draw},
    fleet,
    guards::Guard,
    moments, trials, trouble,
    verdict::Rules,
};
use crate::oracle::customer::Unreachable;

/// So long nothing happens at the end.
const QUIET: SignedDuration = SignedDuration::from_hours(24 * 75);
/// Mixed into the seed, so that trials take no chance from the rest.
const TRIALS: u64 = 0x7269_616c;
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
    pub faults: Vec<Fault>,
    /// What is wrong with the operator's watches and its clock.
    #[serde(default, skip_serializing_if = "Trouble::is_none")]
    pub trouble: Trouble,
    /// Other replicas of the operator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Replica>,
    /// When the operator is told other contacts of the platform, and when these cannot be reached, as in a file of events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platform: Vec<Value>,
    /// What people ask of a trial, and what happens to its Jobs, as in a file of events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<Value>,
    /// How many statuses a plan holds of each class in which thousands may be due, where it is less than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<usize>,
}

impl History {
    /// The history of a seed.
    pub fn draw(seed: u64) -> Self {
        // Whether every plan stands the comparison is asked of the history, not while it is drawn.
        Self::draw_and_play(seed, Rules::Remembering(Memo::plan)).0
    }

    /// The history of a seed and its run under these rules. It is drawn while it runs, since what happens depends on what the
    /// world looks like; and the run goes on to the end. Playing the history gives the same run.
    pub fn draw_and_play(seed: u64, rules: Rules) -> (Self, Simulation, Result<(), RunError>) {
        let mut chance = Chance::new(seed);
        let (mut history, queue) = Self::begin(&mut chance, seed);
        let from = history.from;
        let mut run = history.simulation().with_rules(rules);
        let events = usize::try_from(if queue { 60 } else { chance.between(5, 25) }).unwrap();
        let mut outcome = Ok(());
        while outcome.is_ok() && history.events.len() < events && run.world().now() < from + LAST_EVENT {
            outcome = history.another(&mut chance, &mut run, queue);
        }
        let history = history.rest();
        let mut run = run.with_end(history.until);
        let outcome = outcome.and_then(|()| finish(&mut run));
        (history, run, outcome)
    }

    /// How a history begins, and whether many wait for one place in it.
    pub fn begin(chance: &mut Chance, seed: u64) -> (Self, bool) {
        let from = fleet::beginning(chance);
        let queue = Guard::Queues.on() && chance.percent(8);
        let mut manifests = if queue { fleet::queue(chance) } else { fleet::manifests(chance, from) };
        let mut faults = trouble::faults(chance);
        let mut trouble = trouble::trouble(chance, from);
        let replicas = if Guard::Replicas.on() { trouble::replicas(chance, from) } else { vec![] };
        if !replicas.is_empty() {
            faults.extend(trouble::takeovers(chance));
            trouble.cut_off = trouble::cut_offs(chance, from);
        }
        let until = from + LAST_EVENT + LAST_EVENT;
        let about = format!("seed {seed}");
        let room = chance.pick(&[None, None, None, Some(1), Some(2)]);
        // By a chance of its own: the histories that are kept by their seeds stay what they are.
        let platform = if Guard::Software.on() { contacts::platform(&mut Chance::new(!seed), from) } else { vec![] };
        // So are trials.
        let mut own = Chance::new(seed ^ TRIALS);
        let trials = if Guard::Trials.on() && own.percent(35) { trials::begin(&mut own, from, &mut manifests) } else { vec![] };
        let history = Self {
            about,
            from,
            quiet: from,
            until,
            manifests,
            events: vec![],
            faults,
            trouble,
            replicas,
            platform,
            trials,
            room,
        };
        (history, queue)
    }

    fn another(&mut self, chance: &mut Chance, run: &mut Simulation, queue: bool) -> Result<(), RunError> {
        let at = if queue { moments::soon(chance, run.world()) } else { moments::next(chance, run.world()) };
        let event = draw(&mut Draw { chance, world: run.world(), manifests: &self.manifests, at, queue });
        let read = events::read(self.events.len() + 1, &event).unwrap_or_else(|e| panic!("{event}: {e}"));
        self.events.push(event);
        run.add(read.unwrap());
        loop {
            match run.step() {
                Ok(Step::Edited | Step::Ended) | Err(RunError::Event(..)) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The quiet begins when the last event, the last outage and every trouble are over.
    fn rest(mut self) -> Self {
        let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let ends = self
            .events
            .iter()
            .chain(&self.platform)
            .chain(&self.trials)
            .flat_map(|event| [time(&event["at"]), time(&event["outage"]["until"])]);
        let ends = ends.flatten().chain(trouble::end(&self.trouble)).chain(self.replicas.iter().map(|replica| replica.until));
        self.quiet = ends.max().unwrap_or(self.from) + SignedDuration::from_hours(24);
        self.until = self.quiet + QUIET;
        self
    }

    /// When contacts could not be reached.
    pub fn unreachable(&self) -> Vec<Unreachable> {
        let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let one = |event: &Value| {
            let outage = event.get("outage").filter(|outage| outage["component"] == "notices")?;
            let tenant = outage["tenant"].as_str().and_then(|name| name.split_once('/'));
            let tenant = tenant.map(|(namespace, name)| TenantKey::new(namespace, name));
            Some(Unreachable { tenant, from: time(&event["at"])?, until: time(&outage["until"])? })
        };
        self.events.iter().filter_map(one).collect()
    }

    /// The world that it begins with.
    pub fn simulation(&self) -> Simulation {
        let mut world = World::new(self.from);
        for document in &self.manifests {
            let kind = kind_of(document).unwrap().unwrap();
            let manifest = Manifest::read(kind, document).unwrap();
            world.apply(&manifest, BY).unwrap_or_else(|e| panic!("{e}"));
        }
        let run = Simulation::new(world, vec![], self.until).with_faults(&self.faults);
        let run = contacts::configured(run.with_trouble(&self.trouble, &self.replicas), &self.platform, self.from);
        let run = trials::added(run, &self.trials);
        match self.room {
            Some(room) => run.with_room(room),
            None => run,
        }
    }

    /// Plays it to the end.
    pub fn play(&self, run: &mut Simulation) -> Result<(), RunError> {
        let events = self.events.iter().enumerate().filter_map(|(i, event)| events::read(i + 1, event).unwrap());
        events.for_each(|event| run.add(event));
        finish(run)
    }
}

/// To the end. What people try and the API server refuses does not happen.
fn finish(run: &mut Simulation) -> Result<(), RunError> {
    loop {
        match run.step() {
            Ok(Step::Ended) => return Ok(()),
            Ok(_) | Err(RunError::Event(..)) => {}
            Err(error) => return Err(error),
        }
    }
}
