//! The help of every command: its examples are commands that this program takes.

use clap::{CommandFactory as _, Parser as _};

use super::Arguments;

/// The commands in the examples of a help text, as a shell would split them.
fn examples(help: &str) -> Vec<Vec<String>> {
    let lines = help.split_once("Examples:\n").map_or("", |(_, lines)| lines).lines();
    let lines = lines.map(|line| line.split("   #").next().unwrap_or_default());
    let commands = lines.flat_map(|line| line.split(['|', '<', '>', '&', ';']));
    let commands =
        commands.map(|command| shlex::split(command).unwrap_or_else(|| panic!("`{command}` has an open quote")));
    let commands = commands.filter(|words| words.iter().any(|word| word == "unikernel"));
    commands.map(|words| words.into_iter().skip_while(|word| word != "unikernel").collect()).collect()
}

#[test]
fn examples_are_split_as_a_shell_does() {
    let help = "Examples:\n  sudo unikernel net up   # as root\n  unikernel run --append 'name=\"J. Doe\"' -- -d int\n  \
                cat log | unikernel symbolize a.elf > b && sh b";
    let expected = [
        vec!["unikernel", "net", "up"],
        vec!["unikernel", "run", "--append", "name=\"J. Doe\"", "--", "-d", "int"],
        vec!["unikernel", "symbolize", "a.elf"],
    ];
    let found = examples(help);
    assert_eq!(found, expected);
}

#[test]
fn every_command_has_examples_which_it_takes() {
    let command = Arguments::command();
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    for command in shown.chain([&command]) {
        let name = command.get_name();
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&help);
        assert!(!examples.is_empty(), "`{name}` has no examples");
        for words in examples {
            if let Err(error) = Arguments::try_parse_from(&words) {
                panic!("`{name}`: {words:?}: {error}");
            }
        }
    }
}

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}
