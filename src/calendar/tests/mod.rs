//! Named real cases, refusals and properties.

mod cases;
mod freezes;
mod local_time;
mod properties;
mod refusals;

use jiff::Timestamp;

use super::{InvalidWindow, Schedule};
use crate::api::UpgradeWindowSpec;

/// A window's spec with the defaults of the API, changed by what a test is about.
fn spec(time_zone: &str, schedule: &str, more: &serde_json::Value) -> UpgradeWindowSpec {
    let mut spec = serde_json::json!({"schedule": schedule, "timeZone": time_zone, "duration": "4h"});
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    serde_json::from_value(spec).unwrap()
}

fn compile(time_zone: &str, schedule: &str, more: &serde_json::Value) -> Result<Schedule, InvalidWindow> {
    Schedule::compile(&spec(time_zone, schedule, more))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
