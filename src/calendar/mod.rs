//! Occurrences of windows (placeholder until the module lands).
use crate::api::UpgradeWindowSpec;
use jiff::{Timestamp, civil::Date};
/// Stub.
#[derive(Clone, Debug)]
pub struct Schedule;
/// Stub.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{field}: {value}: {message}")]
pub struct InvalidWindow {
    /// Field.
    pub field: String,
    /// Value.
    pub value: String,
    /// Message.
    pub message: String,
}
/// Stub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Name.
    pub opens: String,
    /// Opening.
    pub opens_at: Timestamp,
    /// Close.
    pub closes_at: Timestamp,
    /// Cut-off.
    pub opt_out_until: Timestamp,
    /// Deadline of notices.
    pub notice_until: Timestamp,
    /// Freeze.
    pub frozen: Option<String>,
}
#[allow(missing_docs, clippy::unused_self, unused_variables, clippy::needless_pass_by_value)]
impl Schedule {
    pub fn compile(spec: &UpgradeWindowSpec) -> Result<Schedule, InvalidWindow> {
        Ok(Self)
    }
    pub fn occurrences(&self, from: Timestamp) -> impl Iterator<Item = Occurrence> + '_ {
        std::iter::empty()
    }
    pub fn open_at(&self, at: Timestamp) -> Option<Occurrence> {
        None
    }
    pub fn at_opening(&self, opens_at: Timestamp) -> Option<Occurrence> {
        None
    }
    pub fn frozen(&self, opens_at: Timestamp, closes_at: Timestamp) -> Option<&str> {
        None
    }
    pub fn date(&self, at: Timestamp) -> Date {
        Date::constant(2026, 1, 1)
    }
    pub fn first_instant(&self, date: Date) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    pub fn local(&self, at: Timestamp) -> String {
        at.to_string()
    }
}
