//! Rule R6: which containers of a workload a release's images go to.

use crate::{
    api::tenant::WorkloadRef,
    fleet::{Container, Workload},
};

/// The containers of a workload that a release's images go to: container and component.
pub fn mapped<'w>(
    reference: &'w WorkloadRef,
    workload: &'w Workload,
    has: impl Fn(&str) -> bool,
) -> Vec<(&'w Container, &'w str)> {
    if reference.containers.is_empty() {
        return workload.containers.iter().filter(|c| has(&c.name)).map(|c| (c, c.name.as_str())).collect();
    }
    let named = |name: &str| workload.containers.iter().find(|c| c.name == name);
    reference.containers.iter().filter_map(|r| Some((named(&r.name)?, r.component.as_str()))).collect()
}
