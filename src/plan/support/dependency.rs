//! Rule R27 for what a tenant uses beside the product: a shared service of the platform, a software of its own, or an interface of another
//! tenant. No upgrade of ours replaces it.

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
pub fn support<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Vec<Support> {
    draft.spec.dependencies.iter().filter_map(|dependency| of(pass, draft, dependency)).collect()
}

fn of<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>, dependency: &'a Dependency) -> Option<Support> {
    let window = draft.spec.window_ref.name.as_str();
    let uses = match uses(pass, dependency) {
        // What another tenant runs has an end in that one's own status.
        None => {
            let wrong = provider::wrong(pass, draft.key, dependency)?;
            return Some(Support { message: Some(wrong), ..unknown(dependency, None) });
        }
        Some(Ok(uses)) => uses,
        Some(Err(wrong)) => return Some(Support { message: Some(wrong), ..unknown(dependency, None) }),
    };
    match cycle::end(pass.fleet, uses.product, uses.version) {
        Err(wrong) => Some(Support { message: Some(wrong), ..unknown(dependency, Some(&uses)) }),
        Ok(end) => end.map(|on| {
            let over = cycle::first_instant(pass.schedule(window), on);
            pass.wake.at(over);
            let state = if over <= pass.now { Runway::Ended } else { Runway::Supported };
            Support { ends_on: Some(on), state, ..unknown(dependency, Some(&uses)) }
        }),
    }
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
