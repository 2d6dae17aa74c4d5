//! Replicas that are killed, stopped and cut off while upgrades run: another one leads within the Lease and a second, and no invariant breaks.
//! `cargo run --profile campaign --bin takeover 200` plays the long form.
#![allow(clippy::expect_used, reason = "a test may fail where it stands")]

use std::process::{Command, Stdio};

#[test]
fn another_replica_takes_over_in_time_and_nothing_is_done_twice() {
    let takeover = Command::new(env!("CARGO_BIN_EXE_takeover")).args(["6", "3"]).stdin(Stdio::null()).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&takeover.stdout), String::from_utf8_lossy(&takeover.stderr));
    assert!(takeover.status.success(), "{out}\n{err}");
    assert!(out.contains("6 takeovers") && out.contains("0 are broken"), "{out}");
}
