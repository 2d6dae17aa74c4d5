//! The whole operator, from its configuration to a mail server: a tenant is told by e-mail, and the receipt is in its status.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use kube::Api;
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::sync::oneshot;
use uplift::{
    api::{TenantInstance, tenant::NoticeRecord},
    clock::RealClock,
    controller::{
        self, Config,
        config::{Email, Tls},
    },
};

use super::mail_server::{Certificate, Server};
use crate::control_plane::{ControlPlane, eventually};

fn file(text: &str) -> Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// A window that opens every evening, and a release and a tenant for it.
fn manifests(namespace: &str) -> String {
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "evenings"},
            "spec": {"schedule": "0 18 * * *", "timeZone": "Europe/London", "duration": "4h"}},
        {"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": "dashboard-2026.12.0"},
            "spec": {"version": "2026.12.0", "images": {"web": "registry.example.test/web:2026.12.0"}}},
        {"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": "dash", "namespace": namespace},
            "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "evenings"},
                "contacts": [{"name": "it", "email": "it@acme.test"}],
                "workloads": [{"kind": "Deployment", "name": "web"}]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace,
                "labels": {"app.kubernetes.io/version": "2026.11.0"}},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "registry.example.test/web:2026.11.0"}]}}}},
    ]});
    objects.to_string()
}

/// Everything that an upgrade needs, approved.
async fn set_the_stage(plane: &ControlPlane, namespace: &str) -> Result<()> {
    let (admin, bob) = (plane.admin().await?, plane.approver("bob@acme.example").await?);
    plane.kubectl_with_input(&admin, &["apply", "--server-side", "-f", "-"], &manifests(namespace)).await?.ok()?;
    let approval = json!({"spec": {"approval": {"decision": "Approved", "changeRef": "CHG1", "by": "bob@acme.example"}}});
    let patch = ["patch", "dashboardrelease", "dashboard-2026.12.0", "--type=merge", "-p", &approval.to_string()];
    plane.kubectl(&bob, &patch).await?.ok()?;
    Ok(())
}

/// The record of the tenant's one notice, once it is delivered.
async fn receipt(plane: &ControlPlane, namespace: &str) -> Result<NoticeRecord> {
    let tenants = Api::<TenantInstance>::namespaced(plane.admin().await?.client().await?, namespace);
    eventually(Duration::from_mins(1), "the receipt is in the status", async || {
        let status = tenants.get_status("dash").await?.status.unwrap_or_default();
        Ok(status.notices.iter().find(|notice| notice.delivered_at.is_some()).cloned())
    })
    .await
}

#[tokio::test]
async fn a_tenant_is_told_by_mail_and_the_receipt_is_written_down() -> Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let certificate = Certificate::of("localhost");
    let greylisted = json!({"password": "s3cret", "to": {"it@acme.test": ["rcpt 451 4.7.1 greylisted", "ok"]}});
    let mut server = Server::start(&certificate.with("starttls", greylisted)).await;
    let (signing, password) = (file("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?, file("s3cret\n")?);
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let namespace = plane.namespace("mail", &[]).await?;
    let mut config = Config::default();
    config.health.listen = "127.0.0.1:0".parse()?;
    config.notices.signing_secret_file = Some(signing.path().into());
    config.notices.ca_file = Some(certificate.ca_file.clone());
    config.notices.email = Some(Email {
        host: "localhost".into(),
        port: Some(server.port),
        tls: Tls::StartTls,
        username: Some("uplift".into()),
        password_file: Some(password.path().into()),
        from: "Acme Upgrades <upgrades@acme.example>".into(),
        reply_to: None,
        templates_dir: None,
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let kube_config = plane.operator().await?.config().await?;
    let operator = tokio::spawn(controller::run(config, kube_config, Arc::new(RealClock), async { drop(stopped.await) }));

    set_the_stage(&plane, &namespace).await?;
    let mail = server.mail().await;
    let receipt = receipt(&plane, &namespace).await?;
    ensure!((mail.to.as_str(), mail.user.as_str(), mail.tls) == ("it@acme.test", "uplift", true), "{mail:?}");
    ensure!(mail.header("Message-ID").contains(&receipt.key.to_string().replace('.', "~2e")), "{receipt:?} {mail:?}");
    ensure!((receipt.contact.as_str(), receipt.attempts, receipt.last_error.as_deref()) == ("it", 2, None), "{receipt:?}");
    drop(stop);
    tokio::time::timeout(Duration::from_secs(15), operator).await.context("it does not stop")???;
    plane.stop().await
}
