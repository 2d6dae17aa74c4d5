//! Uplift with every rule on: the operator as a process of its own, under the chart's `ServiceAccount` and policies. Acceptance with a
//! sign-off and a soak, approval, a slot for each tenant in a window with freezes, cut-off, cap and limit of deferrals, a notice that the
//! customer's server must have taken 48 hours before, a receipt of it, the result told. Rings and hooks are not in it: they make an
//! upgrade wait for other customers and for the tenant's own Jobs, which costs what those cost.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::{Measured, Meter, Processes};
use crate::bench::audit::{self, Request};
use crate::bench::bed::{Bed, Release, namespace};
use crate::bench::figure::{Figure, Figures, count};
use crate::bench::stats::quantile;
use crate::demo::{child, people::api, trail::OPERATOR};

/// It must have had nothing to do for so long: a watch event on its way would change its mind.
const CALM: Duration = Duration::from_millis(30);

/// What it still has to say within this time of its clock follows from what came before: it writes the counts of a release ten seconds apart.
const SETTLING: SignedDuration = SignedDuration::from_mins(1);

pub async fn play(bed: &Bed, release: &Release) -> Result<Measured> {
    bed.approve(release).await?;
    let mut cycle = Cycle::start(bed)?;
    let opens = cycle.announce().await?;
    bed.rest().await?;
    let measured = cycle.window(opens).await?;
    cycle.end().await?;
    Ok(measured)
}

/// Starts the operator on a fleet with nothing left to do, and watches it for so long. What it writes in that time it should not.
pub async fn idle(bed: &Bed, watched: Duration) -> Result<Figures> {
    let (mut cycle, clock) = (Cycle::start(bed)?, &bed.stage.clock);
    while let Some(at) = cycle.calm().await?.filter(|at| *at <= clock.now() + SETTLING) {
        clock.jump(at).await;
    }
    bed.rest().await?;
    let offset = audit::end(&bed.stage.plane)?;
    sleep(watched).await; // the time itself is what is tested
    let requests = audit::since(&bed.stage.plane, offset)?;
    let writes: Vec<_> = own(&requests).filter(|request| request.is_write() && request.resource != "leases").collect();
    for write in &writes {
        println!("  idle: {} {} {}", write.verb, write.resource, write.namespace);
    }
    cycle.end().await?;
    Ok(Figures::from([(Figure::IdleWrites, count(writes.len())), (Figure::IdleSeconds, watched.as_secs_f64())]))
}

/// One life of the operator, from its start to the end of a window.
struct Cycle<'a> {
    bed: &'a Bed,
    operator: Child,
    /// Where the audit log ended at the start.
    offset: u64,
    begun: Timestamp,
    figures: Figures,
}

impl<'a> Cycle<'a> {
    fn start(bed: &'a Bed) -> Result<Self> {
        bed.stage.clock.forget_quiet();
        let (offset, begun) = (audit::end(&bed.stage.plane)?, crate::clock::authority::real());
        let operator = child::start(&bed.stage)?;
        Ok(Self { bed, operator, offset, begun, figures: Figures::new() })
    }

    /// Until every tenant has its date, and knows it. Says when the window opens.
    async fn announce(&mut self) -> Result<Timestamp> {
        self.calm().await.context("announcing")?;
        let requests = audit::since(&self.bed.stage.plane, self.offset)?;
        let writes = || own(&requests).filter(|request| request.is_committed() && request.resource != "leases");
        let seconds = |at: Timestamp| at.duration_since(self.begun).as_secs_f64();
        let first = writes().map(|request| request.received).min().context("the operator wrote nothing")?;
        let last = writes().map(|request| request.answered).max().context("the operator wrote nothing")?;
        self.figures.extend([(Figure::Start, seconds(first)), (Figure::Announced, seconds(last))]);
        self.opening().await
    }

    /// The opening of the slot that everybody has.
    async fn opening(&self) -> Result<Timestamp> {
        let tenant =
            api(&self.bed.stage.admin, "TenantInstance", Some(&namespace(self.bed.tenants - 1)))?.get("dashboard").await?;
        let status = &tenant.data["status"];
        let opens = status["upgrade"]["slot"]["opensAt"].as_str();
        let opens = opens.with_context(|| format!("the last tenant has no slot: {status}"))?;
        opens.parse().context("reading when its slot opens")
    }

    /// Plays the time up to the opening, and then the window until nobody has anything left to do.
    async fn window(&mut self, opens: Timestamp) -> Result<Measured> {
        let bed = self.bed;
        let clock = &bed.stage.clock;
        while let Some(at) = self.calm().await?.filter(|at| *at < opens) {
            clock.jump_nearly(at).await;
        }
        let pid = self.operator.id().context("the operator has ended")?;
        let meter = Meter::begin(bed)?;
        clock.jump(opens).await;
        let opened = clock.journal().0.last().context("the clock never jumped")?.real;
        self.calm().await.context("upgrading")?;
        let (mut measured, requests) = meter.end(bed, OPERATOR, &Processes::One(pid)).await?;
        let cycle = audit::since(&bed.stage.plane, self.offset)?;
        measured.figures.append(&mut self.figures);
        measured.figures.extend(upgrade(&requests, opened, bed.tenants)?);
        let writes =
            own(&cycle).filter(|request| request.is_write() && !matches!(request.resource.as_str(), "leases" | "events"));
        measured.figures.insert(Figure::CycleWrites, count(writes.count()) / count(bed.tenants));
        Ok(measured)
    }

