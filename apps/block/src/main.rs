//! Writes to a disk and reads back: accesses within its bounds must succeed, others must fail.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::fmt::Write;
use unikernel_rt::block::{self, SECTOR_BYTES};
use unikernel_rt::prelude::*;

const MOST_SECTORS: u64 = 12;

/// The sectors of one test.
type Sectors = [u8; MOST_SECTORS as usize * SECTOR_BYTES];

#[derive(Default)]
struct Tests {
    started: u32,
    passed: u32,
}

#[unikernel(console, block)]
fn main(block: Block) -> ExitCode {
    let sectors = block.sectors();
    println!("sectors = {sectors}");
    println!("read_write={}", !block.is_read_only());
    println!("sector_size={}", block.sector_size());
    if block.sector_size() != SECTOR_BYTES {
        println!("this test is for sectors of {SECTOR_BYTES} bytes");
        return ExitCode::FAILURE;
    }

    let mut tests = Tests::default();
    for length in [1, 2, MOST_SECTORS] {
        tests.count(write_and_read_back(block, 0, length));
        tests.count(write_and_read_back(block, sectors.saturating_sub(length), length));
    }
    // One sector past the end, and twelve of which the last is past it.
    let beyond = [(sectors, 1), (sectors.saturating_sub(MOST_SECTORS - 1), MOST_SECTORS)];
    for (first, length) in beyond {
        tests.count(is_refused("writing", first, length, |memory| block.write(first, memory)));
    }
    for (first, length) in beyond {
        tests.count(is_refused("reading", first, length, |memory| block.read(first, memory)));
    }

    println!("Test sequence finished");
    println!("Total tests started: {}", tests.started);
    println!("Total tests passed:  {}", tests.passed);
    println!("Total tests failed:  {}", tests.started - tests.passed);
    if tests.passed == tests.started { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Tests {
    fn count(&mut self, passed: bool) {
        self.started += 1;
        self.passed += u32::from(passed);
    }
}

/// Writes sectors with a phrase in each, and reads them into memory that was zeroed before.
fn write_and_read_back(block: Block, first: u64, length: u64) -> bool {
    println!("writing {length} sectors at {first}");
    let (mut written, mut read): (Sectors, Sectors) = ([0; _], [0; _]);
    let (written, read) = (&mut written[..length as usize * SECTOR_BYTES], &mut read[..length as usize * SECTOR_BYTES]);
    for (index, sector) in written.chunks_exact_mut(SECTOR_BYTES).enumerate() {
        fill(sector, length - index as u64);
    }
    if let Err(error) = block.write(first, written) {
        println!("-- write failed: {error}");
        return false;
    }
    if let Err(error) = block.read(first, read) {
        println!("-- read failed: {error}");
        return false;
    }
    if written != read {
        println!("Buffers are not equal:\n{}\n{}", written.escape_ascii(), read.escape_ascii());
        return false;
    }
    true
}

/// Repeats the phrase of a sector until the sector is full.
fn fill(sector: &mut [u8], number: u64) {
    let mut rest = Rest(sector);
    while writeln!(rest, "{number}: All work and no play makes Dave a dull boy.").is_ok() {}
}

/// The unfilled rest of a sector; writing to it fails once it is full.
struct Rest<'a>(&'a mut [u8]);

impl Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let count = text.len().min(self.0.len());
        let (now, later) = core::mem::take(&mut self.0).split_at_mut(count);
        now.copy_from_slice(&text.as_bytes()[..count]);
        self.0 = later;
        if count < text.len() { Err(core::fmt::Error) } else { Ok(()) }
    }
}

/// An access beyond the end, which must fail.
fn is_refused(what: &str, first: u64, length: u64, access: impl FnOnce(&mut [u8]) -> Result<(), block::Error>) -> bool {
    println!("{what} {length} sectors at {first}");
    let mut memory: Sectors = [0; _];
    let refused = access(&mut memory[..length as usize * SECTOR_BYTES]).is_err();
    if !refused {
        println!("-- expected failure; got success");
    }
    refused
}
