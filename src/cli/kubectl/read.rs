//! Reads the cluster into the facts that the planner knows, by the same parsers as the operator, in pages.

use jiff::Timestamp;
use kube::{Api, Client, api::ListParams};

use super::{Failure, api_failure, told};
use crate::{
    clock::{Clock, RealClock},
    fleet::{Fleet, Views},
    observe::{
        Folder,
        slim::{Kind, Releases, Slim, Tenants, Windows, Workloads},
    },
};

/// Objects in a page: a reply stays small, and 10,000 tenants are 20 requests.
const PAGE: u32 = 500;

/// The facts of a cluster at an instant, as far as they were asked for.
pub struct Reading {
    /// The facts.
    pub fleet: Fleet,
    /// When they were read.
    pub now: Timestamp,
    client: Client,
    folder: Folder,
}

impl Reading {
    /// Nothing yet.
    pub fn new(client: Client) -> Self {
        // What was just read is fresh. Whether opt-outs are stamped only matters for one that the operator has not judged yet; that
        // people cannot write stamps themselves is the policy's business.
        let fleet = Fleet { views: Views::fresh(), stamps_in_force: true, ..Fleet::default() };
        Self { fleet, now: RealClock.now(), client, folder: Folder::default() }
    }

    /// Every release.
    pub async fn releases(&mut self) -> Result<(), Failure> {
        self.all::<Releases>(Api::all(self.client.clone()), ListParams::default()).await.map_err(|e| failure::<Releases>(&e))
    }

    /// Every window.
    pub async fn windows(&mut self) -> Result<(), Failure> {
        self.all::<Windows>(Api::all(self.client.clone()), ListParams::default()).await.map_err(|e| failure::<Windows>(&e))
    }

    /// Every window, if this user may see them; whether they were seen.
    pub async fn windows_if_allowed(&mut self) -> Result<bool, Failure> {
        match self.all::<Windows>(Api::all(self.client.clone()), ListParams::default()).await {
            Err(error) if told::is_forbidden(&error) => Ok(false),
            read => read.map(|()| true).map_err(|e| failure::<Windows>(&e)),
        }
    }

    /// The tenants of a namespace, or all; `fields` is a field selector, or empty.
    pub async fn tenants(&mut self, namespace: Option<&str>, fields: &str) -> Result<(), Failure> {
        let (api, params) = (self.namespaced(namespace), ListParams::default().fields(fields));
        self.all::<Tenants>(api, params).await.map_err(|e| failure::<Tenants>(&e))
    }

    /// The Deployments of a namespace, or all.
    pub async fn workloads(&mut self, namespace: Option<&str>) -> Result<(), Failure> {
        let api = self.namespaced(namespace);
        self.all::<Workloads>(api, ListParams::default()).await.map_err(|e| failure::<Workloads>(&e))
    }

    fn namespaced<K: Kind<Scope = k8s_openapi::NamespaceResourceScope>>(&self, namespace: Option<&str>) -> Api<Slim<K>> {
        match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }

    async fn all<K: Kind>(&mut self, api: Api<Slim<K>>, params: ListParams) -> Result<(), kube::Error> {
        let mut params = params.limit(PAGE);
        loop {
            let page = api.list(&params).await?;
            page.items.iter().for_each(|object| self.take(object));
            let Some(next) = page.metadata.continue_.filter(|next| !next.is_empty()) else { return Ok(()) };
            params = params.continue_token(&next);
        }
    }

    fn take<K: Kind>(&mut self, object: &Slim<K>) {
        match object.read(&RealClock, self.now) {
            Ok(observation) => _ = self.folder.fold(&mut self.fleet, observation),
            Err(error) => eprintln!("warning: left out, since it does not parse: {error}"),
        }
    }
}

fn failure<K: Kind>(error: &kube::Error) -> Failure {
    let [group, _, _, plural] = K::NAMES;
    api_failure(&format!("list {plural}.{group}"), error)
}
