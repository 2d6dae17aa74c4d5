//! Texts that letters share: those of other people, as a letter may hold them, and days.

use jiff::civil::Date;

/// A date for people: `Fri 15 Jan 2027`.
pub fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// Why nothing can be declined any more: the first day without support.
pub fn not_supported_from(on: Date) -> String {
    format!("The version that you run is not supported from {} on", day(on))
}

/// One line without control characters, and without those that turn the direction of writing: what people wrote as a reason must
/// not look like words of the letter. Where it becomes HTML, it is escaped there.
pub fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if unseen(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unseen(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns
}
