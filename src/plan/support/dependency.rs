//! Rule R27 for what a tenant uses beside the product: a shared service of the platform, or a software of its own. No upgrade replaces it.

use crate::{
    api::tenant::{Dependency, Responsibility, Runway, Support},
    plan::{pass::Pass, record::draft::Draft, support::cycle},
};

/// What a dependency comes to.
pub struct Uses<'a> {
    pub product: &'a str,
    pub version: &'a str,
    pub responsibility: Responsibility,
}

/// What is known to end of all that it uses, and of what nobody can say it.
pub fn support<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Vec<Support> {
    draft.spec.dependencies.iter().filter_map(|dependency| of(pass, &draft.spec.window_ref.name, dependency)).collect()
}

fn of<'a>(pass: &mut Pass<'a>, window: &str, dependency: &'a Dependency) -> Option<Support> {
    let uses = match uses(pass, dependency) {
        Ok(uses) => uses,
        Err(wrong) => return Some(Support { message: Some(wrong), ..unknown(dependency, None) }),
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

/// Which version of which product it is; an error: nobody knows, and what mends that.
pub fn uses<'a>(pass: &mut Pass<'a>, dependency: &'a Dependency) -> Result<Uses<'a>, String> {
    let fleet = pass.fleet;
    if let Some(name) = &dependency.installation {
        return match pass.runways.installations(fleet).get(name.as_str()).map(Vec::as_slice) {
            Some([(product, installation)]) => {
                Ok(Uses { product, version: &installation.version, responsibility: installation.responsibility })
            }
            Some([(one, _), (other, _), ..]) => {
                Err(format!("SoftwareProducts {one:?} and {other:?} both have an installation {name:?}; give one another name"))
            }
            _ => Err(format!("no SoftwareProduct has an installation {name:?}; add it to one, or correct the name")),
        };
    }
    let (product, version) = dependency.product.as_deref().zip(dependency.version.as_deref()).unwrap_or_default();
    Ok(Uses { product, version, responsibility: dependency.responsibility.unwrap_or_default() })
}

fn unknown(dependency: &Dependency, uses: Option<&Uses>) -> Support {
    let subject = uses.map_or_else(|| dependency.installation.clone().unwrap_or_default(), |uses| uses.product.to_owned());
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
