//! Who owns which field, by `metadata.managedFields`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::value::RawValue;

/// One manager's entry.
///
/// Its time moves with every change of any field of the manager: for one field it is an upper bound.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(default)]
    pub manager: Option<String>,
    #[serde(default)]
    pub time: Option<Timestamp>,
    #[serde(borrow, default, rename = "fieldsV1")]
    fields: Option<&'a RawValue>,
}

impl Entry<'_> {
    /// Whether it owns this annotation.
    pub fn owns_annotation(&self, key: &str) -> bool {
        let fields: AnnotationFields = self.fields();
        fields.metadata.annotations.contains_key(&format!("f:{key}"))
    }

    /// The containers and init containers whose image it owns: `(init, name)`.
    pub fn images(&self) -> Vec<(bool, String)> {
        let pod = self.fields::<WorkloadFields>().spec.template.spec;
        let named = |init: bool, containers: BTreeMap<String, ContainerFields>| {
            containers
                .into_iter()
                .filter(|(_, c)| c.image.is_some())
                .filter_map(move |(key, _)| Some((init, container_name(&key)?)))
        };
        named(false, pod.containers).chain(named(true, pod.init_containers)).collect()
    }

    // What does not have the expected shape owns nothing that is asked for here.
    fn fields<T: DeserializeOwned + Default>(&self) -> T {
        self.fields.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }
}

/// The entries of `metadata.managedFields`; none where they can't be read: then there is no time and no name to go by.
pub(super) fn entries(raw: &RawValue) -> Vec<Entry<'_>> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// The name in a key like `k:{"name":"web"}`.
fn container_name(key: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Key {
        name: String,
    }
    serde_json::from_str::<Key>(key.strip_prefix("k:")?).ok().map(|key| key.name)
}

#[derive(Default, Deserialize)]
struct AnnotationFields {
    #[serde(default, rename = "f:metadata")]
    metadata: MetadataFields,
}
#[derive(Default, Deserialize)]
struct MetadataFields {
    #[serde(default, rename = "f:annotations")]
    #[expect(clippy::zero_sized_map_values, reason = "in JSON it is a map, and serde has no set of its keys")]
    annotations: BTreeMap<String, IgnoredAny>,
}
#[derive(Default, Deserialize)]
struct WorkloadFields {
    #[serde(default, rename = "f:spec")]
    spec: SpecFields,
}
#[derive(Default, Deserialize)]
struct SpecFields {
    #[serde(default, rename = "f:template")]
    template: TemplateFields,
}
#[derive(Default, Deserialize)]
struct TemplateFields {
    #[serde(default, rename = "f:spec")]
    spec: PodFields,
}
#[derive(Default, Deserialize)]
struct PodFields {
    #[serde(default, rename = "f:containers")]
    containers: BTreeMap<String, ContainerFields>,
    #[serde(default, rename = "f:initContainers")]
    init_containers: BTreeMap<String, ContainerFields>,
}
#[derive(Default, Deserialize)]
struct ContainerFields {
    #[serde(default, rename = "f:image")]
    image: Option<IgnoredAny>,
}
