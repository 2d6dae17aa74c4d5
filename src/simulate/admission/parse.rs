//! Reads a value as a type, strictly: a typo must not be ignored.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{FieldError, path};

/// Reads a value; an unknown field is an error. `at` is where the value stands.
pub fn read<T: DeserializeOwned>(value: &Value, at: &str) -> Result<T, FieldError> {
    let mut unknown = None;
    let parsed = {
        let mut note = |p: serde_ignored::Path<'_>| unknown = unknown.take().or_else(|| Some(path::of(&p)));
        serde_path_to_error::deserialize(serde_ignored::Deserializer::new(value, &mut note))
    };
    let parsed = parsed.map_err(|e| wrong(&e, at))?;
    match unknown {
        Some(field) => Err(FieldError::new(path::join(at, &field), "unknown field")),
        None => Ok(parsed),
    }
}

/// Reads a value that a program wrote, like a status: fields that this version doesn't know don't matter.
pub fn read_loosely<T: DeserializeOwned>(value: &Value, at: &str) -> Result<T, FieldError> {
    serde_path_to_error::deserialize(value).map_err(|e| wrong(&e, at))
}

fn wrong(error: &serde_path_to_error::Error<serde_json::Error>, at: &str) -> FieldError {
    let message = error.inner().to_string();
    let field = path::join(at, &error.path().to_string());
    // serde says which field is missing in the message only; people look for it in the path.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(name) = missing {
        let parent = field.strip_suffix(&format!(".{name}")).unwrap_or(&field);
        return FieldError::new(path::join(parent, name), "missing field");
    }
    let unquoted = message.contains("expected a string")
        && ["floating point", "integer", "boolean"].iter().any(|what| message.contains(what));
    let hint = if unquoted { "; write it in quotes" } else { "" };
    FieldError::new(field, format!("{message}{hint}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::TenantInstanceSpec;

    fn refused(patch: &Value) -> String {
        let mut spec = json!({
            "customer": {"displayName": "Acme"}, "windowRef": {"name": "w"},
            "contacts": [{"name": "it", "webhook": "https://hooks.example.test/acme"}],
            "workloads": [{"kind": "Deployment", "name": "d"}],
        });
        for (key, value) in patch.as_object().unwrap() {
            spec[key] = value.clone();
        }
        read::<TenantInstanceSpec>(&spec, "spec").unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_read_names_its_field() {
        assert_eq!(refused(&json!({"contacts": [{"webhook": "https://h"}]})), "spec.contacts[0].name: missing field");
        assert_eq!(
            refused(&json!({"contacts": [{"name": "it", "webhook": "https://h", "mail": 1}]})),
            "spec.contacts[0].mail: unknown field"
        );
        assert_eq!(refused(&json!({"suspnd": {}})), "spec.suspnd: unknown field");
        let unquoted = refused(&json!({"pin": {"version": 2026.11, "reason": "x"}}));
        assert!(unquoted.starts_with("spec.pin.version: invalid type") && unquoted.ends_with("write it in quotes"), "{unquoted}");
        assert!(refused(&json!({"management": "Manged"})).starts_with("spec.management: unknown variant"));
    }
}
