//! What process-node does not do. A pod that asks for it fails at once and says why, so that no test passes by accident.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

/// Why this pod cannot run here.
pub fn refused(pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let all = spec.init_containers.iter().flatten().chain(&spec.containers);
    of_pod(spec).map(str::to_owned).or_else(|| all.into_iter().find_map(of_container)).or_else(|| user_unknown(spec))
}

fn of_pod(spec: &PodSpec) -> Option<&'static str> {
    let is = |flag: Option<bool>| flag == Some(true);
    if spec.restart_policy.as_deref() == Some("OnFailure") {
        return Some("restartPolicy is OnFailure: process-node starts nothing again");
    }
    if is(spec.host_pid) || is(spec.host_ipc) || is(spec.share_process_namespace) {
        return Some("process-node shares no processes: hostPID, hostIPC and shareProcessNamespace");
    }
    None
}

fn of_container(container: &Container) -> Option<String> {
    let what = if container.command.as_ref().is_none_or(Vec::is_empty) {
        "no command: process-node pulls no image, so it knows no entry point"
    } else if container.lifecycle.is_some() {
        "lifecycle: process-node runs no hooks of containers"
    } else if container.liveness_probe.is_some() || container.readiness_probe.is_some() || container.startup_probe.is_some() {
        "process-node asks no probes"
    } else if container.volume_devices.is_some() {
        "process-node has no block devices"
    } else if container.restart_policy.is_some() {
        "restartPolicy of a container: process-node has no sidecars"
    } else {
        return None;
    };
    Some(format!("container {}: {what}", container.name))
}

/// An image would say who runs it; here none does.
fn user_unknown(spec: &PodSpec) -> Option<String> {
    let shared = spec.security_context.clone().unwrap_or_default();
    let all = spec.init_containers.iter().flatten().chain(&spec.containers);
    let unknown = |container: &Container| {
        let own = container.security_context.clone().unwrap_or_default();
        own.run_as_non_root.or(shared.run_as_non_root) == Some(true) && own.run_as_user.or(shared.run_as_user).is_none()
    };
    let names: Vec<_> = all.filter(|one| unknown(one)).map(|one| one.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("runAsNonRoot without runAsUser: {}", names.join(", ")))
}
