//! A container's environment, and `$(NAME)` in its command.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, Pod};
use kube::ResourceExt;

use super::node::Node;
use super::objects::{Kind, field, value, values};

pub type Environment = BTreeMap<String, String>;

/// What a runtime gives to every container.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All variables; those of `env` win over those of `envFrom`.
pub async fn of(node: &Node, pod: &Pod, container: &Container) -> Result<Environment> {
    let mut all = Environment::from([("PATH".into(), PATH.into()), ("HOSTNAME".into(), pod.name_any())]);
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.clone().unwrap_or_default();
        for (key, bytes) in whole(node, pod, source).await? {
            all.insert(format!("{prefix}{key}"), String::from_utf8(bytes).with_context(|| format!("{key} is no text"))?);
        }
    }
    for variable in container.env.iter().flatten() {
        if let Some(text) = one(node, pod, variable, &all).await? {
            all.insert(variable.name.clone(), text);
        }
    }
    Ok(all)
}

async fn whole(node: &Node, pod: &Pod, source: &EnvFromSource) -> Result<BTreeMap<String, Vec<u8>>> {
    if let Some(map) = &source.config_map_ref {
        return values(node, pod, Kind::ConfigMap, &map.name, map.optional).await;
    }
    let secret = source.secret_ref.as_ref().context("an envFrom of a kind that process-node does not know")?;
    values(node, pod, Kind::Secret, &secret.name, secret.optional).await
}

async fn one(node: &Node, pod: &Pod, variable: &EnvVar, so_far: &Environment) -> Result<Option<String>> {
    let Some(from) = &variable.value_from else {
        return Ok(Some(expand(variable.value.as_deref().unwrap_or_default(), so_far)));
    };
    if let Some(of) = &from.field_ref {
        return field(pod, &of.field_path).map(Some);
    }
    if let Some(of) = &from.config_map_key_ref {
        return value(node, pod, Kind::ConfigMap, &of.name, &of.key, of.optional).await;
    }
    let of = from.secret_key_ref.as_ref();
    let of = of.with_context(|| format!("{}: a valueFrom of a kind that process-node does not know", variable.name))?;
    value(node, pod, Kind::Secret, &of.name, &of.key, of.optional).await
}

/// `$(NAME)` becomes its value, `$$` a dollar, and a name that is not known stays as it is.
pub fn expand(text: &str, all: &Environment) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let named = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        rest = match (after.strip_prefix('$'), named) {
            (Some(after), _) => {
                out.push('$');
                after
            }
            (None, Some((name, after))) if all.contains_key(name) => {
                out.push_str(&all[name]);
                after
            }
            _ => {
                out.push('$');
                after
            }
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_expanded_as_kubernetes_does() {
        let all = Environment::from([("A".to_owned(), "1".to_owned()), ("B".to_owned(), "$(A)".to_owned())]);
        for (text, expanded) in [
            ("$(A)", "1"),
            ("x$(A)y$(A)", "x1y1"),
            ("$(B)", "$(A)"),
            ("$$(A)", "$(A)"),
            ("$(C)", "$(C)"),
            ("$A ${A} $", "$A ${A} $"),
            ("$(A", "$(A"),
        ] {
            assert_eq!(expand(text, &all), expanded, "{text}");
        }
    }
}
