//! The lines of a crash report that `unikernel symbolize` parses.
//!
//! ```text
//!   rip=0x0000000000101234 rsp=0x0000000000114f50 ...    registers; more of them, on more lines
//!   0x114f68: 0x101fa5                                   words of the stack, by ascending address
//!   image=0x74182dba                                     the hash of the image: the end
//! ```
//!
//! The runtime writes the constants as they are, each followed by a number. The line feed stands before a line because the
//! report's message comes first, on a line that is still open.

/// What begins each of these lines, behind the line feed.
pub const INDENT: &str = "  ";

/// Before a hexadecimal number.
pub const HEXADECIMAL: &str = "0x";

/// Before the instruction pointer, which begins the registers.
pub const INSTRUCTION_POINTER: &str = "\n  rip=";

/// Before the stack pointer.
pub const STACK_POINTER: &str = " rsp=";

/// Before the frame pointer.
pub const FRAME_POINTER: &str = " rbp=";

/// The labels of all registers, of [`REGISTER_BYTES`] each, in the order in which a fault reports them.
pub const REGISTERS: &[u8; 18 * REGISTER_BYTES] =
    b"\n  rip=   rsp=   flg=\n  rax=   rbx=   rcx=\n  rdx=   rsi=   rdi=\n  rbp=   r8 =   r9 =\n  r10=   r11=   r12=\
    \n  r13=   r14=   r15=";

/// The length of a label in [`REGISTERS`].
pub const REGISTER_BYTES: usize = 7;

/// Before the address of a word of the stack.
pub const STACK_WORD: &str = "\n  ";

/// Between that address and the word.
pub const STACK_WORD_VALUE: &str = ": ";

/// Before the hash of the image, which ends the report.
pub const IMAGE: &str = "\n  image=";

/// The name in a label: `rsp` of ` rsp=`.
#[must_use]
pub fn name(label: &str) -> &str {
    label.trim_ascii().trim_end_matches('=').trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_indented() {
        for label in [INSTRUCTION_POINTER, STACK_WORD, IMAGE] {
            assert_eq!(
                label.strip_prefix('\n').and_then(|label| label.strip_prefix(INDENT)).map(name),
                Some(name(label))
            );
        }
        let registers = str::from_utf8(REGISTERS).expect("ASCII");
        assert!(registers.split('\n').skip(1).all(|line| line.starts_with(INDENT)));
    }

    #[test]
    fn a_fault_reports_the_registers_that_a_backtrace_begins_with() {
        let names: std::vec::Vec<_> =
            REGISTERS.chunks(REGISTER_BYTES).map(|label| name(str::from_utf8(label).expect("ASCII"))).collect();
        assert_eq!(names[0], name(INSTRUCTION_POINTER));
        for label in [INSTRUCTION_POINTER, STACK_POINTER, FRAME_POINTER] {
            assert_eq!(names.iter().filter(|other| **other == name(label)).count(), 1, "{label}");
        }
        assert_eq!((name(INSTRUCTION_POINTER), name(IMAGE), names[10]), ("rip", "image", "r8"));
    }
}
