//! An idle operator writes nothing: not a status, not an Event, no touch of anything.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::sleep;

use super::{
    stage::Stage,
    trail::{Trail, is_write_attempt},
};

/// As long as the definition of done says. Here the time itself is what is tested, so it is slept.
pub const WATCHED: Duration = Duration::from_mins(1);

/// What the demo prints when it begins to watch: until then it needs the machine, from then on hardly.
pub const BEGINS: &str = "The month is over. The operator is watched for a minute: it must write nothing.";

/// The writes of the operator's on the finished cluster, in real time.
pub async fn writes(stage: &Stage) -> Result<Vec<String>> {
    let mut trail = Trail::default();
    trail.more(&stage.plane)?;
    sleep(WATCHED).await;
    let events = trail.more(&stage.plane)?;
    Ok(events.iter().filter(|event| is_write_attempt(event)).map(name).collect())
}

fn name(event: &Value) -> String {
    let object = &event["objectRef"];
    format!("{} {} {}/{}", event["verb"], object["resource"], object["namespace"], object["name"])
}
