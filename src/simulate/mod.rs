//! An in-memory world that runs the same rules with a virtual clock (docs/formats/simulate.md): a plan before it happens.
//!
//! A folder of manifests becomes a [`world`]; [`events`] say what people do and what breaks; the [`engine`] plays them, one
//! write at a time, so that a test can let the operator die between any two of them.

pub mod admission;
pub mod engine;
pub mod error;
pub mod events;
pub mod input;
pub mod manifest;
pub mod output;
mod whole;
pub mod world;
mod yaml;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use engine::RunError;
pub use engine::{Fault, FaultKind, Simulation, Step, Told};
pub use error::{Error, InputError};
pub use output::{Format, Show};
use whole::whole;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of manifests.
    pub dir: PathBuf,
    /// The first instant.
    pub from: Timestamp,
    /// The last instant.
    pub until: Timestamp,
    /// The file of events.
    pub events: Option<PathBuf>,
    /// How to print what happens.
    pub output: Format,
}

/// Simulates. What happens goes to `out`, what was skipped to `err`.
pub fn run(options: &Options, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    run_showing(options, Show::default(), out, err)
}

/// The same, and shows also what customers read, or what is written.
pub fn run_showing(options: &Options, show: Show, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Error> {
    let (mut simulation, events) = (load(options, err)?, options.events.clone().unwrap_or_default());
    let mut printer = options.output.printer(out)?;
    let mut seen = 0;
    loop {
        let step = simulation.step().map_err(|e| failed(e, &events));
        for told in simulation.take_told() {
            printer.print(&told)?;
        }
        let log = simulation.world().log();
        for shown in log.get(seen..).into_iter().flatten().filter_map(|record| show.of(record)) {
            printer.show(&shown)?;
        }
        seen = log.len();
        if step? == Step::Ended {
            return Ok(printer.end(simulation.world())?);
        }
    }
}

fn failed(error: RunError, events: &Path) -> Error {
    match error {
        RunError::Stuck(stuck) => stuck.into(),
        RunError::Event(number, at, refused) => {
            InputError::refused(events, Some(&self::events::name(number, at)), *refused).into()
        }
    }
}

/// The run that a folder and a file of events describe, ready to be stepped through.
pub fn load(options: &Options, err: &mut dyn Write) -> Result<Simulation, Error> {
    let (from, until) = (within(options.from, "--from")?, within(options.until, "--until")?);
    if until < from {
        return Err(InputError::file(Path::new("--until"), "is before --from").into());
    }
    let world = input::read(&options.dir, options.events.as_deref(), from, err)?;
    let events = options.events.as_deref().map(|file| events::load(file, &world, err)).transpose()?;
    Ok(Simulation::new(world, events.unwrap_or_default(), until))
}

/// What a run can reach with room for all that follows: soaks, notices and windows beyond the end.
fn within(at: Timestamp, option: &str) -> Result<Timestamp, InputError> {
    let years = 1970..9000;
    let fits = years.contains(&jiff::tz::Offset::UTC.to_datetime(at).year());
    let message = || format!("{at} is out of reach; name an instant from 1970 to 8999");
    if fits { Ok(whole(at)) } else { Err(InputError::file(Path::new(option), message())) }
}
