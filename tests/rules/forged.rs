//! The oracle's own tests: a log that breaks an invariant is caught, each of them, however it is forged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail where it stands")]

use std::{io, sync::Arc};

use crate::oracle::{Leeway, judge, start, world};
use uplift::{
    api::{Suspend, tenant::Management},
    fleet::ObjectKey,
    simulate::{
        Options, load,
        output::Format,
        world::{Content, Object, Record, What},
    },
};

/// An object, and what is changed of it.
type Forgery = (&'static str, &'static dyn Fn(&mut Object));

fn honest() -> Vec<Record> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle");
    let options = Options {
        events: Some(dir.join("events.yaml")),
        dir,
        from: "2026-12-01T00:00:00Z".parse().unwrap(),
        until: "2027-01-31T00:00:00Z".parse().unwrap(),
        output: Format::Json,
    };
    let mut run = load(&options, &mut io::sink()).unwrap();
    run.run().unwrap();
    run.world().log().to_vec()
}

fn forge(object: &mut Arc<Object>, change: impl Fn(&mut Object)) {
    change(Arc::make_mut(object));
}

/// Changes an object in every record that shows it.
fn everywhere(log: &mut [Record], key: &str, change: impl Fn(&mut Object)) {
    for record in log {
        let (before, after) = match &mut record.what {
            What::Write(a, b) | What::Progress(a, b) => (Some(a), Some(b)),
            What::Edit(a, b) => (a.as_mut(), b.as_mut()),
            _ => continue,
        };
        for object in [before, after].into_iter().flatten().filter(|o| o.key.to_string() == key) {
            forge(object, &change);
        }
    }
}

/// The place of the first record of this kind.
fn find(log: &[Record], what: impl Fn(&Record) -> bool) -> usize {
    log.iter().position(what).unwrap()
}

fn changes_images(record: &Record) -> bool {
    matches!(&record.what, What::Write(a, b) if a.workload().is_some() && a.generation != b.generation)
}

fn tenant(object: &mut Object) -> (&mut uplift::api::TenantInstanceSpec, &mut uplift::api::TenantInstanceStatus) {
    match &mut object.content {
        Content::Tenant(spec, status) => (spec, status),
        _ => panic!("{} is no tenant", object.key),
    }
}

#[track_caller]
fn caught(invariant: &str, log: &[Record]) {
    let broken = judge(log, Leeway::default());
    assert!(broken.iter().any(|b| b.invariant == invariant), "not caught: {broken:?}");
}

#[test]
fn an_honest_log_breaks_nothing_and_each_invariant_is_judged_by_it() {
    let verdict = uplift_testbed::judge::judge(&world::evidence(&honest(), Leeway::default()));
    assert_eq!(verdict.closed().broken, []);
}

#[test]
fn i1_a_second_change_of_images_and_a_downgrade() {
    let mut log = honest();
    let i = find(&log, changes_images);
    log.insert(i + 1, log[i].clone());
    caught("I1", &log);

    let mut log = honest();
    let i = find(&log, changes_images);
    let What::Write(a, b) = &log[i].what else { panic!() };
    let (a, mut b) = (Arc::clone(b), Arc::clone(a));
    forge(&mut b, |object| object.annotations.clone_from(&a.annotations));
    log[i].what = What::Write(a, b);
    caught("I1", &log);
}

#[test]
fn i2_a_start_against_each_gate() {
    let forgeries: [Forgery; 10] = [
        ("TenantInstance acme/acme", &|o| tenant(o).0.suspend = Some(Suspend { reason: "x".into() })),
        ("TenantInstance acme/acme", &|o| tenant(o).0.management = Management::Unmanaged),
        ("TenantInstance acme/acme", &|o| {
            let pin = serde_json::json!({"version": "2026.11.0", "reason": "x"});
            tenant(o).0.pin = Some(serde_json::from_value(pin).unwrap());
        }),
        ("TenantInstance acme/acme", &|o| {
            if let Some(slot) = tenant(o).1.upgrade.as_mut().and_then(|u| u.slot.as_mut()) {
                slot.closes_at = slot.opens_at;
            }
        }),
        ("UpgradeWindow uk-evenings", &|o| {
            let Content::Window(spec, _) = &mut o.content else { panic!() };
            spec.freezes[0].from = "2026-12-15".parse().unwrap();
        }),
        ("UpgradeWindow uk-evenings", &|o| {
            let Content::Window(spec, _) = &mut o.content else { panic!() };
            spec.suspend = Some(Suspend { reason: "x".into() });
        }),
        ("DashboardRelease dashboard-2026.12.0", &|o| release(o).approval = None),
        ("DashboardRelease dashboard-2026.12.0", &|o| release(o).acceptance.sign_offs.clear()),
        ("DashboardRelease dashboard-2026.12.0", &|o| release(o).acceptance.minimum_soak = "2000h".parse().unwrap()),
        ("DashboardRelease dashboard-2026.12.0", &|o| {
            release(o).withdrawn = Some(uplift::api::release::Withdrawn { reason: "x".into() });
        }),
    ];
    for (i, (key, change)) in forgeries.into_iter().enumerate() {
        let mut log = honest();
        everywhere(&mut log, key, change);
        let broken = judge(&log, Leeway::default());
        assert!(broken.iter().any(|b| b.invariant == "I2"), "forgery {i} is not caught: {broken:?}");
    }
}

