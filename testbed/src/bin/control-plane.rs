//! A control plane to look at: `cargo run --bin control-plane`. Ctrl-C ends it and removes everything.

use anyhow::{Context, Result};
use uplift_testbed::control_plane::ControlPlane;

#[tokio::main]
async fn main() -> Result<()> {
    let plane = ControlPlane::start().await?;
    println!("export KUBECONFIG={}", plane.admin().await?.kubeconfig.display());
    println!("export PATH={}:$PATH", plane.binaries().display());
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    plane.stop().await
}
