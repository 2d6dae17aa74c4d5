//! The one write of a tenant's turn.

use crate::{
    fleet::{Tenant, TenantKey},
    plan::{
        output::{Class, Write, change::Change, story::Story},
        record::next::NextStatus,
    },
};

/// Unchanged status is not written.
pub fn write_status(key: &TenantKey, tenant: &Tenant, status: NextStatus, class: Class, stories: Vec<Story>) -> Option<Write> {
    let change = Change::TenantStatus { tenant: key.clone(), status: status.into_change()? };
    Some(Write::new(change, &tenant.meta, class, stories))
}
