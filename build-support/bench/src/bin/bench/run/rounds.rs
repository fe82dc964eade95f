//! The measurements themselves.

use std::path::Path;
use std::thread;
use std::time::Duration;

use unikernel_bench::counts::{Counts, Live};
use unikernel_cli::machine::{Accelerator, debug_exit};

use crate::clients::{self, BULK_BYTES, PAGE};
use crate::guest::{Boots, Guest, Machine, PATIENCE, Settings, Task};
use crate::hop::Hop;
use crate::network::{Network, PAGES, SINK};
use crate::results::Better::{Higher, Lower};
use crate::results::Results;
use crate::{Failure, firmware, output};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) rounds: u32,
    boots: u32,
    pub(super) load: Duration,
    pings: u32,
    bulks: u32,
    idle: Duration,
    /// What takes long: boots by the dozen, and bulk with every access to memory looked at.
    is_thorough: bool,
}

impl Plan {
    pub(super) fn new(quick: bool, rounds: Option<u32>) -> Self {
        if quick {
            let (load, idle) = (Duration::from_secs(1), Duration::from_secs(2));
            return Self {
                rounds: rounds.unwrap_or(1),
                boots: 1,
                load,
                pings: 3000,
                bulks: 1,
                idle,
                is_thorough: false,
            };
        }
        let (load, idle) = (Duration::from_secs(5), Duration::from_secs(10));
        Self { rounds: rounds.unwrap_or(5), boots: 3, load, pings: 20_000, bulks: 2, idle, is_thorough: true }
    }

    /// Whether a part is measured, where these are named: without names all are, but a quick run leaves out what takes long.
    pub(super) fn asks_for(&self, part: Part, named: &[Part]) -> bool {
        named.contains(&part) || named.is_empty() && (self.is_thorough || !part.takes_long())
    }
}

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Part {
    /// How long it takes to the first byte and the first page
    Boot,
    /// Pings, and HTTP requests by the second
    Pages,
    /// 64 MiB down and up
    Bulk,
    /// The same over a network with a round trip of 50 ms
    Far,
    /// Reads and writes of a disk
    Disk,
    /// Instructions and device accesses of a request, an echo, a KiB and an idle second
    Counts,
    /// The least memory that serves a page
    Memory,
    /// Programs of the standard library: HTTP requests by the second, beside Linux that runs the same ones
    Programs,
}

impl Part {
    /// 64 MiB take seconds over 50 ms; the least memory a dozen boots, some of which fail slowly; programs minutes to build.
    fn takes_long(self) -> bool {
        matches!(self, Part::Far | Part::Memory | Part::Programs)
    }
}

/// Connections at the same time.
const CONNECTIONS: [u32; 4] = [1, 16, 64, 256];

/// After how long nothing is left of the first page: connections that are closed are remembered for ten seconds.
const SETTLED: Duration = Duration::from_secs(12);

/// Of the network that is far away.
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// Frames that wait for a guest: while it boots, and at other times.
const QUEUE_AT_BOOT: u32 = 2;
const QUEUE: u32 = 1000;

pub(super) struct Bench<'a> {
    pub(super) settings: Settings,
    pub(super) plan: Plan,
    /// What is measured; everything where none is named.
    pub(super) parts: &'a [Part],
    pub(super) folder: &'a Path,
    pub(super) plugin: &'a Path,
    pub(super) results: Results,
}

