//! The pods of a workload that did not come up: selected by its own selector, in its own namespace.

use http::Request as HttpRequest;
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube::{
    Resource,
    api::{ListParams, Request},
    core::Selector,
};
use serde_json::Value;

use super::Denial;
use crate::fleet::{WorkloadKey, pod::MOST};

/// The request for the pods that the workload selects. One that selects all, or nothing that can be read, is not asked.
pub(super) fn list(workload: &WorkloadKey, text: &str) -> Result<HttpRequest<Vec<u8>>, Denial> {
    let unreadable = || Denial::of_request(format!("{workload} has no selector that can be read"));
    let mut object: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    let selector: LabelSelector = serde_json::from_value(object["spec"]["selector"].take()).map_err(|_| unreadable())?;
    let selector = Selector::try_from(selector).map_err(|_| unreadable())?;
    if selector.selects_all() {
        return Err(unreadable());
    }
    let params = ListParams::default().labels_from(&selector).limit(MOST);
    let list = Request::new(Pod::url_path(&(), Some(&workload.namespace))).list(&params);
    list.map_err(|error| Denial::of_request(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tenant::WorkloadKind;

    fn asked(selector: &str) -> Result<String, String> {
        let key = WorkloadKey::new(WorkloadKind::StatefulSet, "acme", "db");
        let request = list(&key, &format!(r#"{{"spec": {{"selector": {selector}}}}}"#));
        request.map(|request| request.uri().to_string()).map_err(|denial| denial.message)
    }

    #[test]
    fn pods_are_asked_for_by_the_workloads_selector_in_its_namespace_and_never_more_than_some() {
        let uri = asked(
            r#"{"matchLabels": {"app": "db"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}]}"#,
        );
        let uri = uri.unwrap();
        assert!(uri.starts_with("/api/v1/namespaces/acme/pods?"), "{uri}");
        assert!(uri.contains("limit=20") && uri.contains("labelSelector=") && uri.contains("app%3Ddb"), "{uri}");
    }

    #[test]
    fn a_selector_that_selects_all_or_cannot_be_read_is_not_asked() {
        for selector in ["{}", "null", "3", r#"{"matchExpressions": [{"key": "a", "operator": "Near"}]}"#] {
            let why = asked(selector).unwrap_err();
            assert!(why.contains("StatefulSet acme/db has no selector"), "{selector}: {why}");
        }
    }
}
