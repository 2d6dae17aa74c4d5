//! The rules that stand in our definitions, each broken once: `spec_rules.yaml`, which `tests/cluster/admission` asks of a real API
//! server. Here `uplift simulate` is asked, and whether the file has all of them.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
};

use serde::Deserialize;
use serde_json::{Value, json};
use uplift::simulate::{Options, output::Format, run};

use crate::simulate::merge;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sound: BTreeMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "one")]
    called: String,
    kind: String,
    #[serde(default)]
    spec: Value,
    then: Option<Value>,
    #[serde(default, rename = "to")]
    _to: String,
    says: String,
}

fn one() -> String {
    "one".into()
}

fn table() -> Table {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules/spec_rules.yaml");
    serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn object(kind: &str, name: &str, sound: &Value, change: &Value) -> Value {
    let mut spec = sound.clone();
    merge(&mut spec, change);
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": "acme"}, "spec": spec})
}

/// What `uplift simulate` says of this object, and of a change of it; nothing: it takes them.
fn said(object: &Value, then: Option<&Value>) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("one.yaml"), object.to_string()).unwrap();
    let patch = |then| {
        let patch = json!({"kind": object["kind"], "namespace": "acme", "name": "one", "merge": {"spec": then}});
        json!({"at": "2026-12-02T00:00:00Z", "by": "alice@corp.example", "patch": patch})
    };
    let events: Vec<Value> = then.map(patch).into_iter().collect();
    fs::write(dir.path().join("events.yaml"), json!(events).to_string()).unwrap();
    let options = Options {
        dir: dir.path().into(),
        from: "2026-12-01T00:00:00Z".parse().unwrap(),
        until: "2026-12-03T00:00:00Z".parse().unwrap(),
        events: Some(dir.path().join("events.yaml")),
        output: Format::Json,
    };
    run(&options, &mut vec![], &mut io::sink()).err().map(|error| error.to_string())
}

#[test]
fn uplift_simulate_refuses_what_breaks_a_rule_of_a_definition_in_the_rules_own_words() {
    let Table { sound, cases } = table();
    for (kind, spec) in &sound {
        assert_eq!(said(&object(kind, "one", spec, &Value::Null), None), None, "what the cases change is sound");
    }
    let wrong = cases.iter().filter_map(|case| {
        let said =
            said(&object(&case.kind, &case.called, &sound[&case.kind], &case.spec), case.then.as_ref()).unwrap_or_default();
        (!said.ends_with(&case.says)).then(|| format!("{}\n  wanted {}\n  said   {said}", case.name, case.says))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_rule_of_the_definitions_has_a_case_and_every_case_a_rule() {
    let told: BTreeSet<String> = table().cases.into_iter().map(|case| case.says).collect();
    let mut rules = BTreeSet::new();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/crds")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        messages(&serde_saphyr::from_str(&text).unwrap(), &mut rules);
    }
    assert!(rules.len() > 15, "{rules:?}");
    let (without, gone): (Vec<_>, Vec<_>) = (rules.difference(&told).collect(), told.difference(&rules).collect());
    assert!(without.is_empty(), "tests/rules/spec_rules.yaml breaks none of these: {without:#?}");
    assert!(gone.is_empty(), "no definition has these rules of tests/rules/spec_rules.yaml: {gone:#?}");
}

fn messages(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            let rules = fields.get("x-kubernetes-validations").and_then(Value::as_array);
            into.extend(rules.into_iter().flatten().filter_map(|rule| rule["message"].as_str()).map(str::to_owned));
            fields.values().for_each(|field| messages(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| messages(item, into)),
        _ => {}
    }
}
