//! What a simulation prints: JSON lines for programs, a timeline for people.

pub(super) mod printer;
mod sentence;
mod shown;
mod text;
mod utc;

use std::io::{self, Write};

use serde::Serialize;

use printer::Printer;
use utc::utc;

use super::{engine::Told, world::World};
use crate::api::{stored_reason::StoredReason, tenant::NoticeKind};
pub use shown::Show;
use shown::Shown;

/// How to print what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A timeline for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Format {
    pub(super) fn printer(self, out: &mut dyn Write) -> io::Result<Box<dyn Printer + '_>> {
        Ok(match self {
            Self::Json => Box::new(Json(out)),
            Self::Text => Box::new(text::Text::begin(out)?),
        })
    }
}

struct Json<'a>(&'a mut dyn Write);

/// A line: exactly the keys of the design, in its order.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<NoticeKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl Printer for Json<'_> {
    fn print(&mut self, told: &Told) -> io::Result<()> {
        let story = &told.story;
        let line = Line {
            at: utc(told.at),
            event: story.event.name(),
            tenant: story.tenant.as_ref().map(ToString::to_string),
            release: story.release.as_deref(),
            slot: story.slot.as_deref(),
            window: story.window.as_deref(),
            subject: story.subject.as_deref(),
            notice: story.notice,
            reason: story.reason.as_ref().map(StoredReason::word),
            message: story.message.as_deref(),
        };
        serde_json::to_writer(&mut self.0, &line)?;
        writeln!(self.0)
    }
    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, shown)?;
        writeln!(self.0)
    }
    fn end(&mut self, _: &World) -> io::Result<()> {
        self.0.flush()
    }
}
