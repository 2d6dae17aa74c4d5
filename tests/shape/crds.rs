//! The committed definitions are those of the Rust types.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, ensure};
use uplift::{
    api::custom_resource_definitions,
    cli::{file_name, yaml},
};

const FOLDERS: [&str; 2] = ["crds", "charts/uplift/files/crds"];

#[test]
fn the_committed_definitions_are_those_of_the_rust_types() -> Result<()> {
    for folder in FOLDERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let definitions = custom_resource_definitions();
        for definition in &definitions {
            let file = folder.join(file_name(definition));
            let committed = fs::read_to_string(&file).with_context(|| mend(&file, "is missing"))?;
            ensure!(committed == yaml(definition)?, mend(&file, "differs from the types in src/api"));
        }
        let expected: BTreeSet<_> = definitions.iter().map(file_name).collect();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            ensure!(expected.contains(&name), mend(&folder.join(name), "belongs to no type"));
        }
    }
    Ok(())
}

fn mend(file: &Path, what: &str) -> String {
    format!("{} {what}: run `make generate` and commit what it changes", file.display())
}
