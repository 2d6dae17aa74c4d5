use proptest::prelude::*;

use super::*;

fn images() -> BTreeMap<String, String> {
    BTreeMap::from([("web".into(), "registry.example/web:2".into())])
}

fn container(waits: Option<(&str, &str)>, ended: Option<(i64, &str, &str)>) -> PodContainer {
    PodContainer {
        name: "web".into(),
        image: "registry.example/web:2".into(),
        ready: false,
        waits: waits.map(|(reason, message)| (reason.into(), message.into())),
        ended: ended.map(|(code, reason, message)| Exit { code, reason: reason.into(), message: message.into() }),
    }
}

fn pod(container: PodContainer) -> Pod {
    Pod { name: "dash-7f9c-x1".into(), containers: vec![container], ..Pod::default() }
}

fn says(pods: Vec<Pod>) -> String {
    sentence(&Pods { pods, ..Pods::default() }, &images())
}

#[test]
fn each_trouble_has_its_sentence() {
    let of = "container web of pod dash-7f9c-x1";
    for (waits, ended, told) in [
        (
            Some(("ImagePullBackOff", "manifest unknown")),
            None,
            format!("image registry.example/web:2 of {of} cannot be pulled (ImagePullBackOff): \"manifest unknown\""),
        ),
        (
            Some(("CrashLoopBackOff", "back-off 5m0s")),
            Some((3, "Error", "no such table\n")),
            format!("{of} ends, and must not (exit code 3): \"no such table\""),
        ),
        (
            Some(("CrashLoopBackOff", "back-off 5m0s")),
            Some((137, "OOMKilled", "")),
            format!("{of} needs more memory than its limit (OOMKilled, exit code 137)"),
        ),
        (None, Some((1, "Error", "")), format!("{of} ends, and must not (exit code 1)")),
        (
            Some(("CreateContainerConfigError", "secret \"db\" not found")),
            None,
            format!("{of} is not started (CreateContainerConfigError): \"secret \\\"db\\\" not found\""),
        ),
        (
            Some(("ContainerCreating", "")),
            None,
            format!("{of} is still being made (ContainerCreating); look at the events of the pod"),
        ),
        (None, None, format!("{of} is not ready; look at its readiness probe, and at its node")),
    ] {
        assert_eq!(says(vec![pod(container(waits, ended))]), told);
    }
}

#[test]
fn a_pod_that_no_node_takes_and_none_at_all_are_told() {
    let pending = Pod { unscheduled: Some("0/3 nodes are available".into()), ..pod(container(None, None)) };
    assert_eq!(says(vec![pending]), "no node takes pod dash-7f9c-x1: \"0/3 nodes are available\"");
    assert!(says(vec![]).starts_with("no new pod was made"));
    let refused = Pods { refused: Some("exceeded quota: small".into()), ..Pods::default() };
    assert_eq!(sentence(&refused, &images()), "no new pod could be made: \"exceeded quota: small\"");
}

#[test]
fn old_pods_say_nothing_of_new_images() {
    let old = PodContainer { image: "registry.example/web:1".into(), ..container(Some(("ErrImagePull", "old")), None) };
    assert!(says(vec![pod(old.clone())]).starts_with("no pod runs the images that were set, as they are written"));
    let many = Pods { pods: vec![pod(old); 100], more: true, refused: None };
    assert_eq!(sentence(&many, &images()), "none of the first 100 pods is a new one");
}

#[test]
fn pods_that_are_ready_and_not_enough_are_told_as_that() {
    let ready = PodContainer { ready: true, ..container(None, None) };
    assert_eq!(says(vec![pod(ready)]), "its new pods are ready, but too few, or not for long enough");
}

#[test]
fn what_others_said_fills_the_room_that_is_left_to_the_last_byte() {
    let full = bounded("why", &"x".repeat(LENGTH));
    assert_eq!((full.len(), full.ends_with('"')), (LENGTH, true));
}

#[test]
fn what_cannot_be_seen_is_left_out() {
    assert_eq!(bounded("why", "a\u{200b}b\u{202e}c\u{7}d\0e"), "why: \"abcde\"");
}

#[test]
fn of_many_pods_the_worst_is_told() {
    let (slow, broken) = (pod(container(None, None)), pod(container(Some(("ErrImagePull", "")), None)));
    assert!(says(vec![slow.clone(), broken, slow]).contains("cannot be pulled"));
}

#[test]
fn of_a_long_image_the_end_is_told() {
    let long = format!("registry.example/{}/web:2026.12.0", "deep/".repeat(40));
    let (name, image) = ("web".to_owned(), long.clone());
    let told = PodContainer { image: long, ..container(Some(("ErrImagePull", "")), None) };
    let told = sentence(&Pods { pods: vec![pod(told)], ..Pods::default() }, &BTreeMap::from([(name, image)]));
    assert!(told.contains("image ...") && told.contains("/web:2026.12.0 of container web"), "{told}");
}

prop_compose! {
    fn any_pod()(
        name in ".{0,300}",
        ended in prop::option::of((".{0,80}", "(?s).{0,600}")),
        unscheduled in prop::option::of("(?s).{0,600}"),
        container in ".{0,100}",
        image in ".{0,300}",
        waits in prop::option::of((prop_oneof![Just("ErrImagePull".to_owned()), Just("SignatureValidationFailed".to_owned()), Just("CrashLoopBackOff".to_owned()), ".{0,80}"], "(?s).{0,600}")),
        exit in prop::option::of((any::<i64>(), prop_oneof![Just("OOMKilled".to_owned()), ".{0,40}"], "(?s).{0,600}")),
    ) -> Pod {
        let ended_like = exit.map(|(code, reason, message)| Exit { code, reason, message });
        let container = PodContainer { name: container, image, ready: false, waits, ended: ended_like };
        Pod { name, ended, unscheduled, containers: vec![container] }
    }
}

proptest! {
    /// What pods say is data, whoever wrote it.
    #[test]
    fn no_sentence_is_longer_or_holds_what_cannot_be_seen(pod in any_pod(), refused in prop::option::of("(?s).{0,600}")) {
        let images: BTreeMap<_, _> = pod.containers.iter().map(|c| (c.name.clone(), c.image.clone())).collect();
        for found in [Pods { pods: vec![pod], more: false, refused: None }, Pods { refused, ..Pods::default() }] {
            let told = sentence(&found, &images);
            prop_assert!(told.len() <= LENGTH, "{} bytes: {told}", told.len());
            prop_assert!(told.chars().all(is_seen), "{told:?}");
            // What stands between the outer quotation marks cannot end them.
            let inner = told.replace("\\\\", "").replace("\\\"", "");
            prop_assert!(matches!(inner.matches('"').count(), 0 | 2), "{told}");
        }
    }
}
