//! Rule R22: why a workload did not come up is read off its pods, once, before its failure is written.

use std::collections::BTreeMap;

use crate::{
    api::tenant::Upgrade,
    fleet::{PodsRead, ReadFor, Unread, WorkloadKey},
    plan::{
        output::{Class, Write, change::Change},
        pass::Pass,
        upgrade::diagnosis::{bounded, sentence},
    },
};

/// What is known of why a workload does not come up.
pub enum Explained {
    /// All that will be: what was said, and behind it what its pods say.
    Said(String),
    /// Its pods are to be read.
    Unread(Box<Write>),
}

/// Explains why a workload does not come up with these images.
pub fn explained(
    pass: &Pass,
    upgrade: &Upgrade,
    key: &WorkloadKey,
    images: &BTreeMap<String, String>,
    message: String,
) -> Explained {
    let (Some(workload), Some(read_for)) = (pass.fleet.workloads.get(key), ReadFor::of(upgrade)) else {
        return Explained::Said(message);
    };
    if let Some(read) = pass.fleet.pod_reads.get(key).filter(|read| read.read_for == read_for) {
        return Explained::Said(format!("{}; {}", message.trim_end_matches('.'), said(read, images, &key.namespace)));
    }
    let read = Change::ReadPods { workload: key.clone(), read_for };
    Explained::Unread(Box::new(Write::new(read, &workload.meta, Class::StartOrResult, vec![])))
}

fn said(read: &PodsRead, images: &BTreeMap<String, String>, namespace: &str) -> String {
    match &read.found {
        Ok(pods) => sentence(pods, images),
        Err(Unread::Forbidden) => format!(
            "why is not known: the operator may not list pods in namespace {namespace}; bind the ClusterRole uplift-diagnose to its account there"
        ),
        Err(Unread::Failed(why)) => bounded("why is not known, its pods could not be read", why),
    }
}
