//! `unikernel`: images and machines for applications, from the command line.
//!
//! One file per command. Shared code is in `selection` (which application, which manifest), `product` (its checked kernel) and
//! `output` (how messages are printed). Results go to standard output, progress and errors to standard error.

mod audit;
mod check;
mod command_line;
mod debug;
mod expand;
mod export;
mod failure;
mod gdb;
mod hardware;
mod inspect;
mod iso;
mod net;
mod new;
mod output;
mod path;
mod product;
mod profile;
mod run;
mod runner;
mod selection;
mod symbolize;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, checks, boots and inspects unikernel images.
///
/// An application is a package with a binary that depends on `unikernel-rt`. Its image is an ISO that every BIOS and
/// hypervisor boots, made from its kernel, a static ELF, and the values of a manifest.
#[derive(Parser)]
#[command(
    name = "unikernel",
    bin_name = "unikernel",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Arguments),
    Iso(iso::Arguments),
    Run(run::Arguments),
    Debug(debug::Arguments),
    Check(check::Arguments),
    Inspect(inspect::Arguments),
    Symbolize(symbolize::Arguments),
    Audit(audit::Arguments),
    Expand(expand::Arguments),
    Export(export::Arguments),
    Net(net::Arguments),
    #[command(hide = true)]
    Runner(runner::Arguments),
    /// Serve `unikernel-test`
    #[command(hide = true)]
    Driver,
}

/// Runs the command that the process's arguments select, and returns the exit status.
#[must_use]
pub fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::New(arguments) => new::run(&arguments),
        Command::Iso(arguments) => iso::run(&arguments),
        // These commands pass on another program's exit status.
        Command::Run(arguments) => return run::run(&arguments),
        Command::Runner(arguments) => return runner::run(&arguments),
        Command::Driver => return crate::driver::main(),
        Command::Debug(arguments) => debug::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Symbolize(arguments) => symbolize::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Expand(arguments) => expand::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Net(arguments) => net::run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
