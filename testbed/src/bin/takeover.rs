//! How long it takes until another replica leads: `cargo run --profile campaign --bin takeover [KILLS] [REPLICAS]`.
//!
//! Kills, stops and cuts off the leader in an open window, on a real control plane, and judges every write by the audit log.
#![allow(missing_docs)] // a program, not an interface

use anyhow::{Context, Result, ensure};
use uplift_testbed::takeover;

#[tokio::main]
async fn main() -> Result<()> {
    if takeover::was_replica().await? {
        return Ok(());
    }
    let number = |nth: usize, default: usize| std::env::args().nth(nth).map_or(Ok(default), |n| n.parse()).context("a number");
    let report = takeover::play(number(1, 200)?, number(2, 2)?).await?;
    report.print();
    ensure!(report.wrong().is_empty(), "{}", report.wrong().join("\n"));
    Ok(())
}
