//! A control plane to look at: `cargo run --example control-plane`. Ctrl-C ends it and removes everything.

#[path = "../control_plane/mod.rs"]
mod control_plane;

use anyhow::{Context, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let plane = control_plane::ControlPlane::start().await?;
    println!("export KUBECONFIG={}", plane.admin().await?.kubeconfig.display());
    println!("export PATH={}:$PATH", plane.binaries().display());
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")?;
    plane.stop().await
}
