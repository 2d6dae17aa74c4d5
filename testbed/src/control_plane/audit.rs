//! The API server's audit log: what was really written, by whom and when.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::ControlPlane;

/// Audit events in the order in which they were logged.
pub struct AuditPage {
    /// The events (`audit.k8s.io/v1`), each one request.
    pub events: Vec<Value>,
    /// Where the next reading goes on.
    pub next: u64,
    /// Lines that a killed API server left half written. What they told is lost.
    pub torn: usize,
}

impl ControlPlane {
    /// The audit events from an offset on: 0, or `next` of an earlier page.
    ///
    /// The log is written before the answer is sent, so whoever has the answer finds the event.
    pub fn audit_events(&self, offset: u64) -> Result<AuditPage> {
        let mut log = File::open(self.audit_log()).context("opening the audit log")?;
        log.seek(SeekFrom::Start(offset)).context("going to the offset in the audit log")?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes).context("reading the audit log")?;
        // The last line may be half written at this moment: it is for the next reading.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let parsed: Vec<Option<Value>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
        let torn = parsed.iter().filter(|event| event.is_none()).count();
        Ok(AuditPage { events: parsed.into_iter().flatten().collect(), next: offset + whole as u64, torn })
    }

    pub(crate) fn audit_log(&self) -> PathBuf {
        self.dir.join("audit.log")
    }

    /// Ends a half written last line, so that it doesn't swallow the first event of the next API server.
    pub(super) fn seal_audit_log(&self) -> Result<()> {
        let path = self.audit_log();
        if !path.exists() || fs::read(&path)?.last().is_none_or(|byte| *byte == b'\n') {
            return Ok(());
        }
        let mut log = OpenOptions::new().append(true).open(path).context("opening the audit log")?;
        log.write_all(b"\n").context("ending the last line of the audit log")
    }
}