impl Bench<'_> {
    /// Runs all measurements. Failures are printed, and the rest continues; returns the number of failures.
    pub(super) fn all(&mut self, guests: &[Guest]) -> u32 {
        let mut failures = 0;
        let mut note = |guest: &Guest, outcome| failures += failed(guest, outcome);
        for round in 1..=self.plan.rounds {
            for guest in guests {
                output::progress("Measuring", format_args!("{}, round {round} of {}", guest.name, self.plan.rounds));
                note(guest, self.boot_and_pages(guest));
                if self.asks_for(Part::Bulk) {
                    note(guest, self.bulk(guest));
                }
                if self.asks_for(Part::Far) {
                    note(guest, self.bulk_afar(guest));
                }
                if self.asks_for(Part::Disk) {
                    note(guest, self.disk(guest));
                }
            }
        }
        let counts = self.asks_for(Part::Counts);
        for guest in guests.iter().filter(|_| counts) {
            output::progress("Counting", &guest.name);
            note(guest, self.counted(guest));
        }
        let finds_memory = self.asks_for(Part::Memory);
        for guest in guests.iter().filter(|_| finds_memory) {
            output::progress("Shrinking", &guest.name);
            note(guest, self.memory(guest));
        }
        failures
    }

    fn asks_for(&self, part: Part) -> bool {
        self.plan.asks_for(part, self.parts)
    }

    /// Boots it a few times; the last one goes on to serve.
    fn boot_and_pages(&mut self, guest: &Guest) -> Result<(), Failure> {
        let (boots, pages) = (self.asks_for(Part::Boot), self.asks_for(Part::Pages));
        let count = if boots { self.plan.boots } else { u32::from(pages) };
        for left in (0..count).rev() {
            let baseline = self.firmware()?;
            self.settings.network.set_queue(QUEUE_AT_BOOT)?;
            let Some(mut machine) = guest.start(Task::Pages, self.settings, None, &[])? else { return Ok(()) };
            let page = first_page(&mut machine, self.settings.network)?;
            self.settings.network.set_queue(QUEUE)?;
            if boots {
                self.results.add(&guest.name, "boot: QEMU and firmware alone", "ms", Lower, ms(baseline));
                if let Some(byte) = machine.first_byte() {
                    self.results.add(&guest.name, "boot: first console byte", "ms", Lower, ms(byte));
                }
                self.results.add(&guest.name, "boot: first HTTP 200", "ms", Lower, ms(page));
            }
            if left == 0 && pages {
                self.pages(guest)?;
            }
        }
        Ok(())
    }

    /// How long QEMU and its firmware take by themselves.
    fn firmware(&self) -> Result<Duration, Failure> {
        let kernel = self.folder.join("empty");
        std::fs::write(&kernel, firmware::empty_kernel())
            .map_err(|error| format!("cannot write `{}`: {error}", kernel.display()))?;
        let pages = ["-kernel", &kernel.display().to_string()].map(str::to_owned).to_vec();
        let boots = Boots::Options { pages, bulk: None, disk: None };
        let empty = Guest { name: "firmware".into(), boots };
        let exit = ["-device".to_owned(), debug_exit()];
        let machine = empty.start(Task::Pages, self.settings, None, &exit)?;
        Ok(machine.map(Machine::ended).unwrap_or_default())
    }

    /// What a guest does that serves already.
    fn pages(&mut self, guest: &Guest) -> Result<(), Failure> {
        let (name, address) = (&guest.name, self.settings.network.address(PAGES));
        if self.settings.network == Network::Tap {
            let (average, received) = clients::flood(self.plan.pings)?;
            self.results.add(name, "ping: flood, average", "ms", Lower, average);
            self.results.add(name, "ping: flood, lost", "", Lower, f64::from(self.plan.pings - received));
        }
        for (keep, how) in [(true, "keep-alive"), (false, "connection per request")] {
            for connections in CONNECTIONS {
                let load = clients::wrk(self.folder, (address, PAGE), connections, keep, self.plan.load)?;
                let what = format!("HTTP {how}, {connections}");
                self.results.add(name, what.clone(), "requests/s", Higher, load.per_second);
                self.results.add(name, format!("{what}: p50"), "us", Lower, load.median_us);
                self.results.add(name, format!("{what}: p99"), "us", Lower, load.p99_us);
                self.results.add(name, format!("{what}: errors"), "", Lower, load.errors);
            }
        }
        Ok(())
    }

    fn bulk(&mut self, guest: &Guest) -> Result<(), Failure> {
        let Some(_machine) = self.serving_bulk(guest, Task::Bulk, &[])? else { return Ok(()) };
        for _ in 0..self.plan.bulks {
            self.transfer(guest, "TCP bulk")?;
        }
        Ok(())
    }

    /// The same where frames take half of the round trip in each direction. QEMU's user network knows no other.
    fn bulk_afar(&mut self, guest: &Guest) -> Result<(), Failure> {
        if self.settings.network != Network::Tap {
            return Ok(());
        }
        let hop = Hop::start(ROUND_TRIP / 2)?;
        let Some(_machine) = self.serving_bulk(guest, Task::BulkAfar, &hop.options())? else { return Ok(()) };
        self.transfer(guest, "TCP bulk over 50 ms")
    }

    fn transfer(&mut self, guest: &Guest, what: &str) -> Result<(), Failure> {
        let network = self.settings.network;
        let down = clients::download(network.address(PAGES))?;
        self.results.add(&guest.name, format!("{what}, 64 MiB down"), "MB/s", Higher, down / 1e6);
        let up = clients::upload(network.address(SINK))?;
        self.results.add(&guest.name, format!("{what}, 64 MiB up"), "MB/s", Higher, up / 1e6);
        Ok(())
    }

    fn disk(&mut self, guest: &Guest) -> Result<(), Failure> {
        let Some(machine) = guest.start(Task::Disk, self.settings, None, &[])? else { return Ok(()) };
        let mut is_done = false;
        for line in machine.lines() {
            let Some(line) = line.strip_prefix("disk ") else { continue };
            if line == "done" {
                is_done = true;
                break;
            }
            let words: Vec<&str> = line.split(' ').collect();
            let [verb, bytes, depth, count, taken_ns] = words[..] else { continue };
            let number = |word: &str| word.parse::<f64>().unwrap_or(0.0);
            let per_second = number(count) * 1e9 / number(taken_ns).max(1.0);
            self.results.add(
                &guest.name,
                format!("disk: {verb} {bytes} bytes, depth {depth}"),
                "/s",
                Higher,
                per_second,
            );
        }
        if is_done { Ok(()) } else { Err("it did not come to the end of measuring its disk".into()) }
    }

    /// Starts it and waits until it serves pages.
    fn serving(&self, guest: &Guest, task: Task, extra: &[String]) -> Result<Option<Machine>, Failure> {
        let Some(mut machine) = guest.start(task, self.settings, None, extra)? else { return Ok(None) };
        first_page(&mut machine, self.settings.network)?;
        Ok(Some(machine))
    }

    /// The same, until it has the large file, which Linux makes itself.
    fn serving_bulk(&self, guest: &Guest, task: Task, extra: &[String]) -> Result<Option<Machine>, Failure> {
        let Some(machine) = guest.start(task, self.settings, None, extra)? else { return Ok(None) };
        let is_up = machine.lines().any(|line| line.contains("up: 10.0.0.2"));
        if is_up { Ok(Some(machine)) } else { Err("it does not come up".into()) }
    }

    /// Counts by the plugin, which only TCG has: what a request, a ping, a KiB and an idle second take.
    fn counted(&mut self, guest: &Guest) -> Result<(), Failure> {
        self.with_plugin(|bench, live, plugin| bench.counted_with(guest, live, plugin))
    }

    /// Does something with guests that are counted: by counters, and options of QEMU.
    pub(super) fn with_plugin(
        &mut self,
        act: impl FnOnce(&mut Self, &Live, &[String]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let live = Live::new(self.folder).map_err(|error| format!("cannot make a file of counters: {error}"))?;
        let accelerator = self.settings.accelerator;
        self.settings.accelerator = Accelerator::Tcg;
        let plugin = format!("{},devices=on,counters={}", self.plugin.display(), live.path().display());
        let counted = act(self, &live, &["-plugin".to_owned(), plugin]);
        self.settings.accelerator = accelerator;
        counted
    }

    fn counted_with(&mut self, guest: &Guest, live: &Live, plugin: &[String]) -> Result<(), Failure> {
        let read = || live.read().map_err(|error| format!("cannot read counters: {error}"));
        let (name, network) = (guest.name.clone(), self.settings.network);
        if let Some(_machine) = self.serving(guest, Task::Pages, plugin)? {
            thread::sleep(SETTLED);
            let before = read()?;
            thread::sleep(self.plan.idle);
            let idle = (read()? - before).instructions as f64 / self.plan.idle.as_secs_f64();
            self.results.add(&name, "idle", "instructions/s", Lower, idle);
            for (keep, how) in [(true, "keep-alive"), (false, "connection per request")] {
                let load = || clients::wrk(self.folder, (network.address(PAGES), PAGE), 16, keep, self.plan.load);
                load()?; // caches, ARP, first tasks
                let before = read()?;
                let requests = load()?.requests;
                self.add_counts(&name, &format!("a request, {how}, 16"), read()? - before, requests);
            }
            if network == Network::Tap {
                let before = read()?;
                let (_, received) = clients::flood(self.plan.pings)?;
                self.add_counts(&name, "an echo", read()? - before, received.into());
            }
        }
        if !self.plan.is_thorough {
            return Ok(());
        }
        if let Some(_machine) = self.serving_bulk(guest, Task::Bulk, plugin)? {
            let before = read()?;
            clients::download(network.address(PAGES))?;
            let between = read()?;
            clients::upload(network.address(SINK))?;
            let kibibytes = (BULK_BYTES / 1024) as f64;
            self.add_counts(&name, "a KiB down", between - before, kibibytes);
            self.add_counts(&name, "a KiB up", read()? - between, kibibytes);
        }
        Ok(())
    }

    pub(super) fn add_counts(&mut self, guest: &str, what: &str, counts: Counts, each: f64) {
        let Counts { instructions, port_io, interrupts, device_io, notifications, .. } = counts;
        for (unit, value) in [
            ("instructions", instructions),
            ("device accesses", device_io + port_io),
            ("notifications", notifications),
            ("interrupts", interrupts),
        ] {
            self.results.add(guest, format!("{what}: {unit}"), "", Lower, value as f64 / each.max(1.0));
        }
    }

    /// The least memory with which it serves a page.
    fn memory(&mut self, guest: &Guest) -> Result<(), Failure> {
        const STEP_KIB: u32 = 128;
        // Below: does not; from here on: does. What is asked for is a multiple of the step.
        let (mut fails, mut works) = (1024 / STEP_KIB, 256 * 1024 / STEP_KIB);
        while works - fails > (works / 64).max(1) {
            let middle = fails.midpoint(works);
            let memory = format!("{}K", middle * STEP_KIB);
            let Some(mut machine) = guest.start(Task::Pages, self.settings, Some(&memory), &[])? else { return Ok(()) };
            let patience = if middle * STEP_KIB < 32 * 1024 { Duration::from_secs(3) } else { Duration::from_secs(15) };
            match clients::first_page(&mut machine, (self.settings.network.address(PAGES), PAGE), patience) {
                Some(_) => works = middle,
                None => fails = middle,
            }
        }
        self.results.add(&guest.name, "least memory", "MiB", Lower, f64::from(works * STEP_KIB) / 1024.0);
        Ok(())
    }
}

/// Warns of a failure; 1 for each.
pub(super) fn failed(guest: &Guest, outcome: Result<(), Failure>) -> u32 {
    let Err(failure) = outcome else { return 0 };
    output::warning(format_args!("{}: {failure}", guest.name));
    1
}

fn first_page(machine: &mut Machine, network: Network) -> Result<Duration, Failure> {
    let page = clients::first_page(machine, (network.address(PAGES), PAGE), PATIENCE);
    page.ok_or_else(|| "it serves no page".into())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
