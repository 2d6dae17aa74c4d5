//! What the API server checks of a workload by code: here is what a simulation could trip over.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{FieldError, meta};

/// Each has a name of its own, and an image.
pub(super) fn containers(spec: &Value) -> Result<(), FieldError> {
    let mut names = BTreeSet::new();
    for list in ["containers", "initContainers"] {
        for (i, container) in spec["template"]["spec"][list].as_array().into_iter().flatten().enumerate() {
            let at = |key: &str| format!("spec.template.spec.{list}[{i}].{key}");
            let text = |key: &str| container[key].as_str().ok_or_else(|| FieldError::new(at(key), "missing field"));
            let (name, image) = (text("name")?, text("image")?);
            meta::label(&at("name"), "container's name", name)?;
            if !names.insert(name) {
                return Err(FieldError::new(at("name"), format!("another container is called {name:?}")));
            }
            if image.is_empty() || image != image.trim() {
                return Err(FieldError::new(at("image"), format!("{image:?} is no image; leave out the blanks around it")));
            }
        }
    }
    Ok(())
}

/// Nothing is counted below zero, and a deadline leaves time for `minReadySeconds`.
pub(super) fn numbers(spec: &Value) -> Result<(), FieldError> {
    let keys = ["replicas", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit"];
    keys.iter().try_for_each(|key| not_negative(&spec[*key], &format!("spec.{key}")))?;
    let (deadline, ready) = (spec["progressDeadlineSeconds"].as_i64(), spec["minReadySeconds"].as_i64().unwrap_or_default());
    match deadline.filter(|deadline| *deadline <= ready) {
        Some(deadline) => {
            let message = format!("{deadline} must be greater than minReadySeconds, which is {ready}");
            Err(FieldError::new("spec.progressDeadlineSeconds", message))
        }
        None => Ok(()),
    }
}

/// An update strategy is one of two, and a partition counts pods.
pub(super) fn strategy(spec: &Value) -> Result<(), FieldError> {
    let (at, strategy) = ("spec.updateStrategy", &spec["updateStrategy"]);
    not_negative(&strategy["rollingUpdate"]["partition"], &format!("{at}.rollingUpdate.partition"))?;
    let known = ["RollingUpdate", "OnDelete"];
    match strategy["type"].as_str().filter(|name| !known.contains(name)) {
        Some(name) => Err(FieldError::new(format!("{at}.type"), format!("{name:?} is unknown; write {}", known.join(" or ")))),
        None => Ok(()),
    }
}

/// The numbers of a status that was read from a cluster.
pub fn status_numbers(status: &Value) -> Result<(), FieldError> {
    let keys = [
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "availableReplicas",
        "desiredNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
    ];
    keys.iter().try_for_each(|key| not_negative(&status[*key], &format!("status.{key}")))
}

fn not_negative(value: &Value, at: &str) -> Result<(), FieldError> {
    let negative = value.as_i64().filter(|number| *number < 0);
    negative.map_or(Ok(()), |number| Err(FieldError::new(at, format!("is {number}, but must be at least 0"))))
}
