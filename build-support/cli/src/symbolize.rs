//! Turns the addresses in crash reports into functions and lines of source.
//!
//! A kernel that crashes prints what may be return addresses on its stack, since it keeps no frame pointers and no unwind tables
//! in memory. The ELF has the tables: `unwind` finds the calls by them, `frames` the functions and lines, those that were
//! inlined too. `report` reads the lines of a report, which end with a hash of the image: an ELF of another build is noticed.

mod frames;
mod report;
#[cfg(test)]
mod tests;
mod unwind;

use std::fmt::Write;

use self::report::{Crash, Reader};
use crate::elf::Kernel;

/// An error of reading a kernel's symbols.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is the kernel of an image.
    #[error(
        "the kernel is stripped and has no symbols\n\
         help: use the ELF that the image was made from: `target/unikernel/release/APP`"
    )]
    Stripped,
    /// Its debug information cannot be read.
    #[error("the kernel is malformed: {0}")]
    Malformed(String),
}

/// A filter for console output, which adds a backtrace to each crash report.
///
/// All bytes pass unchanged and unbuffered; a backtrace follows the last line of its report.
#[derive(Debug)]
pub struct Symbolizer {
    kernel: Kernel,
    hash: u32,
    reader: Reader,
    reports: usize,
    foreign: usize,
}

/// Whether debuggers know the function at an address by its whole name, with its arguments and variables, and not only its lines.
#[must_use]
pub fn is_described(kernel: &Kernel, function: u64) -> bool {
    frames::Frames::read(kernel).is_ok_and(|frames| frames.is_described(function))
}

impl Symbolizer {
    /// Makes a filter for what `kernel`, as it was linked, says.
    ///
    /// # Errors
    /// It is stripped, or its debug information is malformed.
    pub fn new(kernel: Kernel) -> Result<Self, Error> {
        let hash = kernel.hash();
        frames::Frames::read(&kernel)?;
        unwind::Unwinder::read(&kernel)?;
        Ok(Self { kernel, hash, reader: Reader::default(), reports: 0, foreign: 0 })
    }

    /// Filters the next bytes of the console; returns them, with the backtraces added.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut told = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            told.push(byte);
            if let Some(crash) = self.reader.take(byte) {
                told.extend_from_slice(self.tell(&crash).as_bytes());
            }
        }
        told
    }

    /// How many reports there were.
    #[must_use]
    pub const fn reports(&self) -> usize {
        self.reports
    }

    /// How many of them were of another image than this kernel's.
    #[must_use]
    pub const fn foreign(&self) -> usize {
        self.foreign
    }

    fn tell(&mut self, crash: &Crash) -> String {
        self.reports += 1;
        if crash.image != self.hash {
            self.foreign += 1;
            return format!(
                "no backtrace: this report is from a different build than the ELF, whose image hash is {:#010x}\n",
                self.hash
            );
        }
        self.backtrace(crash).unwrap_or_else(|error| format!("no backtrace: {error}\n"))
    }

    fn backtrace(&self, crash: &Crash) -> Result<String, Error> {
        let calls = unwind::Unwinder::read(&self.kernel)?.calls(crash);
        let frames = frames::Frames::read(&self.kernel)?;
        let mut text = String::from("stack backtrace:\n");
        let mut number = 0;
        let mut begun = false;
        for call in calls {
            // A return address may be the first one of the next function.
            let functions = frames.at(if call.returned { call.address - 1 } else { call.address })?;
            let mut address = format!("{:#x}", call.address);
            for function in functions {
                begun |= !function.is_reporting();
                if !begun {
                    continue;
                }
                let doubt = if call.guessed { "? " } else { "" };
                let _ = writeln!(text, "{number:4}: {address:>10} - {doubt}{}", function.name);
                if let Some(place) = &function.place {
                    let _ = writeln!(text, "{:>19} {place}", "at");
                }
                address.clear(); // what follows was inlined into the same call
                number += 1;
            }
        }
        Ok(text)
    }
}
