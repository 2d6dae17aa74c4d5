//! Local time of a slot: it is read in the zone that the slot was given in, whatever its window says by now (R8, R11).

use jiff::{
    Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

use super::zone;
use crate::api::tenant::Slot;

/// Wall clock of one zone.
#[derive(Clone, Debug)]
pub struct Local(TimeZone);

impl Local {
    /// That of a slot. A slot of an older operator, which names no zone, and a zone that is not known any more leave the offset
    /// in the slot's name: right on its days, but for a change of the clocks between them.
    pub fn of(slot: &Slot) -> Self {
        zone::zone(&slot.time_zone).map_or_else(|_| Self::by_name(&slot.opens), Self)
    }

    /// That of a slot of which only its name is known: the offset in it.
    pub fn by_name(opens: &str) -> Self {
        Self(TimeZone::fixed(offset(opens).unwrap_or(Offset::UTC)))
    }

    /// That of a zone; of one that is not known any more, UTC.
    pub fn named(zone: &str) -> Self {
        Self(zone::zone(zone).unwrap_or(TimeZone::UTC))
    }

    /// The local date at this instant.
    pub fn date(&self, at: Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    /// Local time for people, with the abbreviation of the zone: `Tue 15 Dec 2026 18:00 GMT`.
    pub fn for_people(&self, at: Timestamp) -> String {
        zone::for_people(&self.0, at)
    }
}

/// The offset at the end of a slot's name, `+05:45`.
fn offset(opens: &str) -> Option<Offset> {
    let text = opens.get(16..)?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(opens: &str, time_zone: &str) -> Slot {
        let opens_at = opens.parse().unwrap();
        Slot {
            opens: opens.into(),
            window: "w".into(),
            time_zone: time_zone.into(),
            can_decline: false,
            opens_at,
            closes_at: opens_at,
            opt_out_until: opens_at,
            notice_until: opens_at,
        }
    }

    #[test]
    fn the_offset_of_a_slots_name_is_read_in_halves_and_quarters_of_hours_too() {
        let seconds = |opens| offset(opens).map(Offset::seconds);
        assert_eq!(seconds("2026-12-15T18:00+00:00"), Some(0));
        assert_eq!(seconds("2026-12-15T18:00-05:00"), Some(-18_000));
        assert_eq!(seconds("2026-12-15T18:00+05:45"), Some(20_700));
        assert_eq!(seconds("2026-12-15T18:00Z"), None);
    }

    #[test]
    fn a_slot_keeps_its_zone_and_one_without_has_the_offset_of_its_name() {
        let in_summer: Timestamp = "2026-07-01T23:30:00Z".parse().unwrap();
        let date = |zone| Local::of(&slot("2026-12-15T18:00+00:00", zone)).date(in_summer).to_string();
        assert_eq!(date("Europe/London"), "2026-07-02");
        assert_eq!([date(""), date("Europe/Atlantis")], ["2026-07-01", "2026-07-01"]);
    }
}
