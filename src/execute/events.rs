//! Stories as Kubernetes Events (`events.k8s.io/v1`), where people look for them.

use jiff::Timestamp;
use k8s_openapi::{
    api::{core::v1::ObjectReference, events::v1::Event as KubeEvent},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};
use sha2::{Digest, Sha256};

use super::request::{api_version, kind, names};
use crate::{
    api::reason::Reason,
    fleet::ObjectKey,
    plan::{Finding, Story, StoryEvent, Write},
};

/// What the API server takes at most, in bytes.
const NOTE: usize = 1024;
/// Leaves room for the dot and the digest within the 253 characters of an object's name.
const NAME: usize = 200;
/// Who reports: the same for every replica, so that an Event can be traced to the operator.
const REPORTER: &str = "uplift.dev/uplift";

/// An Event about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The object.
    pub regarding: ObjectKey,
    /// Its UID; without it `kubectl describe` does not list the Event.
    pub uid: String,
    /// A stable word for what happened.
    pub reason: &'static str,
    /// A stable word for what the operator was doing.
    pub action: &'static str,
    /// Whether people should look at it.
    pub warning: bool,
    /// The same in words.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Makes the name: the same occasion told twice is one Event.
    pub occasion: String,
}

impl Event {
    /// The Events of a committed write: one for each story. The occasion is the precondition: no object is ever written twice
    /// with one.
    pub fn of_write(write: &Write, at: Timestamp) -> Vec<Self> {
        let event = |(n, story): (usize, &Story)| Self {
            regarding: write.change.subject(),
            uid: write.uid.clone(),
            reason: story.event.name(),
            action: action(story.event),
            warning: story.warning(),
            note: note(story),
            at,
            occasion: format!("{}/{n}/{}", write.resource_version, story.event.name()),
        };
        write.stories.iter().enumerate().map(event).collect()
    }

    /// The API server refused a write. The same refusal again is the same Event: a write that is tried every five minutes
    /// does not fill the list.
    pub fn of_refusal(write: &Write, message: &str, at: Timestamp) -> Self {
        Self {
            regarding: write.change.subject(),
            uid: write.uid.clone(),
            reason: Reason::ChangeRefused.name(),
            action: "Write",
            warning: true,
            note: format!("the API server refused a write of the operator; it is tried again with growing delays: {message}"),
            at,
            occasion: format!("refused/{message}"),
        }
    }

    /// The API server stored something else than was sent. The same difference again is the same Event.
    pub fn of_difference(write: &Write, parts: &str, at: Timestamp) -> Self {
        Self {
            reason: Reason::ChangeAltered.name(),
            note: format!(
                "what the operator wrote is not what the API server stored: {parts} differ; look for an admission webhook or policy that changes \
                 it. It is written again with growing delays"
            ),
            occasion: format!("altered/{parts}"),
            ..Self::of_refusal(write, "", at)
        }
    }

    /// The operator wants to write an object again and again (I9).
    pub fn of_flood(write: &Write, at: Timestamp) -> Self {
        Self {
            reason: Reason::TooManyWrites.name(),
            note: "the operator wants to write this object again and again; it waits, and goes on once a second at most. Something undoes its \
                   writes, or this is a bug: compare metadata.managedFields, and report it"
                .into(),
            occasion: format!("flood/{}", write.resource_version),
            ..Self::of_refusal(write, "", at)
        }
    }

    /// What no status can say: the Event is all that is told of it.
    pub fn of_finding(finding: &Finding, at: Timestamp) -> Self {
        Self {
            regarding: finding.object.clone(),
            uid: finding.uid.clone(),
            reason: finding.reason.name(),
            action: "Read",
            warning: true,
            note: finding.message.clone(),
            at,
            occasion: format!("finding/{}", finding.message),
        }
    }

    /// The namespace in which it is kept: that of the object, and `default` for a cluster-scoped one (the API server takes no other).
    pub fn namespace(&self) -> &str {
        names(&self.regarding).0.unwrap_or("default")
    }

    /// The object to create.
    pub fn to_kube(&self) -> KubeEvent {
        KubeEvent {
            metadata: ObjectMeta { name: Some(self.name()), namespace: Some(self.namespace().into()), ..ObjectMeta::default() },
            action: Some(self.action.into()),
            event_time: Some(MicroTime(self.at)),
            note: Some(shortened(&self.note, NOTE)),
            reason: Some(self.reason.into()),
            regarding: Some(self.reference()),
            reporting_controller: Some(REPORTER.into()),
            reporting_instance: Some(REPORTER.into()),
            type_: Some(if self.warning { "Warning" } else { "Normal" }.into()),
            ..KubeEvent::default()
        }
    }

