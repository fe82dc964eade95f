//! The measured guests, each a QEMU command line, and their running machines.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, getppid, kill_process_group, set_parent_process_death_signal};
use unikernel_cli::machine::{Accelerator, PROGRAM};

use crate::Failure;
use crate::network::Network;

/// What takes longer than this to boot has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

/// A guest that serves the page at 10.0.0.2.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) name: String,
    pub(super) boots: Boots,
}

/// What a guest is started with, for what it is to do.
#[derive(Clone, Debug)]
pub(super) enum Boots {
    /// QEMU's options for each task that it can do.
    Options { pages: Vec<String>, bulk: Option<Vec<String>>, disk: Option<Vec<String>> },
    /// A whole command line for a shell, with `{net}` where the network's options go. It serves pages, and nothing else.
    Command(String),
}

/// What a guest is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Pages,
    Bulk,
    /// The same with a card that is among the further options.
    BulkAfar,
    Disk,
}

/// How a machine is to be, the same for all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) network: Network,
    pub(super) accelerator: Accelerator,
}

/// A running machine. It ends when this is dropped, and when this process ends.
pub(super) struct Machine {
    child: Child,
    pub(super) started: Instant,
    lines: Receiver<(Instant, String)>,
}

/// The memory of all guests.
const MEMORY: &str = "256M";

impl Guest {
    /// The command that starts it; `None` where it cannot do that.
    fn command(&self, task: Task, settings: Settings, memory: Option<&str>, extra: &[String]) -> Option<Command> {
        let network = settings.network.options();
        match &self.boots {
            Boots::Command(line) => {
                let mut command = Command::new("sh");
                command.arg("-c").arg(format!("exec {}", line.replace("{net}", &network.join(" "))));
                (task == Task::Pages && extra.is_empty() && memory.is_none()).then_some(command)
            }
            Boots::Options { pages, bulk, disk } => {
                let mut command = Command::new(PROGRAM);
                command
                    .args(["-machine", "pc", "-cpu", "max", "-smp", "1", "-accel", settings.accelerator.names()[0]])
                    .args(["-m", memory.unwrap_or(MEMORY), "-display", "none", "-nodefaults", "-no-user-config"])
                    .args(["-no-reboot", "-serial", "stdio", "-device", "virtio-rng-pci"]);
                match task {
                    Task::Pages => command.args(pages).args(network),
                    Task::Bulk => command.args(bulk.as_ref()?).args(network),
                    Task::BulkAfar => command.args(bulk.as_ref()?),
                    Task::Disk => command
                        .args(disk.as_ref()?)
                        // A disk that costs the host nothing: what is measured is the way there.
                        .args(["-blockdev", &format!("driver=null-co,node-name=disk,size={}", 1 << 30)])
                        .args(["-device", "virtio-blk-pci,drive=disk"]),
                };
                command.args(extra);
                Some(command)
            }
        }
    }

    /// Starts it; `None` where it cannot do such a task.
    pub(super) fn start(
        &self,
        task: Task,
        settings: Settings,
        memory: Option<&str>,
        extra: &[String],
    ) -> Result<Option<Machine>, Failure> {
        let Some(mut command) = self.command(task, settings, memory, extra) else { return Ok(None) };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let started = Instant::now();
        let mut child = tied(&mut command)
            .spawn()
            .map_err(|error| format!("cannot run `{}`: {error}", command.get_program().to_string_lossy()))?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut reader = BufReader::new(stdout);
                let mut first = [0];
                // The first byte has a time of its own.
                if reader.read_exact(&mut first).is_err() || sender.send((Instant::now(), String::new())).is_err() {
                    return;
                }
                let mut line = vec![first[0]];
                while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                    let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                    if sender.send((Instant::now(), text)).is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
        Ok(Some(Machine { child, started, lines }))
    }
}

/// Has a program end with this one, however that ends. It gets a group of its own, with all that it starts.
#[allow(unsafe_code)] // What runs between `fork` and `exec` cannot be said in another way.
pub(super) fn tied(command: &mut Command) -> &mut Command {
    let parent = getpid();
    let prepare = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid() == Some(parent) { Ok(()) } else { Err(std::io::ErrorKind::BrokenPipe.into()) }
    };
    command.process_group(0);
    // SAFETY: between `fork` and `exec` only that may be done which is safe in a signal handler. The closure makes two system
    // calls on values of its own, allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) }
}

impl Machine {
    /// After how long its first byte came on the console, of a guest that serves already.
    pub(super) fn first_byte(&self) -> Option<Duration> {
        self.lines.recv_timeout(Duration::from_secs(1)).ok().map(|(when, _)| when - self.started)
    }

    /// Lines of its console, until it ends or says nothing for too long.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE).ok().map(|(_, line)| line))
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Waits until it ends by itself.
    pub(super) fn ended(mut self) -> Duration {
        let _ = self.child.wait();
        self.started.elapsed()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The group is gone where all of it has ended.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
