//! How a new manifest, or a patch, meets what is there.

use serde_json::{Map, Value};

/// Merges a patch into a value (RFC 7386): objects key by key, null removes, everything else replaces.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    let mut merged = match target.take() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    for (key, change) in patch {
        if change.is_null() {
            merged.remove(key);
        } else {
            merge(merged.entry(key).or_insert(Value::Null), change);
        }
    }
    *target = Value::Object(merged);
}

/// The patch that leads from the manifest applied before to the new one: what the new one leaves out is removed.
pub(super) fn changes(applied: &Value, new: &Value) -> Value {
    let (Value::Object(applied), Value::Object(new)) = (applied, new) else { return new.clone() };
    let removed = applied.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let none = Value::Null;
    let named = new.iter().map(|(key, value)| (key.clone(), changes(applied.get(key).unwrap_or(&none), value)));
    Value::Object(removed.chain(named).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn applying_again_removes_what_the_manifest_no_longer_names_and_keeps_what_others_set() {
        let mut live = json!({"pin": {"version": "1.0"}, "suspend": {"reason": "audit"}, "ring": "a"});
        merge(&mut live, &changes(&json!({"pin": {"version": "1.0"}, "ring": "a"}), &json!({"ring": "b"})));
        assert_eq!(live, json!({"suspend": {"reason": "audit"}, "ring": "b"}));
    }

    #[test]
    fn a_merge_patch_removes_with_null_and_replaces_lists() {
        let mut live = json!({"a": {"b": 1, "c": [1, 2]}});
        merge(&mut live, &json!({"a": {"b": null, "c": [3]}, "d": {"e": 1}}));
        assert_eq!(live, json!({"a": {"c": [3]}, "d": {"e": 1}}));
    }
}
