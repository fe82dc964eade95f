//! Has redbot look at `static_web`: a program that knows the rules of HTTP for servers and caches, and asks in many ways.

use std::path::{Path, PathBuf};

use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::kernel;
use crate::common::web::{Start, Web};
use crate::common::{root, tool};
use unikernel_test::MachineType;

/// The version that is known to say what is looked for here.
const REDBOT: &str = "redbot==2.7.1";

/// The program, from the Python Package Index, in a virtual environment that is made once.
fn redbot() -> PathBuf {
    let environment = root().join("target/redbot-2.7.1");
    let program = environment.join("bin/redbot");
    if !program.exists() {
        tool("python3", "python3-venv").args(["-m", "venv"]).arg(&environment).run();
        let pip = environment.join("bin/pip").display().to_string();
        tool(&pip, "python3-venv").args(["install", "--quiet", REDBOT]).run();
    }
    program
}

/// What it says of a page: a line for each note.
fn notes(redbot: &Path, url: &str) -> String {
    let output = tool(&redbot.display().to_string(), "python3-venv").args(["-o", "text", url]).output();
    let said = String::from_utf8(output.stdout).expect("is text");
    assert!(output.status.success(), "{url}: {said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("HTTP/1.1 "), "it has seen no answer: {said}");
    said
}

/// What it says of a page with which nothing is wrong, by the beginnings of its notes.
const GOOD: [&str; 9] = [
    "The server's clock is correct.",
    "The Content-Length header is correct.",
    "Content negotiation for gzip compression is supported, saving ",
    "This response allows all caches to store it.",
    "This response has already been cached for ",
    "This response allows caches to assign their own freshness lifetimes to it.",
    "In exceptional circumstances, caches can serve this response stale.",
    "If-None-Match conditional requests are supported.",
    "A ranged request returned the correct partial content.",
];

#[test]
fn redbot_finds_nothing() {
    if is_left_out("redbot", Effort::All) {
        return;
    }
    let redbot = redbot();
    // It ends with its last connection, which it does not close.
    let command_line = "verbose=false idle=2s";
    let start = Start { machine: MachineType::Pc, memory: "3MiB", command_line, more: &[] };
    let web = Web::start(&kernel("static_web"), &start);
    for path in ["/", "/docs/", "/style.css"] {
        let said = notes(&redbot, &web.url(path));
        let notes: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  * ")).collect();
        let has = |beginning: &str| notes.iter().any(|note| note.starts_with(beginning));
        assert!(GOOD[..3].iter().chain(&GOOD[7..]).all(|beginning| has(beginning)), "{path}: {said}");
        let is_good = |note: &&&str| GOOD.iter().any(|beginning| note.starts_with(beginning));
        let others: Vec<_> = notes.iter().filter(|note| !is_good(note)).collect();
        assert!(others.is_empty(), "{path}: {others:#?}\n{said}");
    }
}
