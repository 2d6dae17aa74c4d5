//! Paths of fields as people write them: `contacts[0].webhook`.

use serde_ignored::Path;

/// The path of an ignored field.
pub(super) fn of(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", of(parent)),
        Path::Map { parent, key } => join(&of(parent), key),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => of(parent),
    }
}

/// A field below another.
pub(super) fn join(parent: &str, field: &str) -> String {
    match (parent.is_empty(), field.is_empty() || field == ".") {
        (_, true) => parent.to_owned(),
        (true, false) => field.to_owned(),
        (false, false) if field.starts_with('[') => format!("{parent}{field}"),
        (false, false) => format!("{parent}.{field}"),
    }
}