    /// Waits until the operator has nothing to do, and says when it wants to wake.
    async fn calm(&mut self) -> Result<Option<Timestamp>> {
        // Generous: the machine may be slow. A hang is none the less told.
        let patience = Duration::from_mins(2) + Duration::from_millis(300) * u32::try_from(self.bed.tenants)?;
        let quiet = quiet(self.bed);
        tokio::select! {
            quiet = timeout(patience, quiet) => quiet.with_context(|| format!("the operator is not done within {patience:?}")),
            ended = self.operator.wait() => anyhow::bail!("the operator ended by itself ({}); see {}", ended?, child::log_file()?.display()),
        }
    }

    /// SIGKILL: nothing is left to be done.
    async fn end(mut self) -> Result<()> {
        self.operator.kill().await.context("ending the operator")?;
        self.bed.stage.clock.forget_quiet();
        Ok(())
    }
}

async fn quiet(bed: &Bed) -> Option<Timestamp> {
    let clock = &bed.stage.clock;
    let mut word = clock.listen();
    loop {
        word.mark_unchanged();
        let quiet = clock.quiet().filter(|quiet| quiet.in_flight == 0);
        let pause = if quiet.is_some() { CALM } else { Duration::from_millis(200) };
        let until = Instant::now() + pause;
        tokio::select! {
            changed = word.changed() => if changed.is_err() { std::future::pending::<()>().await },
            () = tokio::time::sleep_until(until) => if let Some(quiet) = quiet { return quiet.wake_at },
        }
    }
}

fn own(requests: &[Request]) -> impl Iterator<Item = &Request> {
    requests.iter().filter(|request| request.user == OPERATOR)
}

/// What the log says of the window.
fn upgrade(requests: &[Request], opened: Timestamp, tenants: usize) -> Result<Figures> {
    let Window { patched, rolled_out, succeeded } = Window::read(requests);
    ensure!(patched.len() == tenants, "{} workloads of {tenants} were patched", patched.len());
    ensure!(succeeded.len() == tenants, "{} tenants of {tenants} were upgraded", succeeded.len());
    let first = patched.values().min().context("no workload was patched")?;
    let last = succeeded.values().max().context("no tenant was upgraded")?;
    let millis = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64() * 1000.0;
    let waits = succeeded.iter().filter_map(|(namespace, at)| Some(millis(*rolled_out.get(namespace)?, *at)));
    let mut figures = Figures::from([
        (Figure::Seconds, last.duration_since(opened).as_secs_f64()),
        (Figure::FirstPatch, millis(opened, *first)),
    ]);
    figures.extend(quantile(waits, 0.5).map(|wait| (Figure::SuccessWritten, wait)));
    let last_one = rolled_out.iter().max_by_key(|(_, at)| **at);
    let wait = last_one.and_then(|(namespace, at)| Some(millis(*at, *succeeded.get(namespace)?)));
    figures.extend(wait.map(|wait| (Figure::LastSuccessWritten, wait)));
    Ok(figures)
}

/// When it happened, by namespace.
#[derive(Default)]
struct Window<'a> {
    patched: BTreeMap<&'a str, Timestamp>,
    /// The last that was said of the workload before the success.
    rolled_out: BTreeMap<&'a str, Timestamp>,
    succeeded: BTreeMap<&'a str, Timestamp>,
}

impl<'a> Window<'a> {
    fn read(requests: &'a [Request]) -> Self {
        // A status names its newest slot in every write: until the PATCH that is the success of the round before.
        let (mut window, mut before) = (Self::default(), BTreeMap::new());
        for request in requests.iter().filter(|request| request.is_committed()) {
            let namespace = request.namespace.as_str();
            let is_own = request.user == OPERATOR;
            match (request.resource.as_str(), &request.succeeded) {
                ("deployments", _) if is_own => _ = window.patched.insert(namespace, request.received),
                ("deployments/status", _) if !window.succeeded.contains_key(namespace) => {
                    window.rolled_out.insert(namespace, request.answered);
                }
                (_, Some(id)) if !window.patched.contains_key(namespace) => _ = before.insert(namespace, id),
                (_, Some(id)) if before.get(namespace) != Some(&id) => {
                    window.succeeded.entry(namespace).or_insert(request.answered);
                }
                _ => {}
            }
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(user: &str, resource: &str, second: i64, succeeded: Option<&str>) -> Request {
        let at = Timestamp::from_second(second).unwrap_or_default();
        let (user, resource, verb) = (user.into(), resource.into(), "patch".into());
        Request {
            user,
            verb,
            resource,
            namespace: "t".into(),
            received: at,
            answered: at,
            code: 200,
            succeeded: succeeded.map(Into::into),
        }
    }

    #[test]
    fn a_success_of_the_round_before_is_none_of_this_one() {
        let kcm = "system:kube-controller-manager";
        let requests = [
            request(OPERATOR, "tenantinstances/status", 1, Some("old")), // the start
            request(OPERATOR, "deployments", 2, None),
            request(OPERATOR, "tenantinstances/status", 3, Some("old")), // whatever comes in between
            request(kcm, "deployments/status", 4, None),
            request(kcm, "deployments/status", 5, None),
            request(OPERATOR, "tenantinstances/status", 6, Some("new")),
            request(kcm, "deployments/status", 7, None),
            request(OPERATOR, "tenantinstances/status", 8, Some("new")), // the receipt
        ];
        let window = Window::read(&requests);
        let second = |times: &BTreeMap<&str, Timestamp>| times["t"].as_second();
        assert_eq!([&window.patched, &window.rolled_out, &window.succeeded].map(second), [2, 5, 6]);
    }
}