fn release(object: &mut Object) -> &mut uplift::api::DashboardReleaseSpec {
    match &mut object.content {
        Content::Release(spec, _) => spec,
        _ => panic!("{} is no release", object.key),
    }
}

#[test]
fn i2_a_start_after_an_opt_out_in_time_although_the_annotation_is_gone() {
    let mut log = honest();
    // cedar's no came one second too late; now it came in time, and is removed at once.
    let said = |r: &Record| matches!(&r.what, What::Edit(_, Some(o)) if o.annotations.contains_key("uplift.dev/opt-out") && o.key.to_string().contains("cedar"));
    let i = find(&log, said);
    let What::Edit(_, Some(mut object)) = log[i].what.clone() else { panic!() };
    forge(&mut object, |o| {
        for note in o.annotations.values_mut() {
            note.at = "2026-12-15T12:59:59Z".parse().unwrap();
        }
    });
    log[i].what = What::Edit(None, Some(object));
    caught("I2", &log);
}

#[test]
fn i2_images_without_a_start() {
    let mut log = honest();
    log.retain(|record| start(record).is_none());
    caught("I2", &log);
}

#[test]
fn i3_a_start_without_a_notice_or_with_a_late_one() {
    let mut log = honest();
    log.retain(|r| !matches!(&r.what, What::Accepted(n) if n.tenant.name == "acme"));
    caught("I3", &log);

    let mut log = honest();
    let i = find(&log, |r| matches!(&r.what, What::Accepted(n) if n.tenant.name == "acme"));
    log[i].at = "2026-12-13T18:00:01Z".parse().unwrap();
    caught("I3", &log);
}

#[test]
fn i4_a_label_a_spec_and_somebody_elses_contact() {
    let mut log = honest();
    let i = find(&log, changes_images);
    if let What::Write(_, after) = &mut log[i].what {
        forge(after, |o| drop(o.labels.insert("a".into(), "b".into())));
    }
    caught("I4", &log);

    let mut log = honest();
    let i = find(&log, |r| start(r).is_some());
    if let What::Write(_, after) = &mut log[i].what {
        forge(after, |o| tenant(o).0.contacts.clear());
    }
    caught("I4", &log);

    let mut log = honest();
    let i = find(&log, |r| matches!(r.what, What::Accepted(_)));
    if let What::Accepted(notice) = &mut log[i].what {
        notice.address = uplift::plan::Address::Webhook("https://hooks.example.test/other".into());
    }
    caught("I4", &log);
}

#[test]
fn i2_a_slot_that_its_window_does_not_have() {
    let mut log = honest();
    everywhere(&mut log, "UpgradeWindow uk-evenings", |o| {
        let Content::Window(spec, _) = &mut o.content else { panic!() };
        spec.duration = "3h".parse().unwrap();
    });
    caught("I2-slot", &log);
}

#[test]
fn i9_a_list_without_a_bound() {
    let mut log = honest();
    let i = find(&log, |r| start(r).is_some());
    if let What::Write(_, after) = &mut log[i].what {
        forge(after, |o| {
            let notices = &mut tenant(o).1.notices;
            let first = notices[0].clone();
            notices.extend(std::iter::repeat_n(first, 100));
        });
    }
    caught("I9", &log);
}

#[test]
fn i6_a_success_that_nobody_saw() {
    let mut log = honest();
    log.retain(|r| !matches!(&r.what, What::Progress(a, _) if matches!(&a.key, ObjectKey::Workload(w) if w.namespace == "acme")));
    caught("I6", &log);
}

#[test]
fn i7_more_upgrades_than_the_cap() {
    let mut log = honest();
    everywhere(&mut log, "UpgradeWindow us-evenings", |o| {
        let Content::Window(spec, _) = &mut o.content else { panic!() };
        spec.max_concurrent = 3;
    });
    caught("I7", &log);
}

