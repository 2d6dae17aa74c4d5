//! The limits of the CRD schemas, and immutability: the definitions are read, so that nothing is said twice.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;
use serde_json::Value;

use super::{FieldError, path::join};
use crate::{api::custom_resource_definitions, fleet::ObjectKey};

/// A schema with what is checked here: types are serde's.
#[derive(Debug, Default)]
struct Schema {
    length: Range,
    items: Range,
    entries: Range,
    value: (Option<f64>, Option<f64>),
    pattern: Option<Regex>,
    keys: Vec<String>,
    immutable: Option<String>,
    properties: BTreeMap<String, Schema>,
    each: Option<Box<Schema>>,
    any: Option<Box<Schema>>,
}

type Range = (Option<u64>, Option<u64>);

/// Checks a spec of one of the five kinds; `old` is the spec that it would replace.
pub(super) fn check(key: &ObjectKey, spec: &Value, old: Option<&Value>) -> Result<(), FieldError> {
    of(key, "spec").map_or(Ok(()), |schema| schema.check(spec, old, "spec"))
}

/// Checks a status of one of the five kinds.
pub fn check_status(key: &ObjectKey, status: &Value) -> Result<(), FieldError> {
    of(key, "status").map_or(Ok(()), |schema| schema.check(status, None, "status"))
}

fn of(key: &ObjectKey, part: &str) -> Option<&'static Schema> {
    let kind = match key {
        ObjectKey::Release(_) => "DashboardRelease",
        ObjectKey::Window(_) => "UpgradeWindow",
        ObjectKey::Product(_) => "SoftwareProduct",
        ObjectKey::Tenant(_) => "TenantInstance",
        ObjectKey::Trial(_) => "UpgradeTrial",
        ObjectKey::Workload(_) | ObjectKey::Template(_) | ObjectKey::Job(_) => return None,
    };
    schemas().get(kind)?.properties.get(part)
}

fn schemas() -> &'static BTreeMap<String, Schema> {
    static SCHEMAS: OnceLock<BTreeMap<String, Schema>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let whole = |crd: &Value| Schema::new(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
        let kind = |crd: &Value| crd["spec"]["names"]["kind"].as_str().unwrap_or_default().to_owned();
        let crds = custom_resource_definitions().into_iter().filter_map(|crd| serde_json::to_value(crd).ok());
        crds.map(|crd| (kind(&crd), whole(&crd))).collect()
    })
}

impl Schema {
    fn new(json: &Value) -> Self {
        let range = |min: &str, max: &str| (json[min].as_u64(), json[max].as_u64());
        let below = |key: &str| json[key].is_object().then(|| Box::new(Self::new(&json[key])));
        let fields = json["properties"].as_object().into_iter().flatten();
        Self {
            length: range("minLength", "maxLength"),
            items: range("minItems", "maxItems"),
            entries: range("minProperties", "maxProperties"),
            value: (json["minimum"].as_f64(), json["maximum"].as_f64()),
            pattern: json["pattern"].as_str().and_then(|p| Regex::new(p).ok()),
            keys: strings(&json["x-kubernetes-list-map-keys"]),
            immutable: immutable(&json["x-kubernetes-validations"]),
            properties: fields.map(|(name, schema)| (name.clone(), Self::new(schema))).collect(),
            each: below("items"),
            any: below("additionalProperties"),
        }
    }

    fn check(&self, value: &Value, old: Option<&Value>, at: &str) -> Result<(), FieldError> {
        if let Some(message) = &self.immutable
            && old.is_some_and(|old| old != value)
        {
            return Err(FieldError::new(at, message));
        }
        match value {
            Value::String(text) => self.text(text, at),
            Value::Number(number) => within(self.value, number.as_f64().unwrap_or_default(), at, "the value"),
            Value::Array(list) => self.list(list, at),
            Value::Object(map) => self.map(map, old, at),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn text(&self, text: &str, at: &str) -> Result<(), FieldError> {
        counted(self.length, text.chars().count(), at, "the length")?;
        match &self.pattern {
            Some(pattern) if !pattern.is_match(text) => {
                Err(FieldError::new(at, format!("{text:?} does not match the pattern {pattern}")))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, list: &[Value], at: &str) -> Result<(), FieldError> {
        counted(self.items, list.len(), at, "the number of items")?;
        for (i, item) in list.iter().enumerate() {
            let at = format!("{at}[{i}]");
            let same = |other: &Value| !self.keys.is_empty() && self.keys.iter().all(|k| other[k] == item[k]);
            if list[..i].iter().any(same) {
                return Err(FieldError::new(at, format!("another item has the same {}", self.keys.join(" and "))));
            }
            self.each.as_ref().map_or(Ok(()), |schema| schema.check(item, None, &at))?;
        }
        Ok(())
    }

    fn map(&self, map: &serde_json::Map<String, Value>, old: Option<&Value>, at: &str) -> Result<(), FieldError> {
        counted(self.entries, map.len(), at, "the number of entries")?;
        for (name, value) in map {
            let schema = self.properties.get(name).or(self.any.as_deref());
            let old = old.and_then(|old| old.get(name));
            schema.map_or(Ok(()), |schema| schema.check(value, old, &join(at, name)))?;
        }
        Ok(())
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

fn immutable(rules: &Value) -> Option<String> {
    let rule = rules.as_array()?.iter().find(|rule| rule["rule"] == "self == oldSelf")?;
    rule["message"].as_str().map(str::to_owned)
}

fn counted((min, max): Range, n: usize, at: &str, what: &str) -> Result<(), FieldError> {
    let n = u64::try_from(n).unwrap_or(u64::MAX);
    let wrong = if min.is_some_and(|min| n < min) {
        min.map(|min| format!("{what} is {n}, but must be at least {min}"))
    } else {
        max.filter(|max| n > *max).map(|max| format!("{what} is {n}, but must be at most {max}"))
    };
    wrong.map_or(Ok(()), |message| Err(FieldError::new(at, message)))
}

fn within((min, max): (Option<f64>, Option<f64>), n: f64, at: &str, what: &str) -> Result<(), FieldError> {
    let low = min.filter(|min| n < *min).map(|min| format!("{what} is {n}, but must be at least {min}"));
    let high = max.filter(|max| n > *max).map(|max| format!("{what} is {n}, but must be at most {max}"));
    low.or(high).map_or(Ok(()), |message| Err(FieldError::new(at, message)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_definitions_limits_and_immutability_are_found() {
        let key = ObjectKey::Release("r".into());
        let spec = |version: &str| json!({"version": version, "channel": "stable", "images": {"web": "a:1"}});
        assert_eq!(check(&key, &spec("2026.12.0"), None), Ok(()));
        let error = check(&key, &spec("latest"), None).unwrap_err();
        assert!(error.field == "spec.version" && error.message.contains("pattern"), "{error}");
        let error = check(&key, &spec("2026.12.1"), Some(&spec("2026.12.0"))).unwrap_err();
        assert_eq!(error.to_string(), "spec.version: version is immutable; create another DashboardRelease");
    }

    #[test]
    fn items_of_a_list_map_have_different_keys() {
        let key = ObjectKey::Tenant(crate::fleet::TenantKey::new("a", "a"));
        let contact = json!({"name": "it", "webhook": "https://hooks.example.test/a"});
        let error = check(&key, &json!({"contacts": [contact, contact]}), None).unwrap_err();
        assert_eq!(error.to_string(), "spec.contacts[1]: another item has the same name");
    }
}
