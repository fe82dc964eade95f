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

/// Warnings and what is bad are marked in its text.
#[test]
fn redbot_finds_nothing() {
    if is_left_out("redbot", Effort::All) {
        return;
    }
    let redbot = redbot();
    let start = Start { machine: MachineType::Pc, memory: "3MiB", command_line: "verbose=false", more: &[] };
    let web = Web::start(&kernel("static_web"), &start);
    for path in ["/", "/docs/", "/docs", "/docs?query", "/1k.html", "/style.css", "/logo.svg", "/missing"] {
        let said = notes(&redbot, &web.url(path));
        let marked: Vec<&str> = said.lines().filter(|line| line.contains("[BAD]") || line.contains("[WARN]")).collect();
        assert!(marked.is_empty(), "{path}: {marked:#?}\n{said}");
    }
}
