//! The commands, from the repository of an application of its own, with the real runtime.

use crate::common::effort::{Effort, is_left_out};
use std::fs;
use std::process::Output;

use crate::command_line::{stderr, stdout};
use crate::common::project::Project;

const MAIN: &str = r#"#![no_std]
#![no_main]
use unikernel_rt::prelude::*;

#[unikernel(console, args(name, times = 1))]
fn main(name: &'static str, times: u8) {
    for _ in 0..times {
        println!("Hello, {name}");
    }
}
"#;

/// A project outside of this workspace, as `unikernel new` makes it, and checked as such.
fn repository() -> Project {
    let project = Project::new("hello", "visitor");
    project.works_as_made();
    project
}

/// Makes it another application.
fn change(project: &Project) {
    let cargo_toml = project.read("Cargo.toml").replace("version = \"0.1.0\"\nedition", "version = \"3.2.1\"\nedition");
    project.write("Cargo.toml", &cargo_toml);
    project.write("src/main.rs", MAIN);
    project.write("manifests/visitor.toml", "app = \"visitor\"\n[args]\nname = \"Alice\"\n");
    project.write("manifests/two.toml", "app = \"visitor\"\n[args]\nname = \"Alice \\\"A\\\" B\"\ntimes = 2\n");
    project.write("manifests/bad.toml", "app = \"visitor\"\n[args]\nname = \"Alice\"\ntmes = 2\n");
    project.write("notes/empty.toml", "app = \"visitor\"\n");
}

fn run(repository: &Project, arguments: &[&str]) -> Output {
    repository.unikernel_in("src", arguments)
}

fn succeed(repository: &Project, arguments: &[&str]) -> String {
    let output = run(repository, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// One test, because the build of its one package takes most of its time.
#[test]
fn everything_works_from_an_applications_own_repository() {
    if is_left_out("all commands in an application's own repository", Effort::All) {
        return;
    }
    let repository = repository();
    change(&repository);
    let file = |path: &str| repository.path().join(path);

    assert_eq!(succeed(&repository, &["check"]), "name=Alice\n");
    assert_eq!(
        succeed(&repository, &["check", "--manifest", "../manifests/two.toml"]),
        "name=\"Alice \\\"A\\\" B\" times=2\n"
    );
    let output = run(&repository, &["check", "--manifest", "manifests/bad.toml"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("error: unknown argument `tmes`\n") && text.contains("bad.toml:4:1"), "{text}");
    assert!(text.contains("did you mean `times`?") && !text.contains('\x1b'), "{text}");

    let table = succeed(&repository, &["iso"]);
    let image = fs::read(file("build/visitor.iso")).expect("the image");
    let size = unikernel_cli::table::grouped(image.len() as u64);
    assert!(table.starts_with("name "), "{table}");
    let row: Vec<_> = table.lines().nth(1).expect("a row").split_whitespace().collect();
    assert!(row[0] == "visitor" && row[1].ends_with("build/visitor.iso") && row[2] == size, "{table}");
    succeed(&repository, &["iso", "--manifest", "manifests/two.toml"]);
    assert!(file("build/two.iso").exists());
    succeed(&repository, &["iso", "--manifest", "manifests/visitor.toml", "-o", "same.iso"]);
    assert_eq!(fs::read(file("src/same.iso")).expect("the image"), image);
    let output = run(&repository, &["iso", "-o", "main.rs/hello.iso"]);
    assert_eq!(output.status.code(), Some(1));
    // Another cargo may be at work at the same time.
    let text: String =
        stderr(&output).split_inclusive('\n').filter(|line| !line.contains("Blocking waiting")).collect();
    assert_eq!(
        text,
        "error: cannot write `main.rs/hello.iso`: `main.rs` is not a directory\nhelp: choose another path\n"
    );

    assert_eq!(succeed(&repository, &["run"]), "Hello, Alice\n");
    assert_eq!(succeed(&repository, &["run", "--kernel", "--append", "name=Bob"]), "Hello, Bob\n");
    assert_eq!(succeed(&repository, &["run", "--append", "times=3"]), "Hello, Alice\n".repeat(3));
    assert_eq!(fs::read(file("build/visitor.iso")).expect("the image"), image, "an appended word is for one run");
    let two = "Hello, Alice \"A\" B\n".repeat(2);
    assert_eq!(succeed(&repository, &["run", "../build/two.iso"]), two);
    assert_eq!(succeed(&repository, &["run", "../build/two.iso", "--machine", "q35"]), two);
    assert_eq!(succeed(&repository, &["run", "../build/two.iso", "--machine", "microvm"]), two);
    let output = run(&repository, &["run", "../build/two.iso", "--append", "times=3"]);
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(
        stderr(&output),
        "error: the command line of `../build/two.iso` is part of the image, `--append` cannot change it\n\
         help: add `--kernel`, and QEMU loads the kernel in it with both\n"
    );
    let empty = ["--manifest", "notes/empty.toml"];
    assert_eq!(run(&repository, &["run", empty[0], empty[1]]).status.code(), Some(125));
    assert_eq!(succeed(&repository, &["run", empty[0], empty[1], "--append", "name=Eve"]), "Hello, Eve\n");

    let shown = succeed(&repository, &["inspect", "../build/two.iso"]);
    assert!(
        shown.starts_with("application  visitor 3.2.1\nboots with   name=\"Alice \\\"A\\\" B\" times=2\n"),
        "{shown}"
    );
    let shown = succeed(&repository, &["inspect"]);
    assert!(shown.contains("boots with   name=Alice\n"), "{shown}");

    debug(&repository);

    let expansion = succeed(&repository, &["expand"]);
    assert!(expansion.contains("__unikernel_rt::kernel!(__unikernel_Kernel);"), "{expansion}");
}

/// A Cargo.toml that does not know of the profile for debuggers gets it. It is another build of all packages.
fn debug(repository: &Project) {
    if is_left_out("gdb in an application's own repository", Effort::All) {
        return;
    }
    let commands = ["-ex", "print name", "-ex", "print times", "-ex", "list", "-ex", "continue"];
    let shown = succeed(repository, &[&["debug", "--", "-batch"], &commands[..]].concat());
    for wanted in ["$1 = \"Alice\"", "$2 = 1", "println!(\"Hello, {name}\")"] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
}
