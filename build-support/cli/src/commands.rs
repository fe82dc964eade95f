//! `unikernel`: images and machines for applications, from the command line.
//!
//! One file per command. Shared code is in `selection` (which application, which manifest), `product` (its checked kernel) and
//! `output` (how messages are printed). Results go to standard output, progress and errors to standard error.

mod audit;
mod check;
mod command_line;
mod completions;
mod debug;
mod disk;
mod expand;
mod export;
mod failure;
mod gdb;
mod hardware;
mod inspect;
mod interrupts;
mod iso;
mod net;
mod new;
mod output;
mod path;
mod product;
mod profile;
mod run;
mod runner;
mod sbom;
mod selection;
mod symbolize;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

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
    disable_help_subcommand = true,
    after_help = "Exit status:\n  0  success\n  1  an error, which is on standard error\n  2  wrong usage\n  `unikernel run` \
                  exits with the status of the application, see `unikernel run --help`.\n  A command that Ctrl-C ends leaves \
                  no incomplete file.\n\nExamples:\n  unikernel iso -p hello\n  unikernel run -p hello\n  unikernel inspect \
                  build/hello.iso\n  unikernel inspect -p hello --sbom > hello.cdx.json"
)]
struct Arguments {
    #[command(flatten)]
    output: output::Options,

    #[command(subcommand)]
    command: Command,
}

/// The commands and options, for those that check command lines.
#[must_use]
pub fn command() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
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
    Completions(completions::Arguments),
    #[command(hide = true)]
    Runner(runner::Arguments),
    /// Serve the library `unikernel-test`, on standard input and output
    #[command(hide = true)]
    Driver,
}

/// Runs the command that the process's arguments select, and returns the exit status.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.output.apply();
    let ended = match arguments.command {
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
        Command::Completions(arguments) => completions::run(&arguments),
    };
    exit(ended)
}

fn exit(ended: Result<(), Failure>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
