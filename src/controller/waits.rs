//! What the loop waits for, beside its channels.

use std::{future::pending, time::Duration};

use jiff::Timestamp;
use tokio::{sync::watch, time::sleep};

use crate::{clock::Clock, execute::Events, lead::Leadership};

/// Until that time; none: for ever.
pub(super) async fn wake(clock: &dyn Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => pending().await,
    }
}

/// Until every Event is sent.
pub(super) async fn all_sent(events: &Events) {
    while !events.all_sent() {
        sleep(Duration::from_millis(20)).await;
    }
}

/// Until another leads, or this process does.
pub(super) async fn another(leadership: &mut watch::Receiver<Leadership>) {
    if leadership.changed().await.is_err() {
        pending::<()>().await; // nobody elects: it stays as it is
    }
}
