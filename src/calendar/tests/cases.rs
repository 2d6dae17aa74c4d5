//! Real windows in real zones. The expected instants were computed apart from this code, with Python's `zoneinfo`.

use jiff::SignedDuration;
use serde_json::json;

use super::{at, compile};

struct Case {
    what: &'static str,
    zone: &'static str,
    cron: &'static str,
    lasts: &'static str,
    opt_out: (&'static str, u8),
    from: &'static str,
    /// The name, the opening, the close and the cut-off of the occurrences from there on.
    occurrences: &'static [[&'static str; 4]],
}

#[rustfmt::skip] // one occurrence a line
const CASES: &[Case] = &[
    Case { what: "the third Tuesday, over the year end",
        zone: "Europe/London", cron: "0 18 * * TUE#3", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-01T00:00:00Z", occurrences: &[
            ["2026-12-15T18:00+00:00", "2026-12-15T18:00:00Z", "2026-12-15T22:00:00Z", "2026-12-15T13:00:00Z"],
            ["2027-01-19T18:00+00:00", "2027-01-19T18:00:00Z", "2027-01-19T22:00:00Z", "2027-01-19T13:00:00Z"],
        ] },
    Case { what: "an opening at from itself counts",
        zone: "Europe/London", cron: "0 18 * * TUE#3", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-15T18:00:00Z", occurrences: &[
            ["2026-12-15T18:00+00:00", "2026-12-15T18:00:00Z", "2026-12-15T22:00:00Z", "2026-12-15T13:00:00Z"],
            ["2027-01-19T18:00+00:00", "2027-01-19T18:00:00Z", "2027-01-19T22:00:00Z", "2027-01-19T13:00:00Z"],
        ] },
    Case { what: "an opening that the clocks skip moves forward",
        zone: "Europe/London", cron: "30 1 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-03-28T00:00:00Z", occurrences: &[
            ["2026-03-28T01:30+00:00", "2026-03-28T01:30:00Z", "2026-03-28T03:30:00Z", "2026-03-27T13:00:00Z"],
            ["2026-03-29T02:30+01:00", "2026-03-29T01:30:00Z", "2026-03-29T03:30:00Z", "2026-03-28T13:00:00Z"],
            ["2026-03-30T01:30+01:00", "2026-03-30T00:30:00Z", "2026-03-30T02:30:00Z", "2026-03-29T12:00:00Z"],
        ] },
    Case { what: "an opening that the clocks repeat is the first",
        zone: "Europe/London", cron: "30 1 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-10-25T00:00:00Z", occurrences: &[
            ["2026-10-25T01:30+01:00", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z", "2026-10-24T12:00:00Z"],
            ["2026-10-26T01:30+00:00", "2026-10-26T01:30:00Z", "2026-10-26T03:30:00Z", "2026-10-25T13:00:00Z"],
        ] },
    Case { what: "the second pass of a repeated hour opens nothing",
        zone: "Europe/London", cron: "30 1 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-10-25T00:30:01Z", occurrences: &[
            ["2026-10-26T01:30+00:00", "2026-10-26T01:30:00Z", "2026-10-26T03:30:00Z", "2026-10-25T13:00:00Z"],
        ] },
    Case { what: "two openings that the clocks make one are one",
        zone: "Europe/London", cron: "0 1,2 * * *", lasts: "1h", opt_out: ("13:00", 0), from: "2026-03-28T00:00:00Z", occurrences: &[
            ["2026-03-28T01:00+00:00", "2026-03-28T01:00:00Z", "2026-03-28T02:00:00Z", "2026-03-27T13:00:00Z"],
            ["2026-03-28T02:00+00:00", "2026-03-28T02:00:00Z", "2026-03-28T03:00:00Z", "2026-03-27T13:00:00Z"],
            ["2026-03-29T02:00+01:00", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", "2026-03-28T13:00:00Z"],
            ["2026-03-30T01:00+01:00", "2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z", "2026-03-29T12:00:00Z"],
        ] },
    Case { what: "skipped openings meet later ones, each instant once",
        zone: "Europe/London", cron: "*/30 1-2 * * SUN", lasts: "30m", opt_out: ("13:00", 0), from: "2026-03-29T00:00:00Z", occurrences: &[
            ["2026-03-29T02:00+01:00", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-28T13:00:00Z"],
            ["2026-03-29T02:30+01:00", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z", "2026-03-28T13:00:00Z"],
            ["2026-04-05T01:00+01:00", "2026-04-05T00:00:00Z", "2026-04-05T00:30:00Z", "2026-04-04T12:00:00Z"],
        ] },
    Case { what: "a skipped opening moves past one with a later local time",
        zone: "Australia/Lord_Howe", cron: "10,35 2 4 10 *", lasts: "5m", opt_out: ("13:00", 0), from: "2026-04-01T00:00:00Z", occurrences: &[
            ["2026-10-04T02:35+11:00", "2026-10-03T15:35:00Z", "2026-10-03T15:40:00Z", "2026-10-03T02:30:00Z"],
            ["2026-10-04T02:40+11:00", "2026-10-03T15:40:00Z", "2026-10-03T15:45:00Z", "2026-10-03T02:30:00Z"],
            ["2027-10-04T02:10+11:00", "2027-10-03T15:10:00Z", "2027-10-03T15:15:00Z", "2027-10-03T02:00:00Z"],
        ] },
    Case { what: "an opening that moved behind from is found",
        zone: "Australia/Lord_Howe", cron: "10,35 2 4 10 *", lasts: "5m", opt_out: ("13:00", 0), from: "2026-10-03T15:36:00Z", occurrences: &[
            ["2026-10-04T02:40+11:00", "2026-10-03T15:40:00Z", "2026-10-03T15:45:00Z", "2026-10-03T02:30:00Z"],
            ["2027-10-04T02:10+11:00", "2027-10-03T15:10:00Z", "2027-10-03T15:15:00Z", "2027-10-03T02:00:00Z"],
        ] },
    Case { what: "a cut-off that the clocks skip moves forward",
        zone: "Europe/London", cron: "0 20 * * SUN", lasts: "2h", opt_out: ("01:30", 0), from: "2026-03-29T00:00:00Z", occurrences: &[
            ["2026-03-29T20:00+01:00", "2026-03-29T19:00:00Z", "2026-03-29T21:00:00Z", "2026-03-29T01:30:00Z"],
            ["2026-04-05T20:00+01:00", "2026-04-05T19:00:00Z", "2026-04-05T21:00:00Z", "2026-04-05T00:30:00Z"],
        ] },
    Case { what: "a cut-off that moved too near to the opening is that of the day before",
        zone: "Europe/London", cron: "32 2 * * SUN", lasts: "2h", opt_out: ("01:30", 0), from: "2026-03-29T00:00:00Z", occurrences: &[
            ["2026-03-29T02:32+01:00", "2026-03-29T01:32:00Z", "2026-03-29T03:32:00Z", "2026-03-28T01:30:00Z"],
        ] },
    Case { what: "a cut-off that the clocks repeat is the first",
        zone: "Europe/London", cron: "0 20 * * SUN", lasts: "2h", opt_out: ("01:30", 0), from: "2026-10-25T00:00:00Z", occurrences: &[
            ["2026-10-25T20:00+00:00", "2026-10-25T20:00:00Z", "2026-10-25T22:00:00Z", "2026-10-25T00:30:00Z"],
        ] },
    Case { what: "days before the opening are local days, over a change of the clocks",
        zone: "Europe/London", cron: "0 18 * * TUE", lasts: "4h", opt_out: ("13:00", 2), from: "2026-10-26T00:00:00Z", occurrences: &[
            ["2026-10-27T18:00+00:00", "2026-10-27T18:00:00Z", "2026-10-27T22:00:00Z", "2026-10-25T13:00:00Z"],
        ] },
    Case { what: "half past midnight has the cut-off of yesterday",
        zone: "Europe/London", cron: "30 0 10 6 *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-06-01T00:00:00Z", occurrences: &[
            ["2026-06-10T00:30+01:00", "2026-06-09T23:30:00Z", "2026-06-10T03:30:00Z", "2026-06-09T12:00:00Z"],
        ] },
    Case { what: "five minutes between cut-off and opening are enough",
        zone: "Europe/London", cron: "5 13 10 6 *", lasts: "1h", opt_out: ("13:00", 0), from: "2026-06-01T00:00:00Z", occurrences: &[
            ["2026-06-10T13:05+01:00", "2026-06-10T12:05:00Z", "2026-06-10T13:05:00Z", "2026-06-10T12:00:00Z"],
        ] },
    Case { what: "four minutes are not",
        zone: "Europe/London", cron: "4 13 10 6 *", lasts: "1h", opt_out: ("13:00", 0), from: "2026-06-01T00:00:00Z", occurrences: &[
            ["2026-06-10T13:04+01:00", "2026-06-10T12:04:00Z", "2026-06-10T13:04:00Z", "2026-06-09T12:00:00Z"],
        ] },
    Case { what: "a night over the year end",
        zone: "Europe/London", cron: "0 22 31 12 *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2026-12-31T22:00+00:00", "2026-12-31T22:00:00Z", "2027-01-01T02:00:00Z", "2026-12-31T13:00:00Z"],
        ] },
    Case { what: "leap day",
        zone: "Europe/London", cron: "0 18 29 2 *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2028-02-29T18:00+00:00", "2028-02-29T18:00:00Z", "2028-02-29T22:00:00Z", "2028-02-29T13:00:00Z"],
            ["2032-02-29T18:00+00:00", "2032-02-29T18:00:00Z", "2032-02-29T22:00:00Z", "2032-02-29T13:00:00Z"],
        ] },
    Case { what: "the last day of the month",
        zone: "Europe/London", cron: "30 22 L * *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-02-01T00:00:00Z", occurrences: &[
            ["2026-02-28T22:30+00:00", "2026-02-28T22:30:00Z", "2026-03-01T02:30:00Z", "2026-02-28T13:00:00Z"],
            ["2026-03-31T22:30+01:00", "2026-03-31T21:30:00Z", "2026-04-01T01:30:00Z", "2026-03-31T12:00:00Z"],
            ["2026-04-30T22:30+01:00", "2026-04-30T21:30:00Z", "2026-05-01T01:30:00Z", "2026-04-30T12:00:00Z"],
        ] },
    Case { what: "the last Friday",
        zone: "Europe/London", cron: "0 18 * * FRIL", lasts: "4h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2026-01-30T18:00+00:00", "2026-01-30T18:00:00Z", "2026-01-30T22:00:00Z", "2026-01-30T13:00:00Z"],
            ["2026-02-27T18:00+00:00", "2026-02-27T18:00:00Z", "2026-02-27T22:00:00Z", "2026-02-27T13:00:00Z"],
        ] },
    Case { what: "Sunday is 0 and 7",
        zone: "Europe/London", cron: "0 18 * * 7#1", lasts: "4h", opt_out: ("13:00", 0), from: "2026-02-01T00:00:00Z", occurrences: &[
            ["2026-02-01T18:00+00:00", "2026-02-01T18:00:00Z", "2026-02-01T22:00:00Z", "2026-02-01T13:00:00Z"],
            ["2026-03-01T18:00+00:00", "2026-03-01T18:00:00Z", "2026-03-01T22:00:00Z", "2026-03-01T13:00:00Z"],
        ] },
    Case { what: "months have names",
        zone: "Europe/London", cron: "0 18 15 DEC *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-01T00:00:00Z", occurrences: &[
            ["2026-12-15T18:00+00:00", "2026-12-15T18:00:00Z", "2026-12-15T22:00:00Z", "2026-12-15T13:00:00Z"],
            ["2027-12-15T18:00+00:00", "2027-12-15T18:00:00Z", "2027-12-15T22:00:00Z", "2027-12-15T13:00:00Z"],
        ] },
    Case { what: "a step in the days of the month",
        zone: "Europe/London", cron: "0 18 */10 * *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-20T00:00:00Z", occurrences: &[
            ["2026-12-21T18:00+00:00", "2026-12-21T18:00:00Z", "2026-12-21T22:00:00Z", "2026-12-21T13:00:00Z"],
            ["2026-12-31T18:00+00:00", "2026-12-31T18:00:00Z", "2026-12-31T22:00:00Z", "2026-12-31T13:00:00Z"],
            ["2027-01-01T18:00+00:00", "2027-01-01T18:00:00Z", "2027-01-01T22:00:00Z", "2027-01-01T13:00:00Z"],
        ] },
    Case { what: "a step in the weekdays",
        zone: "Europe/London", cron: "0 18 * * */3", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-01T00:00:00Z", occurrences: &[
            ["2026-12-02T18:00+00:00", "2026-12-02T18:00:00Z", "2026-12-02T22:00:00Z", "2026-12-02T13:00:00Z"],
            ["2026-12-05T18:00+00:00", "2026-12-05T18:00:00Z", "2026-12-05T22:00:00Z", "2026-12-05T13:00:00Z"],
            ["2026-12-06T18:00+00:00", "2026-12-06T18:00:00Z", "2026-12-06T22:00:00Z", "2026-12-06T13:00:00Z"],
        ] },
    Case { what: "a day of the month or a weekday",
        zone: "Europe/London", cron: "0 18 1 * TUE", lasts: "4h", opt_out: ("13:00", 0), from: "2026-12-25T00:00:00Z", occurrences: &[
            ["2026-12-29T18:00+00:00", "2026-12-29T18:00:00Z", "2026-12-29T22:00:00Z", "2026-12-29T13:00:00Z"],
            ["2027-01-01T18:00+00:00", "2027-01-01T18:00:00Z", "2027-01-01T22:00:00Z", "2027-01-01T13:00:00Z"],
            ["2027-01-05T18:00+00:00", "2027-01-05T18:00:00Z", "2027-01-05T22:00:00Z", "2027-01-05T13:00:00Z"],
        ] },
    Case { what: "a cut-off too near to the opening, behind a day that the zone skipped",
        zone: "Pacific/Kwajalein", cron: "0 0 22,23 8 *", lasts: "1h", opt_out: ("23:56", 0), from: "1993-08-21T00:00:00Z", occurrences: &[
            ["1993-08-22T00:00+12:00", "1993-08-21T12:00:00Z", "1993-08-21T13:00:00Z", "1993-08-20T11:56:00Z"],
            ["1993-08-23T00:00+12:00", "1993-08-22T12:00:00Z", "1993-08-22T13:00:00Z", "1993-08-21T11:56:00Z"],
        ] },
    Case { what: "the skipped hour of New York",
        zone: "America/New_York", cron: "30 2 8 3 *", lasts: "3h", opt_out: ("13:00", 0), from: "2026-03-01T00:00:00Z", occurrences: &[
            ["2026-03-08T03:30-04:00", "2026-03-08T07:30:00Z", "2026-03-08T10:30:00Z", "2026-03-07T18:00:00Z"],
        ] },
    Case { what: "the repeated hour of New York",
        zone: "America/New_York", cron: "30 1 1 11 *", lasts: "3h", opt_out: ("13:00", 0), from: "2026-03-01T00:00:00Z", occurrences: &[
            ["2026-11-01T01:30-04:00", "2026-11-01T05:30:00Z", "2026-11-01T08:30:00Z", "2026-10-31T17:00:00Z"],
        ] },
    Case { what: "the fifth Friday comes in some months only",
        zone: "America/New_York", cron: "0 22 * * FRI#5", lasts: "6h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2026-01-30T22:00-05:00", "2026-01-31T03:00:00Z", "2026-01-31T09:00:00Z", "2026-01-30T18:00:00Z"],
            ["2026-05-29T22:00-04:00", "2026-05-30T02:00:00Z", "2026-05-30T08:00:00Z", "2026-05-29T17:00:00Z"],
            ["2026-07-31T22:00-04:00", "2026-08-01T02:00:00Z", "2026-08-01T08:00:00Z", "2026-07-31T17:00:00Z"],
        ] },
    Case { what: "half an hour is repeated",
        zone: "Australia/Lord_Howe", cron: "45 1 * * SUN#1", lasts: "3h", opt_out: ("13:00", 0), from: "2026-04-01T00:00:00Z", occurrences: &[
            ["2026-04-05T01:45+11:00", "2026-04-04T14:45:00Z", "2026-04-04T17:45:00Z", "2026-04-04T02:00:00Z"],
        ] },
    Case { what: "half an hour is skipped",
        zone: "Australia/Lord_Howe", cron: "10 2 4 10 *", lasts: "3h", opt_out: ("13:00", 0), from: "2026-04-01T00:00:00Z", occurrences: &[
            ["2026-10-04T02:40+11:00", "2026-10-03T15:40:00Z", "2026-10-03T18:40:00Z", "2026-10-03T02:30:00Z"],
        ] },
    Case { what: "Ramadan begins: clocks go back in February",
        zone: "Africa/Casablanca", cron: "30 2 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-02-14T00:00:00Z", occurrences: &[
            ["2026-02-14T02:30+01:00", "2026-02-14T01:30:00Z", "2026-02-14T03:30:00Z", "2026-02-13T12:00:00Z"],
            ["2026-02-15T02:30+01:00", "2026-02-15T01:30:00Z", "2026-02-15T03:30:00Z", "2026-02-14T12:00:00Z"],
            ["2026-02-16T02:30+00:00", "2026-02-16T02:30:00Z", "2026-02-16T04:30:00Z", "2026-02-15T13:00:00Z"],
        ] },
    Case { what: "Ramadan ends: clocks go forward in March",
        zone: "Africa/Casablanca", cron: "30 2 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-03-21T00:00:00Z", occurrences: &[
            ["2026-03-21T02:30+00:00", "2026-03-21T02:30:00Z", "2026-03-21T04:30:00Z", "2026-03-20T13:00:00Z"],
            ["2026-03-22T03:30+01:00", "2026-03-22T02:30:00Z", "2026-03-22T04:30:00Z", "2026-03-21T13:00:00Z"],
            ["2026-03-23T02:30+01:00", "2026-03-23T01:30:00Z", "2026-03-23T03:30:00Z", "2026-03-22T12:00:00Z"],
        ] },
    Case { what: "a quarter of an hour",
        zone: "Asia/Kathmandu", cron: "0 18 15 * *", lasts: "4h", opt_out: ("13:00", 0), from: "2026-09-01T00:00:00Z", occurrences: &[
            ["2026-09-15T18:00+05:45", "2026-09-15T12:15:00Z", "2026-09-15T16:15:00Z", "2026-09-15T07:15:00Z"],
            ["2026-10-15T18:00+05:45", "2026-10-15T12:15:00Z", "2026-10-15T16:15:00Z", "2026-10-15T07:15:00Z"],
        ] },
    Case { what: "a day that was skipped is the day after it, once",
        zone: "Pacific/Apia", cron: "0 22 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2011-12-30T00:00:00Z", occurrences: &[
            ["2011-12-29T22:00-10:00", "2011-12-30T08:00:00Z", "2011-12-30T10:00:00Z", "2011-12-29T23:00:00Z"],
            ["2011-12-31T22:00+14:00", "2011-12-31T08:00:00Z", "2011-12-31T10:00:00Z", "2011-12-30T23:00:00Z"],
            ["2012-01-01T22:00+14:00", "2012-01-01T08:00:00Z", "2012-01-01T10:00:00Z", "2011-12-31T23:00:00Z"],
        ] },
    Case { what: "a cut-off looks back over a skipped day",
        zone: "Pacific/Apia", cron: "0 8 * * *", lasts: "2h", opt_out: ("13:00", 0), from: "2011-12-30T18:00:00Z", occurrences: &[
            ["2011-12-31T08:00+14:00", "2011-12-30T18:00:00Z", "2011-12-30T20:00:00Z", "2011-12-29T23:00:00Z"],
            ["2012-01-01T08:00+14:00", "2011-12-31T18:00:00Z", "2011-12-31T20:00:00Z", "2011-12-30T23:00:00Z"],
        ] },
    Case { what: "a midnight that did not exist",
        zone: "America/Sao_Paulo", cron: "0 0 4 11 *", lasts: "3h", opt_out: ("13:00", 0), from: "2018-01-01T00:00:00Z", occurrences: &[
            ["2018-11-04T01:00-02:00", "2018-11-04T03:00:00Z", "2018-11-04T06:00:00Z", "2018-11-03T16:00:00Z"],
        ] },
    Case { what: "no change of the clocks since 2019",
        zone: "America/Sao_Paulo", cron: "0 0 * * SUN#1", lasts: "3h", opt_out: ("13:00", 0), from: "2019-11-01T00:00:00Z", occurrences: &[
            ["2019-11-03T00:00-03:00", "2019-11-03T03:00:00Z", "2019-11-03T06:00:00Z", "2019-11-02T16:00:00Z"],
            ["2019-12-01T00:00-03:00", "2019-12-01T03:00:00Z", "2019-12-01T06:00:00Z", "2019-11-30T16:00:00Z"],
        ] },
    Case { what: "midnight is skipped on a Friday",
        zone: "Africa/Cairo", cron: "0 0 * 4 FRIL", lasts: "2h", opt_out: ("13:00", 0), from: "2026-04-01T00:00:00Z", occurrences: &[
            ["2026-04-24T01:00+03:00", "2026-04-23T22:00:00Z", "2026-04-24T00:00:00Z", "2026-04-23T11:00:00Z"],
        ] },
    Case { what: "the hour before midnight is repeated",
        zone: "Africa/Cairo", cron: "30 23 * 10 THUL", lasts: "2h", opt_out: ("13:00", 0), from: "2026-10-01T00:00:00Z", occurrences: &[
            ["2026-10-29T23:30+03:00", "2026-10-29T20:30:00Z", "2026-10-29T22:30:00Z", "2026-10-29T10:00:00Z"],
        ] },
    Case { what: "changes of the clocks that were given up",
        zone: "Asia/Tehran", cron: "30 0 22 3 *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2026-03-22T00:30+03:30", "2026-03-21T21:00:00Z", "2026-03-21T23:00:00Z", "2026-03-21T09:30:00Z"],
        ] },
    Case { what: "summer time is the standard",
        zone: "Europe/Dublin", cron: "30 1 25 10 *", lasts: "2h", opt_out: ("13:00", 0), from: "2026-01-01T00:00:00Z", occurrences: &[
            ["2026-10-25T01:30+01:00", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z", "2026-10-24T12:00:00Z"],
        ] },
    Case { what: "the first hour of the day is repeated",
        zone: "America/Havana", cron: "30 0 2 11 *", lasts: "2h", opt_out: ("13:00", 0), from: "2025-01-01T00:00:00Z", occurrences: &[
            ["2025-11-02T00:30-04:00", "2025-11-02T04:30:00Z", "2025-11-02T06:30:00Z", "2025-11-01T17:00:00Z"],
        ] },
];

