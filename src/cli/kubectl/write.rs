//! What the commands that write share: read, decide, write what was decided on, and say it as kubectl does.

use std::fmt::Debug;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{
    Api, Resource, ResourceExt,
    api::{Patch, PatchParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Context, Failure, Output,
    context::is_name,
    output::{self, machine},
    told::refusal,
};
use crate::api::TenantInstance;

/// How often a write is decided anew because the object changed meanwhile. Each conflict is somebody else's write that went through.
const TRIES: usize = 20;

/// Flags of every command that writes.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Writing {
    /// With server the API server judges the write, and nothing of it is kept.
    #[arg(long, value_enum, default_value_t, value_name = "none|server")]
    dry_run: DryRun,
}

/// Whose it is: all that a command takes which writes one thing of a tenant.
#[derive(Debug, clap::Args)]
pub struct OfTenant {
    /// The tenant, or namespace/tenant.
    pub tenant: String,
    #[command(flatten)]
    pub writing: Writing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DryRun {
    /// Write.
    #[default]
    None,
    /// Let the API server judge it, and keep nothing.
    Server,
}

impl Writing {
    /// Whether nothing is kept.
    pub fn dry(self) -> bool {
        self.dry_run == DryRun::Server
    }
}

/// With what hand a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// The field manager. It never begins with `kubectl`: Flux takes such fields over, and removes what Git does not name.
    pub manager: &'static str,
    /// The verbs that the write takes, and the chart's role that holds them.
    pub takes: &'static str,
}

/// A custom kind that commands write.
pub trait Kind: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize + Send + 'static {}
impl<K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize + Send + 'static> Kind for K {}

/// An object before a write and after it. Where nothing was to be written they are the same.
#[derive(Debug)]
pub struct Edited<K> {
    /// As it was read.
    pub before: K,
    /// As the API server answered.
    pub after: K,
}

/// Reads the object, lets `decide` say what to merge into it (none: nothing), and writes exactly on what was read: when it changed
/// in between, it is read and decided again.
pub async fn edit<K: Kind>(
    api: &Api<K>,
    name: &str,
    hand: Hand,
    writing: Writing,
    mut decide: impl FnMut(&K) -> Result<Option<Value>, Failure>,
) -> Result<Edited<K>, Failure> {
    let params = PatchParams { dry_run: writing.dry(), field_manager: Some(hand.manager.into()), ..PatchParams::default() };
    for _ in 0..TRIES {
        let before = read(api, name, hand).await?;
        let Some(body) = decide(&before)? else { return Ok(Edited { after: before.clone(), before }) };
        match api.patch(name, &params, &Patch::Merge(on(&before, body)?)).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Ok(after) => return Ok(Edited { before, after }),
            Err(error) => return Err(refusal(&format!("patch {}", full_name::<K>(name)), &error, hand.takes)),
        }
    }
    let message =
        format!("{} changed at each of {TRIES} tries to write it; nothing was written, try again", full_name::<K>(name));
    Err(Failure::Runtime(anyhow!(message)))
}

/// The object as it is, for a write by this hand.
pub async fn read<K: Kind>(api: &Api<K>, name: &str, hand: Hand) -> Result<K, Failure> {
    if !is_name(name) {
        return Err(Failure::Input(anyhow!("{name:?} is no name of an object")));
    }
    api.get(name).await.map_err(|error| match error {
        kube::Error::SerdeError(error) => Failure::Runtime(anyhow!(
            "what the API server holds of {} does not parse: {error}. This kubectl-uplift may be older than the cluster's definitions",
            full_name::<K>(name)
        )),
        error => refusal(&format!("get {}", full_name::<K>(name)), &error, hand.takes),
    })
}

fn on<K: Kind>(before: &K, mut body: Value) -> Result<Value, Failure> {
    let version = before.resource_version().context("the API server sent an object without resourceVersion");
    body["metadata"]["resourceVersion"] = json!(version.map_err(Failure::Runtime)?);
    Ok(body)
}

/// `tenantinstance.uplift.dev/acme`.
pub fn full_name<K: Kind>(name: &str) -> String {
    output::name(&K::kind(&()).to_ascii_lowercase(), name).trim_end().to_owned()
}

