//! `unikernel run --profile`: a profile of the guest, as folded stacks, flame graphs and a table.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::elf::Kernel;
use crate::profile::{self, Folded, Profile, Weight};
use crate::table::{Align, Table, grouped};
use crate::whole_file;

use super::failure::Failure;
use super::path::shown;
use super::{output, product};

/// The number of functions in the table.
const SHOWN: usize = 20;

/// A running profile.
pub(super) struct Profiling {
    kernel: Kernel,
    plugin: PathBuf,
    folder: tempfile::TempDir,
    /// The path of the output files, without extension.
    stem: PathBuf,
}

impl Profiling {
    /// Prepares to profile the kernel at `elf`.
    pub(super) fn new(file: &Path, elf: Option<&Path>) -> Result<Self, Failure> {
        let Some(elf) = elf else {
            return Err(Failure::Text(
                "the kernel in an ISO has no debug information to name functions with\nhelp: profile the application: \
                 `unikernel run -p APP --profile FILE`"
                    .into(),
            ));
        };
        let kernel = product::read_kernel(elf)?;
        let folder =
            tempfile::tempdir().map_err(|error| Failure::Text(format!("cannot create a temporary folder: {error}")))?;
        let plugin = profile::plugin(folder.path()).map_err(|error| Failure::Text(error.to_string()))?;
        let stem = file.with_extension("");
        if let Some(parent) = stem.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| Failure::file("create", parent, error))?;
        }
        Ok(Self { kernel, plugin, folder, stem })
    }

    /// The QEMU options that load the plugin.
    pub(super) fn options(&self) -> [OsString; 2] {
        let mut plugin = OsString::from(&self.plugin);
        plugin.push(",out=");
        plugin.push(self.raw());
        ["-plugin".into(), plugin]
    }

    fn raw(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    /// Writes the output, once the machine has ended.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let raw = self.raw();
        let text = fs::read_to_string(&raw).map_err(|error| {
            Failure::Text(format!(
                "QEMU ended before it wrote the profile: {error}\nhelp: let the kernel finish, or stop it with a single Ctrl-C"
            ))
        })?;
        let words = |error: profile::Error| Failure::Text(error.to_string());
        let profile = Profile::parse(&text).map_err(words)?;
        for (weight, infix) in [(Weight::Instructions, ""), (Weight::DeviceAccesses, "devices.")] {
            let mut folded = profile.fold(&self.kernel, weight).map_err(words)?;
            // The firmware is counted separately and not drawn: it outweighs the kernel, and cannot be optimized here.
            let firmware = folded.remove("firmware").unwrap_or(0);
            if folded.is_empty() {
                continue;
            }
            let lines = self.stem.with_extension(format!("{infix}folded"));
            let text = profile::lines(&folded);
            whole_file::write(&lines, text.as_bytes()).map_err(|error| Failure::file("write", &lines, error))?;
            let graph = self.stem.with_extension(format!("{infix}svg"));
            let mut drawing = Vec::new();
            let title = format!("{}: {}", self.kernel.declaration().application(), weight.unit());
            profile::draw(&folded, &title, weight, &mut drawing).map_err(words)?;
            whole_file::write(&graph, &drawing).map_err(|error| Failure::file("write", &graph, error))?;
            output::details(table(&folded, weight, firmware));
            output::progress("Wrote", format_args!("{} and {}", shown(&lines).display(), shown(&graph).display()));
        }
        Ok(())
    }
}

/// The functions with the highest own counts.
fn table(folded: &Folded, weight: Weight, firmware: u64) -> Table {
    let total: u64 = folded.values().sum();
    let percent = |count: u64| {
        let permille = (count * 1000).checked_div(total).unwrap_or(0);
        format!("{}.{}", permille / 10, permille % 10)
    };
    let mut table = Table::new([Align::Right, Align::Right, Align::Right, Align::Left]);
    let all = format!("{} in all; the firmware's {} are left out", weight.unit(), grouped(firmware));
    table.row([grouped(total), "%".into(), "with callees".into(), all]);
    for function in profile::functions(folded).into_iter().take(SHOWN) {
        table.row([grouped(function.own), percent(function.own), percent(function.with_callees), function.name]);
    }
    table
}
