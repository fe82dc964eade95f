//! `unikernel completions`: a script that lets a shell complete commands and options.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::failure::Failure;
use super::output;

/// Print a script with which a shell completes commands, options and paths.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    unikernel completions bash > ~/.local/share/bash-completion/completions/unikernel\n  \
    unikernel completions zsh > ~/.zfunc/_unikernel   # a directory in $fpath\n  \
    unikernel completions fish > ~/.config/fish/completions/unikernel.fish")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "unikernel", &mut script);
    output::result(&String::from_utf8_lossy(&script))
}
