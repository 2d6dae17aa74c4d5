//! How fast a bad release is stopped in a large fleet: `cargo run --profile campaign --bin halt-time [TENANTS]`.
//!
//! Plays the beginning of `examples/bad-release` on a real control plane, with as many tenants as are asked for, until the release is
//! halted, and prints what the audit log says of the times between.
#![allow(missing_docs)] // a program, not an interface

use std::sync::Arc;

use anyhow::{Context, Result};
use uplift_testbed::{
    demo::{child, crash, month::Month, reaction::reaction, stage::Stage},
    project,
};

const FROM: &str = "2026-12-01T00:00:00Z";
/// The canaries fail in the night before; who had a date was told by then that it is off.
const UNTIL: &str = "2026-12-04T08:00:00Z";

#[tokio::main]
async fn main() -> Result<()> {
    if child::was_operator().await? {
        return Ok(());
    }
    let tenants: usize = std::env::args().nth(1).map_or(Ok(1_000), |n| n.parse()).context("TENANTS is a number")?;
    let _ = std::fs::remove_file(child::log_file()?);
    let stage = Stage::with_copies(&project().join("examples/bad-release"), tenants.saturating_sub(5)).await?;
    let stage = Arc::new(stage);
    println!("the stage is set");
    stage.clock.jump(FROM.parse()?).await;
    let mut keeper = crash::Keeper::start(stage.clone(), vec![]);
    Month::new(stage.clone(), UNTIL.parse()?).play(&mut keeper).await?;
    keeper.stop(0).await?;
    let reaction = reaction(&stage.plane.audit_events(0)?.events)?;
    println!("\n{tenants} tenants. From the failure to");
    println!("  the halt's write          {:>5} ms", reaction.halt.as_millis());
    for (workload, after) in &reaction.back {
        println!("  the images back in {workload:<6} {:>5} ms", after.as_millis());
    }
    Ok(())
}
