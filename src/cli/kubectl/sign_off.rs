//! `kubectl uplift sign-off`: the result of an acceptance check (R1).

use anyhow::anyhow;
use clap::ValueEnum;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::{
    Context, Failure,
    approve::release_named,
    write::{Hand, Writing, edit, tell},
};
use crate::api::{
    DashboardRelease,
    release::{Check, CheckResult, SignOff},
};

const HAND: Hand = Hand {
    manager: "uplift-sign-off",
    takes: "the verbs get, list, patch and sign-off on dashboardreleases.uplift.dev (ClusterRole uplift-platform-engineer or uplift-approver)",
};

/// What was checked, and how it went.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version.
    release: String,
    /// One of its checks.
    check: String,
    /// How it went.
    #[arg(long, value_enum, ignore_case = true)]
    result: Outcome,
    /// Where the proof is, like SAT-118.
    #[arg(long, value_name = "REF")]
    reference: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Outcome {
    /// The check passed.
    #[value(name = "Passed")]
    Passed,
    /// The check failed; it stays failed until somebody signs it off anew.
    #[value(name = "Failed")]
    Failed,
}

/// Signs a check off.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let releases = Api::all(context.client.clone());
    let name = release_named(&releases, &options.release, HAND).await?;
    let result = match options.result {
        Outcome::Passed => CheckResult::Passed,
        Outcome::Failed => CheckResult::Failed,
    };
    let signed = SignOff { check: options.check.clone(), result, reference: options.reference.clone() };
    let done = edit(&releases, &name, HAND, options.writing, |before| body(before, &signed)).await?;
    tell(context, &done.after, options.writing, &said(&done.before, &signed))
}

/// The list with this sign-off in the place of the one before. A merge patch carries a list whole, so a write in between must not be
/// lost: it is a conflict. Server-side apply would drop what the same manager signed off before.
fn body(before: &DashboardRelease, signed: &SignOff) -> Result<Option<Value>, Failure> {
    let acceptance = &before.spec.acceptance;
    if check_named(before, &signed.check)?.manual.is_none() {
        let name = before.name_any();
        let message =
            format!("check {:?} of release {name} is a Job; run it again: kubectl uplift rerun {name} {0}", signed.check);
        return Err(Failure::Runtime(anyhow!(message)));
    }
    if previous(before, signed) == Some(signed) {
        return Ok(None);
    }
    let mut all = acceptance.sign_offs.clone();
    match all.iter_mut().find(|there| there.check == signed.check) {
        Some(there) => *there = signed.clone(),
        None => all.push(signed.clone()),
    }
    Ok(Some(json!({"spec": {"acceptance": {"signOffs": all}}})))
}

/// The check of this name, or those that the release has.
pub fn check_named<'r>(release: &'r DashboardRelease, check: &str) -> Result<&'r Check, Failure> {
    let checks = &release.spec.acceptance.checks;
    checks.iter().find(|there| there.name == check).ok_or_else(|| {
        let there: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
        let there = if there.is_empty() { "it has none".into() } else { format!("it has {}", there.join(", ")) };
        Failure::Runtime(anyhow!("release {} has no check {check:?}: {there}", release.name_any()))
    })
}

fn previous<'r>(before: &'r DashboardRelease, signed: &SignOff) -> Option<&'r SignOff> {
    before.spec.acceptance.sign_offs.iter().find(|there| there.check == signed.check)
}

fn said(before: &DashboardRelease, signed: &SignOff) -> String {
    let before = match previous(before, signed) {
        None => String::new(),
        Some(before) if before == signed => " already".into(),
        Some(before) => format!("; before it was {}", words(before)),
    };
    format!("check {} signed off: {}{before}", signed.check, words(signed))
}

fn words(signed: &SignOff) -> String {
    let reference = signed.reference.as_ref().map(|reference| format!(" ({reference})")).unwrap_or_default();
    format!("{:?}{reference}", signed.result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> DashboardRelease {
        serde_json::from_value(json!({"metadata": {"name": "dec"}, "spec": {
            "version": "2026.12.0", "images": {"web": "x:1"},
            "acceptance": {
                "checks": [{"name": "smoke", "manual": {}}, {"name": "platform", "manual": {}}],
                "signOffs": [{"check": "smoke", "result": "Failed", "reference": "SAT-1"}],
            },
        }}))
        .unwrap()
    }

    fn signed(check: &str, reference: Option<&str>) -> SignOff {
        SignOff { check: check.into(), result: CheckResult::Passed, reference: reference.map(Into::into) }
    }

    #[test]
    fn a_sign_off_replaces_the_one_of_its_check_and_keeps_the_others() {
        let (anew, other) = (signed("smoke", None), signed("platform", Some("SAT-2")));
        let list = |body: Option<Value>| body.unwrap()["spec"]["acceptance"]["signOffs"].clone();
        assert_eq!(list(body(&release(), &anew).unwrap()), json!([{"check": "smoke", "result": "Passed"}]));
        let both = list(body(&release(), &other).unwrap());
        assert_eq!(both[0]["reference"], "SAT-1");
        assert_eq!(both[1], json!({"check": "platform", "result": "Passed", "reference": "SAT-2"}));
        assert_eq!(said(&release(), &anew), "check smoke signed off: Passed; before it was Failed (SAT-1)");
        assert_eq!(said(&release(), &other), "check platform signed off: Passed (SAT-2)");
    }

    #[test]
    fn a_check_that_the_release_does_not_have_is_refused_with_those_that_it_has() {
        let Err(Failure::Runtime(error)) = body(&release(), &signed("smok", None)) else { panic!("signed off") };
        assert_eq!(error.to_string(), r#"release dec has no check "smok": it has smoke, platform"#);
    }

    #[test]
    fn the_same_sign_off_again_writes_nothing() {
        let mut release = release();
        release.spec.acceptance.sign_offs = vec![signed("smoke", None)];
        assert_eq!(body(&release, &signed("smoke", None)).unwrap(), None);
    }
}
