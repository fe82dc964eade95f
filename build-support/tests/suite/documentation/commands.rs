//! Command lines: `unikernel` knows its commands and options, the Makefile its goals and variables, cargo its packages.

use std::fs;

use super::page::{Block, Page};
use super::{Fault, assert_none, found, pages};
use crate::common::kernels::workspace;
use crate::common::root;

const LANGUAGES: [&str; 2] = ["console", "sh"];

fn check(page: &Page) -> Vec<Fault> {
    let mut faults = Vec::new();
    for block in page.blocks_in(&LANGUAGES) {
        for (line, command) in commands(block) {
            faults.extend(faults_of(&command, true).into_iter().map(|text| page.fault(line, text)));
        }
    }
    // In running text a command line may leave out what does not matter there.
    for (line, code) in &page.codes {
        faults.extend(faults_of(code, false).into_iter().map(|text| page.fault(*line, text)));
    }
    faults
}

/// The command lines of a block: all lines of a script, those with a prompt of a session; `\` continues one.
fn commands(block: &Block) -> Vec<(usize, String)> {
    let mut commands = Vec::new();
    let mut open = None::<(usize, String)>;
    for (line, text) in (block.line..).zip(block.text.lines()) {
        let (line, text) = match (open.take(), block.language.as_str()) {
            (Some((line, begun)), _) => (line, begun + text.trim_start()),
            (None, "console") => match text.strip_prefix("$ ").or(text.strip_prefix("# ")) {
                Some(command) => (line, command.to_owned()),
                None => continue,
            },
            (None, _) => (line, text.to_owned()),
        };
        match text.strip_suffix('\\') {
            Some(begun) => open = Some((line, begun.to_owned())),
            None => commands.push((line, text)),
        }
    }
    commands
}

/// What is wrong with a command line; only a `whole` one has all the words that it needs.
fn faults_of(line: &str, whole: bool) -> Vec<String> {
    let Some(words) = shlex::split(line) else {
        // In running text it may be a quote itself.
        return if whole { vec![format!("`{line}` has an open quote")] } else { Vec::new() };
    };
    let mut faults = Vec::new();
    for command in words.split(|word| ["|", "||", "&&", ";"].contains(&word.as_str())) {
        let end = command.iter().position(|word| word.starts_with(['<', '>'])).unwrap_or(command.len());
        let is_variable = |word: &&String| word.contains('=') && !word.starts_with('-');
        let words: Vec<&str> = command[..end].iter().skip_while(is_variable).map(String::as_str).collect();
        let fault = match words.as_slice() {
            ["make", rest @ ..] => make(rest),
            ["cargo", "unikernel", rest @ ..] => package(rest).or_else(|| unikernel(rest, whole)),
            ["unikernel", rest @ ..] => unikernel(rest, whole),
            ["cargo", "install", rest @ ..] => folder(rest),
            ["cargo", "build" | "check" | "clippy" | "test" | "run" | "tree", rest @ ..] => package(rest),
            _ => None,
        };
        faults.extend(fault);
    }
    faults
}

/// `make GOAL VARIABLE=...`.
fn make(words: &[&str]) -> Option<String> {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let is_goal = |word: &str| makefile.lines().any(|line| line.starts_with(&format!("{word}:")));
    let is_variable = |name: &str| makefile.lines().any(|line| line.starts_with(&format!("{name} ?=")));
    words.iter().find_map(|word| match word.split_once('=') {
        Some((name, _)) if is_variable(name) => None,
        Some((name, _)) => Some(format!("the Makefile has no variable `{name}`")),
        None if is_goal(word) => None,
        None => Some(format!("the Makefile has no goal `{word}`")),
    })
}

/// `-p NAME` of a package of this workspace.
fn package(words: &[&str]) -> Option<String> {
    let words = words.split(|word| *word == "--").next()?;
    let named = words.windows(2).find(|pair| ["-p", "--package"].contains(&pair[0]))?[1];
    let is_placeholder = named.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_there = root().join("apps").join(named).exists() || packages().iter().any(|package| package == named);
    (!is_placeholder && !is_there).then(|| format!("this workspace has no package `{named}`"))
}

