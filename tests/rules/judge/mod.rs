//! A judge that can't fail is no judge: a forged month that holds passes, and each way to break an invariant is caught.

mod forge;

use forge::Log;
use serde_json::{Value, json};

/// Judges a log, and says what broke.
fn broken(log: &Log) -> Vec<String> {
    log.judge().broken.iter().map(ToString::to_string).collect()
}

/// The one thing that must be broken.
#[track_caller]
fn caught(log: &Log, invariant: &str, words: &str) {
    let broken = broken(log);
    let right = broken.iter().any(|one| one.starts_with(invariant) && one.contains(words));
    assert!(right, "{invariant} with {words:?} is not in {broken:#?}");
}

#[test]
fn a_month_as_it_should_be_passes_with_judgements_of_each_invariant() {
    let verdict = Log::month().judge();
    assert_eq!(verdict.broken, []);
    assert_eq!(verdict.judgements.len(), 12, "{verdict}");
    assert!(verdict.checked() > 15, "{verdict}");
}

#[test]
fn a_start_whose_answer_was_lost_counts_when_the_next_write_shows_it() {
    assert_eq!(broken(&Log::month().start_without_answer(true)), Vec::<String>::new());
    caught(&Log::month().start_without_answer(false), "I2", "without a committed start");
}

#[test]
fn a_write_without_an_answer_may_be_made_on_another() {
    let log = Log::month_with(Log::receipt).start_and_the_write_before_without_answer();
    assert_eq!(broken(&log), Vec::<String>::new());
}

#[test]
fn of_two_writes_without_an_answer_on_one_version_the_later_one_was_committed() {
    let told_twice = |receipt: fn(&mut Log)| {
        Log::month_with(|log| {
            log.restarts = 2;
            log.at("2026-12-15T16:00:00Z");
            receipt(log);
            log.at("2026-12-15T17:00:00Z");
        })
        .then(|log| log.arrives_again("2026-12-15T16:00:00.0015Z"))
    };
    assert_eq!(broken(&told_twice(Log::a_receipt_is_lost_and_another_write_committed)), Vec::<String>::new());
    caught(&told_twice(Log::receipt), "I8", "repeated after its receipt");
}

#[test]
fn an_empty_log_proves_nothing() {
    assert_eq!(broken(&Log::default()).len(), 11);
}

#[test]
fn i1_the_same_upgrade_changes_images_twice() {
    let log = Log::month().then(|log| {
        log.images("dashboard:1"); // somebody went back
        log.operator_sets("dashboard:2", "u-1");
    });
    caught(&log, "I1", "changed for the 2. time");
}

#[test]
fn i1_a_downgrade() {
    caught(&Log::month().then(|log| log.operator_sets("dashboard:1", "u-2")), "I1", "from 2 down to 1");
}

#[test]
fn i1_a_way_back_that_is_not_on_record_and_one_that_is_gone_twice() {
    let back = |on_record| Log::month().then(|log| log.rolls_back("dashboard:1", on_record));
    assert_eq!(broken(&back(true)), Vec::<String>::new());
    caught(&back(false), "I1", "no rollback is on record");
    let again = back(true).then(|log| {
        log.images("dashboard:2");
        log.goes_back("dashboard:1");
    });
    caught(&again, "I1", "changed for the 2. time");
}

#[test]
fn i12_a_rollback_to_another_image_or_before_it_is_well_and_a_second_result() {
    let back = |image: &str| Log::month().then(|log| log.rolls_back(image, true));
    assert_eq!(broken(&back("dashboard:1").then(|log| log.ended("RolledBack"))), Vec::<String>::new());
    caught(&back("dashboard:0").then(|log| log.ended("RolledBack")), "I12", "ran dashboard:1 in dashboard before");
    let ill = back("dashboard:1").then(|log| {
        log.available(0);
        log.ended("RolledBack");
    });
    caught(&ill, "I12", "is not done");
    let twice = back("dashboard:1").then(|log| {
        log.ended("Failed");
        log.ended("RolledBack");
    });
    caught(&twice, "I12", "ended as [\"Failed\", \"RolledBack\"]");
}

