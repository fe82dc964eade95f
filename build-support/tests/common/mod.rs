//! What tests with machines and outside programs share.
//!
//! A program that is missing fails the test with the name of its Debian package; nothing is skipped in silence.
#![allow(dead_code, unreachable_pub)] // Every test binary takes what it needs of this.

pub mod bochs;
pub mod hop;
pub mod kernels;
pub mod loader;
pub mod namespace;
pub mod peer;
pub mod qemu;
pub mod web;
pub mod wire;
pub mod wire6;

use std::{
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

/// No machine in these tests works longer than seconds; this much is only for those that hang, on a busy host.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A command whose program a Debian package brings, to be run by [`run`].
pub struct Tool {
    pub command: Command,
    package: &'static str,
}

/// Makes a [`Tool`].
pub fn tool(program: &str, package: &'static str) -> Tool {
    Tool { command: Command::new(program), package }
}

impl Tool {
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Fails the test where the program is missing.
    pub fn missing(&self, error: &std::io::Error) -> ! {
        let program = self.command.get_program().to_string_lossy();
        panic!("cannot run `{program}`: {error}; install the Debian package `{}`", self.package)
    }

    /// Runs the program to its end, whatever that is.
    pub fn output(mut self) -> Output {
        match self.command.output() {
            Ok(output) => output,
            Err(error) => self.missing(&error),
        }
    }

    /// Runs the program; it must succeed. Returns what it printed, to both streams.
    pub fn run(self) -> String {
        let name = format!("{:?}", self.command);
        let output = self.output();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{name} ended with {}:\n{text}", output.status);
        text
    }
}

/// Asks `done` again and again, until it answers or patience ends.
pub fn wait_for<T>(mut done: impl FnMut() -> Option<T>) -> Option<T> {
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
