//! A brake that stands on releases, windows and tenants.

/// A brake that people pull: present means suspended.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suspend {
    /// Why; shown to everyone who asks why nothing happens.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}
