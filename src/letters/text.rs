//! Texts of other people, as a letter may hold them.

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
