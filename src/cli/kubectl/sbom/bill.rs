//! Bills of materials: `CycloneDX` and `SPDX` as JSON. They are read as a stream, component by component: one of 50 MB takes little memory.

use std::{fmt, io::Read};

use anyhow::{Context as _, bail};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// What a bill lists.
#[derive(Debug, PartialEq, Eq)]
pub enum Listed<'b> {
    /// A package with its url.
    Package(&'b str),
    /// The operating system of an image, like `debian-12`.
    System(String),
    /// Something that has no package url.
    Nameless(&'b str),
}

/// A component of `CycloneDX`.
#[derive(Deserialize)]
struct Component {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

/// A package of SPDX.
#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    name: String,
    #[serde(rename = "versionInfo")]
    version: Option<String>,
    #[serde(rename = "primaryPackagePurpose")]
    purpose: Option<String>,
    #[serde(default, rename = "externalRefs")]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default, rename = "referenceType")]
    kind: String,
    #[serde(default, rename = "referenceLocator")]
    locator: String,
}

/// What says which format it is, and in which version.
#[derive(Default)]
struct Format {
    cyclone: bool,
    cyclone_version: Option<String>,
    spdx_version: Option<String>,
}

/// Reads a bill, and hands over what it lists. An error: it is no JSON, or a bill of another kind.
pub fn read(input: impl Read, found: &mut dyn FnMut(Listed)) -> anyhow::Result<()> {
    let mut parser = serde_json::Deserializer::from_reader(input);
    let format = Bill(found).deserialize(&mut parser).context("it is no bill of materials as JSON")?;
    parser.end().context("something follows after its end")?;
    match (format.cyclone, format.cyclone_version.as_deref(), format.spdx_version.as_deref()) {
        (true, Some("1.4" | "1.5" | "1.6"), _) | (false, _, Some("SPDX-2.3")) => Ok(()),
        (true, version, _) => bail!("CycloneDX {} is not read; make it as 1.4 to 1.6", version.unwrap_or("without specVersion")),
        (false, _, Some(version)) => bail!("{version} is not read; make it as SPDX-2.3"),
        (false, _, None) => bail!("it says neither bomFormat CycloneDX nor spdxVersion: what is it?"),
    }
}

/// The whole document, of which only what is listed is looked at.
struct Bill<'f>(&'f mut dyn FnMut(Listed));

impl<'de> DeserializeSeed<'de> for Bill<'_> {
    type Value = Format;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Format, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Bill<'_> {
    type Value = Format;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Format, A::Error> {
        let mut format = Format::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "bomFormat" => format.cyclone = map.next_value::<String>()? == "CycloneDX",
                "specVersion" => format.cyclone_version = Some(map.next_value()?),
                "spdxVersion" => format.spdx_version = Some(map.next_value()?),
                "components" => map.next_value_seed(Each::<Component>::new(self.0))?,
                "packages" => map.next_value_seed(Each::<Package>::new(self.0))?,
                "metadata" => map.next_value::<Metadata>()?.list(self.0),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(format)
    }
}

/// What a bill is about: often the image, and sometimes its operating system.
#[derive(Deserialize)]
struct Metadata {
    component: Option<Component>,
}

impl Metadata {
    fn list(&self, found: &mut dyn FnMut(Listed)) {
        if let Some(component) = &self.component {
            component.list(found);
        }
    }
}

/// Something that a list holds.
trait Lists {
    fn list(&self, found: &mut dyn FnMut(Listed));
}

impl Lists for Component {
    fn list(&self, found: &mut dyn FnMut(Listed)) {
        let system = self.version.as_ref().filter(|_| self.kind == "operating-system");
        match (&self.purl, system) {
            (_, Some(version)) => found(Listed::System(format!("{}-{version}", self.name))),
            (Some(purl), None) => found(Listed::Package(purl)),
            (None, None) => found(Listed::Nameless(&self.name)),
        }
        self.components.iter().for_each(|inner| inner.list(found));
    }
}

impl Lists for Package {
    fn list(&self, found: &mut dyn FnMut(Listed)) {
        let purl = self.references.iter().find(|reference| reference.kind == "purl");
        let system = self.version.as_ref().filter(|_| self.purpose.as_deref() == Some("OPERATING-SYSTEM"));
        match (purl, system) {
            (_, Some(version)) => found(Listed::System(format!("{}-{version}", self.name))),
            (Some(reference), None) => found(Listed::Package(&reference.locator)),
            (None, None) => found(Listed::Nameless(&self.name)),
        }
    }
}

/// A list whose items are handed over one by one.
struct Each<'f, T> {
    found: &'f mut dyn FnMut(Listed),
    of: std::marker::PhantomData<T>,
}

impl<'f, T> Each<'f, T> {
    fn new(found: &'f mut dyn FnMut(Listed)) -> Self {
        Self { found, of: std::marker::PhantomData }
    }
}

impl<'de, T: Lists + Deserialize<'de>> DeserializeSeed<'de> for Each<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Lists + Deserialize<'de>> Visitor<'de> for Each<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<T>()? {
            item.list(self.found);
        }
        Ok(())
    }
}
