//! An in-memory world that runs the same rules with a virtual clock (design, section 6): a plan before it happens.
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
pub use output::Format;

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
    let (mut simulation, events) = (load(options, err)?, options.events.clone().unwrap_or_default());
    let mut printer = options.output.printer(out)?;
    loop {
        let step = simulation.step().map_err(|e| failed(e, &events));
        for told in simulation.take_told() {
            printer.print(&told)?;
        }
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
    if options.until < options.from {
        return Err(InputError { file: "--until".into(), object: None, field: None, message: "is before --from".into() }.into());
    }
    let world = input::read(&options.dir, options.events.as_deref(), options.from, err)?;
    let events = options.events.as_deref().map(|file| events::load(file, &world, err)).transpose()?;
    Ok(Simulation::new(world, events.unwrap_or_default(), options.until))
}
