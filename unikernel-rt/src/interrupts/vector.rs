//! Interrupt vectors: a pending bit each, set by the handler and taken by whoever waits for it.
//!
//! A handler notes and acknowledges, nothing else. Vectors 32 to 63 are there, assigned here, in two priority classes of the
//! local APIC: a line that stays up until its device is served (level-triggered) must not be acknowledged by the handler, or it
//! interrupts again before the handler is left; its vector belongs in the lower class (32 to 47), acknowledged by whoever has
//! served the device, while the upper class (48 to 63), edges and messages, still gets through.

use super::local_apic;
use crate::arch::descriptors;
use crate::sync::Static;

/// One of the vectors: 48 to 63 for what interrupts by an edge or a message, below for what interrupts by a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Vector(u8);

impl Vector {
    /// The local APIC's timer.
    pub(crate) const TIMER: Vector = Vector(48);
    /// The serial port's receiver.
    pub(crate) const SERIAL: Vector = Vector(49);
    /// Every device's messages, and the edges of their lines: who is woken looks at his queues anyway.
    pub(crate) const DEVICES: Vector = Vector(50);
    /// Every device's lines that are told by level. In the lower class: [`claim_levels`].
    pub(crate) const LEVELS: Vector = Vector(47);
    /// The power button's. Its handler serves it: [`claim_served`].
    pub(crate) const POWER: Vector = Vector(51);
    /// What the local APIC sends when an interrupt vanishes while it is being taken. Its low four bits are ones, as the first
    /// local APICs want it.
    pub(super) const SPURIOUS: Vector = Vector(63);

    /// The number, for the register that says what to send.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    const fn bit(self) -> u32 {
        1 << (self.0 - descriptors::EXCEPTIONS as u8)
    }

    /// Whether it has interrupted since the last time that this was asked.
    pub(crate) fn take(self) -> bool {
        let pending = PENDING.read();
        PENDING.set(pending & !self.bit());
        pending & self.bit() != 0
    }
}

/// The pending bits. Handlers write it too, but they run in `idle::halt` alone, so that nobody else is in the middle of it.
static PENDING: Static<u32> = Static::new(0);

/// Gives vector `VECTOR` its handler. A parameter of the type, so that only the vectors in use have one.
pub(crate) fn claim<const VECTOR: u8>() {
    // SAFETY: the stub keeps what an `extern "C"` function keeps and ends with `iretq`; the constants above are distinct.
    unsafe { descriptors::set_interrupt(VECTOR.into(), stub::<VECTOR> as *const () as usize) };
}

/// Gives [`Vector::LEVELS`] its handler, which only notes: whoever serves the device acknowledges, with
/// [`local_apic::end_of_interrupt`], after the device has taken its line back.
pub(crate) fn claim_levels() {
    // SAFETY: the stub touches no register and ends with `iretq`; the vector is nobody else's.
    unsafe { descriptors::set_interrupt(Vector::LEVELS.0.into(), level as *const () as usize) };
}

#[unsafe(naked)]
unsafe extern "C" fn level() {
    core::arch::naked_asm!(
        "or dword ptr [rip + {pending}], {bit}",
        "iretq",
        pending = sym PENDING,
        bit = const Vector::LEVELS.bit(),
    )
}

/// What serves [`Vector::POWER`].
static SERVE: Static<Option<fn()>> = Static::new(None);

/// Gives [`Vector::POWER`] a handler that has the device served, then acknowledges.
pub(crate) fn claim_served(serve: fn()) {
    SERVE.set(Some(serve));
    // SAFETY: the stub keeps what an `extern "C"` function keeps and ends with `iretq`; the vector is nobody else's.
    unsafe { descriptors::set_interrupt(Vector::POWER.0.into(), served as *const () as usize) };
}

/// The processor has aligned the stack to 16 bytes and pushed five words.
#[unsafe(naked)]
unsafe extern "C" fn served() {
    core::arch::naked_asm!("sub rsp, 8", "call {serve}", "add rsp, 8", "iretq", serve = sym serve)
}

extern "C" fn serve() {
    if let Some(serve) = SERVE.read() {
        serve();
    }
    local_apic::end_of_interrupt();
}

/// Gives the spurious vector its handler.
pub(super) fn claim_spurious() {
    // SAFETY: it touches no register and ends with `iretq`.
    unsafe { descriptors::set_interrupt(Vector::SPURIOUS.0.into(), spurious as *const () as usize) };
}

/// The processor has aligned the stack to 16 bytes and pushed five words.
#[unsafe(naked)]
unsafe extern "C" fn stub<const VECTOR: u8>() {
    core::arch::naked_asm!(
        "mov edi, {bit}",
        "jmp {note}",
        bit = const Vector(VECTOR).bit(),
        note = sym note,
    )
}

#[unsafe(naked)]
unsafe extern "C" fn note() {
    core::arch::naked_asm!(
        "or [rip + {pending}], edi",
        "sub rsp, 8",
        // For a debugger: what was interrupted.
        ".cfi_startproc simple",
        ".cfi_signal_frame",
        ".cfi_def_cfa rsp, 8",
        ".cfi_offset rip, 0; .cfi_offset rsp, 24",
        "call {acknowledge}",
        "add rsp, 8",
        "iretq",
        ".cfi_endproc",
        pending = sym PENDING,
        acknowledge = sym acknowledge,
    )
}

extern "C" fn acknowledge() {
    local_apic::end_of_interrupt();
}

/// Not to be acknowledged, and nothing to note.
#[unsafe(naked)]
unsafe extern "C" fn spurious() {
    core::arch::naked_asm!("iretq")
}
