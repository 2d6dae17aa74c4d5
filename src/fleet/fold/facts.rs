//! All that a process knows, and how sends, answers and deliveries change it. The operator and the simulation drive the same.

use jiff::Timestamp;

use super::{Folder, Observation, asked, rows::row};
use crate::fleet::{
    Asked, ClockAhead, Delivery, DeliveryKey, Effect, Fleet, ObjectKey, Outstanding, Refusal, RefusedBy, Tried, Views,
    job::one_line,
};

/// The fleet, and what keeps it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What a decision may depend on.
    pub fleet: Fleet,
    folder: Folder,
    /// Whether it is known that opt-outs are stamped, or that they are not: a verdict is given once, and a stamp that was
    /// overlooked at the start could not be made good.
    stamps_known: bool,
}

/// What became of a write.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is stored.
    Stored,
    /// It is stored otherwise than it was sent.
    Altered,
    /// Its object is not there any more.
    Gone,
    /// The API server said no, with this message.
    Refused(RefusedBy, String),
    /// It came to nothing, and that says nothing of the next one.
    NotSent,
    /// A Job that has ended cannot be read: a pod of it is left running.
    NotYet,
    /// It lost to another write, or nobody knows: the object was read.
    Open,
}

impl Answer {
    /// What it says to the question whether something would be taken; none: it does not answer it, and it is asked again.
    fn to_question(&self) -> Option<Result<(), (RefusedBy, String)>> {
        match self {
            Self::Stored | Self::Altered => Some(Ok(())),
            Self::Refused(by, message) => Some(Err((*by, one_line(message)))),
            Self::Gone | Self::NotSent | Self::NotYet | Self::Open => None,
        }
    }
}

/// How an object stands after a write, as the answer or a read has shown.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Like this.
    Object(Observation),
    /// It has this resourceVersion, and no more of it can be read; none: nor that.
    Unreadable(Option<String>),
    /// It is not there.
    Absent,
    /// Nothing was shown.
    Nothing,
}

impl Facts {
    /// Nothing is known but this.
    pub fn new(fleet: Fleet) -> Self {
        Self { fleet, ..Self::default() }
    }

    /// Whether all is known that a decision depends on, by a process that has become the leader so often: before that nothing may be
    /// decided.
    pub fn ready(&self, term: u64) -> bool {
        self.folder.ready(term) && self.stamps_known
    }

    /// Folds what a watch showed; whether a fact changed.
    pub fn observe(&mut self, observation: Observation) -> bool {
        self.stamps_known |= matches!(observation, Observation::StampsInForce(_));
        if matches!(observation, Observation::Term(_)) {
            // Whoever led meanwhile may have been told otherwise, and has told of what was deleted.
            self.fleet.asked.clear();
            self.fleet.refused.clear();
            self.fleet.deleted.clear();
            self.fleet.deleted_trials.clear();
        }
        self.folder.fold(&mut self.fleet, observation)
    }

    /// Folds a workload that was read beside something else. One that is gone by now does not come back.
    pub fn reread(&mut self, seen: Observation) {
        if seen.object().is_some_and(|(key, _)| row(&self.fleet, &key).is_some()) {
            self.observe(seen);
        }
    }

    /// How fresh the views are, as the rules may see it.
    pub fn views(&self, views: Views) -> Views {
        self.folder.views(views)
    }

    /// The fleet as the next plan sees it: without what no rule needs any more.
    pub fn for_plan(&mut self, views: Views, clock_ahead: ClockAhead, resting: usize) -> &Fleet {
        self.fleet.forget_deliveries();
        self.fleet.forget_tried();
        self.fleet.forget_job_reads();
        self.fleet.forget_pod_reads();
        self.fleet.forget_refusals();
        self.fleet.forget_asked();
        self.fleet.views = self.folder.views(views);
        self.fleet.clock_ahead = clock_ahead;
        self.fleet.resting = resting;
        &self.fleet
    }

