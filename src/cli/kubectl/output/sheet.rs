//! Lists as CSV by RFC 4180, for spreadsheets. Pure.

use csv::{Terminator, WriterBuilder};

/// A header and rows, nothing cut.
pub fn text(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> anyhow::Result<String> {
    let mut sheet = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(vec![]);
    sheet.write_record(header)?;
    for row in rows {
        sheet.write_record(row.iter().map(|cell| harmless(cell)))?;
    }
    Ok(String::from_utf8(sheet.into_inner()?)?)
}

/// A spreadsheet runs a cell that begins like a formula, and customers' names are other people's text: behind an apostrophe it is text. Lines stay
/// lines; any other control character could write over a screen.
fn harmless(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@']) || cell.starts_with(char::is_control);
    let control = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    let text = cell.replace("\r\n", "\n").replace(control, "\u{fffd}");
    if runs { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(cells: &[&str]) -> String {
        text(&["A", "B"], [cells.iter().map(|cell| (*cell).to_owned()).collect()]).unwrap()
    }

    #[test]
    fn lines_end_as_the_rfc_says_and_an_empty_cell_is_empty() {
        assert_eq!(sheet(&["acme/acme", ""]), "A,B\r\nacme/acme,\r\n");
        assert_eq!(text(&["A", "B"], []).unwrap(), "A,B\r\n", "a list of nothing has its header");
    }

    #[test]
    fn commas_quotes_and_lines_of_a_text_are_quoted_and_stay() {
        assert_eq!(
            sheet(&["Acme, \"Ltd\"", "two\r\nlines\tand a tab"]),
            "A,B\r\n\"Acme, \"\"Ltd\"\"\",\"two\nlines\tand a tab\"\r\n"
        );
    }

    #[test]
    fn a_name_that_a_spreadsheet_would_run_becomes_text() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(sheet(&[name, "b"]), format!("A,B\r\n'{name},b\r\n"));
        }
        assert_eq!(sheet(&["\u{1b}[31mred", "a=b - c"]), "A,B\r\n'\u{fffd}[31mred,a=b - c\r\n");
        assert_eq!(sheet(&["\n=1", "b"]), "A,B\r\n\"'\n=1\",b\r\n");
    }
}
