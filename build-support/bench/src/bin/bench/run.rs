//! `bench run`: ours and the others in turn, round by round, in the same machine.

mod programs;
mod rounds;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use unikernel_bench::counts;
use unikernel_cli::cargo::{self, Workspace};
use unikernel_cli::date::rfc3339;
use unikernel_cli::elf::Kernel;
use unikernel_cli::machine::Accelerator;
use unikernel_cli::{iso, json};

use crate::guest::{Boots, Guest, Settings};
use crate::linux::{self, Linux};
use crate::network::Network;
use crate::results::{Better, Report, Results};
use crate::{Failure, chart, output};
use rounds::{Bench, Part, Plan};

/// Measure this repository's kernels beside Linux with nginx.
///
/// All run one after the other, in turn, in the same machine: QEMU, with KVM where it works, one processor, a card on a tap in a
/// network namespace of its own. The table shows medians, and the least and the most; `build/bench.json` has every value,
/// `build/bench.svg` is a chart. Linux is Debian's cloud kernel with busybox and nginx in memory, put together from packages that
/// are downloaded, and installed nowhere.
#[derive(clap::Args)]
#[command(after_help = "A further guest is any command line that serves a page at http://10.0.0.2:8080/1k.html:\n  \
    bench run --guest mine='qemu-system-x86_64 -M pc -m 256M -display none -nodefaults -serial stdio -kernel mine {net}'\n\
    {net} becomes QEMU's options for the network and a virtio card on it.")]
pub(super) struct Arguments {
    /// One round of short measurements: less than three minutes
    #[arg(long)]
    quick: bool,

    /// How many rounds [default: 5, or 1 of a quick run]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,

    /// A further guest: its name and the command line that starts it
    #[arg(long, value_name = "NAME=COMMAND", value_parser = further)]
    guest: Vec<(String, String)>,

    /// Leave Linux out
    #[arg(long)]
    alone: bool,

    /// Measure this part alone; may be given more than once
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
}

/// The kernels that are measured.
const PAGES: &str = "static_web";
const BULK: &str = "bench_bulk";
const DISK: &str = "bench_disk";
const FLOOR: &str = "bench_least";

const OURS: &str = "ours";
const LOOKING: &str = "ours, busy_poll";
/// Does no more than a guest must, so that a reader sees how much of a figure is the machine's.
const LEAST: &str = "least";
const LINUX: &str = "Linux + nginx";
/// Where it runs the same program, in place of nginx.
const LINUX_SAME: &str = "Linux, same program";

fn further(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, command)) if !name.is_empty() && command.contains("{net}") => Ok((name.into(), command.into())),
        _ => Err("a guest is NAME='COMMAND', and the command has a word `{net}`".into()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let here = std::env::current_dir().map_err(|error| format!("cannot get the current folder: {error}"))?;
    let workspace = Workspace::find(&here).map_err(|error| error.to_string())?;
    let build = workspace.root().join("build");
    let folder = build.join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;

    // All that is downloaded or built comes first: where the measurements are made there is no other network.
    let is_of_programs_alone = !arguments.only.is_empty() && arguments.only.iter().all(|part| *part == Part::Programs);
    let kernels = if is_of_programs_alone { None } else { Some(kernels(&workspace)?) };
    let linux = if arguments.alone { None } else { Some(linux::prepare(&folder)?) };
    let plan = Plan::new(arguments.quick, arguments.rounds);
    let programs = if plan.asks_for(Part::Programs, &arguments.only) {
        programs::build(workspace.root(), linux.as_ref(), &folder)?
    } else {
        Vec::new()
    };
    let network = Network::enter()?;
    let temporary = temporary(&folder)?;
    let plugin = counts::plugin(temporary.path()).map_err(|error| error.to_string())?;
    let settings = Settings { network, accelerator: Accelerator::detect() };

    let mut guests = Vec::new();
    if let Some((kernels, _)) = &kernels {
        guests.extend([ours(kernels), looking(kernels), least(kernels)]);
        guests.extend(linux.as_ref().map(linux_guest));
        let further = arguments.guest.iter().cloned();
        guests.extend(further.map(|(name, command)| Guest { name, boots: Boots::Command(command) }));
    }
    let mut names: Vec<String> = Vec::new();
    for guest in guests.iter().chain(programs.iter().flat_map(|program| &program.guests)) {
        if !names.contains(&guest.name) {
            names.push(guest.name.clone());
        }
    }

    let mut bench = Bench {
        settings,
        plan,
        parts: &arguments.only,
        folder: temporary.path(),
        plugin: &plugin,
        results: Results::default(),
    };
    let failures = bench.all(&guests) + bench.programs(&programs);
    let mut results = bench.results;
    if let Some((_, sizes)) = kernels {
        results.add(OURS, "image", "bytes", Better::Lower, sizes.iso as f64);
        results.add(OURS, "image, loaded", "bytes", Better::Lower, sizes.loaded as f64);
        if let Some(linux) = &linux {
            let size = |path: &Path| fs::metadata(path).map_or(0.0, |data| data.len() as f64);
            results.add(LINUX, "image", "bytes", Better::Lower, size(&linux.kernel) + size(&linux.initramfs));
        }
    }

    print!("{}", results.table(&names));
    let title = format!("{}, {}", about(settings), date());
    let report = Report { machine: about(settings), date: date(), rounds: plan.rounds, measures: &results.measures };
    save(&build.join("bench.json"), &json::pretty(&report))?;
    save(&build.join("bench.svg"), &chart::draw(&results, &names, &title))?;
    if failures == 0 {
        Ok(())
    } else {
        Err(format!("{failures} of the measurements failed; the warnings above tell which"))
    }
}

