//! Finds crash reports in console output, by the lines of [`unikernel_vocabulary::contract::report`].

use std::collections::BTreeMap;

use unikernel_vocabulary::contract::report;

/// The registers and the stack in a crash report.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Crash {
    pub(super) instruction: u64,
    pub(super) stack: u64,
    pub(super) frame: u64,
    /// The words of the stack that may be return addresses or frame pointers, by their addresses.
    pub(super) words: BTreeMap<u64, u64>,
    pub(super) image: u32,
}

/// Longer than every line of these.
const MAX_LINE_BYTES: usize = 128;

/// Finds the reports in a stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    crash: Option<Crash>,
}

impl Reader {
    /// Takes a byte; with the last one of a report, gives the report.
    pub(super) fn take(&mut self, byte: u8) -> Option<Crash> {
        if byte != b'\n' {
            if self.line.len() <= MAX_LINE_BYTES {
                self.line.push(byte);
            }
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let text = str::from_utf8(&line).ok().filter(|_| line.len() <= MAX_LINE_BYTES);
        let Some(text) = text.and_then(|line| line.strip_prefix(report::INDENT)) else {
            self.crash = None;
            return None;
        };
        self.line(text.trim_end_matches('\r'))
    }

    fn line(&mut self, line: &str) -> Option<Crash> {
        if line.starts_with(report::INSTRUCTION_POINTER.trim_start()) {
            self.crash = Some(Crash::default());
        }
        let mut crash = self.crash.take()?;
        if let Some(image) = line.strip_prefix(report::IMAGE.trim_start()) {
            crash.image = u32::try_from(number(image)?).ok()?;
            return Some(crash);
        }
        if let Some((address, value)) = line.split_once(report::STACK_WORD_VALUE) {
            crash.words.insert(number(address)?, number(value)?);
        } else {
            for (name, value) in registers(line)? {
                let is = |label| name == report::name(label);
                if is(report::INSTRUCTION_POINTER) {
                    crash.instruction = value;
                } else if is(report::STACK_POINTER) {
                    crash.stack = value;
                } else if is(report::FRAME_POINTER) {
                    crash.frame = value;
                }
            }
        }
        self.crash = Some(crash);
        None
    }
}

/// Reads `rip=0x1 r8 =0x2`; none where a line has anything else.
fn registers(line: &str) -> Option<Vec<(&str, u64)>> {
    let mut parts = line.split('=');
    let mut name = parts.next()?.trim();
    let mut registers = Vec::new();
    for part in parts {
        let (value, next) = part.split_once(' ').unwrap_or((part, ""));
        registers.push((name, number(value)?));
        name = next.trim();
    }
    (!registers.is_empty()).then_some(registers)
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix(report::HEXADECIMAL)?, 16).ok()
}
