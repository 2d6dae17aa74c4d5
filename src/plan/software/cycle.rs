//! Rule R27: until when a version of a software is supported. Pure: what products say, and the name of a version.

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    calendar::Schedule,
    fleet::{Fleet, Product},
};

/// What the product itself is called.
pub const DASHBOARD: &str = "dashboard";

/// The first local date without support; none: no end is known. An error: nobody can say, and what mends that. It is never taken for fine.
pub fn end(fleet: &Fleet, product: &str, version: &str) -> Result<Option<civil::Date>, String> {
    let Some(known) = fleet.products.get(product) else {
        return Err(format!("there is no SoftwareProduct {product:?}; create it, or correct the name"));
    };
    let Ok(spec) = &known.spec else {
        return Err(format!("SoftwareProduct {product:?} does not parse; its condition Ready says why"));
    };
    let cycle = known.cycle(version);
    cycle.map(|cycle| cycle.end(spec.supported_until)).ok_or_else(|| no_cycle(known, product, version))
}

/// What mends that no cycle has the version: it depends on who says which there are.
fn no_cycle(known: &Product, product: &str, version: &str) -> String {
    let is_read = known.spec.as_ref().is_ok_and(|spec| spec.source.is_some());
    match () {
        () if is_read && known.cycles().is_empty() => {
            format!("the source of SoftwareProduct {product:?} has said nothing yet; its condition SourceReady says why")
        }
        () if is_read => {
            format!("no cycle that the source of SoftwareProduct {product:?} lists has version {version:?}; correct the version")
        }
        () => format!(
            "no cycle of SoftwareProduct {product:?} has version {version:?}; add it to its spec.releases, or correct the version"
        ),
    }
}

/// The first instant of a date: in the time of a window, or in UTC for the platform and where there is no window.
pub fn first_instant(schedule: Option<&Schedule>, date: civil::Date) -> Timestamp {
    match schedule {
        Some(schedule) => schedule.first_instant(date),
        None => date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp()),
    }
}
