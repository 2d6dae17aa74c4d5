//! What a pod's status says, made of what was seen of its containers.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::{Value, json};

use super::LOOPBACK;

/// How a container is.
pub enum State {
    Waiting { reason: &'static str, message: String },
    Running { since: Timestamp },
    Ended { exit_code: i32, message: String, started: Timestamp, finished: Timestamp },
}

/// One container.
pub struct Seen {
    pub name: String,
    image: String,
    pub state: State,
}

/// Why a pod is over without regard to its containers.
#[derive(Clone)]
pub struct Verdict {
    reason: &'static str,
    message: String,
}

impl Verdict {
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

impl From<anyhow::Error> for Verdict {
    fn from(error: anyhow::Error) -> Self {
        Self::new("ProcessNodeError", format!("{error:#}"))
    }
}

/// All that was seen of a pod.
pub struct Story {
    began: Timestamp,
    pub init: Vec<Seen>,
    pub containers: Vec<Seen>,
    pub verdict: Option<Verdict>,
}

impl Story {
    pub fn new(pod: &Pod, began: Timestamp) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        let init = spec.init_containers.iter().flatten().map(|one| seen(one, "PodInitializing")).collect();
        Self {
            began,
            init,
            containers: spec.containers.iter().map(|one| seen(one, "ContainerCreating")).collect(),
            verdict: None,
        }
    }

    /// Every container that has not begun waits for this.
    pub fn waits(&mut self, reason: &'static str, message: &str) {
        let all = self.init.iter_mut().chain(&mut self.containers);
        for seen in all.filter(|seen| matches!(seen.state, State::Waiting { .. })) {
            seen.state = State::Waiting { reason, message: message.to_owned() };
        }
    }

    pub fn status(&self) -> Value {
        let (initialized, ready) = (self.init.iter().all(Seen::succeeded), self.phase() == "Running" && self.all_run());
        let mut status = json!({
            "phase": self.phase(),
            "startTime": self.began,
            "hostIP": LOOPBACK,
            "hostIPs": [{"ip": LOOPBACK}],
            "initContainerStatuses": self.init.iter().map(Seen::status).collect::<Vec<_>>(),
            "containerStatuses": self.containers.iter().map(Seen::status).collect::<Vec<_>>(),
            "conditions": [self.condition("Initialized", initialized), self.condition("Ready", ready), self.condition("ContainersReady", ready)],
        });
        if let Some(Verdict { reason, message }) = &self.verdict {
            status["reason"] = json!(reason);
            status["message"] = json!(message);
        }
        status
    }

    pub fn phase(&self) -> &'static str {
        let begun = self.containers.iter().any(|seen| !matches!(seen.state, State::Waiting { .. }));
        let ended = self.containers.iter().all(|seen| matches!(seen.state, State::Ended { .. }));
        match (&self.verdict, self.init.iter().any(Seen::failed)) {
            (Some(_), _) | (_, true) => "Failed",
            _ if ended && self.containers.iter().all(Seen::succeeded) => "Succeeded",
            _ if ended => "Failed",
            _ if begun => "Running",
            _ => "Pending",
        }
    }

    fn all_run(&self) -> bool {
        self.containers.iter().all(|seen| matches!(seen.state, State::Running { .. }))
    }

    fn condition(&self, kind: &str, is: bool) -> Value {
        let reason = match self.phase() {
            _ if is => "",
            "Succeeded" => "PodCompleted",
            "Failed" => "PodFailed",
            _ => "ContainersNotReady",
        };
        json!({"type": kind, "status": if is { "True" } else { "False" }, "reason": reason, "lastTransitionTime": self.changed()})
    }

    /// The last time at which anything began or ended.
    fn changed(&self) -> Timestamp {
        self.init.iter().chain(&self.containers).filter_map(Seen::since).max().unwrap_or(self.began)
    }
}

impl Seen {
    fn succeeded(&self) -> bool {
        matches!(self.state, State::Ended { exit_code: 0, .. })
    }

    fn failed(&self) -> bool {
        matches!(self.state, State::Ended { exit_code, .. } if exit_code != 0)
    }

    fn since(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { .. } => None,
            State::Running { since } => Some(since),
            State::Ended { finished, .. } => Some(finished),
        }
    }

    fn status(&self) -> Value {
        let runs = matches!(self.state, State::Running { .. });
        let state = match &self.state {
            State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
            State::Running { since } => json!({"running": {"startedAt": since}}),
            State::Ended { exit_code, message, started, finished } => json!({"terminated": {
                "exitCode": exit_code, "reason": if *exit_code == 0 { "Completed" } else { "Error" }, "message": message,
                "startedAt": started, "finishedAt": finished,
            }}),
        };
        json!({
            "name": self.name, "image": self.image, "imageID": "", "restartCount": 0,
            "ready": runs, "started": runs, "state": state,
        })
    }
}

fn seen(container: &Container, reason: &'static str) -> Seen {
    let state = State::Waiting { reason, message: String::new() };
    Seen { name: container.name.clone(), image: container.image.clone().unwrap_or_default(), state }
}
