//! A year as a picture: SVG by hand, as a few rectangles need no library. Pure. What other people wrote is escaped, and nothing is told by a
//! colour alone.

use jiff::{ToSpan, civil::Date};

use super::{
    look::{BAR, BEFORE, BEHIND, FREEZE, GREY, INK, LINE, LOOKS, TICK, TODAY, look},
    year::{End, MONTHS, Openings, Year},
};
use crate::api::window::Freeze;

/// Across; a year of the days lies between two of these.
const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 16.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 980.0;
/// Dates in words, to the right of the days.
const START_BY: f64 = 1004.0;
const UNSUPPORTED: f64 = 1098.0;
/// Down.
const TITLE: f64 = 28.0;
const SUBTITLE: f64 = 48.0;
const LEGEND: f64 = 72.0;
const HEAD: f64 = 132.0;
const HEADING: f64 = 26.0;
const WINDOW: f64 = 22.0;
const END: f64 = 36.0;
/// Rows that are drawn; how many more there are is told.
const MOST_WINDOWS: usize = 12;
const MOST_ENDS: usize = 40;
/// Letters that fit to the left of the days, and below the title.
const LABEL: usize = 36;
const SMALL_LABEL: usize = 52;
const ACROSS: usize = 180;
/// About the width of a small letter.
const LETTER: f64 = 6.2;

/// The picture.
pub fn draw(year: &Year) -> String {
    let mut rows = Rows { year, y: HEAD, svg: vec![] };
    rows.windows();
    rows.ends();
    let bottom = rows.y + MARGIN;
    let parts = [head(year, bottom + MARGIN), legend(), months(year, bottom), rows.svg.concat(), today(year, bottom)];
    parts.concat() + "</svg>\n"
}

fn head(year: &Year, height: f64) -> String {
    let last = year.until.saturating_sub(1.day());
    let title = format!("Ends of support, {} to {}", year.from.strftime("%B %Y"), last.strftime("%B %Y"));
    let subtitle = format!("As of {} (UTC), {}: {}", year.today, year.asked, year.summary);
    let all: Vec<_> = year.ends.iter().take(MOST_ENDS).map(|end| format!(". {}", end.sentence())).collect();
    let described = escape(&(subtitle.clone() + &all.concat()));
    let told = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"
 style="max-width:100%;height:auto" font-family="system-ui, sans-serif" font-size="13" fill="{INK}"
 role="graphics-document document" aria-labelledby="uplift-title" aria-describedby="uplift-description">
<title id="uplift-title">{title}</title>
<desc id="uplift-description">{described}</desc>
<rect width="{WIDTH}" height="{height}" fill="white"/>
"#
    );
    told + &text(MARGIN, TITLE, r#" font-size="18""#, &title) + &text(MARGIN, SUBTITLE, &small(), &cut(&subtitle, ACROSS))
}

/// What each shape means.
fn legend() -> String {
    let states = LOOKS.iter().map(|look| (look.mark(), look.words));
    let others = [
        (BAR.to_owned(), "must start by, to the end"),
        (TICK.to_owned(), "a window opens"),
        (FREEZE.to_owned(), "freeze"),
        (TODAY.to_owned(), "today"),
    ];
    let (mut x, mut all) = (MARGIN, vec![]);
    for (shape, words) in states.chain(others) {
        all.push(at(x + 8.0, LEGEND, &shape));
        all.push(text(x + 22.0, LEGEND + 4.0, &small(), words));
        x += 38.0 + words.chars().map(|_| LETTER).sum::<f64>();
    }
    all.concat()
}

/// A line at the first of each month, and its name.
fn months(year: &Year, bottom: f64) -> String {
    let month = |n: i32| {
        let first = year.from.saturating_add(n.months());
        let x = x(year, first);
        let name = first.strftime(if n == 0 || first.month() == 1 { "%b %Y" } else { "%b" }).to_string();
        let name = if n < MONTHS { text(x + 4.0, HEAD - 24.0, &small(), &name) } else { String::new() };
        format!("<path d=\"M{x:.1} {:.1}V{bottom:.1}\" stroke=\"{LINE}\"/>\n{name}", HEAD - 36.0)
    };
    (0..=MONTHS).map(month).collect::<Vec<_>>().concat()
}

fn today(year: &Year, bottom: f64) -> String {
    let x = x(year, year.today);
    let words = format!("today, {}", year.today.strftime("%-d %b"));
    // White around its letters, where lines of months cross them.
    let look = r#" font-size="11" text-anchor="middle" stroke="white" stroke-width="4" paint-order="stroke""#;
    format!("<path d=\"M{x:.1} {HEAD:.1}V{bottom:.1}\" stroke=\"{INK}\" stroke-dasharray=\"5 3\"/>\n")
        + &text(x, HEAD - 5.0, look, &words)
}

/// Where a day begins; what lies outside of the year stands at its edge.
fn x(year: &Year, day: Date) -> f64 {
    let days = |until: Date| f64::from((until - year.from).get_days());
    LEFT + days(day.clamp(year.from, year.until)) / days(year.until) * (RIGHT - LEFT)
}

/// The rows, one below the other.
struct Rows<'a> {
    year: &'a Year,
    y: f64,
    svg: Vec<String>,
}

