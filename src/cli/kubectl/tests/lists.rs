//! Which commands print a list, as `-o csv` takes it.

use clap::Parser;

use crate::cli::{
    Failure,
    kubectl::{Cli, ask},
};

fn parsed(line: &str) -> Cli {
    Cli::try_parse_from(["kubectl-uplift", "-o", "csv"].into_iter().chain(line.split(' '))).unwrap()
}

#[test]
fn a_list_may_be_csv() {
    for line in ["status", "plan", "calendar", "releases", "support --late", "impact release/1.0", "issues 1.0", "trial list"] {
        assert!(parsed(line).command.is_list(), "{line}");
    }
}

/// Before anything is asked of a cluster: this test has none.
#[test]
fn what_tells_of_one_thing_or_writes_is_refused_as_csv_with_what_to_use() {
    for line in [
        "why acme",
        "plan --with change.yaml",
        "approve 1.0 --change-ref CHG1",
        "reject 1.0",
        "sbom 1.0 bill.json",
        "accept-issue 1.0 NamedRisk/r --until 2027-06-01 --reason none",
        "sign-off 1.0 platform --result Passed",
        "rerun 1.0 platform",
        "opt-out acme",
        "opt-in acme",
        "suspend tenant acme --reason moving",
        "resume tenant acme",
        "retry acme",
        "trial start acme",
        "trial confirm acme",
        "trial end acme",
    ] {
        let Cli { global, command } = parsed(line);
        let Err(Failure::Input(error)) = ask(&global, &command) else { panic!("{line} was not refused") };
        assert!(error.to_string().contains("-o csv is for lists") && error.to_string().contains("-o json"), "{line}: {error}");
    }
}
