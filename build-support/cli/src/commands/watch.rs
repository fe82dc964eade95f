//! Debugging aids of `unikernel run`: backtraces, gdb, a core file of a crash.

use std::fs;
use std::path::PathBuf;

use crate::elf::Kernel;
use crate::machine::{Newlines, Watch};
use crate::symbolize::Symbolizer;
use crate::whole_file::WholeFile;

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
    dump: Option<(WholeFile, PathBuf)>,
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
        // Opened before the machine starts, to see whether it can be; what is at the path is kept until the crash.
        let open = |path: &PathBuf| match WholeFile::create(path) {
            Ok(file) => Ok((file, path.clone())),
            Err(error) => Err(Failure::file("write", path, error)),
        };
        let dump = self.dump_on_crash.as_ref().map(open).transpose()?;
        let path = dump.as_ref().map(|(file, _)| file.path_for_others());
        let watched = Watched { application, gdb: gdb.clone(), dump };
        Ok((Watch { newlines, symbolizer, dump: path, gdb }, watched))
    }
}

impl Watched {
    /// Cleans up, and keeps and reports the core file if the machine `has_ended` by itself: otherwise it may be incomplete.
    pub(super) fn end(self, has_ended: bool) -> Result<(), Failure> {
        if let Some(socket) = self.gdb {
            // QEMU normally removes it itself.
            let _ = fs::remove_file(socket);
        }
        let Some((file, path)) = self.dump.filter(|_| has_ended) else { return Ok(()) };
        let failure = |error| Failure::file("write", &path, error);
        if file.bytes().map_err(failure)? > 0 {
            file.finish().map_err(failure)?;
            let (application, path) = (self.application, shown(&path));
            output::progress("Dumped", format!("unikernel debug -p {application} --core {}", path.display()));
        }
        Ok(())
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
