//! Who rolls new images out, each in the way that its users do it.

mod argo;
mod helm;
mod kubectl;
mod raw;
pub mod uplift;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use super::audit::{self, Request};
use super::bed::Bed;
use super::figure::{Figure, Figures, count};
use super::machine::{self, Reading};
use super::program::{Turn, Who};

/// Writes by user and kind.
pub type Writes = BTreeMap<String, BTreeMap<String, usize>>;

/// What a round gives.
pub struct Measured {
    pub figures: Figures,
    pub writes: Writes,
}

/// Who has played on this bed: what they need is there.
#[derive(Default)]
pub struct Furnished(BTreeSet<Who>);

/// Plays a round. Everybody's first one makes what it needs beforehand.
pub async fn play(bed: &mut Bed, furnished: &mut Furnished, turn: Turn) -> Result<Measured> {
    let has_played = |who: &[Who]| who.iter().any(|who| furnished.0.contains(who));
    let (helm_is, argo_is) = (has_played(&[Who::Helm]), has_played(&[Who::ArgoTuned, Who::ArgoDefault]));
    furnished.0.insert(turn.who);
    let release = bed.release(turn.pods).await?;
    match turn.who {
        Who::Raw => raw::play(bed, &release).await,
        Who::Uplift => uplift::play(bed, &release).await,
        Who::Kubectl => kubectl::play(bed, &release).await,
        Who::Helm => helm::play(bed, &release, helm_is).await,
        Who::ArgoTuned | Who::ArgoDefault => argo::play(bed, &release, turn.who, argo_is).await,
    }
}

/// What is read of the machine and of the audit log around a round.
pub struct Meter {
    offset: u64,
    before: Reading,
}

/// The processes of a contestant.
pub enum Processes {
    /// One that stays, by its id.
    One(u32),
    /// Children of this program that ended by now, with the most memory that they had together.
    Ended { peak_mib: f64 },
}

impl Meter {
    pub fn begin(bed: &Bed) -> Result<Self> {
        Ok(Self { offset: audit::end(&bed.stage.plane)?, before: Reading::now()? })
    }

    /// The figures that everybody has. The time is the contestant's to say; what an upgrade costs is counted until the control plane rests.
    pub async fn end(self, bed: &Bed, user: &str, processes: &Processes) -> Result<(Measured, Vec<Request>)> {
        let worked = Reading::now()?.since(&self.before);
        bed.rest().await?;
        let total = Reading::now()?.since(&self.before);
        let requests = audit::since(&bed.stage.plane, self.offset)?;
        let (own, peak) = match processes {
            Processes::One(pid) => (total.of(*pid) + total.reaped, machine::peak_mib(*pid)?),
            Processes::Ended { peak_mib } => (total.reaped, *peak_mib),
        };
        let for_each = |requests: usize| count(requests) / count(bed.tenants);
        let by = |wanted: fn(&Request) -> bool| for_each(requests.iter().filter(|r| r.user == user && wanted(r)).count());
        let figures = Figures::from([
            (Figure::ControlPlaneCpu, bed.control_plane().iter().map(|(_, pid)| total.of(*pid)).sum()),
            (Figure::OwnCpu, own),
            (Figure::BenchCpu, worked.me),
            (Figure::ForeignShare, worked.foreign_share()),
            (Figure::IdleShare, worked.idle_share()),
            (Figure::PeakMib, peak),
            (Figure::Requests, by(|_| true)),
            (Figure::Writes, by(|request| request.is_write() && !is_event(request) && request.resource != "leases")),
            (Figure::Events, by(|request| request.is_write() && is_event(request))),
            (Figure::AllWrites, for_each(requests.iter().filter(|request| request.is_write()).count())),
        ]);
        Ok((Measured { figures, writes: audit::writes(&requests) }, requests))
    }
}

fn is_event(request: &Request) -> bool {
    request.resource == "events"
}

/// One command for each tenant, so many at a time. Each must end well.
async fn for_each_tenant<F: Future<Output = Result<()>>>(tenants: usize, each: impl Fn(usize) -> F) -> Result<()> {
    stream::iter(0..tenants).map(each).buffer_unordered(super::bed::IN_FLIGHT).try_collect().await
}

/// Does the work and looks, four times a second, how much memory all processes of this name have.
async fn with_memory_of(name: &str, work: impl Future<Output = Result<()>>) -> Result<f64> {
    let mut peak = 0.0_f64;
    let look = async {
        loop {
            peak = peak.max(machine::memory_mib(name).unwrap_or_default());
            sleep(Duration::from_millis(250)).await; // how often is looked, not a wait for anything
        }
    };
    tokio::select! {
        worked = work => worked?,
        () = look => {}
    }
    Ok(peak)
}
