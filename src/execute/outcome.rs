//! What became of a request, told apart by what may be done next.

use std::error::Error as StdError;

use hyper_util::client::legacy::Error as ConnectionError;
use kube::core::Status;

use super::After;
use crate::fleet::RefusedBy;

/// What became of a write.
#[derive(Debug)]
pub enum Outcome {
    /// It is committed; the object as the API server wrote it.
    Committed(String),
    /// It is committed, and the object does not show what was sent: somebody between the operator and the storage changes it. The same again
    /// would be changed again.
    Altered(String),
    /// The precondition failed: something else was written since the decision. Read the object, decide again.
    Conflict(String),
    /// The object is not there any more.
    Gone,
    /// The API server refused it. The same again would get the same answer.
    Refused(Denial),
    /// Nobody knows: it may be committed, even later. The object is read before its place is given away.
    Unknown(String),
    /// A Job was read: its text (none: it is not there), and the list of its pods, none of which is left running.
    JobRead(Option<String>, String),
    /// A Job was read, and a pod of it is left running: it is not over.
    NotYet(String),
    /// A workload was read, if it could be, and the list of its pods, or why that could not be.
    PodsRead(Option<String>, Result<String, Denial>),
    /// It certainly was not carried out: not sent, or turned away before it was looked at.
    NotSent(String),
}

/// Why a write was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// In words.
    pub message: String,
    /// The operator may not do this, by its rights or by a policy.
    pub forbidden: bool,
    /// What refused it.
    pub by: RefusedBy,
}

impl Denial {
    /// The request itself is wrong.
    pub fn of_request(message: String) -> Self {
        Self { message, forbidden: false, by: RefusedBy::Else }
    }

    /// Another object has the name of a Job.
    pub fn another() -> Self {
        let message = "another Job has this name, and is not the operator's, or of another owner".into();
        Self { message, forbidden: false, by: RefusedBy::Another }
    }

    fn of_status(status: &Status) -> Self {
        let forbidden = status.code == 403;
        // A policy names a cause, and a quota says by itself what it is: of rights the API server says who cannot do what.
        let rights = forbidden && status.message.contains("forbidden: User ");
        Self { message: explain(status), forbidden, by: if rights { RefusedBy::Rights } else { RefusedBy::Else } }
    }
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there; the text of the answer.
    Present(String),
    /// It is not there.
    Absent,
}

impl Outcome {
    /// Whether the object must be read before anything else is decided about it.
    pub fn needs_reading(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Unknown(_))
    }

    /// What it says.
    pub fn words(self) -> String {
        match self {
            Self::Committed(text) | Self::Altered(text) | Self::JobRead(_, text) => text,
            Self::Conflict(said) | Self::Unknown(said) | Self::NotYet(said) | Self::NotSent(said) => said,
            Self::PodsRead(_, Ok(pods)) => pods,
            Self::Refused(denial) | Self::PodsRead(_, Err(denial)) => denial.message,
            Self::Gone => "it is gone".into(),
        }
    }

    /// The same as a denial.
    pub(super) fn denial(self) -> Denial {
        match self {
            Self::Refused(denial) => denial,
            other => Denial::of_request(other.words()),
        }
    }

    /// What the next write of the object has to wait for.
    pub fn after(&self) -> After {
        match self {
            Self::Committed(_) | Self::JobRead(..) | Self::PodsRead(..) | Self::Gone => After::Done,
            Self::Conflict(_) | Self::Unknown(_) => After::Moved,
            Self::Refused(_) | Self::Altered(_) | Self::NotYet(_) => After::Refused,
            Self::NotSent(_) => After::Unreached,
        }
    }

    /// The outcome of a write that was answered, or failed.
    pub fn of(answer: Result<String, kube::Error>) -> Self {
        match answer {
            Ok(text) => Self::Committed(text),
            Err(kube::Error::Api(status)) => Self::of_status(&status),
            Err(error) if never_left(&error) => Self::NotSent(chain(&error)),
            Err(error) => Self::Unknown(chain(&error)),
        }
    }

    fn of_status(status: &Status) -> Self {
        match status.code {
            409 => Self::Conflict(status.message.clone()),
            404 if names_an_object(status) => Self::Gone,
            429 => Self::NotSent(explain(status)),
            // This process leads no more, or the API server does not know yet that it does: nothing is wrong with what was written.
            400..=499 if status.message.contains(LEADER_POLICY) => Self::NotSent(explain(status)),
            400..=499 => Self::Refused(Denial::of_status(status)),
            500 if never_stored(status) => Self::Refused(Denial::of_status(status)),
            _ => Self::Unknown(explain(status)),
        }
    }
}

/// The policy that lets pass from the leader only (R25), as the API server names it where it refuses.
const LEADER_POLICY: &str = "'uplift-leader'";

/// A 500 that was answered before anything was stored, and that the same request would get again. It is told by its text: the
/// API server gives such answers no reason of their own.
fn never_stored(status: &Status) -> bool {
    const BEFORE_STORAGE: [&str; 1] = [
        // A webhook that does not answer and whose failurePolicy is Fail.
        "Internal error occurred: failed calling webhook",
    ];
    BEFORE_STORAGE.iter().any(|text| status.message.starts_with(text))
}

/// A 404 about the object. Without its kind (the CRD is not there, a proxy answers) the API server names no object, and
/// nothing is known of it.
pub(super) fn names_an_object(status: &Status) -> bool {
    status.reason == "NotFound" && status.details.as_ref().is_some_and(|details| !details.name.is_empty())
}

