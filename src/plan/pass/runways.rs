//! What is asked of the way out of a version that ends (R28). Most tenants ask the same, and a pass finds it once.

use std::{cell::OnceCell, collections::BTreeMap};

use jiff::{Timestamp, civil::Date};

use crate::{
    api::{product::Installation, tenant::Runway},
    fleet::Fleet,
};

/// The opening and the close of a date.
pub type Opening = (Timestamp, Timestamp);

/// The first and the last instant of a change window (R33); none: that end is open.
pub type Span = [Option<Timestamp>; 2];

/// The upgrades that lead out of a version.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// The change window of each, in their order.
    pub hops: Vec<Span>,
    /// The UID of the release that is first.
    pub first: &'a str,
}

/// Why nothing leads out of a version.
#[derive(Clone, Debug)]
pub struct NoWay {
    /// What it comes to.
    pub state: Runway,
    /// What nobody knows, and what mends that.
    pub message: Option<String>,
}

impl From<Runway> for NoWay {
    fn from(state: Runway) -> Self {
        Self { state, message: None }
    }
}

/// What was found.
#[derive(Default)]
pub struct Runways<'a> {
    /// The way out, by channel, the UID of the release that runs, what of it ends, and when; an error: there is none.
    pub ways: BTreeMap<(&'a str, &'a str, &'a str, Date), Result<Way<'a>, NoWay>>,
    /// The dates that are taken before an end: by window, end, the change windows of the upgrades, and how many they are.
    pub dates: BTreeMap<(&'a str, Timestamp, Vec<Span>, usize), Vec<Opening>>,
    installations: OnceCell<Installations<'a>>,
    moves: OnceCell<bool>,
}

/// Shared services by their names, each with its product. Of two with one name nobody knows which is meant.
pub type Installations<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a Installation)>>;

impl<'a> Runways<'a> {
    /// All shared services.
    pub fn installations(&self, fleet: &'a Fleet) -> &Installations<'a> {
        self.installations.get_or_init(|| {
            let mut all = Installations::new();
            for (product, known) in &fleet.products {
                known.installations().for_each(|one| all.entry(&one.name).or_default().push((product, one)));
            }
            all
        })
    }

    /// Whether a shared service is to move. Mostly none is.
    pub fn any_moves(&self, fleet: &'a Fleet) -> bool {
        let planned = || self.installations(fleet).values().flatten().any(|(_, one)| one.planned.is_some());
        *self.moves.get_or_init(planned)
    }
}
