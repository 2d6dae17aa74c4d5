//! Rule R37: what the runs of a trial say of a release. The status of the trial is the record: what it forgot was not tried.

use super::ids::short;
use crate::api::{
    DashboardReleaseSpec, TenantInstanceSpec, UpgradeTrialStatus, Version,
    reason::Reason,
    trial::{PastRun, TrialAnswer, TrialEnd, TrialRun, TrialVerdict},
};

/// A short digest of what an upgrade in production consists of, beside the images: which workloads, and which hooks.
pub fn made_of(spec: &TenantInstanceSpec, release: &DashboardReleaseSpec) -> String {
    let text = |value: Option<String>| value.unwrap_or_default(); // plain data, so it always is JSON
    let workloads = text(serde_json::to_string(&spec.workloads).ok());
    let [own, release] = [&spec.hooks, &release.hooks].map(|hooks| text(serde_json::to_string(hooks).ok()));
    short(&[&workloads, &own, &release])
}

/// Of whom the evidence is wanted: a tenant, and a release.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    /// The UID of the tenant.
    pub tenant_uid: &'a str,
    /// The UID of the release: one that is deleted and made again is another.
    pub release_uid: &'a str,
}

/// The newest run of a release that is over, cleaned or not.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The version that it booted on.
    pub from: &'a str,
    /// What an upgrade consisted of.
    pub made_of: &'a str,
    /// The generation of the trial that it was made of.
    pub generation: i64,
    /// What came of it.
    pub end: &'a TrialEnd,
}

/// What the evidence comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The version may go to production.
    Passed,
    /// It did not get ready, or did not stay as it was.
    Failed,
    /// People said no.
    Rejected,
    /// It was of something else than production is now.
    Stale,
}

impl<'a> Of<'a> {
    fn is(&self, tenant_uid: &str, release_uid: &str) -> bool {
        (tenant_uid, release_uid) == (self.tenant_uid, self.release_uid)
    }

    /// The run of it that is on.
    pub fn on(self, status: &'a UpgradeTrialStatus) -> Option<&'a TrialRun> {
        let run = status.run.as_ref().filter(|run| run.ended.is_none())?;
        self.is(&run.tenant_uid, &run.release_uid).then_some(run)
    }

    /// The newest run of it that is over. What was found out after a pass counts more than the pass. One that was taken back before its time says
    /// nothing: nobody was heard out.
    pub fn newest(self, status: &'a UpgradeTrialStatus) -> Option<Evidence<'a>> {
        let over = |run: &'a TrialRun| Some((&*run.tenant_uid, &*run.release_uid, Evidence::of_run(run, run.ended.as_ref()?)));
        let past = |run: &'a PastRun| (&*run.tenant_uid, &*run.release_uid, Evidence::of_past(run));
        let mut all = status.run.as_ref().and_then(over).into_iter().chain(status.runs.iter().map(past));
        let counts = |evidence: &Evidence| evidence.end.reason != Reason::TrialWithdrawn;
        all.find(|(tenant, release, evidence)| self.is(tenant, release) && counts(evidence)).map(|(_, _, evidence)| evidence)
    }
}

impl<'a> Evidence<'a> {
    fn of_run(run: &'a TrialRun, end: &'a TrialEnd) -> Self {
        Self { from: &run.from, made_of: &run.made_of, generation: run.generation, end }
    }

    fn of_past(run: &'a PastRun) -> Self {
        Self { from: &run.from, made_of: &run.made_of, generation: run.generation, end: &run.end }
    }

    /// What it proves of an upgrade that consists of this now. Silence is yes. Where nothing is left to be upgraded, as in a retry of images that
    /// stand, nobody asks from which version.
    pub fn proves(&self, running: Option<&Version>, to: &Version, made_of: &str) -> Proof {
        let elsewhere = running.is_some_and(|running| running < to && !running.is(self.from));
        match (self.end.answer, self.end.verdict) {
            (Some(TrialAnswer::Rejected), _) => Proof::Rejected,
            (_, TrialVerdict::Failed) => Proof::Failed,
            (_, TrialVerdict::Passed) if elsewhere || self.made_of != made_of => Proof::Stale,
            (_, TrialVerdict::Passed) => Proof::Passed,
        }
    }
}
