//! How commands print.

use clap::ValueEnum;

use super::WIDTH;

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table of at most 100 columns.
    #[default]
    Table,
    /// A table with more columns, and nothing cut.
    Wide,
    /// CSV with every column, for spreadsheets: lists only.
    Csv,
    /// JSON: a List, or one object.
    Json,
    /// The same as YAML.
    Yaml,
    /// Names only, like tenantinstance.uplift.dev/acme.
    Name,
}

impl Output {
    /// Whether people read it.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
    /// Where tables are cut; none: nowhere.
    pub fn width(self) -> Option<usize> {
        (self != Self::Wide).then_some(WIDTH)
    }
}
