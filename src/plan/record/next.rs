//! A status on its way from what was seen to what is to be written.

use std::ops::{Deref, DerefMut};

use crate::api::TenantInstanceStatus;

/// A tenant's status to be: the one that was seen until something changes it, then a copy.
///
/// Most turns change nothing, so what touches it must not ask for `&mut` before it knows that it will.
pub struct NextStatus<'a> {
    seen: &'a TenantInstanceStatus,
    copy: Option<Box<TenantInstanceStatus>>,
}

impl<'a> NextStatus<'a> {
    /// Nothing changed yet.
    pub fn new(seen: &'a TenantInstanceStatus) -> Self {
        Self { seen, copy: None }
    }

    /// Whether it differs from what was seen.
    pub fn differs(&self) -> bool {
        self.copy.as_ref().is_some_and(|copy| **copy != *self.seen)
    }

    /// What is to be written; unchanged status is not.
    pub fn into_change(self) -> Option<Box<TenantInstanceStatus>> {
        self.copy.filter(|copy| **copy != *self.seen)
    }
}

impl Deref for NextStatus<'_> {
    type Target = TenantInstanceStatus;

    fn deref(&self) -> &TenantInstanceStatus {
        self.copy.as_deref().unwrap_or(self.seen)
    }
}

impl DerefMut for NextStatus<'_> {
    fn deref_mut(&mut self) -> &mut TenantInstanceStatus {
        self.copy.get_or_insert_with(|| Box::new(self.seen.clone()))
    }
}
