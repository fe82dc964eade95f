//! Machines whose QEMU command line is what a test is about. Others are described with `unikernel_test::Builder`.

use std::fs;
use std::process::Command;

use super::{PATIENCE, Tool, prepare, tool};
use rustix::process::{Pid, Signal, kill_process};
use unikernel_cli::machine::debug_exit;
use unikernel_test::Machine;

/// A running machine; it ends with the test.
pub(crate) struct Qemu(Machine);

/// How a machine ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// QEMU's exit status.
    pub(crate) code: Option<i32>,
    /// What COM1 said, with a line feed alone at the ends of lines.
    pub(crate) console: String,
    /// What COM1 said, as it is.
    pub(crate) bytes: String,
}

impl Qemu {
    /// Starts a machine with TCG, COM1 here, no display, the device that carries the status, and `arguments`.
    #[track_caller]
    pub(crate) fn start<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let status = ["-device".to_owned(), debug_exit()];
        Self::start_bare(status.into_iter().chain(arguments.into_iter().map(|argument| argument.as_ref().to_owned())))
    }

    /// The same without the device that carries the status.
    #[track_caller]
    pub(crate) fn start_bare<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::start_by(tool("qemu-system-x86_64", "qemu-system-x86"), arguments)
    }

    /// The same by a command that ends in the emulator's name.
    #[track_caller]
    pub(crate) fn start_by<A: AsRef<str>>(emulator: Tool, arguments: impl IntoIterator<Item = A>) -> Self {
        prepare();
        let mut command: Command = emulator.command;
        command.args(["-accel", "tcg", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "stdio"]);
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        let mut machine = Machine::spawn(&command);
        machine.set_timeout(PATIENCE);
        Self(machine)
    }

    /// The processor's time that it has taken, in the system's ticks: unlike the clock's, it is the machine's alone.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("the machine runs");
        let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
        // The 14th and the 15th of all fields: as a user, and in the system.
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }

    /// Sends `text` to COM1.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.0.send(text);
    }

    /// What COM1 has said so far, with a line feed alone at the ends of lines.
    pub(crate) fn console(&self) -> String {
        self.0.console()
    }

    /// Waits until COM1 has said `text`; returns all that it said.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        self.0.wait_until(&format!("`{text}`"), |console| console.contains(text).then(|| console.to_owned()))
    }

    /// What QEMU's monitor prints.
    #[track_caller]
    pub(crate) fn monitor(&self, command: &str) -> String {
        self.0.monitor(command)
    }

    /// Kills QEMU in the middle of whatever it does, and waits until it is gone.
    pub(crate) fn kill(self) {
        let process = Pid::from_raw(self.0.id().try_into().expect("a process")).expect("it is not 0");
        kill_process(process, Signal::KILL).expect("it runs");
        drop(self.0); // waits for it
    }

    /// Waits until the machine ends.
    #[track_caller]
    pub(crate) fn finish(self) -> Outcome {
        Outcome::of(&self.0.wait())
    }

    /// Presses the power button when COM1 has said `ready`, and waits until the machine ends. With `again` it is pressed until
    /// then: a kernel that has not declared it does not notice it before it halts for the first time.
    #[track_caller]
    pub(crate) fn press_power_button(mut self, ready: &str, again: bool) -> Outcome {
        self.wait_for(ready);
        if again {
            return Outcome::of(&self.0.shutdown());
        }
        self.0.press_power_button();
        self.finish()
    }
}

impl Outcome {
    fn of(outcome: &unikernel_test::Outcome) -> Self {
        let bytes = String::from_utf8_lossy(&outcome.console_bytes()).into_owned();
        Self { code: outcome.qemu_status(), console: outcome.console(), bytes }
    }
}

/// Runs a machine to its end.
#[track_caller]
pub(crate) fn run<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Outcome {
    Qemu::start(arguments).finish()
}

/// Runs a machine without the device that carries the status to its end.
#[track_caller]
pub(crate) fn run_bare<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Outcome {
    Qemu::start_bare(arguments).finish()
}
