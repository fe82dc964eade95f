//! `bench counts`: instructions, device accesses and sizes, compared with the checked-in table.

use std::fs;
use std::path::Path;

use unikernel_bench::counts::{measures, table};
use unikernel_cli::cargo::Workspace;
use unikernel_cli::table::{Align, Table, grouped};

use super::{Failure, output};

/// Count what kernels execute, and how large images are.
///
/// Counts hardly depend on the machine. They are compared with `build-support/bench/counts.txt`, and one that has grown by more
/// than 3 % is a failure.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Write the table anew
    #[arg(long)]
    update: bool,
}

/// The table, below the workspace's root.
const TABLE: &str = "build-support/bench/counts.txt";

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let here = std::env::current_dir().map_err(|error| format!("cannot get the current folder: {error}"))?;
    let workspace = Workspace::find(&here).map_err(|error| error.to_string())?;
    let path = workspace.root().join(TABLE);
    let now = measures(&workspace, |what| output::progress("Counting", what)).map_err(|error| error.to_string())?;
    let then = read(&path);
    let mut shown = Table::new([Align::Left, Align::Right, Align::Right]);
    shown.row(["what", "now", "in the table"]);
    for measure in &now {
        let old = then.iter().flatten().find(|old| old.name == measure.name).map(|old| grouped(old.value));
        shown.row([measure.name.clone(), grouped(measure.value), old.unwrap_or_default()]);
    }
    print!("{shown}");
    if arguments.update {
        fs::write(&path, table::render(&now)).map_err(|error| format!("cannot write `{TABLE}`: {error}"))?;
        output::progress("Wrote", TABLE);
        return Ok(());
    }
    let differences = table::compare(&then?, &now);
    for hint in &differences.hints {
        output::warning(hint);
    }
    if differences.faults.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nhelp: if that is the price of something, `make bench-counts UPDATE=1` and commit `{TABLE}` with it",
        differences.faults.join("\n")
    ))
}

fn read(path: &Path) -> Result<Vec<unikernel_bench::counts::Measure>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read `{TABLE}`: {error}"))?;
    table::parse(&text).map_err(|error| format!("`{TABLE}`: {error}"))
}
