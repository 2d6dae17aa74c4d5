//! The testbed itself.
#[path = "../testbed/control_plane/mod.rs"]
mod control_plane;
#[tokio::test]
async fn starts() -> anyhow::Result<()> {
    let t = std::time::Instant::now();
    let p = control_plane::ControlPlane::start().await?;
    eprintln!("started in {:?} {}", t.elapsed(), p.dir().display());
    let a = p.admin().await?;
    eprintln!("{:?}", p.kubectl(&a, &["get", "nodes,sa,ns"]).await?);
    p.stop().await
}
