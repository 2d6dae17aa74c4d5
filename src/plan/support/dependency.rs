//! Rule R27 for what a tenant uses beside the product: a shared service of the platform, a software of its own, or an interface of another
//! tenant. No upgrade of ours replaces it.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::{
    api::tenant::{Dependency, Responsibility, Runway, Support},
    plan::{
        interop::provider,
        pass::Pass,
        record::draft::Draft,
        software::{
            cycle,
            uses::{Uses, uses},
        },
    },
};

/// What is known to end of all that it uses, and of what nobody can say it.
pub fn support<'a, 's>(pass: &mut Pass<'a>, draft: &Draft<'a>, before: &'s [Support]) -> Vec<Cow<'s, Support>> {
    draft.spec.dependencies.iter().filter_map(|dependency| of(pass, draft, dependency, before)).collect()
}

fn of<'a, 's>(
    pass: &mut Pass<'a>,
    draft: &Draft<'a>,
    dependency: &'a Dependency,
    before: &'s [Support],
) -> Option<Cow<'s, Support>> {
    let window = draft.spec.window_ref.name.as_str();
    let uses = match uses(pass, dependency) {
        // What another tenant runs has an end in that one's own status.
        None => {
            let wrong = provider::wrong(pass, draft.key, dependency)?;
            return Some(Cow::Owned(Support { message: Some(wrong), ..unknown(dependency, None) }));
        }
        Some(Ok(uses)) => uses,
        Some(Err(wrong)) => return Some(Cow::Owned(Support { message: Some(wrong), ..unknown(dependency, None) })),
    };
    match cycle::end(pass.fleet, uses.product, uses.version) {
        Err(wrong) => Some(Cow::Owned(Support { message: Some(wrong), ..unknown(dependency, Some(&uses)) })),
        Ok(end) => end.map(|on| {
            let over = cycle::first_instant(pass.schedule(window), on);
            pass.wake.at(over);
            let state = if over <= pass.now { Runway::Ended } else { Runway::Supported };
            let said = before.iter().find(|said| says(said, dependency, &uses, on, state)).map(Cow::Borrowed);
            said.unwrap_or_else(|| Cow::Owned(Support { ends_on: Some(on), state, ..unknown(dependency, Some(&uses)) }))
        }),
    }
}

/// Whether that is what was said.
fn says(said: &Support, of: &Dependency, uses: &Uses, on: Date, state: Runway) -> bool {
    let Support { subject, version, dependency, responsibility, ends_on, hops, deferrals, must_start_by, state: was, message } =
        said;
    let same = dependency.as_ref() == Some(&of.name) && subject == uses.product && version == uses.version;
    let nothing_else = hops.is_none() && deferrals.is_none() && must_start_by.is_none() && message.is_none();
    same && nothing_else && (*responsibility, *ends_on, *was) == (Some(uses.responsibility), Some(on), state)
}

fn unknown(dependency: &Dependency, uses: Option<&Uses>) -> Support {
    let named = dependency.installation.as_ref().or(dependency.interface.as_ref());
    let subject = uses.map_or_else(|| named.cloned().unwrap_or_default(), |uses| uses.product.to_owned());
    Support {
        subject,
        version: uses.map_or("", |uses| uses.version).to_owned(),
        dependency: Some(dependency.name.clone()),
        responsibility: Some(uses.map_or(Responsibility::Provider, |uses| uses.responsibility)),
        ends_on: None,
        hops: None,
        deferrals: None,
        must_start_by: None,
        state: Runway::Unknown,
        message: None,
    }
}
