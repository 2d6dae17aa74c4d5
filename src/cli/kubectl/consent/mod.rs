//! `kubectl uplift opt-out` and `opt-in`: what the customer says, as an annotation that the operator judges (R11 to R13).

mod said;
#[cfg(test)]
mod tests;
mod told;

use std::time::Duration;

use anyhow::anyhow;
use kube::{Api, runtime::wait::await_condition};
use serde_json::json;

use super::{
    Context, Failure,
    write::{Edited, Hand, Writing, edit, follows, for_people, read, tell, tenant},
};
use crate::{
    api::{TenantInstance, annotations as keys},
    clock::{Clock, RealClock},
};
use said::{No, Value, Yes, annotate};

/// The operator judges within a second of what it sees (R12).
const VERDICT: Duration = Duration::from_secs(5);
/// Stamps have whole seconds: in the same second as what took it back, an opt-out would be the old one.
const NEXT_SECOND: Duration = Duration::from_millis(1100);
/// How often an opt-out is said again until its second is a later one.
const SECONDS: usize = 3;

const TAKES: &str = "the verbs get and patch on tenantinstances.uplift.dev (ClusterRole uplift-support)";
const OPT_OUT: Hand = Hand { manager: "uplift-opt-out", takes: TAKES };
const OPT_IN: Hand = Hand { manager: "uplift-opt-in", takes: TAKES };

/// What is declined or taken back.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Named {
    /// The slot on this day in the window's zone, like 2026-12-15.
    #[arg(long, value_name = "DAY", value_parser = Value::day)]
    date: Option<Value>,
    /// The release of this version, like 2026.12.0, until there is a newer one.
    #[arg(long, value_name = "VERSION", value_parser = Value::version)]
    version: Option<Value>,
}

impl Named {
    fn value(&self) -> Option<&Value> {
        self.date.as_ref().or(self.version.as_ref())
    }
}

#[derive(Clone, Copy, Debug, clap::Args)]
struct Waiting {
    /// Wait up to 5 s for what becomes of it. A dry run does not wait.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    wait: bool,
    #[command(flatten)]
    writing: Writing,
}

impl Waiting {
    fn waits(self) -> bool {
        self.wait && !self.writing.dry()
    }
}

/// Who declines what.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The tenant, or namespace/tenant.
    tenant: String,
    #[command(flatten)]
    named: Named,
    /// Why: kept with the verdict, and shown to who asks later.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    waiting: Waiting,
}

/// Who takes back what.
#[derive(Debug, clap::Args)]
pub struct InOptions {
    /// The tenant, or namespace/tenant.
    tenant: String,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    waiting: Waiting,
}

/// Opts out. Without a day or a version it declines the announced slot, by its day.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let waiting = options.waiting;
    let (api, name) = tenant(context, &options.tenant)?;
    let (value, done) = say_no(&api, &name, options).await?;
    if let No::Judged(record) = said::no(&done.before, &value) {
        tell(context, &done.after, waiting.writing, &format!("opted out of {value} already"))?;
        return answer(context, &told::verdict(&done.before, record));
    }
    let text = format!("opted out of {value}");
    if !waiting.waits() {
        return tell(context, &done.after, waiting.writing, &text);
    }
    if for_people(context) {
        tell(context, &done.after, waiting.writing, &text)?;
    }
    let judged = wait(&api, &name, |now| said::judged(&done.before, now, &value).is_some()).await;
    if !for_people(context) {
        tell(context, judged.as_ref().unwrap_or(&done.after), waiting.writing, &text)?;
    }
    answer(context, &told::after_no(judged.as_ref(), &done, &value))
}

/// Writes the opt-out, so that the operator takes it for a new one.
async fn say_no(api: &Api<TenantInstance>, name: &str, options: &Options) -> Result<(Value, Edited<TenantInstance>), Failure> {
    let Options { named, reason, waiting: Waiting { writing, .. }, .. } = options;
    let writing = *writing;
    let value = match named.value() {
        Some(value) => value.clone(),
        None => said::announced(&read(api, name, OPT_OUT).await?).map_err(|message| Failure::Runtime(anyhow!(message)))?,
    };
    for _ in 0..SECONDS {
        let removed = edit(api, name, OPT_OUT, writing, |before| {
            let No::Say { remove_first } = said::no(before, &value) else { return Ok(None) };
            // A dry run keeps nothing: what comes second would be judged on what stands there now.
            Ok((remove_first && !writing.dry()).then(|| annotate(&json!({keys::OPT_OUT: null, keys::OPT_OUT_REASON: null}))))
        })
        .await?;
        let done = edit(api, name, OPT_OUT, writing, |before| {
            Ok(matches!(said::no(before, &value), No::Say { .. }).then(|| said::no_body(before, &value, reason.as_deref())))
        })
        .await?;
        let done = Edited { before: removed.before, after: done.after };
        if writing.dry() || said::is_new(&done.after, &value) {
            return Ok((value, done));
        }
        tokio::time::sleep(NEXT_SECOND).await;
    }
    Err(Failure::Runtime(anyhow!(
        "the opt-out of {value} is written, and bears no later time than the opt-in that took it back before: the operator takes it for \
         the old one. Compare the clocks of the API server and the operator, and say it again"
    )))
}

