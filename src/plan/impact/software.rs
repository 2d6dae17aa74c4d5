//! Whom a software or a shared service touches: who uses it, by a dependency or inside the images of the release that runs. Nobody goes there by
//! an upgrade of ours, so there is no way and no date.

use crate::{
    api::product::PlannedVersion,
    fleet::TenantKey,
    plan::{
        impact::impacted::{Impacted, Issue, Standing, of, read, runs},
        interop::moves::moves,
        pass::Pass,
        software::{Used, used},
    },
};

pub fn of_product(pass: &mut Pass, product: &str, release: Option<&str>) -> Result<Vec<Impacted>, String> {
    let known = pass.fleet.products.get(product);
    let known =
        known.ok_or_else(|| format!("there is no SoftwareProduct {product:?}: kubectl get softwareproducts lists them"))?;
    if known.spec.is_err() {
        return Err(format!("SoftwareProduct {product:?} does not parse; its condition Ready says why"));
    }
    let asked = |version: &str| match release {
        None => true,
        Some(asked) => version == asked || known.cycle(version).is_some_and(|cycle| cycle.name == asked),
    };
    let contained = pass.releases().any(|one| one.spec.contains.iter().any(|one| one.product == product && asked(&one.version)));
    let users = users(pass, contained, |used| used.product == Some(product) && used.version.is_none_or(asked));
    match release.filter(|release| users.is_empty() && !known.cycles().contains_key(*release)) {
        None => Ok(users),
        Some(release) => {
            let cycles: Vec<_> = known.cycles().keys().map(String::as_str).collect();
            Err(format!("nobody uses {product} {release}, and no release of it has this name; it has {}", cycles.join(", ")))
        }
    }
}

pub fn of_installation(pass: &mut Pass, name: &str) -> Result<Vec<Impacted>, String> {
    let fleet = pass.fleet;
    let Some(named) = pass.runways.installations(fleet).get(name) else {
        return Err(format!("no SoftwareProduct has an installation {name:?}: kubectl get softwareproducts -o yaml lists them"));
    };
    // Of two with one name nobody knows which is meant.
    let planned = if let [(_, one)] = named.as_slice() { one.planned.as_ref() } else { None };
    let users = users(pass, false, |used| used.installation == Some(name));
    Ok(match planned {
        Some(planned) => users.into_iter().map(|user| moved(pass, name, planned, user)).collect(),
        None => users,
    })
}

/// With what is planned of the service, and whether that leaves the tenant behind.
fn moved(pass: &Pass, name: &str, planned: &PlannedVersion, user: Impacted) -> Impacted {
    let planned = Some(planned.clone());
    let tenant = pass.fleet.tenants.get(&TenantKey::new(&*user.namespace, &*user.name));
    let Some((Ok(spec), Ok(status))) = tenant.map(|tenant| (&tenant.spec, &tenant.status)) else {
        return Impacted { planned, ..user };
    };
    let found = moves(pass, spec, &[status]).into_iter().find(|found| found.about == name);
    let issue = found.map(|found| Issue {
        issue: found.name(),
        message: found.message,
        others: vec![],
        warns: !found.holds,
        accepted_until: None,
    });
    let standing = if issue.is_some() { Standing::LeftBehind } else { user.standing };
    let message = issue.as_ref().map(|issue| issue.message.clone()).or(user.message);
    Impacted { planned, standing, message, issues: issue.into_iter().collect(), ..user }
}

/// A tenant that uses several versions is a line for each. `contained`: whose images nobody knows may use it too.
fn users(pass: &mut Pass, contained: bool, asked: impl Fn(&Used) -> bool) -> Vec<Impacted> {
    let mut all = vec![];
    for (key, tenant) in &pass.fleet.tenants {
        let (spec, status) = match read(key, tenant) {
            Ok(read) => read,
            Err(unread) => {
                all.push(*unread);
                continue;
            }
        };
        let runs = runs(pass, key, spec, status);
        let mut lines: Vec<Impacted> = vec![];
        for used in used(pass, spec, runs.as_ref().ok()).iter().filter(|used| asked(used)) {
            match lines.iter_mut().find(|line| line.version.as_deref() == used.version) {
                Some(line) => line.services.push(used.by.to_string()),
                None => lines.push(Impacted {
                    version: used.version.map(str::to_owned),
                    services: vec![used.by.to_string()],
                    standing: if used.version.is_some() { Standing::Uses } else { Standing::Unknown },
                    ..of(key, Some(spec))
                }),
            }
        }
        if let (true, true, Err(hold)) = (lines.is_empty(), contained, &runs) {
            lines.push(Impacted { message: Some(hold.message.clone()), ..of(key, Some(spec)) });
        }
        all.extend(lines);
    }
    all
}
