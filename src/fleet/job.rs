//! What is known of Jobs, and of the CronJobs that they are made from (R26).

use jiff::Timestamp;

use super::{Meta, RefusedBy};

/// A CronJob with the label `uplift.dev/template=true`, as last seen. What its Jobs are made of is read when one is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its identity.
    pub meta: Meta,
    /// `spec.suspend`.
    pub suspended: bool,
}

/// What the API server said when it was asked whether it would take a Job (`dryRun`): nothing was made.
///
/// It is about a CronJob as it was, and a release, whose images the Job was to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The UID of the release.
    pub release: String,
    /// The resourceVersion of the CronJob.
    pub template_version: String,
    /// What would refuse it, and its words; none: it would be taken.
    pub refused: Option<(RefusedBy, String)>,
    /// When it was asked.
    pub at: Timestamp,
    /// How often before it said no to the same.
    pub noes: u32,
}

/// A Job with the operator's label, as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its identity.
    pub meta: Meta,
    /// The UID of its only owner.
    pub owner: Option<String>,
    /// The label `uplift.dev/id`.
    pub id: String,
    /// The label `uplift.dev/step`.
    pub step: String,
    /// When it began, on the operator's clock.
    pub started_at: Option<Timestamp>,
    /// How it ended.
    pub ended: Option<Ended>,
}

impl Job {
    /// When it began: as long as its controller has not started it, when it was made.
    pub fn began_at(&self) -> Timestamp {
        self.started_at.unwrap_or(self.meta.created_at)
    }
}

/// How a Job ended: its condition `Complete` or `Failed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// `Complete`.
    pub succeeded: bool,
    /// It took longer than its `activeDeadlineSeconds`: its pod is deleted, with its message.
    pub deadline_exceeded: bool,
    /// What the condition says.
    pub message: String,
    /// When, on the operator's clock.
    pub at: Timestamp,
}

/// What a read of a Job and its pod has shown, once none of its pods is left running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRead {
    /// The Job; none: it is not there.
    pub job: Option<Job>,
    /// The termination message of its pod: one printable line. Empty where there is none.
    pub message: String,
}

/// Characters kept of a termination message, which are at most so many bytes.
pub const MESSAGE_BYTES: usize = 1024;

/// The first line of a termination message, without what cannot be printed.
pub fn one_line(text: &str) -> String {
    let line = text.trim_start().lines().next().unwrap_or_default().trim_end();
    let mut kept = String::new();
    for character in line.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > MESSAGE_BYTES {
            break;
        }
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_message_one_printable_line_is_kept() {
        assert_eq!(one_line("\n 12 invoices\r\nsecret\n"), "12 invoices");
        assert_eq!(one_line("a\u{1b}[31mred\u{0}"), "a[31mred");
        assert_eq!(one_line(""), "");
        let long = one_line(&"é".repeat(2000));
        assert_eq!(long.len(), MESSAGE_BYTES);
    }
}
