//! How the statuses of releases and windows are written: not what does not parse, and one write at a time.

use crate::{
    api::reason::Reason,
    fleet::{Meta, ObjectKey, Parsed},
    plan::{
        output::{Class, Finding, Plan, Write, change::Change, story::Story},
        pass::Pass,
    },
};

/// What does not parse is never overwritten.
pub fn readable<'s, T>(status: &'s Parsed<T>, object: ObjectKey, meta: &Meta, plan: &mut Plan) -> Option<&'s T> {
    if let Err(wrong) = status {
        let message = format!("the status does not parse: {wrong}");
        plan.findings.push(Finding { object, uid: meta.uid.clone(), reason: Reason::Malformed, message });
    }
    status.as_ref().ok()
}

pub fn write(pass: &Pass, change: Change, meta: &Meta, class: Class, stories: Vec<Story>) -> Option<Write> {
    let busy = pass.fleet.outstanding.contains_key(&change.object());
    (!busy).then(|| Write::new(change, meta, class, stories))
}
