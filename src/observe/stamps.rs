//! Whether the policies that stamp opt-outs are in force (R13).
//!
//! A stamp is proof only while a mutating policy writes it and a validating one keeps people from writing it. Each needs its
//! binding: four objects, all of the same name.

use std::time::Duration;

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, PartialObjectMeta},
    runtime::watcher::{Error, Event, watcher},
};
use tokio::sync::mpsc::{Sender, error::SendError};

use super::{
    Observation,
    stream::config,
    trouble::{Trouble, code},
};

/// What the chart calls the four objects.
pub const STAMP_POLICY: &str = "uplift-opt-out-stamp";

/// Kinds in `admissionregistration.k8s.io/v1`, with their plurals. The mutating ones are served from Kubernetes 1.36 on.
const KINDS: [(&str, &str); 4] = [
    ("MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
    ("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
    ("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
];

/// A server that does not know a kind, or does not let us read it, is asked again after this long.
const REFUSED: Duration = Duration::from_mins(3);

/// Tells whether all four exist, each time that this changes, and first when it is certain: one that is missing settles it, else
/// all must have been seen.
pub(super) async fn follow(client: &Client, name: &str, tx: &Sender<Observation>) -> Result<(), SendError<Observation>> {
    let each =
        KINDS.iter().enumerate().map(|(i, (kind, plural))| presence(client, kind, plural, name).map(move |is| (i, is)).boxed());
    let mut changes = stream::select_all(each);
    let mut present = [None; KINDS.len()];
    let mut told = None;
    while let Some((i, is)) = changes.next().await {
        present[i] = Some(is);
        let all = present.iter().all(|is| *is == Some(true));
        let certain = all || present.contains(&Some(false));
        if certain && told.replace(all) != Some(all) {
            tracing::info!(policy = name, in_force = all, "stamps of opt-outs");
            tx.send(Observation::StampsInForce(all)).await?;
        }
    }
    Ok(())
}

type Events = BoxStream<'static, Result<Event<PartialObjectMeta<DynamicObject>>, Error>>;

/// Whether one object exists.
struct Presence {
    events: Events,
    trouble: Trouble,
    pause: Duration,
    listed: bool,
}

/// Whether the object exists, as often as something is known of it.
fn presence(client: &Client, kind: &str, plural: &str, name: &str) -> impl Stream<Item = bool> + Send + use<> {
    let gvk = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
    let api = Api::all_with(client.clone(), &ApiResource::from_gvk_with_plural(&gvk, plural));
    let events = watcher(api, config(None).fields(&format!("metadata.name={name}"))).boxed();
    let trouble = Trouble::new(format!("watch {plural} {name}"));
    let start = Presence { events, trouble, pause: Duration::ZERO, listed: false };
    stream::unfold(start, |mut presence| async move { presence.next().await.map(|is| (is, presence)) })
}

impl Presence {
    async fn next(&mut self) -> Option<bool> {
        loop {
            tokio::time::sleep(std::mem::take(&mut self.pause)).await;
            let known = match self.events.next().await? {
                Ok(event) => self.event(&event),
                Err(error) => self.error(&error),
            };
            if known.is_some() {
                return known;
            }
        }
    }

    fn event<K>(&mut self, event: &Event<K>) -> Option<bool> {
        if !matches!(event, Event::Init) {
            self.trouble.over();
        }
        match event {
            Event::Init | Event::InitApply(_) => {
                self.listed = matches!(event, Event::InitApply(_));
                None
            }
            Event::InitDone => Some(self.listed),
            Event::Apply(_) => Some(true),
            Event::Delete(_) => Some(false),
        }
    }

    /// What was known stays known through an outage; what is not served, or may not be read, is not in force.
    fn error(&mut self, error: &Error) -> Option<bool> {
        self.pause = self.trouble.pause(error);
        let refused = matches!(code(error), Some(401 | 403 | 404));
        if refused {
            self.pause = REFUSED;
        }
        refused.then_some(false)
    }
}
