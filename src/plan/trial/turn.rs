//! One trial's turn: what its status is to be, and what follows from the one that stands.

use jiff::Timestamp;

use crate::{
    api::{
        UpgradeTrialStatus,
        condition::{self, AVAILABLE, READY},
        reason::Reason,
        trial::{TrialEnd, TrialRun, TrialVerdict},
    },
    fleet::{Fleet, Meta, ObjectKey, TenantKey, Trial, TrialKey},
    plan::{
        output::{
            Class, Plan, Write,
            change::Change,
            held::Held,
            story::{Story, StoryEvent},
        },
        pass::Pass,
        record::steps::clip,
    },
};

/// A trial whose turn it is.
pub struct Turn<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// The time, in whole seconds.
    pub now: Timestamp,
    /// The trial.
    pub key: &'a TrialKey,
    /// As it was seen.
    pub trial: &'a Trial,
    /// Its status as it was seen.
    pub seen: &'a UpgradeTrialStatus,
    /// Its status as it is to be.
    pub status: UpgradeTrialStatus,
    /// What a request, or a step, waits for.
    pub held: Option<Held>,
    stories: Vec<Story>,
    effects: Vec<(Change, &'a Meta)>,
    wakes: Vec<Timestamp>,
}

impl<'a> Turn<'a> {
    /// Nothing is decided yet.
    pub fn new(fleet: &'a Fleet, now: Timestamp, (key, trial): (&'a TrialKey, &'a Trial), seen: &'a UpgradeTrialStatus) -> Self {
        let (status, held) = (seen.clone(), None);
        Self { fleet, now, key, trial, seen, status, held, stories: vec![], effects: vec![], wakes: vec![] }
    }

    /// What ended the run is written before anything follows.
    pub fn ends(&mut self, end: TrialEnd) {
        let event = match end.verdict {
            TrialVerdict::Passed => StoryEvent::TrialEnded,
            TrialVerdict::Failed => StoryEvent::TrialFailed,
        };
        let story = Story { reason: Some(end.reason.clone()), message: Some(end.message.clone()), ..self.story(event) };
        if let Some(run) = self.status.run.as_mut().filter(|run| run.ended.is_none()) {
            run.ended = Some(end);
            self.stories.push(story);
        }
    }

    /// The run, as it is to be.
    pub fn run(&mut self) -> Option<&mut TrialRun> {
        self.status.run.as_mut()
    }

    /// The tenant that the trial is of, as the trial says.
    pub fn tenant(&self) -> Option<TenantKey> {
        self.trial.tenant()
    }

    /// This follows, once the status says what it is to say.
    pub fn effect(&mut self, change: Change, seen: &'a Meta) {
        self.effects.push((change, seen));
    }

    /// This instant matters.
    pub fn wake_at(&mut self, at: Timestamp) {
        self.wakes.push(at);
    }

    /// An event about this trial.
    pub fn story(&self, event: StoryEvent) -> Story {
        let version = self.status.run.as_ref().map(|run| run.version.clone());
        Story { tenant: self.tenant(), release: version, ..Story::new(event) }
    }

    /// Tells something once the status is written.
    pub fn tell(&mut self, story: Story) {
        self.stories.push(story);
    }

    /// What a request or a step has waited for, as the status says it.
    pub fn held_before(&self) -> Option<Held> {
        let said = condition::get(&self.seen.conditions, READY).filter(|said| said.status == "False")?;
        Some(Held::new(Reason::named(&said.reason)?, said.message.clone()))
    }

    /// Tells what a request or a step waits for, when the reason changes: a message that counts changes often.
    pub fn tell_what_waits(&mut self) {
        let Some(held) = self.held.clone() else { return };
        if condition::reason(&self.seen.conditions, AVAILABLE) == Some(held.reason) {
            return;
        }
        let story = self.story(StoryEvent::TrialWaits);
        self.tell(Story { reason: Some(held.reason.into()), message: Some(held.message), ..story });
    }

    /// Puts what was decided into the plan: the status, or, where it stands already, what follows from it.
    pub fn end(self, pass: &mut Pass, plan: &mut Plan) {
        self.wakes.iter().for_each(|at| pass.wake.at(*at));
        let object = ObjectKey::Trial(self.key.clone());
        let stops = self.status.run.as_ref().is_some_and(|run| run.ended.is_some());
        let differs = self.status != *self.seen;
        let refused = self.fleet.refused.contains_key(&object);
        let class = if stops { Class::StopOrVerdict } else { Class::StartOrResult };
        if differs && !self.fleet.outstanding.contains_key(&object) {
            let change = Change::TrialStatus { trial: self.key.clone(), status: Box::new(self.status) };
            plan.writes.push(Write::new(change, &self.trial.meta, class, self.stories));
        }
        // Each step is written before its effect; but what must stop does not wait for a status that is refused.
        let free = |change: &Change| !self.fleet.outstanding.contains_key(&change.object());
        let due = self.effects.into_iter().filter(|(change, _)| free(change) && (!differs || refused && is_stop(change)));
        plan.writes.extend(due.map(|(change, seen)| Write::new(change, seen, class, vec![])));
    }
}

fn is_stop(change: &Change) -> bool {
    matches!(change, Change::Images { images, .. } if images.replicas == Some(0))
}

/// What ended a run, in its words.
pub fn ended(turn: &Turn, verdict: TrialVerdict, reason: Reason, message: impl Into<String>) -> TrialEnd {
    let message = clip(&message.into(), 2000); // more would be refused
    TrialEnd { verdict, answer: None, reason: reason.into(), message, at: turn.now }
}
