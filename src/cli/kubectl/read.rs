//! Reads the cluster into the facts that the planner knows, by the same parsers as the operator, in pages.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::{Api, Client, api::ListParams};

use super::{Failure, api_failure, jobs};
use crate::{
    api::{TenantInstanceSpec, TenantInstanceStatus, reason::Reason},
    clock::{Clock, RealClock},
    fleet::{Fleet, Tenant, TenantKey, View},
    observe::{
        Folder,
        slim::{DaemonSets, Deployments, Kind, Products, Releases, Slim, StatefulSets, Tenants, Trials, Windows},
    },
};

/// Objects in a page: a reply stays small, and 10,000 tenants are 20 requests.
const PAGE: u32 = 500;

/// What is said where not every tenant was seen that counts.
pub const UNSEEN: &str =
    "Tenants of namespaces that you may not see are not counted: who uses an interface from there, or offers one.";

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
        // What was just read is fresh; how the operator's own clock and watches are, `why` takes from the status. Whether opt-outs are stamped only matters for one that the operator has not judged yet; that
        // people cannot write stamps themselves is the policy's business.
        let fleet = Fleet::fresh();
        Self { fleet, now: RealClock.now(), client, folder: Folder::default() }
    }

    /// Every release, and what the operator said of the Jobs of its checks.
    pub async fn releases(&mut self) -> Result<(), Failure> {
        let read = self.all::<Releases>(Api::all(self.client.clone()), ListParams::default()).await;
        read.map_err(|e| failure::<Releases>(&e))?;
        jobs::of_releases(&mut self.fleet);
        Ok(())
    }

    /// Every window.
    pub async fn windows(&mut self) -> Result<(), Failure> {
        self.all::<Windows>(Api::all(self.client.clone()), ListParams::default()).await.map_err(|e| failure::<Windows>(&e))
    }

    /// Every window, if this user may see them; whether they were seen.
    pub async fn windows_if_allowed(&mut self) -> Result<bool, Failure> {
        allowed::<Windows>(self.all::<Windows>(Api::all(self.client.clone()), ListParams::default()).await)
    }

    /// Every software product.
    pub async fn products(&mut self) -> Result<(), Failure> {
        self.all::<Products>(Api::all(self.client.clone()), ListParams::default()).await.map_err(|e| failure::<Products>(&e))
    }

    /// Every software product, if this user may see them and the cluster has the kind; whether they were seen.
    pub async fn products_if_allowed(&mut self) -> Result<bool, Failure> {
        allowed::<Products>(self.all::<Products>(Api::all(self.client.clone()), ListParams::default()).await)
    }

    /// The tenants of a namespace, or all; `fields` is a field selector, or empty.
    pub async fn tenants(&mut self, namespace: Option<&str>, fields: &str) -> Result<(), Failure> {
        let (api, params) = (self.namespaced(namespace), ListParams::default().fields(fields));
        self.all::<Tenants>(api, params).await.map_err(|e| failure::<Tenants>(&e))
    }

    /// One tenant: that it is not there is an error.
    pub async fn tenant(&mut self, key: &TenantKey) -> Result<(), Failure> {
        let api: Api<Slim<Tenants>> = self.namespaced(Some(&key.namespace));
        let [group, _, _, plural] = Tenants::NAMES;
        let tenant = api.get(&key.name).await.map_err(|e| api_failure(&format!("get {plural}.{group} {key}"), &e))?;
        self.take(&tenant);
        Ok(())
    }

    /// What the tenants of a namespace, or of all, come to depends on those of others whose interfaces they use (R31): all are read, if this user
    /// may see them. Whether they were seen.
    async fn tenants_with_neighbours(&mut self, namespace: Option<&str>) -> Result<bool, Failure> {
        if self.tenants_if_allowed("").await? {
            return Ok(true);
        }
        self.tenants(namespace, "").await.map(|()| namespace.is_none())
    }

    /// All that says whom a release touches. Whether every tenant was seen that counts.
    pub async fn whom_a_release_touches(&mut self, namespace: Option<&str>) -> Result<bool, Failure> {
        self.releases().await?;
        self.products_if_allowed().await?;
        self.windows_if_allowed().await?;
        let everybody = self.tenants_with_neighbours(namespace).await?;
        self.workloads(namespace).await?;
        self.trials_of_required().await?;
        Ok(everybody)
    }

    /// Tenants of all namespaces, if this user may see them; whether they were seen.
    pub async fn tenants_if_allowed(&mut self, fields: &str) -> Result<bool, Failure> {
        let (api, params) = (self.namespaced(None), ListParams::default().fields(fields));
        allowed::<Tenants>(self.all::<Tenants>(api, params).await)
    }

    /// Learns from the statuses, once everything is read, what people cannot read: what is said of the Jobs of tenants, and what the
    /// operator's configuration says of contacts. Which private hosts it lists, since whom it has not refused it lets pass; and whether it
    /// names a mail server, which it does unless a status denies it. Nobody asks a source here, so none is refused.
    pub fn infer(&mut self) {
        jobs::of_tenants(&mut self.fleet);
        let denies = |status: &TenantInstanceStatus| says(status, Reason::EmailNotConfigured);
        self.fleet.settings.email = !self.fleet.tenants.values().any(|tenant| tenant.status.as_ref().is_ok_and(denies));
        let hosts: BTreeSet<String> = self.fleet.tenants.values().filter(|tenant| is_accepted(tenant)).flat_map(hosts).collect();
        self.fleet.settings.allow_hosts = hosts.into_iter().collect();
        let sources = self.fleet.products.values().filter_map(|product| product.spec.as_ref().ok()?.source.as_ref());
        self.fleet.settings.source_hosts = sources.filter_map(|source| host(&source.url)).collect();
    }

    /// The workloads of a namespace, or all.
    pub async fn workloads(&mut self, namespace: Option<&str>) -> Result<(), Failure> {
        self.every::<Deployments>(namespace).await.map_err(|e| failure::<Deployments>(&e))?;
        self.every::<StatefulSets>(namespace).await.map_err(|e| failure::<StatefulSets>(&e))?;
        self.every::<DaemonSets>(namespace).await.map_err(|e| failure::<DaemonSets>(&e))
    }

    /// Every trial, if this user may see them and the cluster has the kind; whether they were seen.
    pub async fn trials_if_allowed(&mut self) -> Result<bool, Failure> {
        allowed::<Trials>(self.all::<Trials>(self.namespaced(None), ListParams::default()).await)
    }

    /// The trials of a namespace.
    pub async fn trials(&mut self, namespace: &str) -> Result<(), Failure> {
        let api = self.namespaced(Some(namespace));
        self.all::<Trials>(api, ListParams::default()).await.map_err(|e| failure::<Trials>(&e))
    }

    /// Every trial, where one of the tenants that were read must pass one (R37). Who may not see them is told what the operator said.
    pub async fn trials_of_required(&mut self) -> Result<(), Failure> {
        let required = |tenant: &Tenant| tenant.spec.as_ref().is_ok_and(TenantInstanceSpec::must_be_tried);
        if self.fleet.tenants.values().any(required) && !self.trials_if_allowed().await? {
            self.fleet.views.0.remove(&View::Trials);
        }
        Ok(())
    }

    fn namespaced<K: Kind<Scope = k8s_openapi::NamespaceResourceScope>>(&self, namespace: Option<&str>) -> Api<Slim<K>> {
        match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }

    /// The workloads of all namespaces, if this user may see them; whether they were seen.
    pub async fn workloads_if_allowed(&mut self) -> Result<bool, Failure> {
        Ok(allowed::<Deployments>(self.every::<Deployments>(None).await)?
            && allowed::<StatefulSets>(self.every::<StatefulSets>(None).await)?
            && allowed::<DaemonSets>(self.every::<DaemonSets>(None).await)?)
    }

    async fn every<K: Kind<Scope = k8s_openapi::NamespaceResourceScope>>(
        &mut self,
        namespace: Option<&str>,
    ) -> Result<(), kube::Error> {
        let api = self.namespaced(namespace);
        self.all::<K>(api, ListParams::default()).await
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

/// Whether it could be read; that this user may not, or that the cluster has no such kind, is an answer.
fn allowed<K: Kind>(read: Result<(), kube::Error>) -> Result<bool, Failure> {
    match read {
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404) => Ok(false),
        read => read.map(|()| true).map_err(|e| failure::<K>(&e)),
    }
}

/// The operator has looked at this very manifest, and refused no address of it.
fn is_accepted(tenant: &Tenant) -> bool {
    let refused = |status: &TenantInstanceStatus| says(status, Reason::AddressRefused);
    tenant.status.as_ref().is_ok_and(|status| status.observed_generation == tenant.meta.generation && !refused(status))
}

fn says(status: &TenantInstanceStatus, reason: Reason) -> bool {
    status.blockers.iter().any(|blocker| blocker.reason == reason)
}

fn hosts(tenant: &Tenant) -> impl Iterator<Item = String> {
    let contacts = tenant.spec.iter().flat_map(|spec| &spec.contacts);
    contacts.filter_map(|contact| host(contact.webhook.as_ref()?))
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

fn failure<K: Kind>(error: &kube::Error) -> Failure {
    let [group, _, _, plural] = K::NAMES;
    api_failure(&format!("list {plural}.{group}"), error)
}
