//! Ways in which a customer's data could leave a trial (I16, R34, R35, R36): rows.yaml lists them. Each is held or refused with 0 bytes at the sinks; each
//! again without its guard, and they hear it.
//!
//! A program of its own: it wants the machine for itself, and takes the policies of the API server out of force. All rows share one control plane; no
//! operator runs while the policies are tried, and one for all runs after that. The rows that kill it come last; then a run is played in which it is killed after
//! each of its writes, and at the end one with two replicas that lose their leader. `ONLY=no-scrub,a-count-that-fails` plays
//! these runs, and those without any guard.

mod home;
mod kills;
mod play;
mod refused;
mod replicas;
mod row;
mod sinks;
#[allow(dead_code, reason = "process_node uses the rest")]
#[path = "../process_node/stage.rs"]
mod stage;
mod world;

use std::time::Instant;

use anyhow::{Result, ensure};
use futures::{StreamExt, stream};
use row::{Change, Held, Rows};
use world::World;

/// So many runs at once keep two cores busy.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_out_is_held_and_leaks_without_its_guard() -> Result<()> {
    let (rows, begun) = (asked_for()?, Instant::now());
    let world = World::start().await?;
    for line in refused::all(&world, &rows.refused).await? {
        println!("{line}");
    }
    println!("the policies: {} s", begun.elapsed().as_secs());
    let before = world.production.dump().await?;
    world.operate().await?;

    let (last, first): (Vec<_>, Vec<_>) = rows.held.iter().partition(|row| row.change.kills());
    let held = async |row: &Held| told(&row.name, play::held(&world, &rows.leak, row).await);
    all_of(stream::iter(first).map(held).buffered(AT_ONCE).collect().await)?;
    all_of(stream::iter(last).then(held).collect().await)?;
    ensure!(world.production.dump().await? == before, "production's data are as they were");
    println!("with the guards: {} s", begun.elapsed().as_secs());

    println!("{}", kills::after_each_write(&world).await?);
    println!("the kills: {} s", begun.elapsed().as_secs());

    let (last, first): (Vec<_>, Vec<_>) = without(&rows).partition(|(_, change)| change.kills());
    let leak = async |(name, change): (String, Change)| told(&name, play::leaks(&world, &name, &change).await);
    all_of(stream::iter(first).map(leak).buffered(AT_ONCE).collect().await)?;
    all_of(stream::iter(last).then(leak).collect().await)?;
    ensure!(world.production.dump().await? != before, "what leaked is in production");
    println!("{}", kills::of_who_leads(&world).await?);
    println!("{} ways out; {} s", rows.refused.len() + rows.held.len(), begun.elapsed().as_secs());
    world.plane.stop().await
}

/// All rows, or those of `ONLY`.
fn asked_for() -> Result<Rows> {
    let mut rows = Rows::read()?;
    if let Some(only) = std::env::var_os("ONLY") {
        let only = only.to_string_lossy();
        rows.held.retain(|row| only.split(',').any(|name| name == row.name));
    }
    Ok(rows)
}

/// The runs without a guard: the one in which all are out, and those that rows name.
fn without(rows: &Rows) -> impl Iterator<Item = (String, Change)> {
    let own = rows.held.iter().filter_map(|row| Some((format!("{}-without", row.name), row.without.as_ref()?.on(&rows.leak))));
    std::iter::once((play::ALL_OUT.to_owned(), rows.leak.clone())).chain(own)
}

/// Told as it comes, for whoever looks on.
fn told(name: &str, came: Result<String>) -> Result<(), String> {
    let came = came.map_err(|wrong| format!("{name}: {wrong:#}"));
    match &came {
        Ok(words) | Err(words) => println!("{words}"),
    }
    came.map(drop)
}

/// Every row that came to something else.
fn all_of(played: Vec<Result<(), String>>) -> Result<()> {
    let wrong: Vec<_> = played.into_iter().filter_map(Result::err).collect();
    ensure!(wrong.is_empty(), "{} rows failed:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
