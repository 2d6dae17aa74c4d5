//! The keys under `uplift.dev/` that people and the operator write on objects.

/// Written by people on a tenant: a day (`2026-12-15`) or a version (`2026.12.0`) to decline.
pub const OPT_OUT: &str = "uplift.dev/opt-out";
/// Written by people beside [`OPT_OUT`]: why.
pub const OPT_OUT_REASON: &str = "uplift.dev/opt-out-reason";
/// Stamped by admission: the user who wrote [`OPT_OUT`].
pub const OPT_OUT_BY: &str = "uplift.dev/opt-out-by";
/// Stamped by admission: when [`OPT_OUT`] was written, RFC 3339 in whole seconds.
pub const OPT_OUT_AT: &str = "uplift.dev/opt-out-at";
/// Written by people: the value of an opt-out that they take back.
pub const OPT_IN: &str = "uplift.dev/opt-in";
/// Written by people: the id of a failed upgrade that may be tried again.
pub const RETRY: &str = "uplift.dev/retry";
/// Written by people on a tenant: the version that is to be tried in its trial.
pub const TRIAL: &str = "uplift.dev/trial";
/// Written by people on a trial: `Confirmed` or `Rejected`. It ends the run.
pub const TRIAL_ANSWER: &str = "uplift.dev/trial-answer";
/// Stamped by admission on a release: the user who created it.
pub const CREATED_BY: &str = "uplift.dev/created-by";
/// The operator's one annotation on a workload: which upgrade set its images (JSON of [`Intent`]).
pub const INTENT: &str = "uplift.dev/intent";

/// The version label that is read when no release knows the images.
pub const VERSION_LABEL: &str = "app.kubernetes.io/version";

/// The label of CronJobs that Jobs may be made from; its value is `true`.
pub const TEMPLATE_LABEL: &str = "uplift.dev/template";
/// The label of the operator's Jobs: nobody else may make one with it.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// On the operator's Jobs and their pods: whose Job it is, an upgrade's id or a release's UID.
pub const ID_LABEL: &str = "uplift.dev/id";
/// Beside [`ID_LABEL`]: which of its steps.
pub const STEP_LABEL: &str = "uplift.dev/step";
/// Beside [`ID_LABEL`]: the CronJob that the Job was made from.
pub const CRON_JOB_LABEL: &str = "uplift.dev/cronjob";

/// The value of [`INTENT`]: written with the images in one PATCH.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Intent {
    /// The upgrade that set the images.
    pub id: super::upgrade_id::UpgradeId,
    /// The version that they belong to.
    pub to: String,
    /// The images as set, container to image: whether they still run is read off these.
    pub images: std::collections::BTreeMap<String, String>,
    /// They are those that ran before the upgrade: it failed, and was rolled back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rollback: bool,
}
