//! Plays the month: whoever is due acts, the operator works, and time jumps when nobody has anything to do.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{sleep, timeout};

use super::{
    answer::Answer,
    crash::Keeper,
    example::{Event, Outage},
    outage,
    people::who,
    stage::Stage,
    timeline::Timeline,
};

/// So long, in real time, may the operator work without a jump or an act. A hanging rollout takes its progress deadline.
const PATIENCE: Duration = Duration::from_mins(2);
/// The operator must have been quiet so long: a watch event on its way would change its mind.
const CALM: Duration = Duration::from_millis(30);
/// A wake-up so shortly before an act is not worth a jump: the operator could still be at work when the act is due.
const NEAR: SignedDuration = SignedDuration::from_secs(3);

/// What happens by itself, without the operator.
enum Cue {
    Act(Box<Event>),
    /// An outage of contacts is over: what was held back must arrive before time goes on.
    OutageOver(Outage),
}

pub struct Month {
    stage: Arc<Stage>,
    script: VecDeque<(Timestamp, Cue)>,
    timeline: Timeline,
    /// Objects that people changed and the operator has not answered yet.
    unanswered: Vec<Answer>,
    pub jumps: usize,
    end: Timestamp,
}

impl Month {
    pub fn new(stage: Arc<Stage>, end: Timestamp) -> Self {
        let cue = |event: &Event| (event.at, Cue::Act(Box::new(event.clone())));
        let mut script: Vec<_> = stage.example.events.iter().map(cue).collect();
        let outages = stage.example.events.iter().filter_map(|event| event.outage.clone());
        script.extend(outages.map(|outage| (outage.until, Cue::OutageOver(outage))));
        script.sort_by_key(|(at, _)| *at);
        Self { stage, script: script.into(), timeline: Timeline::default(), unanswered: vec![], jumps: 0, end }
    }

    /// Plays until the end. The keeper keeps the operator running beside it.
    pub async fn play(mut self, keeper: &mut Keeper) -> Result<(Timeline, usize)> {
        tokio::select! {
            error = keeper.failed() => return Err(error),
            played = self.go_on() => played?,
        }
        self.timeline.print(&self.stage)?;
        Ok((self.timeline, self.jumps))
    }

    async fn go_on(&mut self) -> Result<()> {
        while self.stage.clock.now() < self.end {
            let next = self.script.front().map_or(self.end, |(at, _)| *at);
            if self.stage.clock.now() < next {
                self.step(next).await?;
            }
            self.timeline.print(&self.stage)?;
            if self.stage.clock.now() >= next
                && let Some((at, cue)) = self.script.pop_front()
            {
                self.cue(at, cue).await?;
            }
        }
        self.calm().await.map(drop)
    }

    /// To the next act, or to the operator's wake-up before it.
    async fn step(&mut self, next: Timestamp) -> Result<()> {
        let clock = self.stage.clock.clone();
        if next.duration_since(clock.now()) <= SignedDuration::from_secs(1) {
            clock.jump_exactly(next).await;
            return Ok(());
        }
        let quiet = tokio::select! {
            quiet = self.calm() => quiet?,
            () = clock.reach(next) => return Ok(()),
        };
        self.jumps += 1;
        match quiet.filter(|at| *at + NEAR < next) {
            Some(wake_at) => clock.jump_nearly(wake_at).await,
            None => clock.jump_exactly(next).await,
        }
        Ok(())
    }

    /// Waits until the operator has answered what people did and has nothing to do; says when it wants to wake.
    async fn calm(&mut self) -> Result<Option<Timestamp>> {
        let unanswered = std::mem::take(&mut self.unanswered);
        for answer in &unanswered {
            answer.came(&self.stage).await?;
            self.stage.clock.forget_quiet();
        }
        let calm = timeout(PATIENCE, self.quiet()).await;
        calm.with_context(|| format!("the operator is not quiet within {PATIENCE:?} at {}", self.stage.clock.now()))
    }

    async fn quiet(&mut self) -> Option<Timestamp> {
        let mut word = self.stage.clock.listen();
        let mut told = Instant::now();
        loop {
            word.mark_unchanged();
            let quiet = self.stage.clock.quiet().filter(|quiet| quiet.in_flight == 0);
            let pause = if quiet.is_some() { CALM } else { Duration::from_millis(200) };
            tokio::select! {
                changed = word.changed() => if changed.is_err() { std::future::pending::<()>().await },
                () = sleep(pause) => if let Some(quiet) = quiet { return quiet.wake_at },
            }
            // Upgrades take real time: people see them happen. What can't be read now can be read at the end.
            if told.elapsed() > Duration::from_millis(200) {
                let _ = self.timeline.print(&self.stage);
                told = Instant::now();
            }
        }
    }

    async fn cue(&mut self, at: Timestamp, cue: Cue) -> Result<()> {
        match cue {
            Cue::Act(event) => self.act(&event).await.with_context(|| format!("what {} does at {at}", who(&event))),
            Cue::OutageOver(outage) => self.held_back_arrives(&outage).await,
        }
    }

    async fn act(&mut self, event: &Event) -> Result<()> {
        let (stage, by) = (self.stage.clone(), who(event));
        Timeline::act(&stage, event);
        if let Some(edit) = &event.annotate {
            stage.people.annotate(by, edit).await?;
            let late = stage.clock.now().as_second() - event.at.as_second();
            ensure!(late == 0, "it was done {late} s too late: this machine is too slow for an act at an exact second");
            let (namespace, name) = edit.tenant.split_once('/').context("a tenant is namespace/name")?;
            let opt_out = edit.set.get("uplift.dev/opt-out").cloned();
            self.unanswered.push(Answer::new("TenantInstance", Some(namespace), name, opt_out));
        } else if let Some(edit) = &event.patch {
            stage.people.patch(by, edit).await?;
            self.unanswered.push(Answer::new(&edit.kind, edit.namespace.as_deref(), &edit.name, None));
        } else if let Some(manifest) = &event.apply {
            stage.plane.gitops_apply(&manifest.to_string()).await?;
            let text = |field: &str| manifest["metadata"][field].as_str();
            let kind = manifest["kind"].as_str().unwrap_or_default();
            self.unanswered.push(Answer::new(kind, text("namespace"), text("name").unwrap_or_default(), None));
        } else if let Some(rollout) = &event.rollout {
            stage.behave(&rollout.workload, &rollout.outcome).await?;
        } else if let Some(outage) = &event.outage {
            ensure!(outage.component == "notices", "the demo has no outage of the {}", outage.component);
            stage.receiver.fail(outage::hooks(&stage, outage), outage.until);
        } else {
            bail!("the demo can't do this");
        }
        stage.clock.wrote();
        Ok(())
    }

    /// Repetitions rest in real time, while the month jumps: without this wait a notice of the day would miss its deadline here
    /// for no other reason than that days are short.
    async fn held_back_arrives(&mut self, outage: &Outage) -> Result<()> {
        outage::made_good(&self.stage, outage).await?;
        self.stage.clock.forget_quiet();
        Ok(())
    }
}
