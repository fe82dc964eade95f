//! Mutation tests: each check of external input is removed, one at a time, and a test of the runtime must fail.
//!
//! The gate holds the table against the sources, so that no check is renamed out of it; `make test-all` builds the mutants, in
//! a copy of the workspace.

mod table;

use crate::common::effort::{Effort, is_left_out};
use crate::common::{root, workspace_copy};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use table::{MUTATIONS, Mutation};

/// Tests that take so long go round in circles: that is noticed, too.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn every_check_of_the_table_is_in_the_sources_once() {
    for mutation in MUTATIONS {
        let text = fs::read_to_string(root().join(mutation.path())).expect("a source");
        let count = text.matches(mutation.check).count();
        assert_eq!(count, 1, "{}: `{}`", mutation.file, mutation.check);
    }
}

#[test]
fn without_a_check_a_test_fails() {
    if is_left_out(&format!("{} mutants, each built and tested", MUTATIONS.len()), Effort::All) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    workspace_copy::copy(&root(), folder.path());
    assert!(test(folder.path(), "").expect("it compiles").success(), "the tests fail without a mutation");
    let mut unnoticed = Vec::new();
    for mutation in MUTATIONS {
        let path = folder.path().join(mutation.path());
        let text = fs::read_to_string(&path).expect("a source");
        fs::write(&path, text.replacen(mutation.check, mutation.without, 1)).expect("a source");
        match test(folder.path(), mutation.tests) {
            Err(error) => unnoticed.push(format!("{mutation} does not compile:\n{error}")),
            Ok(status) if status.success() => unnoticed.push(format!("{mutation} is not noticed")),
            Ok(_) => eprintln!("{mutation} is noticed"),
        }
        fs::write(&path, text).expect("a source");
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

/// Builds and runs the runtime's tests whose names contain `filter`; the compiler's words where it does not build.
fn test(workspace: &Path, filter: &str) -> Result<ExitStatus, String> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        // Nobody looks for lines in a mutant, and most of the time goes into building it.
        let words = ["--config", "profile.test.debug=false", "test", "--quiet", "--package", "unikernel-rt", "--lib"];
        command.args(words).args(arguments).current_dir(workspace);
        command
            .env_remove("UNIKERNEL_TEST_ALL")
            .env_remove("UNIKERNEL_SOAK")
            // A mutant is a line, and the rest need not be compiled again.
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_TARGET_DIR", workspace.join("target"));
        command
    };
    let built = cargo(&["--no-run"]).output().expect("cargo runs");
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned());
    }
    let mut tests = cargo(&["--", filter]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("cargo runs");
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = tests.try_wait().expect("a child") {
            return Ok(status);
        }
        if Instant::now() > end {
            // Cargo's child is the one that runs in circles: both end.
            let _ = Command::new("pkill").args(["-KILL", "-P", &tests.id().to_string()]).status();
            let _ = tests.kill();
            return Ok(tests.wait().expect("a child"));
        }
        sleep(Duration::from_millis(50));
    }
}

impl Mutation {
    /// Its file, from the root.
    fn path(&self) -> String {
        format!("unikernel-rt/src/{}", self.file)
    }
}
