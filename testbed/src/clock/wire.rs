//! What goes over the socket, one JSON object a line: journal entries to the operator, reports of quiet back.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::unix::{OwnedReadHalf, OwnedWriteHalf},
};

/// The operator has nothing to do before `wake_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    pub wake_at: Option<Timestamp>,
    /// Upgrades that run: they take real time, so nobody jumps over them.
    pub in_flight: usize,
    /// How many journal entries it knew when it said so. With fewer than there are, it speaks of an earlier time.
    pub seen: usize,
}

pub async fn send(to: &mut OwnedWriteHalf, message: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(message).context("writing a line of the clock")? + "\n";
    to.write_all(line.as_bytes()).await.context("sending a line of the clock")
}

/// The next message; nothing when the other side is gone.
pub async fn receive<T: DeserializeOwned>(from: &mut Lines<BufReader<OwnedReadHalf>>) -> Result<Option<T>> {
    let line = from.next_line().await.context("reading a line of the clock")?;
    line.map(|line| serde_json::from_str(&line).with_context(|| format!("parsing a line of the clock: {line}"))).transpose()
}

pub fn lines(from: OwnedReadHalf) -> Lines<BufReader<OwnedReadHalf>> {
    BufReader::new(from).lines()
}