    /// The plan is made: it says what is to be said of tenants that were deleted, and knows what has changed. Or nobody plans by these facts:
    /// then what a planner remembers of them does not count any more, which it sees by the number of plans.
    pub fn planned(&mut self) {
        self.fleet.planned();
    }

    /// A write is about to be sent: from here on it is a fact (before the send, so that no answer can come first).
    pub fn sending(&mut self, object: &ObjectKey, effect: Effect, sent_at: Timestamp) {
        self.fleet.outstanding.insert(object.clone(), Outstanding { effect, sent_at });
    }

    /// A write of the object with this UID is not under way any more: folds what was shown, and gives its place back.
    pub fn settle(&mut self, object: &ObjectKey, uid: &str, answer: Answer, shown: Shown) {
        if let Some((template, question)) = asked::question(&self.fleet, object) {
            if let Some(said) = answer.to_question() {
                self.fleet.heard(template.clone(), Asked { refused: said.err(), ..question });
                self.fleet.forget_older(&template);
            }
            // Nothing was made, whatever the answer shows.
            self.folder.refused(&mut self.fleet, object);
            return;
        }
        self.hear_of_job(object, &answer);
        let gone = matches!(answer, Answer::Gone);
        self.remember_refusal(object, answer);
        let (folder, fleet) = (&mut self.folder, &mut self.fleet);
        match shown {
            _ if gone => folder.absent(fleet, object, uid),
            Shown::Object(seen) => folder.answered(fleet, object, seen),
            Shown::Unreadable(Some(version)) => folder.answered_unread(fleet, object, &version),
            Shown::Absent => folder.absent(fleet, object, uid),
            Shown::Unreadable(None) | Shown::Nothing => folder.refused(fleet, object),
        };
    }

    /// What became of the creation of a Job. That another object has its name says nothing of the next.
    fn hear_of_job(&mut self, object: &ObjectKey, answer: &Answer) {
        let (ObjectKey::Job(job), Some(sent)) = (object, self.fleet.outstanding.get(object)) else { return };
        let made = matches!(sent.effect, Effect::Job { .. });
        match answer.to_question().filter(|_| made) {
            None | Some(Err((RefusedBy::Another, _))) => {}
            Some(said) => {
                let at = sent.sent_at;
                self.fleet.hears_of_job(job, said.err().as_ref(), at);
            }
        }
    }

    /// Until a write of the object gets another answer, or the object is gone.
    fn remember_refusal(&mut self, object: &ObjectKey, answer: Answer) {
        let (by, message) = match answer {
            Answer::NotSent => return,
            Answer::NotYet => (RefusedBy::ItsPod, "a pod of it is left running".into()),
            // It may come to stand in a status, and a policy may have said it in several lines.
            Answer::Refused(by, message) if matches!(object, ObjectKey::Job(_)) => (by, one_line(&message)),
            Answer::Refused(by, message) => (by, message),
            // What is stored otherwise than it was sent does not get on either.
            Answer::Altered => (RefusedBy::Else, "the API server stored something else than was written".into()),
            Answer::Stored | Answer::Gone | Answer::Open => return drop(self.fleet.refused.remove(object)),
        };
        let effect = self.fleet.outstanding.get(object).map(|sent| &sent.effect);
        let intent = effect.and_then(Effect::intent).cloned();
        let owner = effect.and_then(Effect::job_owner).cloned();
        self.fleet.refused.insert(object.clone(), Refusal { intent, owner, message, by });
    }

    /// Another time as the leader begins, or one ends: what was tried in it says nothing of what others have written since.
    pub fn term_changed(&mut self) {
        self.fleet.tried.clear();
    }

    /// What became of asking the source of a product: always news.
    pub fn asked_source(&mut self, product: String, tried: Tried) {
        self.fleet.asked_source(product, tried);
    }

    /// What became of a notice; whether that is new.
    pub fn delivered(&mut self, key: DeliveryKey, delivery: Delivery) -> bool {
        self.fleet.delivered(key, delivery)
    }
}
