//! The default letters as files that a person can read: the whole mail, and its page to look at in a browser.

use std::{collections::BTreeMap, env, fs, path::Path};

use uplift::notify::email::Templates;

use super::letters::{month, part, read, written};

/// Between them they send every kind of notice. The first of each kind is kept.
const MONTHS: [&str; 9] = [
    // Declined, taken back, and all is well.
    r#"
until: 2026-12-16T12:00:00Z
events:
- {at: 2026-12-08T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2026-12-15"}}}
- {at: 2026-12-09T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-in: "2026-12-15"}}}
"#,
    // Reminded a day before.
    r"
until: 2026-12-15T00:00:00Z
events:
- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {reminders: [24h]}}}}
",
    // Declined once too often.
    r#"
until: 2027-01-20T00:00:00Z
events:
- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {deferral: {max: 1}}}}}
- {at: 2026-12-08T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2026-12-15"}}}
- {at: 2027-01-10T09:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2027-01-19"}}}
"#,
    // It fails, and its release has no way back.
    r"
until: 2026-12-17T00:00:00Z
events:
- {at: 2026-12-10T00:00:00Z, patch: {kind: DashboardRelease, name: r-2026-12, merge: {spec: {rollout: {rollback: Impossible}}}}}
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Fails, takes: 90s}}
",
    // Declined too late, and it fails and goes back.
    r#"
until: 2026-12-17T00:00:00Z
events:
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Fails, takes: 90s}}
- {at: 2026-12-15T13:00:01Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: "2026-12-15"}}}
"#,
    // A freeze takes the date, and there is another.
    r"
until: 2026-12-31T00:00:00Z
events:
- {at: 2026-12-01T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {announceAhead: 1200h}}}}
- {at: 2026-12-05T10:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {freezes: [{from: 2026-12-14, to: 2026-12-16, reason: year end}]}}}}
",
    // A freeze takes the date, and there is no other yet.
    r"
until: 2026-12-31T00:00:00Z
events:
- {at: 2026-12-05T10:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {freezes: [{from: 2026-12-14, to: 2026-12-16, reason: year end}]}}}}
",
    // What the customer uses ends, and what the platform runs for others.
    r#"
until: 2027-03-01T00:00:00Z
events:
- at: 2026-12-01T00:00:00Z
  contacts:
    platform: [{name: ops, email: platform@corp.example.test}]
- at: 2026-12-01T10:00:00Z
  patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {dependencies: [{name: blog, product: wordpress, version: "6.4.2", responsibility: Customer}]}}}
- at: 2026-12-02T10:00:00Z
  apply:
    apiVersion: uplift.dev/v1alpha1
    kind: SoftwareProduct
    metadata: {name: wordpress}
    spec:
      label: WordPress
      releases: [{name: "6.4", eolFrom: "2027-02-20"}]
      alternatives: [{release: "6.8", note: "one evening"}, {product: Ghost, note: "export and import"}]
- at: 2026-12-02T10:00:00Z
  apply:
    apiVersion: uplift.dev/v1alpha1
    kind: SoftwareProduct
    metadata: {name: postgresql}
    spec:
      label: PostgreSQL
      releases: [{name: "13", eolFrom: "2027-02-20"}, {name: "17", eolFrom: "2029-11-08"}]
      alternatives: [{release: "17", note: "pg_upgrade, one window"}]
      licenses: [{name: extended, covers: ["13"], expires: "2027-01-20", reference: PO-4711}]
      installations: [{name: pg-eu-1, version: "13.4"}, {name: pg-us-1, version: "13.4"}]
"#,
    // A version is tried on a copy, and nobody says anything.
    r#"
until: 2026-12-06T00:00:00Z
manifests:
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: uplift-egress, namespace: acme-trial, labels: {uplift.dev/template: "true"}}
  spec: {schedule: "0 0 31 2 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: tools}]}}}}}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: uplift-restore, namespace: acme-trial, labels: {uplift.dev/template: "true"}}
  spec: {schedule: "0 0 31 2 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: tools}]}}}}}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: uplift-scrub, namespace: acme-trial, labels: {uplift.dev/template: "true"}}
  spec: {schedule: "0 0 31 2 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: tools}]}}}}}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: uplift-count, namespace: acme-trial, labels: {uplift.dev/template: "true"}}
  spec: {schedule: "0 0 31 2 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: tools}]}}}}}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: uplift-clean, namespace: acme-trial, labels: {uplift.dev/template: "true"}}
  spec: {schedule: "0 0 31 2 *", suspend: true, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: tools}]}}}}}
- apiVersion: uplift.dev/v1alpha1
  kind: UpgradeTrial
  metadata: {name: trial, namespace: acme-trial}
  spec:
    tenantRef: {namespace: acme, name: acme}
    url: https://acme-trial.example
    workloads: [{kind: Deployment, name: dashboard}]
    jobs:
      egress: {cronJobRef: {name: uplift-egress}}
      restore: {cronJobRef: {name: uplift-restore}}
      scrub: {cronJobRef: {name: uplift-scrub}}
      scrubbed: [{name: live-smtp, cronJobRef: {name: uplift-count}, expect: "0"}]
      clean: {cronJobRef: {name: uplift-clean}}
    ttl: 72h
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: dashboard, namespace: acme-trial}
  spec:
    replicas: 0
    selector: {matchLabels: {app: dashboard}}
    template:
      metadata: {labels: {app: dashboard}}
      spec: {containers: [{name: dashboard, image: "registry.example.test/dashboard:2026.11.0"}]}
events:
- {at: 2026-12-01T00:00:00Z, patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {trials: {namespace: acme-trial, policy: Required}}}}}
"#,
];

fn letters() -> BTreeMap<String, Vec<u8>> {
    let templates = Templates::load(None).unwrap();
    let notices = MONTHS.iter().flat_map(|month_| month(month_));
    notices.fold(BTreeMap::new(), |mut letters, notice| {
        letters.entry(format!("{:?}", notice.message.kind)).or_insert_with(|| written(&templates, &notice));
        letters
    })
}

#[test]
fn the_default_letters_are_those_that_people_have_read() {
    let letters = letters();
    assert_eq!(letters.len(), 17, "a kind of notice is not sent: {:?}", letters.keys());
    let read = read(&letters.values().cloned().collect::<Vec<_>>());
    for ((name, letter), read) in letters.iter().zip(read) {
        let page = part(&read, "text/html").unwrap()["text"].as_str().unwrap().to_owned();
        compare(&format!("{name}.eml"), letter);
        compare(&format!("{name}.html"), page.as_bytes());
    }
}

fn compare(name: &str, now: &[u8]) {
    let file = Path::new("tests/wire/email_text/golden").join(name);
    if env::var_os("UPDATE").is_some() {
        return fs::write(&file, now).unwrap();
    }
    let kept = fs::read(&file).unwrap_or_default();
    assert!(
        kept == now,
        "{} differs: `UPDATE=1 cargo test --test wire email_text::`, read the difference, and commit it",
        file.display()
    );
}