/// Takes an opt-out back: without a day or a version the latest that still holds something.
pub async fn opt_in(context: &Context, options: &InOptions) -> Result<(), Failure> {
    let InOptions { named, waiting, .. } = options;
    let (api, name) = tenant(context, &options.tenant)?;
    forget_old(&api, &name, options).await?;
    let done =
        edit(&api, &name, OPT_IN, waiting.writing, |before| Ok(Some(said::yes_body(before, &meant(before, named)?)))).await?;
    let yes = meant(&done.before, named)?;
    let text = format!("opted in to {}", yes.value());
    let record = match yes {
        Yes::TakeBack(record) if waiting.waits() => record,
        yes => {
            tell(context, &done.after, waiting.writing, &text)?;
            return follows(context, yes.unjudged());
        }
    };
    if for_people(context) {
        tell(context, &done.after, waiting.writing, &text)?;
    }
    let undone = wait(&api, &name, |now| said::undone(&done.before, now, record)).await;
    if !for_people(context) {
        tell(context, undone.as_ref().unwrap_or(&done.after), waiting.writing, &text)?;
    }
    let why_not = || told::not_undone(&done.after, record, RealClock.now());
    answer(context, &undone.as_ref().map_or_else(why_not, |now| told::undone(now, record)))
}

/// The opt-out that is to be taken back.
fn meant<'t>(tenant: &'t TenantInstance, named: &Named) -> Result<Yes<'t>, Failure> {
    said::yes(tenant, named.value(), RealClock.now()).map_err(|message| Failure::Runtime(anyhow!(message)))
}

/// An opt-in that stood already when the opt-out was judged takes nothing back: it must be gone, and seen to be gone, before it is said
/// again.
async fn forget_old(api: &Api<TenantInstance>, name: &str, options: &InOptions) -> Result<(), Failure> {
    let InOptions { named, waiting, .. } = options;
    if waiting.writing.dry() {
        return Ok(()); // it would keep nothing of the first write for the second
    }
    let stood = |tenant: &TenantInstance| Ok(matches!(meant(tenant, named)?, Yes::TakeBack(record) if record.opt_in_stood));
    let removal = |before: &TenantInstance| Ok(stood(before)?.then(|| annotate(&json!({keys::OPT_IN: null}))));
    let removed = edit(api, name, OPT_IN, waiting.writing, removal).await?;
    // One that is not to be taken back any more is told of by what comes next.
    let forgotten = |now: &TenantInstance| !stood(now).unwrap_or(false);
    if forgotten(&removed.before) || wait(api, name, forgotten).await.is_some() {
        return Ok(());
    }
    Err(Failure::Runtime(anyhow!(
        "an older opt-in of {} stood on {name} since before the no, and takes nothing back. It is removed now, but the operator did \
         not say within 5 s that it saw so: look whether it runs, and say it again",
        meant(&removed.before, named)?.value()
    )))
}

/// The first state of the tenant of which this is so; none: not within the time, or this user may not watch.
async fn wait(api: &Api<TenantInstance>, name: &str, is: impl Fn(&TenantInstance) -> bool) -> Option<TenantInstance> {
    let seen = await_condition(api.clone(), name, |tenant: Option<&TenantInstance>| tenant.is_some_and(&is));
    match tokio::time::timeout(VERDICT, seen).await {
        Ok(Ok(tenant)) => tenant,
        Ok(Err(error)) => {
            eprintln!("warning: what becomes of it cannot be seen: {error}");
            None
        }
        Err(_) => None,
    }
}

/// Prints the answer, and ends with exit code 3 where it is no. Whoever asked for the object still hears of it.
fn answer(context: &Context, told: &told::Told) -> Result<(), Failure> {
    follows(context, &told.text)?;
    if told.granted {
        return Ok(());
    }
    if !for_people(context) {
        eprintln!("{}", told.text);
    }
    Err(Failure::No)
}
