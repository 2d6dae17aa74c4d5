//! The clock as a part: real in production; in the demo and in cluster tests the real clock plus an offset that jumps.

use std::{future::Future, pin::Pin};

use jiff::Timestamp;

/// Tells the time, and translates instants that the API server wrote.
///
/// Waiting is asked of the clock too, so that a clock that jumps ends waits early.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// An instant that the API server wrote (a creation, a stamp, a managedFields time), on this clock.
    ///
    /// API servers write whole seconds, rounded down.
    #[expect(clippy::wrong_self_convention, reason = "it reads as `clock.from_server(at)`")]
    fn from_server(&self, at: Timestamp) -> Timestamp;
    /// The machine's clock, which is compared with the API server's (R25): what jumps on purpose does not jump here.
    fn machine(&self) -> Timestamp;
    /// Ends when this clock shows that instant, or later.
    fn sleep_until<'a>(&'a self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
    /// Told by the controller whenever it has nothing to do before `wake_at`, and how many upgrades and Jobs run. The real clock ignores it.
    fn quiet(&self, _wake_at: Option<Timestamp>, _in_flight: usize) {}
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealClock;

impl Clock for RealClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at
    }
    fn machine(&self) -> Timestamp {
        self.now()
    }
    fn sleep_until<'a>(&'a self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            // In small steps: a machine that slept, or whose clock was set, must not oversleep a cut-off.
            while let Ok(left) = std::time::Duration::try_from(at.duration_since(self.now())) {
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(std::time::Duration::from_secs(5))).await;
            }
        })
    }
}
