//! Judges the invariants of `docs/design.md`, once, from what was committed and what customers received.
//!
//! It uses nothing of the operator's: objects are JSON, and it computes windows and consent itself. A judge that shared the planner's
//! code would share its mistakes. Two adapters bring the evidence: `audit`, from the API server's log and the customers' server, and
//! the tests' of a simulated world. `tests/rules/judge` and `tests/rules/forged` show that each invariant can be broken in either.
//!
//! Not judged here: I5 (by comparing runs, and by the end of a run), I10 (by the end of a run), and what customers read
//! (`tests/rules/oracle/customer`: it reads letters and calendars, which the log of an API server does not hold).

mod audit;
mod evidence;
mod eyes;
mod i11_jobs;
mod i12_data;
mod i12_rollback;
mod i12_steps;
mod i13_halt;
mod i14_digest;
mod i14_notices;
mod i14_runway;
mod i14_software;
mod i15_issues;
mod i15_moves;
mod i16_trials;
mod i17_cleaned;
mod i1_images;
mod i2_gates;
mod i2_jobs;
mod i2_limit;
mod i2_rings;
mod i2_slot;
mod i2_trials;
mod i3_notice;
mod i4_own_writes;
mod i6_success;
mod i7_cap;
mod i8_notices;
mod i8_once;
mod i8_trials;
mod i9_bounds;
mod object;
mod occurrence;
mod past;
mod range;
mod read;
mod required;
mod said;
mod steps;
mod verdict;

pub use evidence::{Asked, Evidence, Leeway, Notice, Record, What};
pub use object::{Kind, Object, Parts, workload_name};
pub use past::Past;
pub use required::Required;
pub use verdict::{Broken, Verdict};

/// Judges all that can be judged record by record.
pub fn judge(evidence: &Evidence) -> Verdict {
    let (mut verdict, mut past, mut court) = (Verdict::default(), Past::default(), Court::new(evidence.leeway));
    for record in &evidence.records {
        verdict.at = record.until;
        court.judge(&past, record, &mut verdict);
        past.add(record);
    }
    verdict
}

/// Every judge, with what each remembers.
struct Court {
    said: said::Said,
    slots: i2_slot::Slots,
    gates: i2_gates::Gates,
    asked: i2_jobs::Granted,
    notice: i3_notice::Told,
    images: i1_images::Images,
    rollbacks: i12_rollback::Rollbacks,
    data: i12_data::Data,
    starts: i8_once::Starts,
    jobs: i11_jobs::Jobs,
    steps: i12_steps::Steps,
    notices: i8_notices::Notices,
    halts: i13_halt::Halts,
    ends: i14_notices::Ends,
    digests: i14_digest::Digests,
    trials: i16_trials::Trials,
    cleaned: i17_cleaned::Cleaned,
    leeway: Leeway,
}

impl Court {
    fn new(leeway: Leeway) -> Self {
        Self {
            said: said::Said::new(leeway),
            slots: i2_slot::Slots::new(leeway),
            gates: i2_gates::Gates { leeway },
            asked: i2_jobs::Granted::new(leeway),
            notice: i3_notice::Told::new(leeway),
            images: i1_images::Images::new(leeway),
            rollbacks: i12_rollback::Rollbacks::new(leeway),
            data: i12_data::Data::new(leeway),
            starts: i8_once::Starts::default(),
            jobs: i11_jobs::Jobs::default(),
            steps: i12_steps::Steps::new(leeway),
            notices: i8_notices::Notices::new(leeway),
            halts: i13_halt::Halts::new(leeway),
            ends: i14_notices::Ends::new(leeway),
            digests: i14_digest::Digests::new(leeway),
            trials: i16_trials::Trials::new(leeway),
            cleaned: i17_cleaned::Cleaned::new(leeway),
            leeway,
        }
    }

    fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        self.trials.judge(past, record, verdict);
        self.cleaned.judge(past, record, verdict);
        // What a run does to its own copy is no upgrade.
        if i16_trials::is_of_one(record) {
            i4_own_writes::judge(past, record, verdict);
            return self.jobs.judge(record, verdict);
        }
        self.said.note(record);
        self.notice.note(past, record);
        self.slots.judge(past, record, verdict);
        self.gates.judge(past, record, &self.said, verdict);
        self.asked.judge(past, record, verdict);
        i2_limit::judge(past, record, self.leeway, verdict);
        i2_rings::judge(past, record, self.leeway, verdict);
        self.notice.judge(past, record, verdict);
        i4_own_writes::judge(past, record, verdict);
        self.images.judge(past, record, verdict);
        i6_success::judge(past, record, self.leeway, verdict);
        i7_cap::judge(past, record, self.leeway, verdict);
        self.rollbacks.judge(past, record, verdict);
        self.data.judge(past, record, verdict);
        self.starts.judge(record, verdict);
        self.jobs.judge(record, verdict);
        self.steps.judge(past, record, verdict);
        self.notices.judge(past, record, &self.said, verdict);
        i8_trials::judge(past, record, self.leeway, verdict);
        i9_bounds::judge(record, verdict);
        self.halts.judge(past, record, verdict);
        self.ends.judge(past, record, verdict);
        self.digests.judge(past, record, verdict);
        i14_runway::judge(past, record, self.leeway, verdict);
        i14_software::judge(past, record, self.leeway, verdict);
        i15_issues::judge(past, record, self.leeway, verdict);
        i15_moves::judge(past, record, self.leeway, verdict);
    }
}