#[test]
fn i2_a_start_before_the_opening_and_after_the_close() {
    caught(&Log::start_at("2026-12-15T17:59:58Z"), "I2", "its slot is open from");
    caught(&Log::start_at("2026-12-15T22:00:00Z"), "I2", "its slot is open from");
    let reserve = |minimum| Log::with_window(json!({"reserve": {"minimum": minimum}}));
    assert_eq!(broken(&reserve("3h59m")), Vec::<String>::new());
    caught(&reserve("4h"), "I2", "14400 s must be left before the close");
}

#[test]
fn i2_a_slot_that_the_window_does_not_have() {
    caught(&Log::with_window(json!({"schedule": "0 19 * * TUE#3"})), "I2", "no occurrence opens then");
    caught(&Log::with_window(json!({"schedule": "0 18 * * TUE#2"})), "I2", "no occurrence opens then");
    caught(&Log::with_window(json!({"optOut": {"time": "12:00"}})), "I2", "the cut-off is another one");
    caught(&Log::with_window(json!({"duration": "3h"})), "I2", "closes at another time");
    let freeze = json!({"freezes": [{"from": "2026-12-15", "to": "2026-12-15", "reason": "r"}]});
    caught(&Log::with_window(freeze), "I2", "frozen");
}

#[test]
fn i2_a_tenant_that_is_suspended_unmanaged_or_pinned() {
    caught(&Log::with_tenant(json!({"suspend": {"reason": "r"}})), "I2", "the tenant is suspended");
    caught(&Log::with_tenant(json!({"management": "Unmanaged"})), "I2", "not managed");
    caught(&Log::with_tenant(json!({"pin": {"version": "1.0", "reason": "r"}})), "I2", "pinned");
    let over = json!({"pin": {"version": "1.0", "until": "2026-12-15", "reason": "r"}});
    assert_eq!(broken(&Log::with_tenant(over)), Vec::<String>::new(), "its pin is over");
}

#[test]
fn i2_a_start_without_the_trial_that_it_must_pass() {
    let trials = |policy: &str| Log::with_tenant(json!({"trials": {"namespace": "acme-trial", "policy": policy}}));
    caught(&trials("Required"), "I2", "it must be tried first");
    assert_eq!(broken(&trials("Optional")), Vec::<String>::new());
}

#[test]
fn i2_an_opt_out_in_time_and_not_one_that_came_too_late() {
    let no = |value: &str, at: &str| Log::with_opt_out(value, at);
    caught(&no("2026-12-15", "2026-12-15T13:00:00Z"), "I2", "the customer said no in time");
    caught(&no("2.0", "2026-12-15T12:00:00Z"), "I2", "the customer said no in time");
    assert_eq!(broken(&no("2026-12-15", "2026-12-15T13:00:01Z")), Vec::<String>::new());
    assert_eq!(broken(&no("2026-12-16", "2026-12-15T12:00:00Z")), Vec::<String>::new(), "another day");
}

#[test]
fn i2_a_limit_that_is_reached_answers_an_opt_out_and_one_that_is_not_does_not() {
    let refused = |window: Value| {
        Log::with_window_and(window, |log| {
            log.says_no("2.0");
            log.says_that_the_limit_is_reached();
        })
    };
    assert_eq!(broken(&refused(json!({"deferral": {"max": 0}}))), Vec::<String>::new());
    caught(&refused(json!({"deferral": {"max": 1}})), "I2", "0 of 1 are spent");
    caught(&refused(json!({})), "I2", "there is none");
}

