//! `UpgradeWindow`: when upgrades may run, how long before customers hear of them, until when they may opt out.

use jiff::{Timestamp, civil::Date};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Suspend};

/// A recurring maintenance window in a time zone, with the notice that customers get and the moment until which they may opt out.
///
/// Openings and cut-offs are local wall-clock times; lengths are elapsed time.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "uplift.dev",
    version = "v1alpha1",
    kind = "UpgradeWindow",
    plural = "upgradewindows",
    shortname = "uw",
    category = "uplift",
    status = "UpgradeWindowStatus",
    derive = "PartialEq",
    doc = "A recurring maintenance window: when upgrades may run, how long before customers are told, until when they may opt out.",
    printcolumn(name = "Schedule", type_ = "string", json_path = ".spec.schedule"),
    printcolumn(name = "Zone", type_ = "string", json_path = ".spec.timeZone"),
    printcolumn(name = "Duration", type_ = "string", json_path = ".spec.duration"),
    printcolumn(name = "Next", type_ = "string", json_path = ".status.occurrences[0].opens"),
    printcolumn(name = "Open", type_ = "string", json_path = ".status.conditions[?(@.type==\"Open\")].status"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("duration(self.duration) >= duration('5m') && duration(self.duration) <= duration('168h')")
        .message("duration must lie between 5m and 168h").field_path(".duration"),
    validation = Rule::new("duration(self.notice) >= duration('1h') && duration(self.notice) <= duration('2160h')")
        .message("notice must lie between 1h and 2160h (90 days)").field_path(".notice"),
    validation = Rule::new("duration(self.announceAhead) >= duration(self.notice) + duration('24h')")
        .message("announceAhead must be longer than notice by 24h or more: a slot is announced between the two").field_path(".announceAhead"),
    validation = Rule::new("duration(self.announceAhead) <= duration('8760h')")
        .message("announceAhead must be at most 8760h (a year)").field_path(".announceAhead"),
    validation = Rule::new("!has(self.reminders) || self.reminders.all(r, duration(r) >= duration('15m') && duration(r) < duration(self.notice))")
        .message("each of reminders must be 15m or longer, and shorter than notice").field_path(".reminders"),
    validation = Rule::new("!has(self.reserve) || self.reserve == null || !has(self.reserve.minimum) || duration(self.reserve.minimum) <= duration(self.duration)")
        .message("reserve.minimum must not be longer than duration: nothing would ever start").field_path(".reserve.minimum"),
    validation = Rule::new("duration(self.notice).getHours() >= 48 * self.optOut.daysBefore")
        .message("optOut.daysBefore leaves customers less than half of notice to answer; make notice longer or daysBefore smaller")
        .field_path(".optOut.daysBefore")
)]
pub struct UpgradeWindowSpec {
    /// When an occurrence opens: cron with five fields in local time (minute hour day month weekday), with `#` for the n-th
    /// weekday and `L` for the last, like `0 18 * * TUE#3`.
    #[schemars(length(min = 9, max = 128))]
    pub schedule: String,
    /// IANA time zone of the schedule, the cut-off and the freezes, like `Europe/London`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"))]
    #[x_kube(validation = Rule::new("self != 'Local'").message("name a zone, like Europe/London: a cluster has no local time"))]
    pub time_zone: String,
    /// How long an occurrence stays open, in elapsed time.
    pub duration: Duration,
    /// How long before the opening a notice must have been delivered, in elapsed time.
    #[serde(default = "default_notice")]
    pub notice: Duration,
    /// Slots that open further away than this are tentative: shown as expectedAt, announced to nobody. At least 24h longer than
    /// `notice`: a slot is announced between the two.
    #[serde(default = "default_announce_ahead")]
    pub announce_ahead: Duration,
    /// How long before the opening customers are reminded of an announced slot, in elapsed time, each shorter than `notice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub reminders: Vec<Duration>,
    /// Until when a customer may opt out.
    #[serde(default)]
    pub opt_out: OptOutRule,
    /// How many tenants get a slot in one occurrence; absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub capacity: Option<u32>,
    /// How many upgrades run at the same time.
    #[serde(default = "default_max_concurrent")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_concurrent: u32,
    /// Spans of local dates, both ends included, that no occurrence may touch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub freezes: Vec<Freeze>,
    /// How often a customer may put an upgrade off; absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferral: Option<Deferral>,
    /// How much time must be left before the close where an upgrade starts; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserve: Option<Reserve>,
    /// While present, no occurrence opens. Announced slots stay until they close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<Suspend>,
}

fn default_notice() -> Duration {
    Duration::from_hours(48)
}
fn default_announce_ahead() -> Duration {
    Duration::from_hours(336)
}
fn default_max_concurrent() -> u32 {
    10
}

/// The cut-off: the last such local wall-clock time at least 5 minutes before the opening, so many days earlier.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OptOutRule {
    /// Local time of day, `HH:MM`.
    #[serde(default = "default_opt_out_time")]
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub time: String,
    /// Whole days earlier.
    #[serde(default)]
    #[schemars(range(min = 0, max = 30))]
    pub days_before: u8,
}

fn default_opt_out_time() -> String {
    "13:00".into()
}

impl Default for OptOutRule {
    fn default() -> Self {
        Self { time: default_opt_out_time(), days_before: 0 }
    }
}

/// Local dates during which nothing is upgraded.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.from <= self.to").message("from must not be after to; both are dates like 2026-12-18"))]
pub struct Freeze {
    /// First frozen local date.
    #[schemars(length(max = 10))]
    pub from: Date,
    /// Last frozen local date.
    #[schemars(length(max = 10))]
    pub to: Date,
    /// Why; shown to customers whose slot it takes.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

/// The limit of deferrals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deferral {
    /// Accepted opt-outs since the last successful upgrade.
    #[schemars(range(min = 0, max = 100))]
    pub max: u32,
    /// While declining would leave too few dates before support of what the tenant runs ends, nothing can be declined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_end_of_life: bool,
}

/// The time that an upgrade needs: where less is left before the close, it does not start. The longer of the two counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reserve {
    /// So much at least, in elapsed time; no longer than `duration`.
    #[serde(default)]
    pub minimum: Duration,
    /// Whether a quarter more than upgrades took before is asked for: the slowest of the tenant's last five that succeeded; where it has
    /// none, the 95th percentile of those to the release, of five tenants or more. At most the length of the slot.
    #[serde(default)]
    pub learn: bool,
}

/// What the operator says of a window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpgradeWindowStatus {
    /// The generation that this status was computed from.
    pub observed_generation: i64,
    /// The open occurrence, if any, and the next ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<OccurrenceStatus>,
    /// `Ready`: the spec makes sense. `Open`: an occurrence is open now.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// One opening of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OccurrenceStatus {
    /// The opening in local time with offset: the name of its slots.
    pub opens: String,
    /// The opening, UTC.
    pub opens_at: Timestamp,
    /// The close, UTC.
    pub closes_at: Timestamp,
    /// The cut-off: the last second in which an opt-out counts, UTC.
    pub opt_out_until: Timestamp,
    /// The freeze that it touches, if any: then it does not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<String>,
}