impl Rows<'_> {
    fn windows(&mut self) {
        self.heading("Windows", "");
        for window in self.year.windows.iter().take(MOST_WINDOWS) {
            self.window(window);
        }
        self.more(self.year.windows.len(), MOST_WINDOWS, "no window of these tenants is known");
    }

    fn ends(&mut self) {
        let columns =
            text(START_BY, self.y + 18.0, &small(), "must start by") + &text(UNSUPPORTED, self.y + 18.0, &small(), "unsupported");
        self.heading("Ends of support", &columns);
        for end in self.year.ends.iter().take(MOST_ENDS) {
            self.end(end);
        }
        self.more(self.year.ends.len(), MOST_ENDS, "nothing that is known to end");
    }

    fn heading(&mut self, words: &str, columns: &str) {
        let words = text(MARGIN, self.y + 18.0, r#" font-weight="bold""#, words);
        self.svg.extend([across(self.y, "1"), words, columns.to_owned()]);
        self.y += HEADING;
    }

    /// How many rows there are beyond those that are drawn, or that there is none.
    fn more(&mut self, all: usize, most: usize, none: &str) {
        let words = match all.checked_sub(most) {
            _ if all == 0 => none.to_owned(),
            None | Some(0) => return,
            Some(more) => format!("and {more} more"),
        };
        self.svg.push(text(MARGIN, self.y + 14.0, &small(), &words));
        self.y += WINDOW;
    }

    fn window(&mut self, window: &Openings) {
        let (year, middle) = (self.year, self.y + WINDOW / 2.0);
        let tick = |day: &Date| format!("M{:.1} {:.1}v14", x(year, *day), middle - 7.0);
        let ticks: Vec<_> = window.days.iter().map(tick).collect();
        let freezes: Vec<_> = window.freezes.iter().map(|freeze| frozen(year, freeze, middle)).collect();
        let name = text(MARGIN, middle + 4.0, "", &cut(&window.name, LABEL));
        let ticks = format!("<path d=\"{}\" stroke=\"{INK}\" stroke-width=\"1.2\"/>\n", ticks.concat());
        self.row(&window.name, &[name, freezes.concat(), ticks]);
        self.y += WINDOW;
    }

    fn end(&mut self, end: &End) {
        let (year, middle, look) = (self.year, self.y + END / 2.0, look(end.state));
        let whose = text(MARGIN, middle + 13.0, &small(), &cut(&end.whose(), SMALL_LABEL));
        let date = |on: Option<Date>| on.map_or_else(|| "-".to_owned(), |on| on.to_string());
        self.row(
            &end.sentence(),
            &[
                across(self.y, "0.5"),
                text(MARGIN, middle - 3.0, r#" font-weight="bold""#, &cut(&end.what, LABEL)),
                whose,
                runway(year, end, middle),
                end.ends_on.map(|on| mark(year, on, middle, &look.mark())).unwrap_or_default(),
                text(START_BY, middle - 3.0, "", &date(end.must_start_on)),
                text(UNSUPPORTED, middle - 3.0, "", &date(end.ends_on)),
                text(START_BY, middle + 13.0, &small(), &end.state.to_string()),
            ],
        );
        self.y += END;
    }

    /// Its title is shown to who points at it, and read to who cannot.
    fn row(&mut self, title: &str, parts: &[String]) {
        self.svg.push(format!("<g><title>{}</title>\n{}</g>\n", escape(title), parts.concat()));
    }
}

fn frozen(year: &Year, freeze: &Freeze, middle: f64) -> String {
    let (left, right) = (x(year, freeze.from), x(year, freeze.to.saturating_add(1.day())));
    let title = escape(&format!("frozen from {} to {}: {}", freeze.from, freeze.to, freeze.reason));
    format!(
        "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"10\" fill=\"{LINE}\" stroke=\"{GREY}\"><title>{title}</title></rect>\n",
        middle - 5.0,
        right - left
    )
}

/// From the day by which the first upgrade must start to the end.
fn runway(year: &Year, end: &End, middle: f64) -> String {
    let (Some(start), Some(on)) = (end.must_start_on, end.ends_on) else { return String::new() };
    let (left, right, colour) = (x(year, start), x(year, on), look(end.state).colour);
    if left >= right {
        return String::new(); // it lies outside of the year
    }
    format!(
        "<path d=\"M{left:.1} {middle:.1}H{right:.1}\" stroke=\"{colour}\" stroke-width=\"10\" stroke-opacity=\"0.35\"/>\n\
         <path d=\"M{left:.1} {:.1}v16\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
        middle - 8.0
    )
}

/// At its day; one that lies outside of the year stands at the edge, with an arrow that points there.
fn mark(year: &Year, on: Date, middle: f64, shape: &str) -> String {
    let arrow = if on < year.from {
        BEFORE
    } else if on >= year.until {
        BEHIND
    } else {
        ""
    };
    at(x(year, on), middle, &format!("{shape}{arrow}"))
}

/// A line that leads from the words on the left to those on the right.
fn across(y: f64, opacity: &str) -> String {
    let end = WIDTH - MARGIN;
    format!("<path d=\"M{MARGIN} {y:.1}H{end:.1}\" stroke=\"{LINE}\" stroke-opacity=\"{opacity}\"/>\n")
}

fn at(x: f64, y: f64, shape: &str) -> String {
    format!("<g transform=\"translate({x:.1} {y:.1})\">{shape}</g>\n")
}

fn small() -> String {
    format!(" font-size=\"11\" fill=\"{GREY}\"")
}

fn text(x: f64, y: f64, look: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\"{look}>{}</text>\n", escape(words))
}

/// What fits; the whole stands in the title of its row.
fn cut(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most - 1).chain(['…']).collect()
}

/// No markup, and no character that XML does not know.
fn escape(words: &str) -> String {
    let unknown = |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
    let words = words.replace(unknown, "\u{fffd}");
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
#[path = "svg_tests.rs"]
mod tests;