#[test]
fn i2_a_release_that_must_not_start() {
    caught(&Log::with_release(json!({"approval": {"decision": "Rejected"}})), "I2", "is not approved");
    caught(&Log::with_release(json!({"suspend": {"reason": "r"}})), "I2", "is suspended");
    caught(&Log::with_release(json!({"withdrawn": {"reason": "r"}})), "I2", "is withdrawn");
    let four_eyes = json!({"acceptance": {"fourEyes": true}, "approval": {"decision": "Approved", "by": "bob@corp.example"}});
    let created = |by: &'static str| move |log: &mut Log| log.created_by(by);
    let bob = Log::with_release_and(four_eyes.clone(), created("bob@corp.example"));
    caught(&bob, "I2", "is approved by whoever created it");
    assert_eq!(broken(&Log::with_release_and(four_eyes, created("eve@corp.example"))), Vec::<String>::new());
    let changed =
        |start, end| Log::with_release(json!({"approval": {"decision": "Approved", "change": {"start": start, "end": end}}}));
    let (opens, closes) = ("2026-12-15T18:00:00Z", "2026-12-15T22:00:00Z");
    assert_eq!(broken(&changed(opens, closes)), Vec::<String>::new());
    caught(&changed("2026-12-15T18:00:10Z", closes), "I2", "at another time only");
    caught(&changed(opens, "2026-12-15T18:00:02Z"), "I2", "at another time only");
    caught(&changed(opens, "2026-12-15T21:59:59Z"), "I2-slot", "the change window of r2 is another");
    let unsigned = json!({"acceptance": {"checks": [{"name": "c", "manual": {}}]}});
    caught(&Log::with_release(unsigned), "I2", "is not accepted");
    let soaking = json!({"acceptance": {"minimumSoak": "336h", "soakFrom": "2026-12-05"}});
    caught(&Log::with_release(soaking), "I2", "is not accepted");
}

#[test]
fn i2_what_was_written_within_the_last_second_may_not_have_been_seen() {
    let stop = |at: &str| {
        Log::month_with(|log| {
            log.at(at);
            log.release(&json!({"suspend": {"reason": "r"}}));
        })
    };
    assert_eq!(broken(&stop("2026-12-15T18:00:04.500Z")), Vec::<String>::new(), "the start comes half a second later");
    caught(&stop("2026-12-15T18:00:03Z"), "I2", "is suspended");
}

/// A release that was halted at an instant, and perhaps resumed, before the start of 18:00:05.
fn halted(at: &str, spec: &Value, resumed: Option<&str>) -> Log {
    Log::month_with(|log| {
        log.halts(&json!({"id": 1, "at": at}));
        log.at("2026-12-15T18:00:03Z");
        log.release(&json!({"rollout": spec}));
        if let Some(resumed) = resumed {
            log.halts(&json!({"id": 1, "at": at, "resumedAt": resumed}));
        }
    })
}

#[test]
fn i13_a_start_after_the_write_that_halts() {
    let none = &json!({});
    caught(&halted("2026-12-15T18:00:02Z", none, None), "I13", "halted since");
    assert_eq!(broken(&halted("2026-12-15T18:00:05Z", none, None)), Vec::<String>::new(), "it was sent before");
}

#[test]
fn i13_a_halt_that_nobody_lifted() {
    let resumed = |said: u64| halted("2026-12-15T18:00:02Z", &json!({"resumedHalt": said}), Some("2026-12-15T18:00:04Z"));
    assert_eq!(broken(&resumed(1)), Vec::<String>::new());
    caught(&resumed(0), "I13", "nobody asked for it");
    let before = Log::with_release_and(json!({"rollout": {"resumedHalt": 1}}), |log| {
        log.halts(&json!({"id": 1, "at": "2026-12-15T18:00:02Z"}));
        log.halts(&json!({"id": 1, "at": "2026-12-15T18:00:02Z", "resumedAt": "2026-12-15T18:00:04Z"}));
    });
    caught(&before, "I13", "nobody asked for it");
}

