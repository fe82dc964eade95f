//! Programs of the standard library: each as an image, and the same one on Linux.

use std::path::{Path, PathBuf};
use std::process::Command;

use unikernel_cli::cargo::{self, Workspace};

use super::rounds::{Bench, failed};
use super::{LINUX_SAME, LOOKING, OURS, linux_options, options};
use crate::clients;
use crate::guest::{Boots, Guest, PATIENCE, Task};
use crate::linux::Linux;
use crate::network::PAGES;
use crate::results::Better::{Higher, Lower};
use crate::{Failure, output};

/// One by mio, one with a thread for each connection, and one by axum.
const PROGRAMS: [&str; 3] = ["mio_web", "std_web", "axum_server"];

/// Where they are.
const FOLDER: &str = "build-support/tests/std";

/// Connections at the same time.
const CONNECTIONS: [u32; 3] = [1, 16, 64];

/// What all of them answer for.
const PATH: &str = "/";

/// A program, and the guests that run it.
pub(super) struct Program {
    name: &'static str,
    pub(super) guests: Vec<Guest>,
}

/// Builds all of them, for images and, where there is a Linux guest, for that.
pub(super) fn build(root: &Path, linux: Option<&Linux>, folder: &Path) -> Result<Vec<Program>, Failure> {
    let here = root.join(FOLDER);
    let workspace = Workspace::find_with(&here, false).map_err(|error| error.to_string())?;
    let linux = linux.map(|linux| linux.with_programs(folder, &for_linux(&here)?)).transpose()?;
    PROGRAMS
        .into_iter()
        .map(|name| {
            output::progress("Building", name);
            let application = workspace.binary(None, name).map_err(|error| error.to_string())?;
            let kernel = cargo::build(&workspace, &application, "release").map_err(|error| error.to_string())?.kernel;
            let guest = |name: &str, pages| Guest {
                name: name.into(),
                boots: Boots::Options { pages, bulk: None, disk: None },
            };
            let mut guests = vec![
                guest(OURS, options(&kernel, "port=8080")),
                guest(LOOKING, options(&kernel, "port=8080 net.busy_poll=1ms")),
            ];
            guests.extend(
                linux.as_ref().map(|linux| guest(LINUX_SAME, linux_options(linux, &format!("program={name}")))),
            );
            Ok(Program { name, guests })
        })
        .collect()
}

/// Builds them as programs of the host, by the same profile.
fn for_linux(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    output::progress("Building", "the same programs for Linux");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = folder.join("target");
    cargo.args(["build", "--release"]).args(PROGRAMS.iter().flat_map(|name| ["--bin", name])).current_dir(folder);
    cargo.arg("--target-dir").arg(&target).env("CARGO_PROFILE_RELEASE_STRIP", "true");
    let status = cargo.status().map_err(|error| format!("cannot run `cargo`: {error}"))?;
    if !status.success() {
        return Err(format!("the programs in `{}` do not build", folder.display()));
    }
    Ok(PROGRAMS.iter().map(|name| target.join("release").join(name)).collect())
}

impl Bench<'_> {
    /// Runs all programs on all their guests; returns the number of failures.
    pub(super) fn programs(&mut self, programs: &[Program]) -> u32 {
        let mut failures = 0;
        for program in programs {
            for round in 1..=self.plan.rounds {
                for guest in &program.guests {
                    output::progress("Measuring", format_args!("{} of {}, round {round}", program.name, guest.name));
                    failures += failed(guest, self.requests(program.name, guest));
                }
            }
            for guest in &program.guests {
                output::progress("Counting", format_args!("{} of {}", program.name, guest.name));
                failures += failed(guest, self.counted_requests(program.name, guest));
            }
        }
        failures
    }

    fn requests(&mut self, program: &str, guest: &Guest) -> Result<(), Failure> {
        let page = (self.settings.network.address(PAGES), PATH);
        let Some(mut machine) = guest.start(Task::Pages, self.settings, None, &[])? else { return Ok(()) };
        clients::first_page(&mut machine, page, PATIENCE).ok_or("it serves no page")?;
        clients::wrk(self.folder, page, 16, true, self.plan.load)?; // caches, ARP, code that is translated
        for connections in CONNECTIONS {
            let load = clients::wrk(self.folder, page, connections, true, self.plan.load)?;
            let what = format!("{program}: HTTP keep-alive, {connections}");
            self.results.add(&guest.name, what.clone(), "requests/s", Higher, load.per_second);
            self.results.add(&guest.name, format!("{what}: p50"), "us", Lower, load.median_us);
            self.results.add(&guest.name, format!("{what}: p99"), "us", Lower, load.p99_us);
            self.results.add(&guest.name, format!("{what}: errors"), "", Lower, load.errors);
        }
        Ok(())
    }

    fn counted_requests(&mut self, program: &str, guest: &Guest) -> Result<(), Failure> {
        self.with_plugin(|bench, live, plugin| {
            let read = || live.read().map_err(|error| format!("cannot read counters: {error}"));
            let page = (bench.settings.network.address(PAGES), PATH);
            let Some(mut machine) = guest.start(Task::Pages, bench.settings, None, plugin)? else { return Ok(()) };
            clients::first_page(&mut machine, page, PATIENCE).ok_or("it serves no page")?;
            let load = || clients::wrk(bench.folder, page, 16, true, bench.plan.load);
            load()?; // caches, ARP, first tasks
            let before = read()?;
            let requests = load()?.requests;
            let counts = read()? - before;
            bench.add_counts(&guest.name, &format!("{program}: a request, keep-alive, 16"), counts, requests);
            Ok(())
        })
    }
}
