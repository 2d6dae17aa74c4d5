//! Whether somebody can be told.

use crate::{
    api::{TenantInstanceSpec, address, reason::Reason, tenant::Contact},
    fleet::Settings,
    plan::{
        gates::Case,
        output::hold::{Gate, Hold},
        pass::Pass,
        record::receipts,
    },
};

pub fn contact(case: Case) -> Option<Hold> {
    contacts(case.pass, case.spec)
        .or_else(|| crate::plan::notice::contacts::unreachable(case.spec, case.status, case.tenant.meta.generation))
}

pub fn contacts(pass: &Pass, spec: &TenantInstanceSpec) -> Option<Hold> {
    if spec.contacts.is_empty() {
        let message = "nobody can be told; name a contact in spec.contacts";
        return Some(Hold::stalled(Gate::Contact, Reason::NoContact, message));
    }
    if !spec.contacts.iter().enumerate().any(|(i, contact)| receipts::required(contact, i)) {
        let message =
            "no contact is required, so no notice would ever count as delivered; set required: true on one of spec.contacts";
        return Some(Hold::stalled(Gate::Contact, Reason::NoContact, message));
    }
    spec.contacts.iter().find_map(|contact| unusable(&pass.fleet.settings, contact))
}

/// A contact that no notice can be sent to.
fn unusable(settings: &Settings, contact: &Contact) -> Option<Hold> {
    let refused = |field: &str, why: String| {
        let message = format!("spec.contacts[{}]{field}: {why}", contact.name);
        Hold::stalled(Gate::Contact, Reason::AddressRefused, message)
    };
    match (&contact.webhook, &contact.email) {
        (Some(url), None) => address::check(url, &settings.allow_hosts).err().map(|why| refused(".webhook", why.to_string())),
        (None, Some(_)) if settings.email => None,
        (None, Some(_)) => {
            let message = format!(
                "spec.contacts[{}].email: this operator sends no e-mail; configure notices.email, or name a webhook",
                contact.name
            );
            Some(Hold::slot(Gate::Contact, Reason::EmailNotConfigured, message))
        }
        _ => Some(refused("", "it needs either a webhook or an email; correct it".into())),
    }
}
