//! Rule R30: whom a release, a software or a shared service touches, for people who ask. No rule of its own: who goes where is R4's choice, and
//! dates are those of the statuses.

mod impacted;
mod release;
mod software;

use jiff::Timestamp;

pub use impacted::{Impacted, Issue, Standing};

use crate::{
    fleet::Fleet,
    plan::{pass::stock::Stock, release::begin},
};

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A release, by the name of its object, or by its version.
    Release(String),
    /// A software, and one of its cycles or versions.
    Product(String, Option<String>),
    /// A shared service.
    Installation(String),
}

/// Whom the subject touches, by namespace and name; an error: there is no such subject.
pub fn impact(fleet: &Fleet, now: Timestamp, subject: &Subject) -> Result<Vec<Impacted>, String> {
    let stock = Stock::of(fleet);
    let mut pass = begin(fleet, &stock, now);
    match subject {
        Subject::Release(name) => release::impacted(&mut pass, name),
        Subject::Product(product, release) => software::of_product(&mut pass, product, release.as_deref()),
        Subject::Installation(name) => software::of_installation(&mut pass, name),
    }
}