    fn reference(&self) -> ObjectReference {
        let (namespace, name) = names(&self.regarding);
        ObjectReference {
            api_version: Some(api_version(&self.regarding)),
            kind: Some(kind(&self.regarding).into()),
            name: Some(name.into()),
            namespace: namespace.map(Into::into),
            uid: Some(self.uid.clone()),
            ..ObjectReference::default()
        }
    }

    fn name(&self) -> String {
        let digest = Sha256::digest(format!("{}/{}", self.uid, self.occasion));
        let digest = digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        let (_, name) = names(&self.regarding);
        // Kept within one name; a part must not end with a dot or a dash.
        let name = name.get(..NAME).unwrap_or(name).trim_end_matches(['.', '-']);
        format!("{name}.{digest:016x}")
    }
}

fn action(event: StoryEvent) -> &'static str {
    let starts = |prefix: &str| event.name().starts_with(prefix);
    match () {
        () if starts("Release") => "Qualify",
        () if starts("Slot") || starts("Window") => "Schedule",
        () if starts("Notice") || starts("Support") => "Notify",
        () if starts("OptOut") => "Judge",
        () if starts("Software") => "Fetch",
        () if starts("Upgrade") => "Upgrade",
        () => "Gate",
    }
}

/// The message, then what it is about: people read the former, and search for the latter.
fn note(story: &Story) -> String {
    let about = [
        ("release", story.release.clone()),
        ("slot", story.slot.clone()),
        ("window", story.window.clone()),
        ("subject", story.subject.clone()),
        ("notice", story.notice.map(|kind| kind.name().into())),
        ("reason", story.reason.as_ref().map(ToString::to_string)),
    ];
    let about: Vec<_> = about.into_iter().filter_map(|(what, value)| Some(format!("{what} {}", value?))).collect();
    match (&story.message, about.is_empty()) {
        (Some(message), true) => message.clone(),
        (Some(message), false) => format!("{} ({})", shortened(message, NOTE * 3 / 4), about.join(", ")),
        (None, true) => story.event.name().into(),
        (None, false) => about.join(", "),
    }
}

fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.into();
    }
    let end = (0..=bytes - '…'.len_utf8()).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Change, Class};

    fn window(name: &str) -> Change {
        Change::WindowStatus { window: name.into(), status: Box::default() }
    }

    fn write(stories: Vec<Story>) -> Write {
        Write { change: window("w"), uid: "u".into(), resource_version: "7".into(), class: Class::Rest, stories }
    }

    fn story() -> Story {
        let (message, release) = (Some("It goes on.".into()), Some("2026.12.0".into()));
        Story { release, message, ..Story::new(StoryEvent::UpgradeFailed) }
    }

    #[test]
    fn a_story_is_an_event_about_the_object_that_was_written() {
        let events = Event::of_write(&write(vec![story()]), Timestamp::UNIX_EPOCH);
        let event = events[0].to_kube();
        assert_eq!(event.metadata.namespace.as_deref(), Some("default"), "cluster-scoped");
        assert_eq!((event.reason.as_deref(), event.type_.as_deref()), (Some("UpgradeFailed"), Some("Warning")));
        assert_eq!(event.action.as_deref(), Some("Upgrade"));
        assert_eq!(event.note.as_deref(), Some("It goes on. (release 2026.12.0)"));
        let regarding = event.regarding.unwrap();
        assert_eq!((regarding.kind.as_deref(), regarding.uid.as_deref()), (Some("UpgradeWindow"), Some("u")));
    }

    #[test]
    fn the_same_occasion_has_the_same_name_and_another_has_another() {
        let name = |write: &Write| Event::of_write(write, Timestamp::UNIX_EPOCH).iter().map(Event::name).collect::<Vec<_>>();
        let (twice, later) = (write(vec![story(), story()]), Write { resource_version: "8".into(), ..write(vec![story()]) });
        assert_eq!(name(&twice), name(&twice));
        assert_ne!(name(&twice)[0], name(&twice)[1]);
        assert_ne!(name(&twice)[0], name(&later)[0]);
    }

    #[test]
    fn long_texts_and_names_fit() {
        let long = Write { change: window(&"w-".repeat(126)), ..write(vec![]) };
        let event = Event::of_refusal(&long, &"é".repeat(2000), Timestamp::UNIX_EPOCH).to_kube();
        assert!(event.note.unwrap().len() <= 1024);
        assert!(event.metadata.name.unwrap().len() <= 253);
    }
}
