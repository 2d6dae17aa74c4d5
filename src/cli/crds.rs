//! `uplift crds`.

use std::{fs, io::Write, path::PathBuf};

use anyhow::Context;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

use super::Failure;
use crate::api::custom_resource_definitions;

/// The first line of each file.
pub const GENERATED: &str = "# Generated from the Rust types in src/api by `uplift crds`. Do not edit; run `make generate`.";

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Write one file for each definition into this folder instead of printing them.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let done = match &options.dir {
        Some(dir) => custom_resource_definitions().iter().try_for_each(|crd| write(dir, crd)),
        None => print(),
    };
    done.map_err(Failure::Runtime)
}

fn print() -> anyhow::Result<()> {
    let documents = custom_resource_definitions().iter().map(yaml).collect::<anyhow::Result<Vec<_>>>()?;
    std::io::stdout().write_all(documents.join("---\n").as_bytes()).context("print the definitions")
}

fn write(dir: &std::path::Path, crd: &CustomResourceDefinition) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("make the folder {}", dir.display()))?;
    let file = dir.join(file_name(crd));
    fs::write(&file, yaml(crd)?).with_context(|| format!("write {}", file.display()))
}

/// The name of the file of a definition, like `uplift.dev_tenantinstances.yaml`.
pub fn file_name(crd: &CustomResourceDefinition) -> String {
    format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural)
}

/// A definition as YAML, the same each time, with a first line that says where it comes from.
pub fn yaml(crd: &CustomResourceDefinition) -> anyhow::Result<String> {
    let name = crd.metadata.name.as_deref().unwrap_or_default();
    // By way of JSON, whose maps are sorted: the order then depends on nothing but the names.
    let mut value = serde_json::to_value(crd).with_context(|| format!("serialise the definition {name}"))?;
    drop_unsigned_formats(&mut value);
    let text = serde_saphyr::to_string(&value).with_context(|| format!("write the definition {name} as YAML"))?;
    Ok(format!("{GENERATED}\n{}\n", text.trim_end()))
}

/// The API server knows no unsigned formats and warns about each at every install. The bounds say the same.
fn drop_unsigned_formats(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
                fields.remove("format");
            }
            fields.values_mut().for_each(drop_unsigned_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_unsigned_formats),
        _ => {}
    }
}
