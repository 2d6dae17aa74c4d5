//! The timeline for people: a heading for each day, one sentence for each event, at most 100 columns.

use std::io::{self, Write};

use jiff::{Timestamp, civil::Date, tz::Offset};

use super::{
    printer::Printer,
    sentence,
    shown::{Letter, Shown, What},
};
use crate::{
    api::condition,
    simulate::{engine::Told, world::World},
};

const WIDTH: usize = 100;
/// Two spaces, the time, two spaces.
const TIME: usize = 12;
const WHO: usize = 26;

pub(super) struct Text<'a> {
    out: &'a mut dyn Write,
    day: Option<Date>,
}

impl<'a> Text<'a> {
    pub(super) fn begin(out: &'a mut dyn Write) -> io::Result<Self> {
        writeln!(out, "All times are UTC; slots are named by their opening in local time.")?;
        Ok(Self { out, day: None })
    }
    fn heading(&mut self, day: Date) -> io::Result<()> {
        if self.day != Some(day) {
            self.day = Some(day);
            writeln!(self.out, "\n{}", day.strftime("%A %-d %B %Y"))?;
        }
        Ok(())
    }
    fn at(&mut self, at: Timestamp, who: Option<&str>, text: &str) -> io::Result<()> {
        let local = Offset::UTC.to_datetime(at);
        self.heading(local.date())?;
        self.row(&local.time().strftime("%H:%M:%S").to_string(), &who.map_or_else(|| "-".into(), short), text)
    }
    /// A letter as its reader sees it, between two lines.
    fn letter(&mut self, at: Timestamp, letter: &Letter) -> io::Result<()> {
        self.at(at, Some(&letter.tenant), &format!("letter {} to {} <{}>", letter.kind.name(), letter.contact, letter.to))?;
        let calendar = letter.calendar.as_ref();
        let calendar = calendar.map(|entry| format!("Calendar: {}, {}, sequence {}", entry.method, entry.uid, entry.sequence));
        let lines = [Some(format!("Subject: {}", letter.subject)), calendar].into_iter().flatten();
        let lines: Vec<_> = lines.chain([String::new()]).chain(letter.text.lines().map(str::to_owned)).collect();
        for line in lines.iter().flat_map(|line| wrap(line, WIDTH - TIME - 2)) {
            writeln!(self.out, "{}", format!("{:width$}| {line}", "", width = TIME).trim_end())?;
        }
        Ok(())
    }
    fn row(&mut self, first: &str, who: &str, text: &str) -> io::Result<()> {
        let mut lines = wrap(text, WIDTH - TIME - WHO).into_iter();
        writeln!(self.out, "  {first:<8}  {who:<26}{}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(self.out, "{:width$}{line}", "", width = TIME + WHO))
    }
}

impl Printer for Text<'_> {
    fn print(&mut self, told: &Told) -> io::Result<()> {
        let who = told.story.tenant.as_ref().map(ToString::to_string);
        self.at(told.at, who.as_deref(), &sentence::of(&told.story))
    }

    fn show(&mut self, shown: &Shown) -> io::Result<()> {
        match &shown.what {
            What::Letter(letter) => self.letter(shown.when, letter),
            What::Images(images) => {
                let set: Vec<_> = images.set.iter().map(|(container, image)| format!("{container}={image}")).collect();
                self.at(shown.when, None, &format!("{} gets {}", images.workload, set.join(", ")))
            }
        }
    }

    fn end(&mut self, world: &World) -> io::Result<()> {
        writeln!(self.out, "\nAt the end")?;
        for object in world.objects() {
            let (crate::fleet::ObjectKey::Tenant(key), Some((_, status))) = (&object.key, object.tenant()) else { continue };
            let version = status.version.as_deref().unwrap_or("unknown version");
            let state = condition::get(&status.conditions, condition::UP_TO_DATE).map(|c| format!("{}: {}", c.reason, c.message));
            let state = state.unwrap_or_default();
            self.row("", &short(&key.to_string()), format!("{version}  {state}").trim_end())?;
        }
        self.out.flush()
    }
}

/// A name that fits its column, with one space after it.
fn short(name: &str) -> String {
    if name.chars().count() < WHO { name.to_owned() } else { name.chars().take(WHO - 2).chain(['…']).collect() }
}

/// Breaks a text at spaces; a word that is too long is cut. What would steer a terminal is shown as what it is: no letter.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace().flat_map(|word| pieces(word, width)) {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(&word);
        }
    }
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    letters.chunks(width).map(|piece| piece.iter().collect()).collect()
}
