//! Whether a source may be asked: its host stands in the operator's configuration.

use url::Url;

use crate::api::address;

/// An error says what to do. A host that is listed may be private and speak plain http, as it may for notices.
pub fn check(url: &str, hosts: &[String]) -> Result<(), String> {
    let Ok(parsed) = Url::parse(url) else {
        return Err("spec.source.url is no URL; write it like https://eol.corp.example/api/v1/products/postgresql/".into());
    };
    if !matches!(parsed.scheme(), "https" | "http") {
        return Err(format!("the scheme of spec.source.url is {}; use https", parsed.scheme()));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("spec.source.url holds a user name or a password; remove it: everybody who reads this object reads it".into());
    }
    if address::is_listed(&parsed, hosts) {
        return Ok(());
    }
    let host = parsed.host_str().unwrap_or_default();
    Err(format!(
        "the operator's configuration does not list {host}; have lifecycle.allowHosts list it, or write spec.releases by hand"
    ))
}
