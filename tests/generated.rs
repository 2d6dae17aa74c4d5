//! Files that are made from others are committed, so that people can read and apply them. Here they are compared with their source.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

use std::{fs, path::Path};

use kube::ResourceExt;

/// Both folders hold the same files: `crds/` for people, the other since a chart can hold no file from outside.
const FOLDERS: [&str; 2] = ["crds", "charts/uplift/files/crds"];

#[test]
fn crds_are_what_the_types_say() {
    for crd in uplift::api::custom_resource_definitions() {
        let plural = crd.name_any().split('.').next().expect("plural.group").to_owned();
        let text = format!("# Made from src/api by `make generate`: change the types, not this file.\n{}", yaml(&crd));
        for folder in FOLDERS {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{plural}.yaml"));
            if generates() {
                fs::create_dir_all(file.parent().expect("a folder")).expect("the folder");
                fs::write(&file, &text).expect("the file");
            }
            let there = fs::read_to_string(&file).unwrap_or_default();
            assert!(there == text, "{folder}/{plural}.yaml is not what src/api says. Mend it with: make generate");
        }
    }
}

fn yaml(crd: &impl serde::Serialize) -> String {
    serde_saphyr::to_string(crd).expect("YAML")
}

#[expect(clippy::disallowed_methods, reason = "`make generate` asks for writing by the environment: a test has no arguments")]
fn generates() -> bool {
    std::env::var("UPLIFT_GENERATE").is_ok()
}
