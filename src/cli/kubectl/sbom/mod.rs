//! `kubectl uplift sbom`: writes what the images of a release contain, as bills of materials list it (R27).

mod bill;
mod matched;
mod url;

use std::{fs::File, io::BufReader, path::PathBuf};

use anyhow::Context as _;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::{
    Context, Failure,
    approve::release_named,
    output::{self, machine},
    read::Reading,
    write::{Hand, Writing, edit, follows, tell},
};
use crate::{
    api::{DashboardRelease, release::Contained},
    plan::Catalogue,
};
use matched::Matched;

const HAND: Hand = Hand {
    manager: "uplift-sbom",
    takes: "the verbs get, list, patch and edit-spec on dashboardreleases.uplift.dev, and list on softwareproducts.uplift.dev (ClusterRole uplift-platform-engineer)",
};

/// So many a release may contain.
const MOST: usize = 64;

/// What is read, and what it is written into.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version.
    release: String,
    /// Bills of materials of its images: `CycloneDX` 1.4 to 1.6, or `SPDX` 2.3, as JSON.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    writing: Writing,
}

/// Reads the files, and writes the products in them.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let mut reading = Reading::new(context.client.clone());
    reading.products().await?;
    let catalogue = Catalogue::of(&reading.fleet, |id| url::parse(id).map(|url| (url.kind, url.namespace, url.name)));
    let mut matched = Matched::default();
    for file in &options.files {
        read(file, &catalogue, &mut matched).map_err(Failure::Input)?;
    }
    if matched.is_empty() {
        return Err(Failure::Input(anyhow::anyhow!("no component is listed: what the release contains stays as it is")));
    }
    let contained = matched.contained();
    if contained.len() > MOST {
        let message = format!(
            "{} products in one release: spec.contains holds {MOST}; take products away that nobody asks about",
            contained.len()
        );
        return Err(Failure::Input(anyhow::anyhow!(message)));
    }
    let releases = Api::all(context.client.clone());
    let name = release_named(&releases, &options.release, HAND).await?;
    let done = edit(&releases, &name, HAND, options.writing, |before| Ok(body(before, &contained))).await?;
    if context.output.is_for_people() {
        tell(context, &done.after, options.writing, &said(&done.before, &contained))?;
        return follows(context, &matched.summary());
    }
    let report = json!({"release": done.after.name_any(), "contains": contained, "notMatched": matched.unknown()});
    output::print(&machine(context.output, &report)?)
}

fn read(file: &PathBuf, catalogue: &Catalogue, matched: &mut Matched) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| format!("open {}", file.display()))?;
    let read = bill::read(BufReader::with_capacity(1 << 16, opened), &mut |found| matched.note(catalogue, found));
    read.with_context(|| format!("read {}", file.display()))
}

/// All of it: what a bill does not list the images do not contain any more.
fn body(before: &DashboardRelease, contained: &[Contained]) -> Option<Value> {
    (before.spec.contains != contained).then(|| json!({"spec": {"contains": contained}}))
}

fn said(before: &DashboardRelease, contained: &[Contained]) -> String {
    let (n, were) = (contained.len(), before.spec.contains.len());
    let versions = if n == 1 { "version of a product" } else { "versions of products" };
    match before.spec.contains == contained {
        true => format!("contains {n} {versions} already"),
        false if were == 0 => format!("contains {n} {versions}"),
        false => format!("contains {n} {versions}; before there were {were}"),
    }
}

#[cfg(test)]
mod tests;