/// The tenant that an argument names, by where it is and its name. A command that writes takes one, not those of all namespaces.
pub fn tenant(context: &Context, argument: &str) -> Result<(Api<TenantInstance>, String), Failure> {
    let key = context.tenant(argument)?;
    Ok((Api::namespaced(context.client.clone(), &key.namespace), key.name))
}

/// Whether people read the output.
pub fn for_people(context: &Context) -> bool {
    matches!(context.output, Output::Table | Output::Wide)
}

/// Prints what was done, or the object for a program.
pub fn tell<K: Kind>(context: &Context, object: &K, writing: Writing, done: &str) -> Result<(), Failure> {
    let name = full_name::<K>(&object.name_any());
    match context.output {
        Output::Table | Output::Wide => {
            let dry = if writing.dry() { " (server dry run)" } else { "" };
            output::print(&plain(&format!("{name} {done}{dry}\n")))
        }
        Output::Name => output::print(&format!("{name}\n")),
        format => {
            let mut object = object.clone();
            object.meta_mut().managed_fields = None; // as kubectl prints objects
            let mut value = output::value(&object)?;
            value["apiVersion"] = json!(K::api_version(&()));
            value["kind"] = json!(K::kind(&()));
            output::print(&machine(format, &value)?)
        }
    }
}

/// Prints what follows from it, for people. Whoever asked for the object reads it there.
pub fn follows(context: &Context, text: &str) -> Result<(), Failure> {
    if for_people(context) && !text.is_empty() { output::print(&plain(&format!("{text}\n"))) } else { Ok(()) }
}

/// What somebody wrote as a reason or a reference could write over the screen.
fn plain(text: &str) -> String {
    text.replace(|character: char| character.is_control() && character != '\n', "\u{fffd}")
}

/// Who wrote a field of the spec last, as far as managedFields tells: `uplift-suspend at 2026-12-15T12:00:00Z`. It holds no user.
pub fn writer(meta: &ObjectMeta, field: &str) -> Option<String> {
    let owns = |fields: &Value| fields.pointer(&format!("/f:spec/f:{field}")).is_some();
    let entries = meta.managed_fields.iter().flatten();
    let owners = entries.filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| owns(&fields.0)));
    let last = owners.max_by_key(|entry| entry.time.as_ref().map(|time| time.0))?;
    let at = last.time.as_ref().map(|time| format!(" at {}", time.0)).unwrap_or_default();
    Some(format!("{}{at}", last.manager.as_deref()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wrote_a_field_last_is_read_off_the_managed_fields() {
        let meta: ObjectMeta = serde_json::from_value(json!({"managedFields": [
            {"manager": "helm", "time": "2026-12-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {"f:reason": {}}}}},
            {"manager": "uplift-suspend", "time": "2026-12-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:suspend": {"f:reason": {}}}}},
            {"manager": "kubectl-edit", "time": "2026-12-03T00:00:00Z", "fieldsV1": {"f:spec": {"f:channel": {}}}},
        ]}))
        .unwrap();
        assert_eq!(writer(&meta, "suspend").as_deref(), Some("uplift-suspend at 2026-12-02T00:00:00Z"));
        assert_eq!(writer(&meta, "approval"), None);
    }

    #[test]
    fn a_write_holds_for_what_was_read_only() {
        let read: TenantInstance = serde_json::from_value(json!({
            "metadata": {"name": "acme", "resourceVersion": "7"},
            "spec": {"customer": {"displayName": "Acme"}, "windowRef": {"name": "w"}, "workloads": [{"kind": "Deployment", "name": "d"}]},
        }))
        .unwrap();
        let body = on(&read, json!({"metadata": {"annotations": {"a": null}}})).unwrap();
        assert_eq!(body, json!({"metadata": {"annotations": {"a": null}, "resourceVersion": "7"}}));
    }

    #[test]
    fn control_characters_of_others_do_not_reach_the_screen() {
        assert_eq!(plain("approved (\u{1b}[2J)\nnext\n"), "approved (\u{fffd}[2J)\nnext\n");
    }

    #[test]
    fn objects_are_named_as_kubectl_names_them() {
        assert_eq!(full_name::<TenantInstance>("acme"), "tenantinstance.uplift.dev/acme");
    }
}
