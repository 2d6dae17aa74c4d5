//! C6: letters read well.

use std::collections::BTreeSet;

use uplift::{
    api::{FIELD_MANAGER, tenant::NoticeKind},
    letters::{Message, Outgoing},
    simulate::world::{Object, Record, What},
};

/// Words of machines and colleagues.
const FOREIGN: [&str; 9] =
    ["container", "resourceVersion", "spec.", "status.", "UpgradeWindow", "DashboardRelease", "TenantInstance", "None", "Some("];
/// What is left of a field that was empty.
const EMPTY: [&str; 12] = ["  ", "()", "\"\"", " .", " ,", "to  on", "to .", "on .", "on  ", "between  and", "{", "}"];

#[derive(Default)]
pub struct Words {
    /// Users and managers, who are nobody's business.
    people: BTreeSet<String>,
}

impl Words {
    pub fn note(&mut self, record: &Record) {
        let What::Edit(_, Some(object)) = &record.what else { return };
        self.people.extend(people(object).filter(|name| name.len() > 4 && name != FIELD_MANAGER));
    }

    pub fn judge(&self, notice: &Outgoing, tell: &mut dyn FnMut(String)) {
        let message = &notice.message;
        for text in [&message.subject, &message.text] {
            let found = |words: &[&'static str]| words.iter().find(|word| text.contains(**word)).copied();
            if let Some(word) = found(&EMPTY) {
                tell(format!("something is empty ({word:?})"));
            }
            if let Some(word) = found(&FOREIGN) {
                tell(format!("a word of machines ({word:?})"));
            }
            if let Some(name) = self.people.iter().find(|name| text.contains(&**name)) {
                tell(format!("somebody is named ({name:?})"));
            }
            if raw_slot(text) {
                tell("the raw name of a slot".into());
            }
            if text.trim() != text || text.is_empty() {
                tell("something is empty at an end".into());
            }
        }
        if message.to.as_ref().is_some_and(String::is_empty) {
            tell("the version is empty".into());
        }
        past_deadline(notice, tell);
        closing_doors(message, tell);
    }
}

fn people(object: &Object) -> impl Iterator<Item = String> + '_ {
    let notes = object.annotations.values().map(|note| note.by.clone());
    let managers = object.workload().into_iter().flat_map(|deployment| deployment.managers.values().cloned());
    let approver = object.release().and_then(|(spec, _)| spec.approval.as_ref().map(|approval| approval.by.clone()));
    notes.chain(managers).chain(approver)
}

/// `2026-12-15T18:00`.
fn raw_slot(text: &str) -> bool {
    let digit = |at: usize, bytes: &[u8]| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    (1..bytes.len()).any(|i| bytes[i] == b'T' && digit(i - 1, bytes) && digit(i + 1, bytes) && bytes.get(i + 3) == Some(&b':'))
}

/// "Tell us by" a moment that is over when it was written. Written is when it counts: a repetition says the same.
fn past_deadline(notice: &Outgoing, tell: &mut dyn FnMut(String)) {
    let message = &notice.message;
    let over = message.slot.as_ref().is_some_and(|slot| slot.opt_out_until.as_second() < notice.created_at.as_second());
    if over && message.text.contains("tell us by") {
        tell("it asks for an answer by a moment that is over".into());
    }
    if message.text.contains("tell us by") && message.refusals_left == Some(0) {
        tell("it asks whether to decline what cannot be declined".into());
    }
}

/// A date is named with its year, and each announcement says how to decline, or that one cannot.
fn closing_doors(message: &Message, tell: &mut dyn FnMut(String)) {
    let announces = [NoticeKind::Planned, NoticeKind::Moved].contains(&message.kind);
    let says =
        ["tell us by", "cannot be declined", "time to decline it is over"].iter().any(|words| message.text.contains(words));
    if announces && !says {
        tell("it announces a date and does not say whether it can be declined".into());
    }
}