#[test]
fn i13_a_start_after_as_many_failed_as_may() {
    let failing = |reason: &str, n: usize, started: &str| {
        Log::month_with(|log| {
            log.at("2026-12-15T18:00:01Z");
            log.others_failed(n, started, reason);
            log.at("2026-12-15T18:00:03Z");
        })
    };
    caught(&failing("DeadlineExceeded", 3, "2026-12-15T18:00:00Z"), "I13", "failed on other-0/other-0, other-1/other-1");
    assert_eq!(broken(&failing("DeadlineExceeded", 2, "2026-12-15T18:00:00Z")), Vec::<String>::new());
    assert_eq!(broken(&failing("OwnershipConflict", 3, "2026-12-15T18:00:00Z")), Vec::<String>::new());
}

#[test]
fn i2_images_without_a_start() {
    caught(&Log::month().then(|log| log.operator_sets("dashboard:3", "u-9")), "I2", "without a committed start");
}

#[test]
fn i3_a_notice_too_late_refused_or_about_something_else() {
    let notice = |change: fn(&mut Value)| Log::month().then(|log| change(&mut log.deliveries[0]));
    caught(&notice(|notice| notice["at"] = json!("2026-12-13T18:00:01Z")), "I3", "was not told in time");
    caught(&notice(|notice| notice["status"] = json!(503)), "I3", "was not told in time");
    caught(&notice(|notice| notice["data"]["to"] = json!("3.0")), "I3", "was not told in time");
    caught(&notice(|notice| notice["data"]["slot"]["opens"] = json!("2027-01-19T18:00+00:00")), "I3", "was not told in time");
    caught(&notice(|notice| notice["data"]["kind"] = json!("Succeeded")), "I3", "was not told in time");
    assert_eq!(broken(&notice(|notice| notice["at"] = json!("2026-12-13T18:00:00.9Z"))), Vec::<String>::new(), "the last second");
}

#[test]
fn i4_a_foreign_write_read_or_call() {
    caught(&Log::month().then(|log| log.ask("delete", "tenantinstances", "")), "I4", "asked for delete");
    caught(&Log::month().then(|log| log.ask("get", "secrets", "")), "I4", "asked for get secrets");
    caught(&Log::month().then(|log| log.ask("patch", "tenantinstances", "")), "I4", "asked for patch");
    caught(&Log::month().then(|log| log.ask("update", "tenantinstances", "")), "I4", "asked for update");
    caught(&Log::month().then(|log| log.ask("patch", "tenantinstances", "status")), "I4", "asked for patch");
    caught(&Log::month().then(|log| log.operator_edits(|object| object["spec"]["replicas"] = json!(3))), "I4", "more than");
    let labels = |object: &mut Value| object["spec"]["template"]["metadata"] = json!({"labels": {"a": "b"}});
    caught(&Log::month().then(|log| log.operator_edits(labels)), "I4", "more than");
    caught(&Log::month().then(|log| log.deliveries[0]["path"] = json!("/other")), "I4", "which is no contact of it");
}

#[test]
fn i6_a_success_that_nobody_saw() {
    for (field, value) in [("availableReplicas", 0), ("updatedReplicas", 0), ("observedGeneration", 0), ("replicas", 2)] {
        caught(&Log::with_rollout(field, value), "I6", "is not done");
    }
    caught(&Log::month().then(|log| log.succeeds_with("dashboard:1")), "I6", "does not run the images");
}