/// A folder of this process's own; those of processes that were ended before they could remove theirs go.
fn temporary(folder: &Path) -> Result<tempfile::TempDir, Failure> {
    let failure = |error| format!("cannot make a folder in `{}`: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failure)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix("run-").and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = fs::remove_dir_all(entry.path()); // somebody else does the same
        }
    }
    tempfile::Builder::new().prefix(&format!("run-{}-", std::process::id())).tempdir_in(folder).map_err(failure)
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    output::progress("Wrote", format_args!("build/{}", path.file_name().unwrap_or_default().display()));
    Ok(())
}

/// Sizes of the image that serves pages.
struct Sizes {
    iso: usize,
    loaded: u64,
}

fn kernels(workspace: &Workspace) -> Result<([PathBuf; 4], Sizes), Failure> {
    let build = |name: &str| -> Result<PathBuf, Failure> {
        let application = workspace.application(name).map_err(|error| error.to_string())?;
        output::progress("Building", name);
        Ok(cargo::build(workspace, &application, "release").map_err(|error| error.to_string())?.kernel)
    };
    let kernels = [build(PAGES)?, build(BULK)?, build(DISK)?, build(FLOOR)?];
    let kernel = Kernel::read(&kernels[0]).map_err(|error| error.to_string())?;
    let image = iso::write(&kernel, "").map_err(|error| error.to_string())?;
    Ok((kernels, Sizes { iso: image.len(), loaded: kernel.loaded_size() }))
}

fn ours([pages, bulk, disk, _]: &[PathBuf; 4]) -> Guest {
    // Nobody logs requests.
    let pages = options(pages, "verbose=false");
    let boots = Boots::Options { pages, bulk: Some(options(bulk, "")), disk: Some(options(disk, "")) };
    Guest { name: OURS.into(), boots }
}

/// The same, told to look for frames for a while before they halt.
fn looking([pages, bulk, ..]: &[PathBuf; 4]) -> Guest {
    let pages = options(pages, "verbose=false net.busy_poll=1ms");
    let boots = Boots::Options { pages, bulk: Some(options(bulk, "net.busy_poll=1ms")), disk: None };
    Guest { name: LOOKING.into(), boots }
}

/// The kernel that answers what is recorded.
fn least([.., least]: &[PathBuf; 4]) -> Guest {
    Guest { name: LEAST.into(), boots: Boots::Options { pages: options(least, ""), bulk: None, disk: None } }
}

fn options(kernel: &Path, command_line: &str) -> Vec<String> {
    ["-kernel", &kernel.display().to_string(), "-append", command_line].map(str::to_owned).to_vec()
}

fn linux_options(linux: &Linux, words: &str) -> Vec<String> {
    // A busy host lets its first timers come late, which is no fault of the machine.
    let line = format!("console=ttyS0 quiet panic=-1 no_timer_check {words}");
    let (kernel, initramfs) = (linux.kernel.display().to_string(), linux.initramfs.display().to_string());
    ["-kernel", &kernel, "-initrd", &initramfs, "-append", line.trim_end()].map(str::to_owned).to_vec()
}

fn linux_guest(linux: &Linux) -> Guest {
    let options = |words: &str| linux_options(linux, words);
    let boots =
        Boots::Options { pages: options(""), bulk: Some(options("bench=large")), disk: Some(options("bench=disk")) };
    Guest { name: LINUX.into(), boots }
}

/// The machine, in a line.
fn about(settings: Settings) -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let network = if settings.network == Network::Tap { "tap" } else { "user network" };
    let accelerator = settings.accelerator.names()[0].to_uppercase();
    format!("QEMU {accelerator}, one processor, {network}, on {count} of {}", model.unwrap_or("an unknown processor"))
}

/// The date of today.
fn date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    rfc3339(u32::try_from(seconds).unwrap_or(u32::MAX)).chars().take("0000-00-00".len()).collect()
}
