//! What a release's conditions say.

use crate::{
    api::reason::Reason,
    fleet::Release,
    plan::{output::held::Held, pass::qualified::Qualified, release::brake::brake},
};

/// What is told of a release.
pub struct Told {
    accepted: Result<(), Held>,
    approved: Result<(), Held>,
    change: Result<(), Held>,
    brake: Result<(), Held>,
    eyes_uncounted: bool,
    malformed: Option<String>,
}

/// What is told of a release that makes sense.
pub fn told(release: &Qualified) -> Told {
    let lifted = release.is_halted() && release.halt.as_ref().is_none_or(|halt| !halt.stands());
    let brake = if lifted { brake(release.spec, None) } else { release.brake.clone() };
    let (accepted, approved, change) = (release.accepted.clone(), release.approved.clone(), release.change.clone());
    Told { accepted, approved, change, brake, eyes_uncounted: release.eyes_uncounted(), malformed: None }
}

impl Told {
    /// What is told of one that does not.
    pub fn malformed(release: &Release) -> Self {
        let wrong = [release.spec.as_ref().err(), release.version.as_ref().err(), release.upgrades_from.as_ref().err()];
        let wrong = wrong.into_iter().flatten().next().cloned().unwrap_or_default();
        let held = Held { reason: Reason::Malformed, message: format!("{wrong}; correct the manifest"), until: None };
        let no = || Err(held.clone());
        Self {
            accepted: no(),
            approved: no(),
            change: Ok(()),
            brake: no(),
            eyes_uncounted: false,
            malformed: Some(held.message.clone()),
        }
    }
    /// The first thing that holds it back.
    pub fn held(&self) -> Option<&Held> {
        [&self.brake, &self.approved, &self.accepted].into_iter().find_map(|r| r.as_ref().err())
    }
    /// `Accepted`.
    pub fn accepted(&self) -> (bool, Reason, &str) {
        let yes = (true, Reason::Accepted, "every check passed and the soak is over");
        self.accepted.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    /// `Approved`.
    pub fn approved(&self) -> (bool, Reason, &str) {
        let uncounted = "change management approved it; who created it is not on record, so acceptance.fourEyes \
                         was not checked: make sure that it was somebody else";
        let words = if self.eyes_uncounted { uncounted } else { "change management approved it" };
        let yes = (true, Reason::Approved, words);
        self.approved.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    /// False only for what an edit of this manifest mends; the reason says where the release stands. That its change window is over is
    /// said while somebody waits for it: else that is how it should end.
    pub fn ready(&self, is_waited_for: bool) -> (bool, Reason, &str) {
        if let Some(message) = &self.malformed {
            return (false, Reason::Malformed, message);
        }
        let (open, over) = ("tenants may be upgraded to it", "its change window is over, and nobody waits for it");
        let expired = self.change.as_ref().err();
        let Some(held) = self.held().or(expired.filter(|_| is_waited_for)) else {
            return (true, Reason::Valid, if expired.is_some() { over } else { open });
        };
        (!matches!(held.reason, Reason::DuplicateVersion | Reason::Malformed), held.reason, &held.message)
    }
}
