//! Shared code of tests with machines and external programs.
//!
//! A program that is missing fails the test with the name of its Debian package; nothing is skipped in silence.

pub(crate) mod bochs;
pub(crate) mod certificates;
pub(crate) mod disks;
pub(crate) mod dnsmasq;
pub(crate) mod effort;
pub(crate) mod frame;
pub(crate) mod hop;
pub(crate) mod ipv4;
pub(crate) mod ipv6;
pub(crate) mod kernels;
pub(crate) mod loader;
pub(crate) mod namespace;
pub(crate) mod packages;
pub(crate) mod peer;
pub(crate) mod project;
pub(crate) mod qemu;
pub(crate) mod urunc;
pub(crate) mod web;
pub(crate) mod wire;
pub(crate) mod workspace_copy;
pub(crate) mod write_log;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// The program under test: an example of this package, which cargo builds with its tests.
pub(crate) fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let this = env::current_exe().expect("the path of this test");
        let folder = this.ancestors().nth(2).expect("tests are in `deps`, beside `examples`");
        let program = folder.join("examples/unikernel-under-test");
        assert!(
            program.exists(),
            "no `{}`: `--test` builds none, `cargo test -p unikernel-tests` does",
            program.display()
        );
        program.into_os_string().into_string().expect("a path in UTF-8")
    })
}

/// Has `unikernel-test` use the program under test, which is built already.
pub(crate) fn prepare() {
    unikernel_test::use_program(program());
}

/// The root of this workspace.
pub(crate) fn root() -> PathBuf {
    let ancestor = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    ancestor.expect("this package is two folders below the root").to_owned()
}

/// No machine in these tests works longer than seconds; this much is only for those that hang, on a busy host.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A command whose program a Debian package brings, to be run by [`run`].
pub(crate) struct Tool {
    pub(crate) command: Command,
    package: &'static str,
}

/// Makes a [`Tool`].
pub(crate) fn tool(program: &str, package: &'static str) -> Tool {
    Tool { command: Command::new(program), package }
}

impl Tool {
    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Fails the test where the program is missing.
    pub(crate) fn missing(&self, error: &std::io::Error) -> ! {
        let program = self.command.get_program().to_string_lossy();
        panic!("cannot run `{program}`: {error}; install the Debian package `{}`", self.package)
    }

    /// Runs the program to its end, whatever that is.
    pub(crate) fn output(mut self) -> Output {
        match self.command.output() {
            Ok(output) => output,
            Err(error) => self.missing(&error),
        }
    }

    /// Runs the program; it must succeed. Returns what it printed, to both streams.
    pub(crate) fn run(self) -> String {
        let name = format!("{:?}", self.command);
        let output = self.output();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{name} ended with {}:\n{text}", output.status);
        text
    }
}

/// Asks `done` again and again, until it answers or patience ends.
pub(crate) fn wait_for<T>(mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = done() {
            return Some(answer);
        }
        if start.elapsed() > PATIENCE {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
