//! The operator's end of the clock.

use std::{future::Future, path::Path, pin::Pin, time::Duration};

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::{
    net::{UnixStream, unix::OwnedReadHalf},
    sync::{mpsc, watch},
};
use uplift::clock::{Clock, RealClock};

use super::{
    journal::{Entry, Journal},
    wire::{self, Quiet},
};

/// Real time plus the offset that the demo says.
pub struct SteppedClock {
    journal: watch::Receiver<Journal>,
    reports: mpsc::UnboundedSender<Quiet>,
}

impl SteppedClock {
    /// Connects to the demo and waits for the journal so far: without it nobody knows what time it is.
    pub async fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).await.context("connecting to the demo's clock")?;
        let (from, mut to) = stream.into_split();
        let (known, mut journal) = watch::channel(Journal::default());
        let (reports, mut waiting) = mpsc::unbounded_channel::<Quiet>();
        tokio::spawn(listen(from, known));
        tokio::spawn(async move {
            while let Some(report) = waiting.recv().await
                && wire::send(&mut to, &report).await.is_ok()
            {}
        });
        journal.wait_for(|journal| !journal.0.is_empty()).await.context("the demo's clock ended before it said the time")?;
        Ok(Self { journal, reports })
    }

    /// Ends when the demo is gone, and time with it.
    pub async fn ended(&self) {
        let mut journal = self.journal.clone();
        while journal.changed().await.is_ok() {}
    }
}

/// Adds what comes to the journal, until the demo is gone.
async fn listen(from: OwnedReadHalf, known: watch::Sender<Journal>) {
    let mut lines = wire::lines(from);
    while let Ok(Some(entry)) = wire::receive::<Entry>(&mut lines).await {
        known.send_modify(|journal| journal.push(entry));
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        self.journal.borrow().shown(RealClock.now())
    }

    fn from_server(&self, at: Timestamp) -> Timestamp {
        self.journal.borrow().of_server(at)
    }

    fn machine(&self) -> Timestamp {
        RealClock.now()
    }

    /// Wakes with each jump, and in between like any timer.
    fn sleep_until<'a>(&'a self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let mut journal = self.journal.clone();
        Box::pin(async move {
            loop {
                journal.mark_unchanged();
                let left = Duration::try_from(at.duration_since(self.now())).unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    changed = journal.changed() => if changed.is_err() { std::future::pending::<()>().await },
                }
            }
        })
    }

    fn quiet(&self, wake_at: Option<Timestamp>, in_flight: usize) {
        let seen = self.journal.borrow().0.len();
        // A demo that is gone needs no report; `ended` tells this process.
        let _ = self.reports.send(Quiet { wake_at, in_flight, seen });
    }
}
