//! Replicas of the operator that are killed, stopped and cut off while upgrades run, on a real control plane: how long until another one
//! leads, and does any invariant break?

mod kills;
mod replica;
mod report;
mod stage;
mod wire;

use anyhow::Result;

pub use replica::was_replica;
pub use report::Report;

/// How long the Lease is held without being renewed: the least that the operator takes, so that many takeovers fit into a test.
pub const LEASE: std::time::Duration = std::time::Duration::from_secs(5);

/// Plays so many kills of the leader of so many replicas, and judges what the API server saw.
pub async fn play(kills: usize, replicas: usize) -> Result<Report> {
    let stage = stage::Stage::set(kills).await?;
    let taken = kills::play(&stage, kills, replicas).await?;
    report::judge_all(&stage, taken)
}
