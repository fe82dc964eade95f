//! `bench`: how fast kernels are, and what they cost, on this machine, beside Linux with nginx.
//!
//! `counts` counts what hardly depends on the machine; `run` measures time, ours and the others' in turn; `kvm-check` tries what
//! needs KVM.
#![deny(unsafe_code)]

mod chart;
mod clients;
mod counts;
mod firmware;
mod guest;
mod hop;
mod kvm_check;
mod linux;
mod network;
mod output;
mod results;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Benchmarks of this repository's kernels.
#[derive(Parser)]
#[command(name = "bench", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Counts(counts::Arguments),
    KvmCheck(kvm_check::Arguments),
}

/// Why a benchmark failed, without the word `error`; lines that begin with `help:` say how to fix it.
type Failure = String;

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Counts(arguments) => counts::run(&arguments),
        Command::KvmCheck(arguments) => kvm_check::run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
