//! Waiting without sleeping for a guess: ask again until it is so, or until the deadline.

use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::time::{Instant, sleep, timeout_at};

/// Asks until the answer is `Some`. `None` and errors mean "not yet"; the last error is told when time is up.
///
/// Not `AsyncFnMut`: the future of that can't be shown to be `Send`, so no task could wait like this.
pub async fn eventually<T, F: Future<Output = Result<Option<T>>>>(
    deadline: Duration,
    what: &str,
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    let end = Instant::now() + deadline;
    let mut last = anyhow!("it was not so yet");
    // The clock is asked each time: an attempt that is ready at once is never cut off by its time-out.
    while Instant::now() < end {
        match timeout_at(end, attempt()).await {
            Ok(Ok(Some(value))) => return Ok(value),
            Ok(Ok(None)) => last = anyhow!("it was not so yet"),
            Ok(Err(error)) => last = error,
            Err(_) => break,
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(last.context(format!("within {deadline:?} it never came that {what}")))
}
