//! That replicas take over from each other does happen in the histories, and that the deposed try what they must not.

use uplift::simulate::{Step, engine::RunError, events};

use super::{chance::Chance, history::History};

/// Histories with several replicas.
const PLAYED: usize = 60;

#[derive(Debug, Default)]
struct Happened {
    /// Processes that began to lead.
    led: usize,
    /// Leaders that saw that they lead no more.
    deposed: usize,
    /// Writes that only the admission policy kept from being committed.
    fenced: usize,
}

#[test]
fn replicas_take_over_and_the_deposed_are_fenced() {
    let with_replicas = (0..).filter(|seed| !History::begin(&mut Chance::new(*seed), *seed).0.replicas.is_empty());
    let mut happened = Happened::default();
    with_replicas.take(PLAYED).for_each(|seed| happened.add(&History::draw(seed)));
    println!("in {PLAYED} histories: {happened:?}");
    assert!(happened.led > 4 * PLAYED && happened.deposed > PLAYED / 4 && happened.fenced > 0, "{happened:?}");
}

impl Happened {
    fn add(&mut self, history: &History) {
        let mut run = history.simulation();
        let all = history.events.iter().enumerate().filter_map(|(i, event)| events::read(i + 1, event).unwrap());
        all.for_each(|event| run.add(event));
        loop {
            match run.step() {
                Ok(Step::Ended) => break,
                Ok(Step::Led) => self.led += 1,
                Ok(Step::Deposed) => self.deposed += 1,
                Ok(_) | Err(RunError::Event(..)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        self.fenced += run.fenced();
    }
}
