//! What is killed, what comes back, and what is left behind: nothing.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;

use crate::control_plane::{ControlPlane, eventually};

/// The processes that were started for this directory: each has it in its arguments.
fn processes(dir: &Path) -> Result<usize> {
    let needle = dir.to_str().context("a directory that is not UTF-8")?;
    let all = fs::read_dir("/proc")?.filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    Ok(all.filter(|line| String::from_utf8_lossy(line).contains(needle)).count())
}

/// A component that ended with the API server is started again a moment later.
async fn everything_runs(dir: &Path) -> Result<()> {
    eventually(Duration::from_secs(10), "five processes and their supervisor run", async || {
        Ok((processes(dir)? == 6).then_some(()))
    })
    .await
}

async fn nothing_is_left(dir: &Path) -> Result<()> {
    eventually(Duration::from_secs(10), "nothing is left of the control plane", async || {
        Ok((processes(dir)? == 0 && !dir.exists()).then_some(()))
    })
    .await
}

#[tokio::test]
async fn the_api_server_is_killed_and_comes_back_with_what_it_had() -> Result<()> {
    let plane = ControlPlane::start().await?;
    let namespace = plane.namespace("kept", &[]).await?;
    let namespaces = Api::<Namespace>::all(plane.admin().await?.client().await?);

    plane.kill_api_server().await?;
    assert!(namespaces.get(&namespace).await.is_err(), "it still answers");
    plane.start_api_server().await?;
    // The same client: the address is the same.
    namespaces.get(&namespace).await?;
    plane.namespace("new", &[]).await?;
    plane.restart_api_server().await?;

    let dir = plane.dir().to_owned();
    everything_runs(&dir).await?;
    plane.stop().await?;
    nothing_is_left(&dir).await
}

/// Not a test: the program that `nothing_is_left_of_a_test_that_was_killed` kills. Ends with its stdin.
#[tokio::test]
#[ignore = "started by another test"]
async fn holds_a_control_plane() -> Result<()> {
    let plane = ControlPlane::start().await?;
    println!("\nholding {}", plane.dir().display());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    plane.stop().await
}

/// Starts this very program again, for that one "test", and waits until it holds a control plane.
fn start_holder() -> Result<(Child, PathBuf)> {
    let mut holder = Command::new(std::env::current_exe()?)
        .args(["--ignored", "--exact", "testbed::endings::holds_a_control_plane", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting the holder")?;
    let lines = BufReader::new(holder.stdout.take().context("a child without stdout")?).lines();
    let dir = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("holding ").map(PathBuf::from));
    Ok((holder, dir.context("the holder ended before it held anything")?))
}

#[tokio::test]
async fn nothing_is_left_of_a_test_that_was_killed() -> Result<()> {
    let (mut holder, dir) = tokio::task::spawn_blocking(start_holder).await??;
    everything_runs(&dir).await?;
    holder.kill()?; // SIGKILL
    holder.wait()?;
    nothing_is_left(&dir).await
}

#[tokio::test]
async fn nothing_is_left_of_a_test_that_panics() -> Result<()> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let test = tokio::spawn(async move {
        let plane = ControlPlane::start().await.expect("a control plane");
        tell.send(plane.dir().to_owned()).expect("a listener");
        panic!("on purpose");
    });
    let dir = told.await?;
    ensure!(test.await.is_err_and(|error| error.is_panic()), "it did not panic");
    nothing_is_left(&dir).await
}

#[tokio::test]
async fn waiting_ends_at_its_deadline_even_when_each_attempt_answers_at_once() {
    let waited = eventually(Duration::from_millis(120), "it comes", async || Ok(None::<()>)).await;
    assert!(waited.is_err_and(|error| error.to_string().contains("it never came that it comes")));
}
