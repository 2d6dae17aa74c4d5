//! Consent on a real API server: a customer's opt-out from the words of a support person to what becomes of the upgrade.
//!
//! The chart's own account, roles and policies are in force, the operator is the real one, and its clock is stepped, so that a cut-off
//! passes in a second. Each sentence has tenants of its own; they share two control planes: one whose API server stamps opt-outs, and one
//! as servers before 1.36 are.

mod early;
mod git;
mod guard;
mod hands;
mod late;
pub mod manifests;
mod older;
mod outage;
mod restore;
mod say;
pub mod stage;

use anyhow::Result;
use stage::Stage;

/// The tenants of the first story, each for one sentence.
const TENANTS: &str =
    "acme birch cedar dune ember typo together relay merged pruned back again late-back before after taken-over limit stopped";

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_recorded_judged_told_and_kept() -> Result<()> {
    let tenants: Vec<&str> = TENANTS.split(' ').collect();
    let mut stage = Stage::set(2026, &["--set", "admission.optOutStamp=always"], &tenants, &["started"]).await?;
    early::a_support_person_sees_the_verdict_within_a_second(&stage).await?;
    early::a_typo_is_refused_with_the_right_form(&stage).await?;
    early::an_opt_in_before_the_cut_off_gives_the_same_slot_back_under_its_first_notice(&stage).await?;
    early::a_no_that_was_taken_back_is_said_again_after_both_words_were_removed(&stage).await?;
    early::an_opt_out_and_an_opt_in_in_one_write_are_an_opt_out(&stage).await?;
    git::a_no_by_a_gitops_manager_counts_like_any_other(&stage).await?;
    git::a_take_over_of_kubectls_fields_changes_no_verdict(&stage).await?;
    git::a_sync_that_removes_the_annotation_changes_nothing(&stage).await?;
    hands::a_tool_that_set_the_images_is_told_of_before_the_first_upgrade(&stage).await?;
    hands::an_intent_that_somebody_copied_is_told_of_and_not_believed(&stage).await?;
    git::a_suspension_stays_only_under_a_manager_of_its_own(&stage).await?;
    guard::nobody_but_the_operator_writes_what_the_operator_states(&stage).await?;
    early::accepted(&stage, "late-back").await?;
    early::accepted(&stage, "limit").await?;

    outage::a_no_that_was_set_while_the_operator_was_down_is_judged_by_its_stamp(&mut stage).await?;
    late::an_opt_in_after_the_cut_off_takes_nothing_back(&stage).await?;
    late::a_no_right_after_the_start_changes_nothing(&stage).await?;
    late::the_third_no_of_two_is_refused_and_told(&stage).await?;
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_stamp_an_opt_out_is_judged_by_managed_fields_and_arrival() -> Result<()> {
    // In 2020, so that the API server too knows that the cut-off has passed.
    let tenants = ["acme", "before", "after", "doubt", "late"];
    let mut stage = Stage::set(2020, &["--set", "admission.optOutStamp=never"], &tenants, &[]).await?;
    older::who_creates_a_release_with_four_eyes_writes_their_own_name(&stage).await?;
    older::a_no_is_taken_at_its_arrival(&stage).await?;
    older::what_was_set_during_an_outage_is_in_time_since_nothing_proves_the_opposite(&mut stage).await?;
    older::a_no_after_the_cut_off_is_warned_of_at_once_and_judged_too_late(&stage).await?;
    stage.end().await
}

/// Whoever owns what in `managedFields`: the upgrade ends, and its next one does not inherit from it.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_own_in_a_status_goes_with_the_upgrade() -> Result<()> {
    let chart = ["--set", "admission.optOutStamp=always"];
    let mut stage = Stage::set(2026, &chart, &["emptied", "replaced", "anew", "probe", "dropped"], &[]).await?;
    restore::a_namespace_that_goes_with_an_announced_date_is_told_of(&stage, "dropped").await?;
    let since = stage.plane.audit_events(0)?.next;
    restore::restore(&mut stage, &chart).await?;
    stage.jump("12-15T18:00:00Z").await?;
    for tenant in ["emptied", "replaced", "anew"] {
        restore::succeeds(&stage, tenant, since).await?;
    }
    stage.end().await
}
