//! What cannot be is refused, and says so.

use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::stage::{pod, program, stage};

#[tokio::test]
async fn a_pod_that_asks_for_what_is_not_here_fails_and_says_what() -> Result<()> {
    let stage = stage().await?;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut spec = pod("true");
        change(&mut spec);
        spec
    };
    let cases = [
        ("restarts", with(&|spec| spec["restartPolicy"] = json!("OnFailure")), "restartPolicy is OnFailure"),
        ("no-command", with(&|spec| spec["containers"][0]["command"] = json!([])), "no command"),
        ("sees-host", with(&|spec| spec["hostPID"] = json!(true)), "shares no processes"),
        ("who", with(&|spec| spec["securityContext"] = json!({"runAsNonRoot": true})), "runAsNonRoot without runAsUser"),
    ];
    for (name, spec, why) in cases {
        stage.start(name, spec).await?;
        assert_eq!(stage.ended(name).await?, "Failed/BackoffLimitExceeded");
        let status = stage.pod(name).await?.status.unwrap_or_default();
        assert_eq!(status.reason.as_deref(), Some("NotForProcessNode"));
        assert!(status.message.as_deref().is_some_and(|message| message.contains(why)), "{name}: {:?}", status.message);
    }
    Ok(())
}

/// The limit is that of a user namespace made for this, so nobody else meets it.
fn without_namespaces(kind: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let script = format!("echo 0 > /proc/sys/user/max_{kind}_namespaces && exec \"$0\" --kubeconfig /dev/null --folder \"$1\"");
    let mut unshare = Command::new("unshare");
    let output = unshare.args(["--map-root-user", "--", "sh", "-c", &script]).arg(program()).arg(folder.path()).output()?;
    assert!(!output.status.success(), "without {kind} namespaces it must not start");
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn where_namespaces_are_refused_it_ends_at_once_and_says_what_to_do() -> Result<()> {
    for kind in ["pid", "mnt", "net"] {
        let said = without_namespaces(kind)?;
        assert!(said.contains("this machine refuses them. Run as root, or allow user namespaces"), "{kind}: {said}");
        assert!(said.contains("unshare failed: No space left on device"), "{kind}: {said}");
    }
    Ok(())
}
