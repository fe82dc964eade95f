//! What `unikernel run` does for the user besides running a machine: backtraces, gdb, a core file of a crash.

use std::fs::{self, File};
use std::path::{self, Path, PathBuf};

use crate::elf::Kernel;
use crate::machine::Watch;
use crate::symbolize::Symbolizer;

use super::failure::Failure;
use super::path::shown;
use super::{output, selection};

/// What to do besides.
#[derive(clap::Args)]
pub(super) struct Watching {
    /// Let gdb attach while the machine runs: prints the command that does
    #[arg(long)]
    gdb: bool,

    /// Write a core file, which gdb opens, when the kernel panics or faults
    #[arg(long, value_name = "FILE")]
    dump_on_crash: Option<PathBuf>,
}

/// What there is besides a machine while it runs, and what is left to do when it has ended.
pub(super) struct Watched {
    application: String,
    gdb: Option<PathBuf>,
    dump: Option<PathBuf>,
}

impl Watching {
    /// Gets ready to watch the machine of a kernel; one that is stripped tells addresses alone.
    pub(super) fn watch(&self, kernel: Kernel) -> Result<(Watch, Watched), Failure> {
        let application = kernel.declaration().application().to_owned();
        let symbolizer = Symbolizer::new(kernel).ok();
        let gdb = if self.gdb { Some(socket(&application)?) } else { None };
        if let Some(socket) = &gdb {
            let socket = shown(socket);
            output::progress("Gdb", format!("unikernel debug -p {application} --attach {}", socket.display()));
        }
        let dump = self.dump_on_crash.as_deref().map(writable).transpose()?;
        let watched = Watched { application, gdb: gdb.clone(), dump: dump.clone() };
        Ok((Watch { symbolizer, dump, gdb }, watched))
    }
}

impl Watched {
    /// Cleans up, and says what there is now.
    pub(super) fn end(self) {
        if let Some(socket) = self.gdb {
            // QEMU removes it itself where it has the time.
            let _ = fs::remove_file(socket);
        }
        let Some(dump) = self.dump else { return };
        if fs::metadata(&dump).is_ok_and(|file| file.len() > 0) {
            let (application, dump) = (self.application, shown(&dump));
            output::progress("Dumped", format!("unikernel debug -p {application} --core {}", dump.display()));
        } else {
            let _ = fs::remove_file(dump); // it was made to see whether it can be
        }
    }
}

/// Where gdb can find a machine: beside the images of this workspace, or here.
fn socket(application: &str) -> Result<PathBuf, Failure> {
    let name = format!("{application}.gdb");
    let Ok(workspace) = selection::workspace() else { return Ok(name.into()) };
    let folder = workspace.root().join("build");
    fs::create_dir_all(&folder).map_err(|error| Failure::file("make", &folder, error))?;
    Ok(folder.join(name))
}

/// A path for QEMU to write to: found out before the crash. What is there stays until then.
fn writable(path: &Path) -> Result<PathBuf, Failure> {
    File::options()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|_| path::absolute(path))
        .map_err(|error| Failure::file("write", path, error))
}