#[test]
fn occurrences_open_close_and_take_an_opt_out_when_the_local_clocks_say_so() {
    for case in CASES {
        let (time, days) = case.opt_out;
        let more = json!({"duration": case.lasts, "notice": "240h", "optOut": {"time": time, "daysBefore": days}});
        let schedule = compile(case.zone, case.cron, &more).unwrap();
        let found: Vec<_> = schedule.occurrences(at(case.from)).take(case.occurrences.len()).collect();
        let found = found.iter().map(|o| [o.opens.clone(), text(o.opens_at), text(o.closes_at), text(o.opt_out_until)]);
        assert_eq!(found.collect::<Vec<_>>(), case.occurrences, "{}: {}", case.zone, case.what);
    }
}

#[test]
fn an_occurrence_is_open_from_its_opening_to_the_second_before_its_close() {
    for case in CASES {
        let schedule = compile(case.zone, case.cron, &json!({"duration": case.lasts, "notice": "240h"})).unwrap();
        for o in schedule.occurrences(at(case.from)).take(case.occurrences.len()) {
            let open_at = |instant| schedule.open_at(instant).is_some_and(|open| open == o);
            let second = SignedDuration::from_secs(1);
            let around = [o.opens_at - second, o.opens_at, o.closes_at - second, o.closes_at].map(open_at);
            assert_eq!(around, [false, true, true, false], "{}: {} {}", case.zone, case.what, o.opens);
        }
    }
}

fn text(at: jiff::Timestamp) -> String {
    at.to_string()
}