/// `--path FOLDER` of this repository.
fn folder(words: &[&str]) -> Option<String> {
    let named = words.windows(2).find(|pair| pair[0] == "--path")?[1];
    (!root().join(named).join("Cargo.toml").exists()).then(|| format!("there is no package in `{named}`"))
}

/// The names of the packages of this workspace.
fn packages() -> Vec<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = lock.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages").iter();
    let ours = packages.filter(|package| package.get("source").is_none());
    let mut names: Vec<_> = ours.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect();
    names.extend(workspace().applications(true).into_iter().map(|application| application.package));
    names
}

/// `unikernel COMMAND ...`, by the parser of the program itself.
fn unikernel(words: &[&str], whole: bool) -> Option<String> {
    let program = unikernel_cli::commands::command();
    if whole {
        let words = ["unikernel"].iter().chain(words);
        let error = program.try_get_matches_from(words).err().filter(|error| error.exit_code() != 0)?;
        return error.to_string().lines().next().map(str::to_owned);
    }
    let mut command = &program;
    for word in words.iter().take_while(|word| **word != "--") {
        if let Some(option) = word.strip_prefix("--") {
            let name = option.split('=').next().unwrap_or(option);
            let is_known = command.get_arguments().any(|argument| argument.get_long() == Some(name));
            if !is_known && !["help", "version"].contains(&name) {
                return Some(format!("`{}` has no option `--{name}`", command.get_name()));
            }
        } else if command.has_subcommands() {
            // Several at once: `unikernel iso|run`.
            let unknown = word.split('|').find(|word| command.find_subcommand(word).is_none());
            if let Some(unknown) = unknown.filter(|word| word.bytes().any(|byte| byte.is_ascii_lowercase())) {
                return Some(format!("`{}` has no command `{unknown}`", command.get_name()));
            }
            command = command.find_subcommand(word).unwrap_or(command);
        }
    }
    None
}

#[test]
fn command_lines_are_understood() {
    assert_none(&pages().iter().flat_map(check).collect::<Vec<_>>());
}

#[test]
fn a_wrong_command_line_is_found() {
    let right = "```console\n$ cargo unikernel run -p greet \\\n    --append 'name=you' # a comment\nmake nothing\n```\n\n\
                 ```sh\nmake iso APP=hello && cargo test -p unikernel-cli\nunikernel inspect build/APP.iso | head\n```\n\n\
                 `make test`, `unikernel iso`, `unikernel symbolize ELF < log`, `unikernel iso|run`, `unikernel run --gdb`\n";
    assert_eq!(found(right, check), [""; 0]);
    let wrong = "```sh\nmake isos\nmake iso NAME=hello\ncargo unikernel rum -p greet\nunikernel run --fast\n\
                 unikernel symbolize\ncargo test -p none\nunikernel run --memory 3\nmake iso 'APP=hello\n\
                 cargo install --path none\n```\n\n\
                 `make none` `unikernel nothing` `unikernel run --none`\n";
    let wanted = [
        "2: the Makefile has no goal `isos`",
        "3: the Makefile has no variable `NAME`",
        "4: error: unrecognized subcommand 'rum'",
        "5: error: unexpected argument '--fast' found",
        "6: error: the following required arguments were not provided:",
        "7: this workspace has no package `none`",
        "8: error: invalid value '3' for '--memory <SIZE>'",
        "9: `make iso 'APP=hello` has an open quote",
        "10: there is no package in `none`",
        "13: the Makefile has no goal `none`",
        "13: `unikernel` has no command `nothing`",
        "13: `run` has no option `--none`",
    ];
    let found = found(wrong, check);
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.starts_with(wanted), "{found}");
    }
}
