//! What the operator states is nobody else's to write.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::control_plane::User;

/// On a tenant whose no was accepted: a forged verdict, slot or receipt, and a stamp that is moved.
pub async fn nobody_but_the_operator_writes_what_the_operator_states(stage: &Stage) -> Result<()> {
    let before = stage.tenant("acme").await?;
    let (relay, root) = (stage.plane.gitops().await?, stage.plane.admin().await?);
    for person in [&stage.sue, &stage.alice, &relay, &root] {
        for forged in [json!({"optOuts": null}), json!({"upgrade": null}), json!({"notices": []})] {
            refused(person, "/status", &json!({"status": forged}), &["written by the operator only", "cannot patch"]).await?;
        }
        for (stamp, value) in [("by", "ceo@acme.example"), ("at", "2001-01-01T00:00:00Z")] {
            let forged = json!({"metadata": {"annotations": {format!("uplift.dev/opt-out-{stamp}"): value}}});
            refused(person, "", &forged, &["are written by the API server"]).await?;
        }
    }
    ensure!(stage.tenant("acme").await? == before, "somebody changed it after all");
    Ok(())
}

/// A bare PATCH: kubectl reads the status first, which the roles do not let.
async fn refused(who: &User, subresource: &str, body: &Value, why: &[&str]) -> Result<()> {
    let uri = format!("/apis/uplift.dev/v1alpha1/namespaces/acme/tenantinstances/dashboard{subresource}");
    let request =
        http::Request::patch(uri).header("content-type", "application/merge-patch+json").body(serde_json::to_vec(body)?)?;
    let answer = who.client().await?.request::<Value>(request).await;
    let Err(kube::Error::Api(status)) = answer else { anyhow::bail!("{} wrote {body}: {answer:?}", who.name) };
    let right = status.code == 403 && why.iter().any(|why| status.message.contains(why));
    ensure!(right, "{} was refused otherwise: {}", who.name, status.message);
    Ok(())
}
