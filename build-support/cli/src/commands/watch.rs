//! Debugging aids of `unikernel run`: backtraces, gdb, a core file of a crash.

use std::fs::{self, File};
use std::path::{self, Path, PathBuf};

use crate::elf::Kernel;
use crate::machine::{Newlines, Watch};
use crate::symbolize::Symbolizer;

use super::failure::Failure;
use super::path::shown;
use super::{output, selection};

/// The debugging options.
#[derive(clap::Args)]
pub(super) struct Watching {
    /// Let gdb attach to the running machine; prints the command to do so
    #[arg(long)]
    gdb: bool,

    /// Write a core file for gdb when the kernel panics or faults
    #[arg(long, value_name = "FILE")]
    dump_on_crash: Option<PathBuf>,
}

/// The debugging aids of a running machine, to be cleaned up when it has ended.
pub(super) struct Watched {
    application: String,
    gdb: Option<PathBuf>,
    dump: Option<PathBuf>,
}

impl Watching {
    /// Prepares the debugging aids for a kernel; a stripped one gets backtraces with addresses only.
    pub(super) fn watch(&self, kernel: Kernel) -> Result<(Watch, Watched), Failure> {
        let application = kernel.declaration().application().to_owned();
        let newlines = (!is_console_raw(&kernel)).then(Newlines::default);
        let symbolizer = Symbolizer::new(kernel).ok();
        let gdb = if self.gdb { Some(socket(&application)?) } else { None };
        if let Some(socket) = &gdb {
            let socket = shown(socket);
            output::progress("Gdb", format!("unikernel debug -p {application} --attach {}", socket.display()));
        }
        let dump = self.dump_on_crash.as_deref().map(writable).transpose()?;
        let watched = Watched { application, gdb: gdb.clone(), dump: dump.clone() };
        Ok((Watch { newlines, symbolizer, dump, gdb }, watched))
    }
}

impl Watched {
    /// Cleans up, and reports the core file.
    pub(super) fn end(self) {
        if let Some(socket) = self.gdb {
            // QEMU normally removes it itself.
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

/// Whether a kernel sends bytes to its console as they are.
fn is_console_raw(kernel: &Kernel) -> bool {
    let declaration = kernel.declaration();
    declaration
        .devices()
        .any(|device| device.kind == "console" && device.fixed.into_iter().any(|option| option == ("crlf", "false")))
}

/// The path of the gdb server's socket: in the workspace's `build`, or in the current folder.
fn socket(application: &str) -> Result<PathBuf, Failure> {
    let name = format!("{application}.gdb");
    let Ok(workspace) = selection::workspace() else { return Ok(name.into()) };
    let folder = workspace.root().join("build");
    fs::create_dir_all(&folder).map_err(|error| Failure::file("create", &folder, error))?;
    Ok(folder.join(name))
}

/// An absolute path, checked to be writable before the machine starts. An existing file is kept until the crash.
fn writable(path: &Path) -> Result<PathBuf, Failure> {
    File::options()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|_| path::absolute(path))
        .map_err(|error| Failure::file("write", path, error))
}
