//! What the pods of a workload say of why it did not come up: one sentence, for people.
//!
//! Whoever can write an image, a probe or a quota writes what stands there: nothing of it is believed, and it is shown between quotation
//! marks, on one line, without anything that cannot be seen.

use std::collections::BTreeMap;

use crate::fleet::{Exit, Pod, PodContainer, Pods};

/// Bytes of the sentence.
pub const LENGTH: usize = 256;
/// Characters of a pod's name, of a container's and of an image in it: what there is besides has room beside all three.
const POD: usize = 63;
const CONTAINER: usize = 40;
const IMAGE_NAME: usize = 64;
/// Reasons for which a container waits without anything being wrong yet.
const MAKING: [&str; 2] = ["ContainerCreating", "PodInitializing"];
/// Reasons for which an image is not there.
const IMAGE: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// What is wrong, what is worst first: of many pods one is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Image,
    Memory,
    Crash,
    NotStarted,
    Ended,
    NoNode,
    Making,
    NotReady,
}

/// Why the pods that run these images are not up.
pub fn sentence(found: &Pods, images: &BTreeMap<String, String>) -> String {
    let new: Vec<&Pod> = found.pods.iter().filter(|pod| runs(pod, images)).collect();
    let worst = new.iter().flat_map(|pod| troubles(pod)).min_by_key(|(rank, _)| *rank);
    match worst {
        Some((_, told)) => told,
        None if !new.is_empty() => "its new pods are ready, but too few, or not for long enough".into(),
        None => match &found.refused {
            Some(why) => bounded("no new pod could be made", why),
            None if !found.pods.is_empty() && !found.more => {
                "no pod runs the images that were set, as they are written; look at the events of its controller".into()
            }
            None if found.more => format!("none of the first {} pods is a new one", found.pods.len()),
            None => "no new pod was made; look at the events of its controller".into(),
        },
    }
}

/// By its images a pod is known as a new one, whatever kind of workload it is of.
fn runs(pod: &Pod, images: &BTreeMap<String, String>) -> bool {
    let is = |(name, image): (&String, &String)| pod.containers.iter().any(|c| c.name == *name && c.image == *image);
    !images.is_empty() && images.iter().all(is)
}

fn troubles(pod: &Pod) -> Vec<(Rank, String)> {
    let name = short(&pod.name, POD);
    if let Some((reason, message)) = &pod.ended {
        return vec![(Rank::Ended, bounded(&format!("pod {name} ended ({})", word(reason)), message))];
    }
    if let Some(message) = &pod.unscheduled {
        return vec![(Rank::NoNode, bounded(&format!("no node takes pod {name}"), message))];
    }
    pod.containers.iter().filter(|container| !container.ready).map(|container| trouble(&name, container)).collect()
}

fn trouble(pod: &str, container: &PodContainer) -> (Rank, String) {
    let of = format!("container {} of pod {pod}", short(&container.name, CONTAINER));
    let waits = container.waits.as_ref().map(|(reason, message)| (reason.as_str(), message.as_str()));
    match (waits, &container.ended) {
        (Some((reason, message)), _) if IMAGE.contains(&reason) => {
            let image = end_of(&container.image);
            (Rank::Image, bounded(&format!("image {image} of {of} cannot be pulled ({reason})"), message))
        }
        (_, Some(exit)) if exit.reason == "OOMKilled" => {
            (Rank::Memory, format!("{of} needs more memory than its limit (OOMKilled, exit code {})", exit.code))
        }
        (Some(("CrashLoopBackOff", message)), None) => {
            (Rank::Crash, bounded(&format!("{of} crashes (CrashLoopBackOff)"), message))
        }
        (_, Some(exit)) => (Rank::Crash, crashed(&of, exit)),
        (Some((reason, _)), None) if MAKING.contains(&reason) => {
            (Rank::Making, format!("{of} is still being made ({reason}); look at the events of the pod"))
        }
        (Some((reason, message)), None) => {
            (Rank::NotStarted, bounded(&format!("{of} is not started ({})", word(reason)), message))
        }
        (None, None) => (Rank::NotReady, format!("{of} is not ready; look at its readiness probe, and at its node")),
    }
}

fn crashed(of: &str, exit: &Exit) -> String {
    bounded(&format!("{of} ends, and must not (exit code {})", exit.code), &exit.message)
}

/// A sentence of ours with what somebody else said behind it, as much as has room.
pub fn bounded(ours: &str, said: &str) -> String {
    let text = ours.to_owned();
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quoted = String::new();
    for character in line.chars().filter(|c| is_seen(*c)) {
        let escaped = if matches!(character, '"' | '\\') { format!("\\{character}") } else { character.to_string() };
        if text.len() + ": \"\"".len() + quoted.len() + escaped.len() > LENGTH {
            break;
        }
        quoted.push_str(&escaped);
    }
    if quoted.is_empty() { text } else { format!("{text}: \"{quoted}\"") }
}

/// Neither a control character nor one that moves, hides or joins others: Rust would print it as a number.
fn is_seen(character: char) -> bool {
    !character.escape_debug().to_string().starts_with("\\u") && !character.is_control()
}

/// A name: what the API server lets be one needs no quotation marks, and nothing else is shown.
fn short(name: &str, length: usize) -> String {
    name.chars().filter(|c| is_of_a_name(*c)).take(length).collect()
}

/// Of an image the end says most: its tag, or its digest.
fn end_of(image: &str) -> String {
    let shown: Vec<char> = image.chars().filter(|c| is_of_a_name(*c)).collect();
    match shown.len().checked_sub(IMAGE_NAME) {
        None | Some(0) => shown.into_iter().collect(),
        Some(over) => format!("...{}", shown[over + 3..].iter().collect::<String>()),
    }
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._/:@".contains(character)
}

/// A reason is one word.
fn word(reason: &str) -> String {
    let word: String = reason.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    if word.is_empty() { "no reason given".into() } else { word }
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;
