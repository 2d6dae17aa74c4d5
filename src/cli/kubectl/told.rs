//! Errors as kubectl tells them.

use std::{error::Error, process::ExitCode};

use kube::core::Status;

use super::Failure;

/// What the API server, or the way to it, answered: told as it is, without the name of a program before it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

/// A call failed. `what` names the operation for an error that does not: `list tenantinstances.uplift.dev`.
pub fn api_failure(what: &str, error: &kube::Error) -> Failure {
    Failure::runtime(Told(sentence(what, error)))
}

/// A write was refused: as [`api_failure`], and where it was forbidden with the rights that it takes.
pub fn refusal(what: &str, error: &kube::Error, takes: &str) -> Failure {
    if !is_forbidden(error) {
        return api_failure(what, error);
    }
    Failure::runtime(Told(format!("{}\nThis takes {takes}.", sentence(what, error))))
}

/// Whether the API server said that this user may not do it.
pub fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 403)
}

fn sentence(what: &str, error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if is_missing_kind(status) => MISSING.into(),
        kube::Error::Api(status) => of_server(what, status),
        error @ (kube::Error::Service(_) | kube::Error::HyperError(_) | kube::Error::Auth(_)) => {
            format!("Unable to connect to the server: {what}: {}", chain(error))
        }
        error => format!("error: {what}: {}", chain(error)),
    }
}

/// What the API server answers for a kind that it does not serve: a plain text, no object that is missing.
fn is_missing_kind(status: &Status) -> bool {
    status.code == 404 && status.details.as_ref().is_none_or(|details| details.kind.is_empty())
}

const MISSING: &str = "error: the server doesn't serve uplift.dev/v1alpha1: the definitions of Uplift are not installed. Install the \
                       chart (helm install uplift charts/uplift -n uplift-system --create-namespace), or only the definitions: \
                       uplift crds | kubectl apply --server-side -f -";

fn of_server(what: &str, status: &Status) -> String {
    let message = if status.message.is_empty() { what } else { &status.message };
    if status.code == 401 {
        return "error: You must be logged in to the server (Unauthorized)".into();
    }
    match status.reason.as_str() {
        "" => format!("Error from server: {message}"),
        reason => format!("Error from server ({reason}): {message}"),
    }
}

/// An error with its causes, each text once: kube's and hyper's repeat each other.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Prints why a command did not work, and gives its exit code.
pub(super) fn exit(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Runtime(error) if error.is::<Told>() => eprintln!("{error}"),
        Failure::Runtime(error) | Failure::Input(error) => eprintln!("error: {}", chain(error.as_ref())),
        Failure::No => {}
    }
    failure.code()
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn answer(code: u16, reason: &str, message: &str, kind: &str) -> String {
        let status = json!({"code": code, "reason": reason, "message": message, "details": {"kind": kind}});
        let status: Status = from_value(status).unwrap();
        sentence("get tenantinstances.uplift.dev", &kube::Error::Api(status.boxed()))
    }

    #[test]
    fn what_the_server_says_is_told_as_kubectl_tells_it() {
        let missing = answer(404, "NotFound", r#"tenantinstances.uplift.dev "x" not found"#, "tenantinstances");
        assert_eq!(missing, r#"Error from server (NotFound): tenantinstances.uplift.dev "x" not found"#);
        let forbidden = answer(403, "Forbidden", r#"User "sue" cannot list resource "tenantinstances""#, "tenantinstances");
        assert_eq!(forbidden, r#"Error from server (Forbidden): User "sue" cannot list resource "tenantinstances""#);
        assert_eq!(answer(500, "", "", ""), "Error from server: get tenantinstances.uplift.dev");
    }

    #[test]
    fn an_answer_that_does_not_parse_is_no_missing_connection() {
        let error = kube::Error::SerdeError(serde_json::from_str::<u8>("x").unwrap_err());
        assert!(sentence("list x", &error).starts_with("error: list x: "));
        let error = kube::Error::Service("refused".into());
        assert!(sentence("list x", &error).starts_with("Unable to connect to the server: list x: "));
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let inner = std::io::Error::other("no such file");
        let error = anyhow::Error::from(inner).context("read it: no such file").context("start");
        assert_eq!(chain(error.as_ref()), "start: read it: no such file");
    }

    #[test]
    fn definitions_that_are_missing_are_named_and_so_is_how_to_install_them() {
        let text = answer(404, "Failed to parse error data", "404 page not found\n", "");
        assert!(text.contains("uplift.dev/v1alpha1") && text.contains("helm install"), "{text}");
    }
}
