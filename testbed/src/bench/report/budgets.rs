//! The budgets of the design, and whether this run held them.

use std::fmt;

use super::{Report, Setting};
use crate::bench::figure::Figure;
use crate::bench::pass::Pass;
use crate::bench::program::{Plane, Pods, Who};
use crate::bench::stats::Summary;

/// At most so much.
pub struct Budget {
    what: &'static str,
    limit: f64,
    /// None: this run did not measure it.
    is: Option<f64>,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, limit, is } = self;
        match is {
            None => write!(f, "not run  {what}: at most {limit}"),
            Some(is) if is <= limit => write!(f, "held     {what}: {is:.2}, at most {limit}"),
            Some(is) => write!(f, "MISSED   {what}: {is:.2}, at most {limit}"),
        }
    }
}

/// All of them, in the order of the design.
pub fn budgets(report: &Report) -> Vec<Budget> {
    let full = |pods| Setting { plane: Plane::Full, tenants: 1_000, pods };
    let (now, later) = (full(Pods::AtOnce), full(Pods::AfterFiveSeconds));
    let light = |tenants| Setting { plane: Plane::Light, tenants, pods: Pods::AtOnce };
    let median = |summary: Option<Summary>| summary.map(|summary| summary.median);
    let of = |setting, figure| median(report.summary(setting, Who::Uplift, figure));
    let to_raw = |setting, figure| median(report.against_raw(setting, Who::Uplift, figure));
    let over = |setting, who| Some(of(setting, Figure::Seconds)? / median(report.summary(setting, who, Figure::Seconds))?);
    let longest = |of: fn(&Pass) -> f64| {
        let calm = ["waiting for the slot", "nothing to do"];
        let passes = report.passes.iter().filter(|pass| pass.tenants == 10_000 && calm.contains(&pass.what.as_str()));
        passes.map(of).max_by(f64::total_cmp)
    };
    let scale = || Some(of(light(5_000), Figure::Seconds)? / (5.0 * of(light(1_000), Figure::Seconds)?));
    let idle =
        report.idle.iter().filter(|idle| idle.tenants == 10_000).find_map(|idle| idle.figures.get(&Figure::IdleWrites).copied());
    let budget = |what, limit, is| Budget { what, limit, is };
    vec![
        budget("1,000 tenants, pods after 5 s: time, x raw", 1.15, to_raw(later, Figure::Seconds)),
        budget("1,000 tenants, pods at once: time, x raw", 1.4, to_raw(now, Figure::Seconds)),
        budget("1,000 tenants, pods at once: CPU of the control plane, x raw", 1.35, to_raw(now, Figure::ControlPlaneCpu)),
        budget("1,000 tenants, pods at once: time over that of Argo Rollouts, default flags", 0.5, over(now, Who::ArgoDefault)),
        budget("1,000 tenants, pods at once: time over that of Argo Rollouts, tuned flags", 1.0, over(now, Who::ArgoTuned)),
        budget("1,000 tenants: own writes from the opening on, receipt included", 4.0, of(now, Figure::Writes)),
        budget("1,000 tenants: own writes over the cycle", 7.0, of(now, Figure::CycleWrites)),
        budget("10,000 tenants: writes while nothing is to do", 0.0, idle),
        budget("10,000 tenants: peak memory, MiB", 64.0, of(light(10_000), Figure::PeakMib)),
        budget("10,000 tenants: seconds until all are announced", 120.0, of(light(10_000), Figure::Announced)),
        budget("10,000 tenants: ms from the opening to the first PATCH", 500.0, of(light(10_000), Figure::FirstPatch)),
        budget("5,000 tenants over 5 times 1,000, light bed: time", 1.1, scale()),
        budget("10,000 tenants: ms of a pass, nothing changed", 1.0, longest(|pass| pass.settled)),
        budget("10,000 tenants: ms of a pass, the workloads of 1,000 changed", 10.0, longest(|pass| pass.changed)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_not_held() {
        let shown = |is| Budget { what: "it", limit: 2.0, is }.to_string();
        assert_eq!(shown(None), "not run  it: at most 2");
        assert_eq!(shown(Some(2.0)), "held     it: 2.00, at most 2");
        assert_eq!(shown(Some(2.1)), "MISSED   it: 2.10, at most 2");
    }
}
