//! What is counted: boots, pings, HTTP requests, transfers of a disk, and the bytes of images.
//!
//! Every step waits until the guest is idle, so that the counts of a step do not depend on the steps before it. What a
//! guest does under load is measured by `bench run`.

mod machine;
mod steps;

use std::path::Path;

use super::{Counts, at, plugin};
use machine::Machine;
use unikernel_cli::cargo::{self, Workspace};
use unikernel_cli::elf::Kernel;
use unikernel_cli::iso;
use unikernel_cli::machine::debug_exit;

/// How often each step is measured; the median counts.
const TIMES: usize = 51;

/// Something counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What it is, without a unit.
    pub name: String,
    /// How much.
    pub value: u64,
}

/// What a guest is made to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An echo request of 56 bytes, and its reply.
    Echo,
    /// A request for a page on a connection that is kept.
    KeptRequest,
    /// A connection for a request: three-way handshake, request, page, both ends closed.
    WholeConnection,
}

/// Why something could not be counted.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    fn host(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |error| Self(format!("cannot {what}: {error}"))
    }
}

/// Counts everything, in less than a minute once the kernels are built; `progress` is called with each step.
///
/// # Errors
/// There is no compiler or no QEMU, a kernel cannot be built, or it does not answer.
pub fn measures(workspace: &Workspace, mut progress: impl FnMut(&str)) -> Result<Vec<Measure>, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::host("make a folder"))?;
    let plugin = plugin(folder.path()).map_err(|error| Failure::new(error.to_string()))?;
    let mut all = Vec::new();
    progress("boot of hello");
    let hello = kernel(workspace, "hello")?;
    let printed = Machine::new(&plugin, &hello)?.device(&debug_exit()).printed_at_end()?;
    add(&mut all, "hello: entry to main", point(&printed, "main")? - point(&printed, "entry")?);

    progress("boot of ping, and echoes");
    let ping = kernel(workspace, "ping")?;
    let mut machine = Machine::new(&plugin, &ping)?.with_network()?;
    machine.start()?;
    let echo = steps::median(&mut machine, Step::Echo, TIMES)?;
    let printed = machine.end()?;
    let entry = point(&printed, "entry")?;
    add(&mut all, "ping: entry to main", point(&printed, "main")? - entry);
    add(&mut all, "ping: entry to first frame", point(&printed, "first_frame")? - entry);
    add(&mut all, "ping: one echo", echo);

    progress("requests of a page");
    let pages = kernel(workspace, PAGES)?;
    let mut machine = Machine::new(&plugin, &pages)?.arguments(&["-append", "verbose=false"]).with_network()?;
    machine.start()?;
    let kept = steps::median(&mut machine, Step::KeptRequest, TIMES)?;
    let whole = steps::median(&mut machine, Step::WholeConnection, TIMES)?;
    machine.end()?;
    add(&mut all, &format!("{PAGES}: a request, keep-alive"), kept);
    add(&mut all, &format!("{PAGES}: a connection per request"), whole);

    progress("transfers of a disk");
    let disk = kernel(workspace, "bench_disk")?;
    for (size, write) in [(4096, false), (4096, true), (1 << 20, false)] {
        let each = steps::transfer(&plugin, &disk, size, write)?;
        let verb = if write { "write" } else { "read" };
        add(&mut all, &format!("bench_disk: {verb} of {size} bytes"), each);
    }
    all.extend(images(workspace, progress)?);
    Ok(all)
}

/// The sizes of all applications' images, but of those of `std`: these take minutes to build, and have a budget.
///
/// # Errors
/// A kernel cannot be built.
pub fn images(workspace: &Workspace, mut progress: impl FnMut(&str)) -> Result<Vec<Measure>, Failure> {
    let mut sizes = Vec::new();
    let applications = workspace.applications(false);
    for application in applications.into_iter().filter(|application| !application.uses_std) {
        progress(&format!("image of {}", application.name));
        let (_, kernel) = kernel(workspace, &application.name)?;
        let image = iso::write(&kernel, "").map_err(|error| Failure::new(error.to_string()))?;
        sizes.push(Measure { name: format!("{}: loaded bytes", application.name), value: kernel.loaded_size() });
        sizes.push(Measure { name: format!("{}: ISO bytes", application.name), value: image.len() as u64 });
    }
    Ok(sizes)
}

/// The application whose pages are asked for, and which one.
const PAGES: &str = "static_web";
const PAGE: &str = "/1k.html";

/// A kernel that is built, and read.
type Image = (std::path::PathBuf, Kernel);

fn kernel(workspace: &Workspace, name: &str) -> Result<Image, Failure> {
    let words = |error: cargo::Error| Failure::new(format!("`{name}`: {error}"));
    let application = workspace.application(name).map_err(words)?;
    let built = cargo::build(workspace, &application, "release").map_err(words)?;
    let kernel = Kernel::read(&built.kernel).map_err(|error| Failure::new(format!("`{name}`: {error}")))?;
    Ok((built.kernel, kernel))
}

/// The address of an application's `main`, which is a future where it is `async`.
fn main_of(kernel: &Kernel, path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_string_lossy().replace('-', "_");
    ["main", "main::{{closure}}"].iter().find_map(|function| kernel.function(&format!("{name}::{function}")))
}

fn point(printed: &str, name: &str) -> Result<Counts, Failure> {
    at(name, printed).ok_or_else(|| Failure::new(format!("the guest never came to `{name}`: {}", printed.trim_end())))
}

/// A line for each of the counts, but for those that are none.
fn add(all: &mut Vec<Measure>, what: &str, counts: Counts) {
    let Counts { instructions, port_io, halts, interrupts, device_io, notifications } = counts;
    let values = [
        ("instructions", instructions),
        ("port I/O", port_io),
        ("device accesses", device_io),
        ("notifications", notifications),
        ("interrupts", interrupts),
        ("halts", halts),
    ];
    for (unit, value) in values {
        if value > 0 {
            all.push(Measure { name: format!("{what}, {unit}"), value });
        }
    }
}
