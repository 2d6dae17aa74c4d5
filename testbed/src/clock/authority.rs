//! The demo's end of the clock: it alone decides when time jumps.

use std::{path::Path, sync::Mutex, sync::PoisonError, time::Duration};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
    time::sleep,
};

use super::{
    journal::{Entry, Journal},
    wire::{self, Quiet},
};

/// A jump to an exact second is made this early in a real second, so that the write after it stays within that second.
const EARLY: i32 = 200_000_000;
/// A jump to a wake-up leaves the operator half a second: so most of what it does is done in the second that it planned.
const HALF: i32 = 500_000_000;

/// The journal, and what the operator of the moment last said.
pub struct Authority {
    journal: watch::Sender<Journal>,
    said: watch::Sender<Option<Quiet>>,
    /// The real second of the last write that the demo or a person made.
    wrote: Mutex<i64>,
}

impl Authority {
    /// Takes connections on the socket. The clock shows real time until the first jump.
    pub fn start(socket: &Path) -> Result<Self> {
        let listener = UnixListener::bind(socket).context("making the clock's socket")?;
        let (said, journal) = (watch::Sender::new(None), watch::Sender::new(Journal::default()));
        tokio::spawn(serve(listener, journal.subscribe(), said.clone()));
        Ok(Self { journal, said, wrote: Mutex::new(i64::MIN) })
    }

    pub fn now(&self) -> Timestamp {
        self.journal.borrow().shown(real())
    }

    pub fn journal(&self) -> Journal {
        self.journal.borrow().clone()
    }

    /// What the operator last said of the present; nothing while it is busy, starts, or speaks of a time before the last jump.
    pub fn quiet(&self) -> Option<Quiet> {
        let quiet = (*self.said.borrow())?;
        let due = quiet.wake_at.is_some_and(|at| at <= self.now());
        (quiet.seen == self.journal.borrow().0.len() && !due).then_some(quiet)
    }

    /// Changes with each word of the operator.
    pub fn listen(&self) -> watch::Receiver<Option<Quiet>> {
        self.said.subscribe()
    }

    /// To be called after each write whose stamp somebody reads.
    pub fn wrote(&self) {
        *self.wrote.lock().unwrap_or_else(PoisonError::into_inner) = real().as_second();
    }

    /// To be called after each write that the operator sees: what it said before is out of date, and it will speak again.
    pub fn forget_quiet(&self) {
        self.said.send_replace(None);
    }

    /// Jumps, so that the clock shows this second. It never goes back: a time that has passed is left alone.
    pub async fn jump(&self, to: Timestamp) {
        self.after_the_second_of_a_write().await;
        let now = real();
        let offset = to.as_second() - now.as_second();
        self.journal.send_if_modified(|journal| {
            let grows = journal.0.last().is_none_or(|last| offset > last.offset);
            if grows {
                journal.push(Entry { real: now, offset });
            }
            grows
        });
    }

    /// The same early in a second, so that there is time left in it to write something exactly then.
    pub async fn jump_exactly(&self, to: Timestamp) {
        if real().subsec_nanosecond() > EARLY {
            next_second().await;
        }
        self.jump(to).await;
        self.reach(to).await;
    }

    /// The same for a wake-up: a shorter wait, since the operator may be a little late.
    pub async fn jump_nearly(&self, to: Timestamp) {
        if real().subsec_nanosecond() > HALF {
            next_second().await;
        }
        self.jump(to).await;
    }

    /// Waits until the clock shows this instant by itself.
    pub async fn reach(&self, at: Timestamp) {
        while let Ok(left) = Duration::try_from(at.duration_since(self.now()))
            && !left.is_zero()
        {
            sleep(left).await;
        }
    }

    async fn after_the_second_of_a_write(&self) {
        while real().as_second() <= *self.wrote.lock().unwrap_or_else(PoisonError::into_inner) {
            next_second().await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the demo is the time authority: it reads the machine's clock here, and only here")]
pub fn real() -> Timestamp {
    Timestamp::now()
}

async fn next_second() {
    let nanos = i64::from(real().subsec_nanosecond());
    let left = SignedDuration::from_nanos(1_000_000_000 - nanos);
    sleep(Duration::try_from(left).unwrap_or_default()).await;
}

/// Every process of the operator: a killed one's connection ends by itself.
async fn serve(listener: UnixListener, journal: watch::Receiver<Journal>, said: watch::Sender<Option<Quiet>>) {
    while let Ok((operator, _)) = listener.accept().await {
        let (journal, said) = (journal.clone(), said.clone());
        tokio::spawn(async move {
            // How the connection ended is no matter: the process that held it is watched by its parent.
            let _ = attend(operator, journal, &said).await;
            said.send_replace(None);
        });
    }
}

async fn attend(operator: UnixStream, mut journal: watch::Receiver<Journal>, said: &watch::Sender<Option<Quiet>>) -> Result<()> {
    let (from, mut to) = operator.into_split();
    let (mut lines, mut sent) = (wire::lines(from), 0);
    loop {
        let entries = journal.borrow_and_update().0.clone();
        for entry in &entries[sent..] {
            wire::send(&mut to, entry).await?;
        }
        sent = entries.len();
        tokio::select! {
            changed = journal.changed() => changed.context("the demo ended")?,
            quiet = wire::receive::<Quiet>(&mut lines) => match quiet? {
                Some(quiet) => _ = said.send_replace(Some(quiet)),
                None => return Ok(()),
            },
        }
    }
}
