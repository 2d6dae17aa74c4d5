//! The cluster as a simulated world, played by the planner.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use jiff::Timestamp;

use super::line::Line;
use crate::{
    cli::Failure,
    fleet::{Fleet, ObjectKey},
    simulate::{self, Simulation, input, world::World},
};

/// A file with its text.
pub type Manifests = (PathBuf, String);

/// A world that is about to be played.
pub struct Preview {
    world: World,
    known: Fleet,
    until: Timestamp,
}

impl Preview {
    /// The cluster as it was read. Without a release or a window that does not parse the plan would be another one: that is an error.
    pub fn of(mut known: Fleet, now: Timestamp, until: Timestamp) -> Result<Self, Failure> {
        let (world, left_out) = World::of(&known, now);
        for (key, wrong) in left_out {
            match &key {
                ObjectKey::Release(_) | ObjectKey::Window(_) => return Err(Failure::runtime(unreadable(&key, &wrong))),
                ObjectKey::Tenant(tenant) => drop(known.tenants.remove(tenant)),
                ObjectKey::Product(product) => drop(known.products.remove(product)),
                ObjectKey::Trial(trial) => drop(known.trials.remove(trial)),
                ObjectKey::Workload(workload) => drop(known.workloads.remove(workload)),
                ObjectKey::Template(template) => drop(known.templates.remove(template)),
                ObjectKey::Job(job) => drop(known.jobs.remove(job)),
            }
            eprintln!("warning: {key} is left out of the plan: {wrong}");
        }
        Ok(Self { world, known, until })
    }

    /// The same with these manifests applied.
    pub fn with(&self, files: &[Manifests]) -> Result<Self, Failure> {
        let mut world = self.world.clone();
        for (file, text) in files {
            world = input::apply(world, file, text, &mut std::io::stderr()).map_err(|error| match error {
                simulate::Error::Input(error) => Failure::input(error),
                error => Failure::runtime(error),
            })?;
        }
        Ok(Self { world, known: self.known.clone(), until: self.until })
    }

    /// Where each tenant stands in the end.
    pub fn lines(&self) -> Result<Vec<Line>, Failure> {
        let mut simulation = Simulation::new(self.world.clone(), vec![], self.until).with_known(self.known.clone());
        simulation.run().context("play the plan").map_err(Failure::Runtime)?;
        let mut fleet = Fleet::default();
        let now = simulation.world().now();
        simulation.world().objects().for_each(|object| object.fold_into(&mut fleet, now, true));
        Ok(fleet.tenants.iter().map(|(key, tenant)| Line::of(&fleet, key, tenant)).collect())
    }
}

fn unreadable(key: &ObjectKey, wrong: &str) -> anyhow::Error {
    anyhow!("{key}: {wrong}; correct it, or use a kubectl-uplift of the version that the cluster runs")
}
