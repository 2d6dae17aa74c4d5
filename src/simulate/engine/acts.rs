//! One act of the operator, as it goes well or wrong.

use jiff::Timestamp;

use super::{Act, Fault, FaultKind, Simulation, Step, Told, operator::UNKNOWN_FOR};
use crate::{
    plan::{Outgoing, Write},
    simulate::{events::Outage, world::Answer},
};

impl Simulation {
    pub(super) fn act(&mut self, act: Act) -> Step {
        let number = self.acts;
        self.acts += 1;
        self.guard.note(&act);
        let fault = self.faults.iter().find(|fault| fault.at_act == number).copied();
        match (fault, act) {
            (Some(fault), act) if fault.kind == FaultKind::CrashBefore => self.die(fault, &act, false),
            (Some(fault), act) if fault.kind == FaultKind::CrashAfterCommit => self.die(fault, &act, true),
            (fault, Act::Write(write)) => self.do_write(&write, fault.map(|f| f.kind)),
            (fault, Act::Send(notice)) => self.do_send(&notice, fault.map(|f| f.kind)),
        }
    }

    fn die(&mut self, fault: Fault, act: &Act, done: bool) -> Step {
        if done {
            match act {
                Act::Write(write) => drop(self.world.write(write)),
                Act::Send(notice) if self.outage(notice).is_none() => self.world.accept(notice),
                Act::Send(_) => {}
            }
        }
        self.crash(self.world.now() + fault.downtime());
        Step::Crashed
    }

    fn do_write(&mut self, write: &Write, fault: Option<FaultKind>) -> Step {
        if fault == Some(FaultKind::Conflict) {
            self.world.touch(&write.object);
        }
        let unknown = matches!(fault, Some(FaultKind::LostAnswer | FaultKind::NotSent));
        let answer = if fault == Some(FaultKind::NotSent) { Answer::Unchanged } else { self.world.write(write) };
        let Some(operator) = &mut self.operator else { return Step::Acted };
        if unknown {
            operator.lost(write, self.world.now());
            return Step::Acted;
        }
        operator.look(&self.world, &write.object);
        match answer {
            Answer::Committed => {
                let at = self.world.now();
                self.told.extend(write.stories.iter().map(|story| Told { at, story: story.clone() }));
            }
            Answer::Unchanged => {}
            Answer::Conflict | Answer::NotFound | Answer::Invalid(_) => operator.again(),
        }
        Step::Acted
    }

    fn do_send(&mut self, notice: &Outgoing, fault: Option<FaultKind>) -> Step {
        let (now, outage) = (self.world.now(), self.outage(notice));
        let arrives = outage.is_none() && !matches!(fault, Some(FaultKind::NotSent | FaultKind::Conflict));
        if arrives {
            self.world.accept(notice);
        }
        let heard = arrives && fault != Some(FaultKind::LostAnswer);
        let answer = match outage {
            Some(until) => Err(("the contact cannot be reached", until)),
            None if heard => Ok(now),
            None => Err(("no answer", now + UNKNOWN_FOR)),
        };
        if let Some(operator) = &mut self.operator {
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
