//! The permission to write, which can be taken away at any moment (R25).
//!
//! It is courtesy and not fencing: a request that was sent can be committed seconds after its deadline. What fences is the
//! resourceVersion that every write carries.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The longest wait for the answer to a write.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// With less time left than this nothing is sent: the answer would hardly come within it, and the outcome be unknown.
const LEAST: Duration = Duration::from_millis(500);

/// Whether writes may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They may, without an end.
    Always,
    /// They may, as long as their deadline lies before this.
    CertainUntil(Instant),
    /// They may not, and what is under way counts as unknown.
    Revoked,
}

impl Standing {
    /// Its end, if it is known now.
    pub fn until(self) -> Option<Instant> {
        match self {
            Self::CertainUntil(until) => Some(until),
            Self::Always | Self::Revoked => None,
        }
    }
}

/// Who grants the permit and takes it away. Dropped, it is taken away.
#[derive(Debug)]
pub struct PermitHolder(watch::Sender<Standing>);

/// The permit, as it is asked before each write.
#[derive(Clone, Debug)]
pub struct Permit(Option<watch::Receiver<Standing>>);

impl PermitHolder {
    /// A holder and its permit, revoked until it is granted.
    pub fn new() -> (Self, Permit) {
        let (holder, permit) = watch::channel(Standing::Revoked);
        (Self(holder), Permit(Some(permit)))
    }
    /// Grants it anew, for longer, or takes it away.
    pub fn set(&self, standing: Standing) {
        self.0.send_replace(standing);
    }
}

impl Permit {
    /// A permit that nobody takes away.
    pub fn always() -> Self {
        Self(None)
    }

    /// The deadline of a write that would be sent now; none: it must not be sent.
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let wish = now + REQUEST_DEADLINE;
        let deadline = match self.standing() {
            Standing::Always => wish,
            Standing::CertainUntil(until) => wish.min(until),
            Standing::Revoked => return None,
        };
        (deadline >= now + LEAST).then_some(deadline)
    }

    /// Ends when a write may be sent.
    pub async fn granted(&mut self) {
        while self.deadline(tokio::time::Instant::now().into()).is_none() {
            self.changed().await;
        }
    }

    /// Ends when the permit was taken away.
    pub async fn revoked(&self) {
        let Some(mut permit) = self.0.clone() else {
            return std::future::pending().await;
        };
        // An error means that the holder is gone, which takes the permit away as well.
        let _ = permit.wait_for(|standing| *standing == Standing::Revoked).await;
    }

    /// Ends when the permit was granted, prolonged or taken away.
    pub async fn changed(&mut self) {
        let Some(permit) = &mut self.0 else {
            return std::future::pending().await;
        };
        if permit.changed().await.is_err() {
            std::future::pending::<()>().await; // the holder is gone: it never changes again
        }
    }

    fn standing(&self) -> Standing {
        match &self.0 {
            None => Standing::Always,
            Some(permit) if permit.has_changed().is_err() => Standing::Revoked,
            Some(permit) => *permit.borrow(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_lies_within_what_is_certain() {
        let (now, (holder, permit)) = (Instant::now(), PermitHolder::new());
        assert_eq!(permit.deadline(now), None, "not granted yet");
        holder.set(Standing::CertainUntil(now + Duration::from_secs(3)));
        assert_eq!(permit.deadline(now), Some(now + Duration::from_secs(3)));
        holder.set(Standing::CertainUntil(now + Duration::from_mins(1)));
        assert_eq!(permit.deadline(now), Some(now + REQUEST_DEADLINE));
        holder.set(Standing::CertainUntil(now + Duration::from_millis(100)));
        assert_eq!(permit.deadline(now), None, "too little is left");
        assert_eq!(Permit::always().deadline(now), Some(now + REQUEST_DEADLINE));
    }

    #[tokio::test]
    async fn a_permit_ends_when_it_is_taken_away_or_its_holder_is_gone() {
        let now = Instant::now();
        let (holder, permit) = PermitHolder::new();
        holder.set(Standing::Always);
        holder.set(Standing::Revoked);
        permit.revoked().await;
        holder.set(Standing::Always);
        drop(holder);
        permit.revoked().await;
        assert_eq!(permit.deadline(now), None);
    }
}
