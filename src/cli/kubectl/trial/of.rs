//! A tenant and its trial, as the commands find them.

use kube::{Api, api::ListParams};

use super::said;
use crate::{
    api::{TenantInstance, UpgradeTrial},
    cli::kubectl::{
        Context, Failure,
        told::refusal,
        write::{Hand, read, tenant},
    },
    fleet::TenantKey,
};

/// Of whoever asks.
pub const ASKS: Hand = Hand {
    manager: "uplift-trial",
    takes: "the verbs get and patch on tenantinstances.uplift.dev, get and list on upgradetrials.uplift.dev (ClusterRole uplift-support)",
};
/// Of whoever answers.
pub const ANSWERS: Hand = Hand {
    manager: "uplift-trial-answer",
    takes: "the verbs get on tenantinstances.uplift.dev, get, list and patch on upgradetrials.uplift.dev (ClusterRole uplift-support)",
};

/// A tenant, and where it is written.
pub struct Named {
    /// Both.
    pub key: TenantKey,
    /// Where.
    pub api: Api<TenantInstance>,
    /// As it is.
    pub tenant: TenantInstance,
}

/// The tenant that an argument names, as it is.
pub async fn named(context: &Context, argument: &str, hand: Hand) -> Result<Named, Failure> {
    let (key, (api, name)) = (context.tenant(argument)?, tenant(context, argument)?);
    let tenant = read(&api, &name, hand).await?;
    Ok(Named { key, api, tenant })
}

/// The trial of a tenant: the one of the namespace that the tenant names.
pub async fn trial_of(context: &Context, named: &Named, hand: Hand) -> Result<(Api<UpgradeTrial>, UpgradeTrial), Failure> {
    let namespace = said::namespace(&named.key, &named.tenant).map_err(no)?;
    let api: Api<UpgradeTrial> = Api::namespaced(context.client.clone(), namespace);
    let there = api.list(&ListParams::default()).await;
    let there = there.map_err(|error| refusal(&format!("list upgradetrials.uplift.dev in {namespace}"), &error, hand.takes))?;
    let trial = said::only(&named.key, namespace, there.items).map_err(no)?;
    Ok((api, trial))
}

/// It was asked of the right object, and the answer is no: with what to do.
pub fn no(message: String) -> Failure {
    Failure::Runtime(anyhow::anyhow!(message))
}
