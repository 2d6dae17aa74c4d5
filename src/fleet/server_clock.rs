//! How far the two clocks are apart (R25).

use jiff::SignedDuration;

/// The operator's clock may differ by so much from the API server's; beyond it nothing starts (R25).
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);

/// How far the operator's clock is ahead of the API server's, at least; none: the two were never compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockAhead(pub Option<SignedDuration>);

impl ClockAhead {
    /// Both show the same.
    pub const fn none() -> Self {
        Self(Some(SignedDuration::ZERO))
    }
    /// How far the operator's clock is ahead, where the two do not agree: of both the earlier one counts, whichever is wrong, so that
    /// no deadline comes before its time (R25).
    pub fn too_early_by(self) -> SignedDuration {
        self.0.filter(|ahead| *ahead > CLOCK_SKEW).unwrap_or_default()
    }
    /// Whether starts may be decided by this clock.
    pub fn is_trusted(self) -> bool {
        self.0.is_some_and(|ahead| ahead.abs() <= CLOCK_SKEW)
    }
}
