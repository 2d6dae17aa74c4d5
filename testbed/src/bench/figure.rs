//! What is measured of one round, with names and units.

use std::collections::BTreeMap;

use serde::Serialize;

/// A figure of a round. Each is better when it is lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Figure {
    /// From the opening of the window (or the first request) to the last success: of Uplift the write that says so, else the sight of it.
    Seconds,
    /// CPU seconds of the control plane, from the opening until nobody has anything left to do.
    ControlPlaneCpu,
    /// CPU seconds of the contestant's own processes in that time.
    OwnCpu,
    /// Of the bench itself: the receiver of notices, the wait.
    BenchCpu,
    /// The share of the machine that processes outside this bench used meanwhile.
    ForeignShare,
    /// The share of the machine that was not used.
    IdleShare,
    /// The most memory, in MiB: of a process that stays, its own peak; of many short ones, all that were alive at once.
    PeakMib,
    /// Requests of the contestant's, for each tenant.
    Requests,
    /// Writes of everybody, for each tenant.
    AllWrites,
    /// Writes of the contestant's, for each tenant, without Events.
    Writes,
    /// Events of the contestant's, for each tenant.
    Events,
    /// Writes of Uplift's from its start to the end of the window, for each tenant, without Events and its Lease.
    CycleWrites,
    /// From the start of the process to its first write, in seconds.
    Start,
    /// From the start of the process until every tenant has its date, its notice and the receipt.
    Announced,
    /// From the opening to the first PATCH of a workload, in milliseconds.
    FirstPatch,
    /// From the write that says that a workload is rolled out to the write that says that the upgrade succeeded, in milliseconds: the median.
    SuccessWritten,
    /// The same of the workload that was rolled out last.
    LastSuccessWritten,
    /// Writes while nothing is to do.
    IdleWrites,
    /// For so many seconds.
    IdleSeconds,
}

impl Figure {
    /// Its name in a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::ControlPlaneCpu => "CPU s, control plane",
            Self::OwnCpu => "CPU s, own",
            Self::BenchCpu => "CPU s, bench",
            Self::ForeignShare => "foreign CPU",
            Self::IdleShare => "idle CPU",
            Self::PeakMib => "peak MiB",
            Self::Requests => "requests/tenant",
            Self::AllWrites => "writes/tenant, everybody's",
            Self::Writes => "writes/tenant, own",
            Self::Events => "Events/tenant",
            Self::CycleWrites => "writes/tenant, whole cycle",
            Self::Start => "s, start to first write",
            Self::Announced => "s, start to all announced",
            Self::FirstPatch => "ms, opening to first PATCH",
            Self::SuccessWritten => "ms, rolled out to success written (median)",
            Self::LastSuccessWritten => "ms, last rollout to its success written",
            Self::IdleWrites => "idle writes",
            Self::IdleSeconds => "s, watched idle",
        }
    }

    /// The value as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::ForeignShare | Self::IdleShare => format!("{:.0} %", value * 100.0),
            Self::FirstPatch | Self::SuccessWritten | Self::LastSuccessWritten | Self::IdleWrites | Self::IdleSeconds => {
                format!("{value:.0}")
            }
            Self::Requests | Self::AllWrites | Self::Writes | Self::Events | Self::CycleWrites => format!("{value:.2}"),
            _ => format!("{value:.1}"),
        }
    }
}

/// The figures of a round.
pub type Figures = BTreeMap<Figure, f64>;

/// A count, to divide by or into.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
pub fn count(of: usize) -> f64 {
    of as f64
}