/// Each kind counts in fields of its own.
#[test]
fn i6_a_success_of_a_kind_that_was_not_done() {
    for kind in ["StatefulSet", "DaemonSet"] {
        assert_eq!(broken(&Log::with_kind(kind, "observedGeneration", json!(2))), Vec::<String>::new());
        caught(&Log::with_kind(kind, "observedGeneration", json!(1)), "I6", "is not done");
    }
    for (field, value) in [("updatedReplicas", json!(0)), ("availableReplicas", json!(0)), ("currentRevision", json!("a"))] {
        caught(&Log::with_kind("StatefulSet", field, value), "I6", "is not done");
    }
    for field in ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"] {
        caught(&Log::with_kind("DaemonSet", field, json!(1)), "I6", "is not done");
    }
    let misscheduled = Log::with_kind("DaemonSet", "numberMisscheduled", json!(1));
    assert_eq!(broken(&misscheduled), Vec::<String>::new());
}

#[test]
fn i2_a_workload_that_keeps_its_old_pods() {
    let by_hand = || json!({"type": "OnDelete"});
    caught(&Log::with_strategy("DaemonSet", by_hand()), "I2", "acme/DaemonSet/dashboard keeps its old pods");
    caught(&Log::with_strategy("StatefulSet", by_hand()), "I2", "keeps its old pods");
    let partition = |n: i64| json!({"type": "RollingUpdate", "rollingUpdate": {"partition": n}});
    caught(&Log::with_strategy("StatefulSet", partition(1)), "I2", "keeps its old pods");
    assert_eq!(broken(&Log::with_strategy("StatefulSet", partition(0))), Vec::<String>::new());
}

#[test]
fn i7_more_at_once_than_the_cap() {
    caught(&Log::month_with(|log| log.others_run(1)), "I7", "whose cap is 1");
}

#[test]
fn i9_a_list_without_a_bound() {
    caught(&Log::month().then(|log| log.notes_opt_outs(11)), "I9", "11 opt-outs");
}

#[test]
fn i2_what_only_the_simulated_world_was_judged_by() {
    caught(&Log::with_window(json!({"suspend": {"reason": "r"}})), "I2", "its window is suspended");
    caught(&Log::with_opt_out("never", "2026-12-15T14:00:00Z"), "I2", "neither a day nor a version");
    caught(&Log::with_release(json!({"version": "2.1"})), "I2", "is another one than was planned");
}

#[test]
fn i2_a_no_counts_although_its_annotation_is_gone() {
    let taken_away = Log::month_with(|log| {
        log.at("2026-12-15T12:00:00Z");
        log.says_no("2026-12-15");
        log.at("2026-12-15T12:10:00Z");
        log.takes_the_annotation_away();
    });
    caught(&taken_away, "I2", "the customer said no in time");
}

#[test]
fn i8_a_message_after_its_receipt() {
    let log = Log::month().then(|log| {
        log.receipt();
        let mut again = log.deliveries[0].clone();
        again["at"] = json!("2026-12-15T19:00:00Z");
        log.deliveries.push(again);
        log.restarts = 1;
    });
    caught(&log, "I8", "repeated after its receipt");
}

#[test]
fn i8_a_second_start_a_second_key_a_second_message() {
    caught(&Log::month().then(Log::starts_again), "I8", "started u-1 again");
    caught(&Log::month().then(|log| log.notice("other-key")), "I8", "was written down under");
    let again = |log: &mut Log| log.deliveries.push(log.deliveries[0].clone());
    caught(&Log::month().then(again), "I8", "accepted 2 times");
    let once_per_restart = Log::month().then(again).then(|log| log.restarts = 1);
    assert_eq!(broken(&once_per_restart), Vec::<String>::new());
    let other_id = |log: &mut Log| {
        let mut second = log.deliveries[0].clone();
        second["webhookId"] = json!("other_it");
        log.deliveries.push(second);
    };
    caught(&Log::month().then(other_id), "I8", "came under");
}

#[test]
fn a_stamp_is_read_with_the_offset_at_the_end_of_its_second() {
    // The clock jumps in the middle of a real second; the opt-out is written after the jump, still within it.
    let log = Log::with_opt_out("2026-12-15", "2026-12-15T13:00:00Z");
    caught(&log, "I2", "the customer said no in time");
}
