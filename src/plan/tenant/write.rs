//! The one write of a tenant's turn.

use crate::{
    fleet::{ObjectKey, Tenant, TenantKey},
    plan::{
        output::{Body, Class, Write, story::Story},
        record::next::NextStatus,
    },
};

/// Unchanged status is not written.
pub fn write_status(key: &TenantKey, tenant: &Tenant, status: NextStatus, class: Class, stories: Vec<Story>) -> Option<Write> {
    Some(Write {
        body: Body::TenantStatus(status.into_change()?),
        object: ObjectKey::Tenant(key.clone()),
        uid: tenant.meta.uid.clone(),
        resource_version: tenant.meta.resource_version.clone(),
        class,
        stories,
    })
}
