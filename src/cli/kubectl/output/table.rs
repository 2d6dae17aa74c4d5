//! Tables for people: aligned columns that fit the screen. Pure.

/// The columns of a screen that a table may take.
pub const WIDTH: usize = 100;
/// No column is cut below this, unless its content is shorter.
const LEAST: usize = 8;
/// Between two columns.
const GAP: usize = 2;

/// Rows of cells below a header.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<&'static str>,
    /// Columns that are cut before the others.
    cut: &'static [&'static str],
    rows: Vec<Vec<String>>,
    marks: Vec<Option<Mark>>,
}

/// A cell that catches the eye on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its column.
    pub column: &'static str,
    /// Its colour.
    pub colour: Colour,
}

/// Colours, for what they mean and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// As it should be.
    Green,
    /// Something happens.
    Yellow,
    /// Somebody has to look at it.
    Red,
}

impl Colour {
    fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), ..Self::default() }
    }

    /// Cuts these columns first: names and dates are of use only when they are whole.
    #[must_use]
    pub fn cut_first(mut self, columns: &'static [&'static str]) -> Self {
        self.cut = columns;
        self
    }

    /// One more row, with a cell that is marked where the table is coloured.
    pub fn marked(&mut self, cells: impl IntoIterator<Item = String>, mark: Option<Mark>) {
        self.row(cells);
        self.marks.resize(self.rows.len(), None);
        self.marks[self.rows.len() - 1] = mark;
    }

    /// One more row; an empty cell is a dash, so that columns can be counted by tools.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let dash = |cell: String| if cell.is_empty() { "-".into() } else { one_line(&cell) };
        self.rows.push(cells.into_iter().map(dash).collect());
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, at most so wide; none: nothing is cut.
    pub fn render(&self, width: Option<usize>) -> String {
        self.text(width, false)
    }

    /// The text for a terminal.
    pub fn coloured(&self, width: Option<usize>) -> String {
        self.text(width, true)
    }

    fn text(&self, width: Option<usize>, colours: bool) -> String {
        let header: Vec<String> = self.header.iter().map(|name| (*name).to_owned()).collect();
        let lines = || std::iter::once(&header).chain(&self.rows);
        let natural = (0..header.len()).map(|i| lines().map(|row| length(row.get(i))).max().unwrap_or_default());
        let widths = self.fit(natural.collect(), width);
        let marks = std::iter::once(None).chain(self.marks.iter().copied()).chain(std::iter::repeat(None));
        let mark = |mark: Option<Mark>| {
            let mark = mark.filter(|_| colours)?;
            Some((self.header.iter().position(|name| *name == mark.column)?, mark.colour))
        };
        lines().zip(marks.map(mark)).map(|(row, mark)| line(row, &widths, mark)).collect()
    }

    fn fit(&self, mut widths: Vec<usize>, limit: Option<usize>) -> Vec<usize> {
        let Some(limit) = limit else { return widths };
        let room = limit.saturating_sub(GAP * widths.len().saturating_sub(1));
        let first = |i: usize| self.cut.contains(&self.header[i]);
        while widths.iter().sum::<usize>() > room && (shrink(&mut widths, first) || shrink(&mut widths, |_| true)) {}
        widths
    }
}

/// Takes one character from the widest of these columns; of equally wide ones from the last, since what is in front tells rows apart.
fn shrink(widths: &mut [usize], of: impl Fn(usize) -> bool) -> bool {
    let wide = widths.iter_mut().enumerate().filter(|(i, width)| of(*i) && **width > LEAST);
    let widest = wide.map(|(_, width)| width).max_by_key(|width| **width);
    widest.map(|width| *width -= 1).is_some()
}

/// A cell is one line, whatever somebody wrote into a message or a reason. A control character could write over the screen.
fn one_line(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "\u{fffd}")
}

fn length(cell: Option<&String>) -> usize {
    cell.map_or(0, |cell| cell.chars().count())
}

fn line(row: &[String], widths: &[usize], mark: Option<(usize, Colour)>) -> String {
    let mut line = String::new();
    for (i, (cell, width)) in row.iter().zip(widths).enumerate() {
        let cell = cut(cell, *width);
        let filled = cell.chars().count();
        match mark.filter(|(column, _)| *column == i) {
            Some((_, colour)) => line.push_str(&colour.paint(&cell)),
            None => line.push_str(&cell),
        }
        line.extend(std::iter::repeat_n(' ', width - filled + GAP));
    }
    format!("{}\n", line.trim_end())
}

/// At most so many characters; what is missing is shown by `…`.
fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    let kept: String = cell.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[&[&str]]) -> Table {
        let mut table = Table::new(&["NAME", "STATE", "WHY"]);
        for row in rows {
            table.row(row.iter().map(|cell| (*cell).to_owned()));
        }
        table
    }

    #[test]
    fn columns_are_aligned_and_empty_cells_are_dashes() {
        let text = table(&[&["acme/dash", "UpToDate", ""], &["b", "", "a reason"]]).render(Some(WIDTH));
        assert_eq!(text, "NAME       STATE     WHY\nacme/dash  UpToDate  -\nb          -         a reason\n");
    }

    #[test]
    fn the_longest_cell_is_cut_and_the_short_ones_stay() {
        let table = table(&[&["acme/dash", "Blocked", &"long ".repeat(40)]]);
        let text = table.render(Some(40));
        assert_eq!(text.lines().nth(1), Some("acme/dash  Blocked  long long long long…"));
        assert!(table.render(None).lines().nth(1).is_some_and(|line| line.chars().count() > 200), "wide shows everything");
    }

    #[test]
    fn a_column_that_is_to_be_cut_first_leaves_the_others_whole() {
        let table = table(&[&["a-name-as-long-as-the-message", "b", "the message is as long as this"]]).cut_first(&["WHY"]);
        let line = table.render(Some(50)).lines().nth(1).map(str::to_owned);
        assert_eq!(line.as_deref(), Some("a-name-as-long-as-the-message  b      the message…"));
    }

    #[test]
    fn colours_change_nothing_but_the_colour() {
        let mut table = Table::new(&["NAME", "STATE"]);
        table.marked(["a".into(), "Blocked".into()], Some(Mark { column: "STATE", colour: Colour::Red }));
        table.marked(["b".into(), "UpToDate".into()], None);
        assert_eq!(table.coloured(None), "NAME  STATE\na     \u{1b}[31mBlocked\u{1b}[0m\nb     UpToDate\n");
        assert_eq!(table.render(None), "NAME  STATE\na     Blocked\nb     UpToDate\n");
    }

    #[test]
    fn a_cell_is_one_line_without_control_characters() {
        let text = table(&[&["a", "b", "two\nlines \u{1b}[31mred"]]).render(None);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_screen(rows in prop::collection::vec(prop::collection::vec("\\PC{0,120}", 3), 0..6)) {
            let mut table = Table::new(&["NAME", "STATE", "WHY"]);
            for row in rows {
                table.row(row);
            }
            let text = table.render(Some(WIDTH));
            prop_assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        }
    }
}
