//! Errors of a watch: told once for each change, and waited out.

use std::time::Duration;

use kube::runtime::watcher;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// What goes wrong with one watch.
pub(super) struct Trouble {
    operation: String,
    told: Option<String>,
    pause: Duration,
    last: Option<Instant>,
}

impl Trouble {
    /// Nothing yet.
    pub fn new(operation: String) -> Self {
        Self { operation, told: None, pause: FIRST, last: None }
    }

    /// How long to wait before the next try. kube's default starts at 0.8 s: after a restart of the API server that alone keeps
    /// four views stale for seconds.
    pub fn pause(&mut self, error: &watcher::Error) -> Duration {
        self.tell(error);
        if self.last.replace(Instant::now()).is_some_and(|last| last.elapsed() > 6 * LONGEST) {
            self.pause = FIRST;
        }
        let pause = self.pause.mul_f64(rand::random_range(0.5..1.0));
        self.pause = (self.pause * 2).min(LONGEST);
        pause
    }

    /// It works again.
    pub fn over(&mut self) {
        if self.told.take().is_some() {
            tracing::info!(operation = self.operation, "works again");
        }
        self.pause = FIRST;
    }

    fn tell(&mut self, error: &watcher::Error) {
        // The history of a watch is a few minutes long; that it ended is no trouble, the list that follows mends it.
        if code(error) == Some(410) {
            tracing::debug!(operation = self.operation, %error, "lists anew");
            return;
        }
        let error = error.to_string();
        if self.told.as_ref() != Some(&error) {
            tracing::warn!(operation = self.operation, error, "fails; tried again until it works");
            self.told = Some(error);
        }
    }
}

/// The HTTP status that the API server gave, if it was reached.
pub(super) fn code(error: &watcher::Error) -> Option<u16> {
    match error {
        watcher::Error::WatchError(status)
        | watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchFailed(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    }
}
