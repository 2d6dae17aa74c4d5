//! What can take the place of what ends, as letters and digests say it.

use crate::api::product::{Alternative, SoftwareProductSpec};

/// So many alternatives to each, each kept to this length.
const MOST: usize = 3;
const LENGTH: usize = 96;

/// The name of a product for people.
pub fn label(name: &str, spec: Option<&SoftwareProductSpec>) -> String {
    spec.and_then(|spec| spec.label.clone()).unwrap_or_else(|| name.to_owned())
}

/// The first alternatives of a product, in words.
pub fn instead(label: &str, spec: Option<&SoftwareProductSpec>) -> Vec<String> {
    let clip = |text: &str| text.trim().chars().take(LENGTH).collect::<String>();
    let words = |one: &Alternative| match (&one.release, &one.product) {
        (Some(release), _) => format!("{} {} ({})", clip(label), clip(release), clip(&one.note)),
        (None, product) => format!("{} ({})", clip(product.as_deref().unwrap_or_default()), clip(&one.note)),
    };
    spec.iter().flat_map(|spec| &spec.alternatives).take(MOST).map(words).collect()
}
