//! Several processes of the operator, of which one leads.

use jiff::Timestamp;

use super::{Simulation, Step, lease, process::Process};
use crate::{lead::Known, plan::Write};

impl Simulation {
    /// What the Lease says of this process now; a step, if it begins or ceases to lead.
    pub(super) fn stand(&mut self, nth: usize) -> Option<Step> {
        let now = self.world.now();
        let process = &mut self.processes[nth];
        let (election, known) = (self.election.as_mut()?, process.known.as_mut()?);
        if process.trouble.cut_off_until(now).is_none() {
            election.stand(&name(nth), known, now);
        }
        match (process.leads, election.leads(known, now)) {
            (false, true) => {
                // One that was deposed may not know it yet: it stands still, or nobody reaches it.
                if self.somebody_leads() {
                    self.world.process(false);
                }
                self.world.process(true);
                self.processes[nth].begin_term(&self.world);
                Some(Step::Led)
            }
            (true, false) => {
                process.end_term();
                self.ceased(true);
                Some(Step::Deposed)
            }
            (false, false) => {
                process.operator.iter_mut().for_each(|operator| operator.facts.planned());
                None
            }
            (true, true) => None,
        }
    }

    /// A holder that ran all the while has renewed the Lease, and whoever ran all the while has seen it.
    pub(super) fn renew(&mut self, from: Timestamp, to: Timestamp) {
        let Some(election) = &mut self.election else { return };
        for (nth, process) in self.processes.iter_mut().enumerate().filter(|(_, process)| process.reaches(from)) {
            process.known.iter_mut().for_each(|known| election.goes_on(&name(nth), known, to));
        }
        for process in self.processes.iter_mut().filter(|process| process.reaches(from)) {
            process.known.iter_mut().for_each(|known| election.show(known, to));
        }
    }

    /// When something happens to a process with no event.
    pub(super) fn next_of_process(&self, nth: usize) -> Option<Timestamp> {
        let (process, now) = (&self.processes[nth], self.world.now());
        [process.next(now), self.next_of_lease(nth, process, now)].into_iter().flatten().min()
    }

    /// When the rule may say something else: of a Lease that is renewed, of which nobody waits for the end, or of who can't renew it.
    fn next_of_lease(&self, nth: usize, process: &Process, now: Timestamp) -> Option<Timestamp> {
        let (election, known) = (self.election.as_ref()?, process.known.as_ref()?);
        let renewed =
            self.processes.iter().enumerate().any(|(other, process)| election.is_of(&name(other)) && process.reaches(now));
        let waits = if process.reaches(now) { !renewed } else { process.runs(now) && election.is_of(&name(nth)) };
        waits.then(|| election.next(known, now))?
    }

    /// What a process that starts knows of the Lease.
    pub(super) fn candidate(&self, nth: usize) -> Option<Known> {
        self.election.as_ref().map(|_| Known::new(name(nth), lease::DURATION))
    }

    /// A process leads no more. That another has taken over was noted when it did.
    pub(super) fn ceased(&mut self, led: bool) {
        if led && !self.somebody_leads() {
            self.world.process(false);
        }
    }

    fn somebody_leads(&self) -> bool {
        self.processes.iter().any(|process| process.leads)
    }

    /// A process ends for good, as Kubernetes ends a pod: it waits for its answers, and gives the Lease back.
    pub(super) fn end(&mut self, nth: usize) {
        self.crash(nth, None);
        let now = self.world.now();
        self.election.iter_mut().for_each(|election| election.give_back(&name(nth), now));
    }

    /// Whether the admission policy refuses this write of this process.
    pub(super) fn is_fenced(&self, nth: usize, write: &Write) -> bool {
        self.election.as_ref().is_some_and(|election| !election.is_of(&name(nth)) && lease::is_the_leaders(&self.world, write))
    }
}

/// The pod of a process.
fn name(nth: usize) -> String {
    format!("uplift-{nth}")
}
