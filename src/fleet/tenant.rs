//! What is known of a tenant.

use jiff::Timestamp;

use super::{Meta, Parsed};
use crate::api::{TenantInstanceSpec, TenantInstanceStatus};

/// A tenant as last seen.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its identity.
    pub meta: Meta,
    /// Its spec, or why it does not parse.
    pub spec: Parsed<TenantInstanceSpec>,
    /// Its status as last written, or why it does not parse. What does not parse is never overwritten: it holds the history.
    pub status: Parsed<TenantInstanceStatus>,
    /// The annotation `uplift.dev/opt-out`.
    pub opt_out: Option<Box<Said>>,
    /// The annotation `uplift.dev/opt-out-reason`.
    pub opt_out_reason: Option<String>,
    /// The annotation `uplift.dev/opt-in`.
    pub opt_in: Option<Box<Said>>,
    /// The annotation `uplift.dev/retry`.
    pub retry: Option<Box<Said>>,
    /// The annotation `uplift.dev/trial`.
    pub trial: Option<Box<str>>,
}

/// An annotation that a person wrote, with all that is known of when and by whom (R13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its value.
    pub value: String,
    /// When admission stamped it, in whole seconds: exact, but only while the stamping policies are in force.
    pub stamped_at: Option<Timestamp>,
    /// The user that admission stamped.
    pub stamped_by: Option<String>,
    /// The time of the managedFields entry that owns it: no earlier than when it was written.
    pub managed_at: Option<Timestamp>,
    /// The manager of that entry.
    pub managed_by: Option<String>,
    /// When this process first saw this value.
    pub arrived_at: Timestamp,
    /// The last instant at which this process knows that it was not there; none: it was never without it.
    pub absent_at: Option<Timestamp>,
}
