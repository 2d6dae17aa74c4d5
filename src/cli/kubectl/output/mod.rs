//! What commands print: tables for people, the rest for programs.

mod format;
mod sheet;
mod table;

use std::io::{ErrorKind, Write};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

pub use format::Output;
pub use table::{Colour, Mark, Table, WIDTH};

use super::Context;
use crate::cli::Failure;

/// A kind of object as a command lists it. Serialized it is an item of `-o json`.
pub trait Row: Serialize {
    /// The kind whose list it is.
    const KIND: &'static str;
    /// The kind of the object that has the name.
    const OBJECT: &'static str;
    /// The columns of the table.
    const COLUMNS: &'static [&'static str];
    /// Further columns of the wide table.
    const MORE: &'static [&'static str];
    /// Columns that are cut before the others where the screen is too narrow.
    const CUT: &'static [&'static str];
    /// The object's name.
    fn name(&self) -> &str;
    /// A cell for each column.
    fn cells(&self) -> Vec<String>;
    /// A cell for each further column.
    fn more(&self) -> Vec<String>;
    /// A cell for each column and each further one, with nothing left out.
    fn whole(&self) -> Vec<String> {
        [self.cells(), self.more()].concat()
    }
    /// The cell that catches the eye on a terminal.
    fn mark(&self) -> Option<Mark> {
        None
    }
}

/// Prints rows, and for people a last line. Without any a table says `none`, on stderr as kubectl does, and a program gets an empty
/// list.
pub fn rows<T: Row>(context: &Context, rows: &[T], last: &str, none: &str) -> Result<(), Failure> {
    let people = context.output.is_for_people();
    if rows.is_empty() && people {
        eprintln!("{none}");
        return Ok(());
    }
    let table = if people { table(context.output, rows) } else { return print(&text(context.output, rows)?) };
    let width = context.output.width();
    let text = if context.colours { table.coloured(width) } else { table.render(width) };
    let last = if last.is_empty() { String::new() } else { format!("\n{last}\n") };
    print(&format!("{text}{last}"))
}

/// Rows as a text without colours.
pub fn text<T: Row>(output: Output, rows: &[T]) -> Result<String, Failure> {
    match output {
        Output::Json | Output::Yaml => machine(output, &list(T::KIND, rows)?),
        Output::Csv => csv(rows),
        Output::Name => Ok(rows.iter().map(|row| name(T::OBJECT, row.name())).collect()),
        Output::Table | Output::Wide => Ok(table(output, rows).render(output.width())),
    }
}

fn csv<T: Row>(rows: &[T]) -> Result<String, Failure> {
    let text = sheet::text(&[T::COLUMNS, T::MORE].concat(), rows.iter().map(Row::whole));
    text.context("write the output as CSV").map_err(Failure::Runtime)
}

fn table<T: Row>(output: Output, rows: &[T]) -> Table {
    let more = if output == Output::Wide { T::MORE } else { &[] };
    let mut table = Table::new(&[T::COLUMNS, more].concat()).cut_first(T::CUT);
    for row in rows {
        let more = if output == Output::Wide { row.more() } else { vec![] };
        table.marked([row.cells(), more].concat(), row.mark());
    }
    table
}

/// How long ago something was made, as kubectl says it: `42s`, `5m`, `3h`, `12d`.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Prints to stdout. A reader that has read enough (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match done {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("print the output").map_err(Failure::Runtime),
    }
}

/// Items as JSON tools know them.
pub fn list<T: Serialize>(kind: &str, items: &[T]) -> Result<Value, Failure> {
    let items = items.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"apiVersion": "uplift.dev/v1alpha1", "kind": format!("{kind}List"), "items": items}))
}

/// One item as JSON.
pub fn value<T: Serialize>(item: &T) -> Result<Value, Failure> {
    serde_json::to_value(item).context("write the output as JSON").map_err(Failure::Runtime)
}

/// A value in the format of a program.
pub fn machine(output: Output, value: &Value) -> Result<String, Failure> {
    let text = match output {
        Output::Yaml => serde_saphyr::to_string(value).context("write the output as YAML"),
        _ => serde_json::to_string_pretty(value).context("write the output as JSON"),
    };
    Ok(format!("{}\n", text.map_err(Failure::Runtime)?.trim_end()))
}

/// The name of an object as `kubectl -o name` has it.
pub fn name(kind: &str, name: &str) -> String {
    format!("{}.uplift.dev/{name}\n", kind.to_ascii_lowercase())
}
