//! Unwinds a partially known stack, with the unwind tables of the ELF.
//!
//! The tables are in the format of the x86-64 psABI, section 4.2.4 (`.eh_frame`). Where information is missing, such as
//! for code without a table or a word that is not in the report, the next word that is an address after a `call` is used.

use addr2line::gimli::{
    BaseAddresses, CfaRule, EhFrame, EndianSlice, LittleEndian, RegisterRule, UnwindContext, UnwindSection, X86_64,
};
use object::{Object, ObjectSection};

use super::Error;
use super::report::Crash;
use crate::elf::Kernel;

/// The maximum number of frames.
const MAX_CALLS: usize = 128;

/// The unwind tables of a kernel.
pub(super) struct Unwinder<'a> {
    kernel: &'a Kernel,
    tables: EhFrame<EndianSlice<'a, LittleEndian>>,
    bases: BaseAddresses,
}

/// A place in code that was being executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Call {
    pub(super) address: u64,
    /// Whether it is a return address, which is behind the call.
    pub(super) returned: bool,
    /// Whether it is the most likely one, but not for certain.
    pub(super) guessed: bool,
}

/// What is known of one function's registers.
#[derive(Clone, Copy)]
struct Registers {
    instruction: u64,
    stack: u64,
    frame: Option<u64>,
}

/// How to go on from a function to its caller.
enum Step {
    To(Registers),
    /// It has no caller.
    End,
    Unknown,
}

impl<'a> Unwinder<'a> {
    pub(super) fn read(kernel: &'a Kernel) -> Result<Self, Error> {
        let file = object::File::parse(kernel.bytes()).map_err(|error| Error::Malformed(error.to_string()))?;
        let section = file.section_by_name(".eh_frame");
        let address = section.as_ref().map_or(0, ObjectSection::address);
        let bytes = section.map(|section| section.data()).transpose();
        let bytes = bytes.map_err(|error| Error::Malformed(error.to_string()))?.unwrap_or_default();
        let mut tables = EhFrame::new(bytes, LittleEndian);
        tables.set_address_size(8);
        Ok(Self { kernel, tables, bases: BaseAddresses::default().set_eh_frame(address) })
    }

    /// The calls that led to a crash, the innermost first.
    pub(super) fn calls(&self, crash: &Crash) -> Vec<Call> {
        let mut registers = Registers { instruction: crash.instruction, stack: crash.stack, frame: Some(crash.frame) };
        let mut calls = vec![Call { address: crash.instruction, returned: false, guessed: false }];
        while calls.len() < MAX_CALLS {
            let returned = calls.len() > 1;
            let (next, guessed) = match self.step(registers, returned, crash) {
                Step::To(next) => (next, false),
                Step::End => break,
                Step::Unknown => match self.guess(registers, crash) {
                    Some(next) => (next, true),
                    None => break,
                },
            };
            calls.push(Call { address: next.instruction, returned: true, guessed });
            registers = next;
        }
        calls
    }

    fn step(&self, registers: Registers, returned: bool, crash: &Crash) -> Step {
        let address = registers.instruction - u64::from(returned && registers.instruction > 0);
        let mut context = UnwindContext::new();
        let row = self.tables.unwind_info_for_address(&self.bases, &mut context, address, EhFrame::cie_from_offset);
        let Ok(row) = row else {
            // No function of ours: where a wrong pointer was called, the return address is what the stack points to.
            return match crash.words.get(&registers.stack) {
                Some(&instruction) if !returned && self.follows_call(instruction) => {
                    Step::To(Registers { instruction, stack: registers.stack + 8, frame: registers.frame })
                }
                _ => Step::Unknown,
            };
        };
        if matches!(row.register(X86_64::RA), Some(RegisterRule::Undefined)) {
            return Step::End;
        }
        let cfa = match row.cfa() {
            CfaRule::RegisterAndOffset { register: X86_64::RSP, offset } => registers.stack.checked_add_signed(*offset),
            CfaRule::RegisterAndOffset { register: X86_64::RBP, offset } => {
                registers.frame.and_then(|frame| frame.checked_add_signed(*offset))
            }
            _ => None,
        };
        // The stack must unwind, or this would never end.
        let Some(cfa) = cfa.filter(|cfa| *cfa > registers.stack) else { return Step::Unknown };
        let word = |offset: i64| crash.words.get(&cfa.wrapping_add_signed(offset)).copied();
        let frame = match row.register(X86_64::RBP) {
            Some(RegisterRule::Offset(offset)) => word(offset),
            _ => registers.frame,
        };
        match row.register(X86_64::RA) {
            Some(RegisterRule::Offset(offset)) => match word(offset).filter(|address| self.follows_call(*address)) {
                Some(instruction) => Step::To(Registers { instruction, stack: cfa, frame }),
                None => Step::Unknown,
            },
            _ => Step::Unknown,
        }
    }

    fn guess(&self, registers: Registers, crash: &Crash) -> Option<Registers> {
        let mut words = crash.words.range(registers.stack..);
        let (address, instruction) = words.find(|(_, value)| self.follows_call(**value))?;
        Some(Registers { instruction: *instruction, stack: address + 8, frame: None })
    }

    /// Whether the instruction in front of an address is a call.
    fn follows_call(&self, address: u64) -> bool {
        const NEAR: u8 = 0xe8;
        const INDIRECT: u8 = 0xff;
        let is_code = |segment: &&crate::elf::Segment| segment.access.execute && segment.end() >= address;
        let Some(segment) = self.kernel.segments().iter().find(is_code) else { return false };
        let Some(end) = address.checked_sub(segment.address).and_then(|end| usize::try_from(end).ok()) else {
            return false;
        };
        let Some(before) = self.kernel.contents(segment).get(..end) else { return false };
        let byte = |back: usize| before.len().checked_sub(back).map_or(0, |at| before[at]);
        // Intel SDM volume 2, CALL: E8 with four bytes, or FF /2 with an operand of up to five bytes behind it.
        byte(5) == NEAR || (2..=7).any(|back| byte(back) == INDIRECT && byte(back - 1) >> 3 & 7 == 2)
    }
}
