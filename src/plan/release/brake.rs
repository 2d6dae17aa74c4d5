//! Rule R3: what stops a release, whoever waits for it.

use crate::{
    api::{DashboardReleaseSpec, reason::Reason, release::Halt},
    plan::{output::held::Held, release::halt},
};

/// R3: what people pull, and what failures did. What takes slots away comes before what only holds starts.
pub fn brake(spec: &DashboardReleaseSpec, halt: Option<&Halt>) -> Result<(), Held> {
    if let Some(withdrawn) = &spec.withdrawn {
        return Err(Held::new(Reason::Withdrawn, format!("withdrawn: {}", withdrawn.reason)));
    }
    if let Some(halt) = halt.filter(|halt| halt.stands()) {
        return Err(halt::held(halt));
    }
    match &spec.suspend {
        Some(suspend) => {
            Err(Held::new(Reason::Suspended, format!("suspended: {}; remove spec.suspend to go on", suspend.reason)))
        }
        None => Ok(()),
    }
}