/// The message, with the causes that it does not already name.
fn explain(status: &Status) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let unsaid = causes.filter(|cause| !status.message.contains(&cause.message)).map(|c| format!("; {}: {}", c.field, c.message));
    format!("{} ({}){}", status.message, status.code, unsaid.collect::<String>())
}

/// The connection could not be made, or the request not be built: certain that nothing was sent. Any later failure is not
/// certain: a hang-up can come after the commit.
fn never_left(error: &kube::Error) -> bool {
    let connecting = |e: &(dyn StdError + 'static)| e.downcast_ref::<ConnectionError>().is_some_and(ConnectionError::is_connect);
    matches!(error, kube::Error::BuildRequest(_) | kube::Error::Auth(_)) || causes(error).any(connecting)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error with its sources, each said once.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut said = String::new();
    for text in causes(error).map(ToString::to_string) {
        if said.is_empty() {
            said = text;
        } else if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(code: u16, reason: &str, details: serde_json::Value) -> kube::Error {
        let details = serde_json::from_value(details).unwrap();
        let status = Status { code, reason: reason.into(), message: "no".into(), details: Some(details), ..Status::default() };
        kube::Error::Api(Box::new(status))
    }

    fn of(code: u16, reason: &str) -> Outcome {
        Outcome::of(Err(status(code, reason, json!({"name": "acme"}))))
    }

    #[test]
    fn answers_are_told_apart_by_what_may_be_done_next() {
        assert!(matches!(Outcome::of(Ok("{}".into())), Outcome::Committed(_)));
        assert!(matches!(of(409, "Conflict"), Outcome::Conflict(_)));
        assert!(matches!(of(404, "NotFound"), Outcome::Gone));
        assert!(matches!(of(403, "Forbidden"), Outcome::Refused(Denial { forbidden: true, .. })));
        assert!(matches!(of(422, "Invalid"), Outcome::Refused(_)));
        assert!(matches!(of(429, "TooManyRequests"), Outcome::NotSent(_)));
        assert!(matches!(of(500, "InternalError"), Outcome::Unknown(_)));
        assert!(matches!(of(504, "Timeout"), Outcome::Unknown(_)));
    }

    #[test]
    fn a_500_is_a_refusal_only_where_its_text_says_that_nothing_was_stored() {
        let of = |message: &str| {
            let status = Status { code: 500, message: message.into(), ..Status::default() };
            Outcome::of(Err(kube::Error::Api(Box::new(status))))
        };
        let refused = of("Internal error occurred: failed calling webhook \"x.example\": connection refused");
        assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
        for message in ["etcdserver: request timed out", "etcdserver: leader changed", ""] {
            assert!(matches!(of(message), Outcome::Unknown(_)), "{message}");
        }
    }

    /// The texts are those of Kubernetes 1.36.
    #[test]
    fn of_a_403_only_one_that_says_who_cannot_do_what_is_about_rights() {
        let by = |message: &str| {
            let status = Status { code: 403, reason: "Forbidden".into(), message: message.into(), ..Status::default() };
            let Outcome::Refused(denial) = Outcome::of(Err(kube::Error::Api(Box::new(status)))) else { panic!("{message}") };
            (denial.by, denial.forbidden)
        };
        let user = "User \"system:serviceaccount:uplift-system:uplift\" cannot create resource \"jobs\" in API group \"batch\" in the namespace \"acme\"";
        assert_eq!(by(&format!("jobs.batch is forbidden: {user}")), (RefusedBy::Rights, true));
        for other in [
            "jobs.batch \"x\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0",
            "jobs.batch \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
        ] {
            assert_eq!(by(other), (RefusedBy::Else, true), "{other}");
        }
    }

    /// R25: nothing fails because another replica leads, or because the API server has not heard yet that this one does.
    #[test]
    fn what_only_the_leader_may_write_was_not_written_and_is_no_refusal() {
        for (code, message) in [
            (
                403,
                "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'uplift-leader' with binding 'uplift-leader' denied request: only the leader",
            ),
            (
                422,
                "policy 'uplift-leader' with binding 'uplift-leader' denied request: failed to configure binding: not yet synced",
            ),
        ] {
            let status = Status { code, reason: "Forbidden".into(), message: message.into(), ..Status::default() };
            let answer = Outcome::of(Err(kube::Error::Api(Box::new(status))));
            assert!(matches!(answer, Outcome::NotSent(_)), "{answer:?}");
        }
    }

    #[test]
    fn a_404_that_names_no_object_says_nothing_about_it() {
        let answer = Outcome::of(Err(status(404, "NotFound", json!({}))));
        assert!(matches!(answer, Outcome::Refused(_)), "{answer:?}");
    }

    #[test]
    fn a_hang_up_is_unknown() {
        let lost = kube::Error::Service(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
        assert!(matches!(Outcome::of(Err(lost)), Outcome::Unknown(_)));
    }

    #[test]
    fn a_refusal_names_every_cause() {
        let details = json!({"causes": [{"field": "spec.x", "message": "must be y"}]});
        let Outcome::Refused(refusal) = Outcome::of(Err(status(422, "Invalid", details))) else { panic!() };
        assert_eq!((&*refusal.message, refusal.forbidden), ("no (422); spec.x: must be y", false));
    }
}
