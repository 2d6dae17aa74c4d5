//! One act of the operator, as it goes well or wrong.

use jiff::Timestamp;

use super::{Act, Fault, FaultKind, Simulation, Step, Told, operator::UNKNOWN_FOR};
use crate::{
    letters::Outgoing,
    plan::Write,
    simulate::{events::Outage, world::Answer},
};

impl Simulation {
    /// The next act of a process.
    pub(super) fn act(&mut self, nth: usize, act: Act) -> Step {
        let number = self.acts;
        self.acts += 1;
        self.guard.note(self.world.now(), &act);
        let fault = self.faults.iter().find(|fault| fault.at_act == number).copied();
        match (fault, act) {
            (Some(fault), act) if fault.kind == FaultKind::CrashBefore => self.die(nth, fault, &act, false),
            (Some(fault), act) if fault.kind == FaultKind::CrashAfterCommit => self.die(nth, fault, &act, true),
            (Some(fault), act) if fault.kind == FaultKind::Pause => self.pause(nth, fault, act),
            (fault, Act::Write(write)) => self.do_write(nth, &write, fault),
            (fault, Act::Send(notice)) => self.do_send(nth, &notice, fault.map(|f| f.kind)),
        }
    }

    fn die(&mut self, nth: usize, fault: Fault, act: &Act, done: bool) -> Step {
        if done {
            match act {
                Act::Write(write) => self.commit(nth, write),
                Act::Send(notice) if self.outage(notice).is_none() => self.world.accept(notice),
                Act::Send(_) => {}
            }
        }
        self.crash(nth, Some(self.world.now() + fault.downtime()));
        Step::Crashed
    }

    fn pause(&mut self, nth: usize, fault: Fault, act: Act) -> Step {
        let until = self.world.now() + fault.downtime();
        let process = &mut self.processes[nth];
        process.pause(until);
        if let Some(operator) = &mut process.operator {
            operator.acts.push_front(act);
        }
        Step::Paused
    }

    fn do_write(&mut self, nth: usize, write: &Write, fault: Option<Fault>) -> Step {
        let (kind, delay) = (fault.map(|f| f.kind), fault.map(|f| f.delay()));
        if kind == Some(FaultKind::Conflict) {
            self.world.touch(&write.object());
        }
        if kind == Some(FaultKind::Late) {
            self.late.extend(delay.map(|delay| (nth, self.world.now() + delay, write.clone())));
        }
        let (now, fenced) = (self.processes[nth].clock(self.world.now()), self.is_fenced(nth, write));
        self.fenced += usize::from(fenced);
        let Some(operator) = &mut self.processes[nth].operator else { return Step::Acted };
        operator.sending(write, now);
        let unsent = matches!(kind, Some(FaultKind::NotSent | FaultKind::Late));
        let answer = (!unsent).then(|| if fenced { not_the_leader() } else { self.world.write(write) });
        match answer.filter(|_| kind != Some(FaultKind::LostAnswer)) {
            None => operator.lost(write, now),
            Some(answer) => {
                operator.answered(&self.world, write, &answer, now);
                let (at, told) = (self.world.now(), write.stories.iter().filter(|_| answer == Answer::Committed));
                self.told.extend(told.map(|story| Told { at, story: story.clone() }));
            }
        }
        Step::Acted
    }

    /// Writes that arrive late. Whether there was one.
    pub(super) fn arrive(&mut self) -> bool {
        let now = self.world.now();
        let due = self.late.iter().position(|(_, at, _)| *at <= now).map(|nth| self.late.remove(nth));
        due.is_some_and(|(nth, _, write)| {
            self.commit(nth, &write);
            true
        })
    }

    /// What a process that dies has sent arrives now or never: a late commit after the next process has read everything is a
    /// time that no rule covers (R25 waits for it out in the lease).
    pub(super) fn flush(&mut self, nth: usize) {
        let (sent, others) = std::mem::take(&mut self.late).into_iter().partition(|(process, _, _)| *process == nth);
        self.late = others;
        let sent: Vec<(usize, Timestamp, Write)> = sent;
        for (nth, _, write) in &sent {
            self.commit(*nth, write);
        }
    }

    /// A write arrives that nobody waits for.
    fn commit(&mut self, nth: usize, write: &Write) {
        let fenced = self.is_fenced(nth, write);
        self.fenced += usize::from(fenced);
        if !fenced {
            self.world.write(write);
        }
    }

    fn do_send(&mut self, nth: usize, notice: &Outgoing, fault: Option<FaultKind>) -> Step {
        let (at, outage) = (self.world.now(), self.outage(notice));
        let now = self.processes[nth].clock(at);
        let arrives = outage.is_none() && !matches!(fault, Some(FaultKind::NotSent | FaultKind::Conflict));
        if arrives {
            self.world.accept(notice);
        }
        let heard = arrives && !matches!(fault, Some(FaultKind::LostAnswer | FaultKind::Late));
        let answer = match outage {
            Some(until) => Err(("the contact cannot be reached", now + until.duration_since(at))),
            None if heard => Ok(now),
            None => Err(("no answer", now + UNKNOWN_FOR)),
        };
        if let Some(operator) = &mut self.processes[nth].operator {
            operator.sent(notice, answer);
        }
        Step::Acted
    }

    /// Until when this notice cannot arrive.
    fn outage(&self, notice: &Outgoing) -> Option<Timestamp> {
        let hits = |outage: &Outage| match outage {
            Outage::Notices { tenant, until } if tenant.as_ref().is_none_or(|t| *t == notice.tenant) => Some(*until),
            _ => None,
        };
        self.outages.iter().filter_map(hits).max().filter(|until| *until > self.world.now())
    }
}

/// The admission policy `uplift-leader`.
///
/// The operator takes its refusal for a write that was not sent; here the object is read as well, which a deposed process may.
fn not_the_leader() -> Answer {
    Answer::Conflict
}
