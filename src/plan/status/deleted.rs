//! Of a tenant that is deleted nothing is left that could say so: not its status, and perhaps not its namespace.

use crate::{
    api::{reason::Reason, tenant::Upgrade},
    fleet::{Fleet, ObjectKey, Tenant, TenantKey},
    plan::output::{Finding, Plan},
};

/// Tells of every tenant that was deleted while its customer waited for an announced date, or while its upgrade ran: at the tenant, and at its
/// window, since the namespace of the tenant may be gone too, and takes no Events then.
pub fn deleted(fleet: &Fleet, plan: &mut Plan) {
    for (key, tenant) in &fleet.deleted {
        let Some((window, message)) = lost(key, tenant) else { continue };
        let finding =
            |object, uid: &str| Finding { object, uid: uid.into(), reason: Reason::TenantDeleted, message: message.clone() };
        plan.findings.push(finding(ObjectKey::Tenant(key.clone()), &tenant.meta.uid));
        let found = fleet.windows.get(window);
        plan.findings.extend(found.map(|found| finding(ObjectKey::Window(window.into()), &found.meta.uid)));
    }
}

/// The window of the slot, and what to tell.
fn lost<'t>(key: &TenantKey, tenant: &'t Tenant) -> Option<(&'t str, String)> {
    let Upgrade { to, slot, started_at, .. } = tenant.status.as_ref().ok()?.upgrade.as_ref()?;
    let slot = slot.as_ref()?;
    let what = match started_at {
        Some(_) => format!("while its upgrade to {to} ran: nobody watches that any more"),
        None => format!(
            "while its upgrade to {to} was announced for {}: it does not take place, and nobody told the customer",
            slot.opens
        ),
    };
    Some((&slot.window, format!("TenantInstance {}/{} was deleted {what}", key.namespace, key.name)))
}