#[test]
fn i8_a_notice_that_is_written_down_under_a_second_key() {
    let mut log = honest();
    let i = find(&log, |r| start(r).is_some());
    if let What::Write(_, after) = &mut log[i].what {
        forge(after, |o| tenant(o).1.notices.iter_mut().for_each(|notice| notice.key = "another".into()));
    }
    caught("I8", &log);
}

#[test]
fn i8_a_second_start_a_second_key_and_a_repetition_after_the_receipt() {
    let mut log = honest();
    let i = find(&log, |r| start(r).is_some());
    log.insert(i + 1, log[i].clone());
    caught("I8", &log);

    let mut log = honest();
    let i = find(&log, |r| matches!(r.what, What::Accepted(_)));
    log.push(log[i].clone());
    caught("I8", &log);

    let mut again = log[i].clone();
    if let What::Accepted(notice) = &mut again.what {
        notice.key = "another".into();
    }
    let mut log = honest();
    log.insert(i + 1, again);
    caught("I8", &log);
}

/// Two things of the platform's end, and its contact hears of them.
fn told_of_ends() -> Vec<Record> {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("manifests");
    std::fs::create_dir(&dir).unwrap();
    std::fs::copy("tests/scenarios/base/fleet.yaml", dir.join("base.yaml")).unwrap();
    let product = "{apiVersion: uplift.dev/v1alpha1, kind: SoftwareProduct, metadata: {name: lib}, spec: {releases: [{name: '1', eolFrom: 2026-12-20}], \
                   licenses: [{name: seats, expires: 2026-12-04}], installations: [{name: one, version: '1.1'}]}}";
    std::fs::write(dir.join("lib.yaml"), product).unwrap();
    let file = folder.path().join("events.yaml");
    std::fs::write(&file, "- {at: 2026-12-01T00:00:00Z, contacts: {platform: [{name: ops, email: ops@corp.example}]}}").unwrap();
    let [from, until] = ["2026-12-01T00:00:00Z", "2026-12-06T00:00:00Z"].map(|at| at.parse().unwrap());
    let mut run = load(&Options { dir, from, until, events: Some(file), output: Format::Json }, &mut io::sink()).unwrap();
    run.run().unwrap();
    run.world().log().to_vec()
}

fn is_digest(record: &Record) -> bool {
    matches!(&record.what, What::Accepted(notice) if notice.tenant.is_platform())
}

/// The first digest is another one.
fn with_digest(change: impl Fn(&mut uplift::letters::Outgoing)) -> Vec<Record> {
    let mut log = told_of_ends();
    let i = find(&log, is_digest);
    let What::Accepted(digest) = &mut log[i].what else { panic!() };
    change(digest);
    log
}

#[test]
fn i14_a_digest_of_what_is_not_so_a_second_one_and_a_receipt_that_nobody_gave() {
    let honest = told_of_ends();
    assert_eq!(judge(&honest, Leeway::default()), []);
    assert_eq!(honest.iter().filter(|record| is_digest(record)).count(), 2);
    caught("I14", &with_digest(|digest| digest.message.digest[0].ends_on = "2030-01-01".parse().unwrap()));
    caught("I14", &with_digest(|digest| digest.message.digest[0].product = "other".into()));
    caught("I14", &with_digest(|digest| digest.message.digest.clear()));
    caught("I4", &with_digest(|digest| digest.contact = "somebody".into()));
    caught("I4", &with_digest(|digest| digest.address = uplift::plan::Address::Email("else@corp.example".into())));

    // What ran is somebody else's.
    let mut log = told_of_ends();
    everywhere(&mut log, "SoftwareProduct lib", |object| {
        let Content::Product(spec, _) = &mut object.content else { panic!() };
        spec.installations[0].responsibility = uplift::api::tenant::Responsibility::Customer;
    });
    caught("I14", &log);

    // The same day again, and the same words on another; each under a key of its own. At the first process's start there is one to forgive.
    for later in [jiff::SignedDuration::from_hours(1), jiff::SignedDuration::from_hours(25)] {
        let mut log = told_of_ends();
        let i = find(&log, is_digest);
        for (nth, key) in ["0a1b2c3d4e5f-support", "1a1b2c3d4e5f-support"].into_iter().enumerate() {
            let mut again = log[i].clone();
            let What::Accepted(digest) = &mut again.what else { panic!() };
            (digest.key, again.at) = (key.into(), again.at + later);
            log.insert(i + 1 + nth, again);
        }
        caught("I14", &log);
    }

    let mut log = told_of_ends();
    log.retain(|record| !is_digest(record));
    caught("I14", &log);
}
