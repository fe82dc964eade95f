//! The power button: a request to stop, of a person or of a hypervisor's own command for it.
//!
//! It is listened to from the first halt on, because interrupts are taken nowhere else: a kernel that never waits has none of
//! this. Unless the application has declared `shutdown`, a press switches the machine off, as a success.
//!
//! - PIIX4 and ICH9 (QEMU's `pc` and `q35`, and what imitates them): the status and enable registers of ACPI's PM1 block, whose
//!   base PCI tells, and the interrupt that both have it on (ACPI 6.5, sections 4.8.2.2.1 and 4.8.3.1).
//! - QEMU's microvm: the generic event device. Where it is stands in AML alone, which nobody here reads; but QEMU always has it
//!   in the same place (`include/hw/i386/microvm.h`, `include/hw/acpi/generic_event_device.h`), in one piece with the sleep
//!   control register that the FADT names. By that, and by QEMU's name in the table, it is recognised.
//!
//! On both, it interrupts by input 9 of the first I/O APIC, active when high: a look into the MADT would cost more than the rest
//! of boot.

use super::io_apic::{self, Trigger};
use super::vector::{self, Vector};
use crate::arch::window;
use crate::firmware::acpi;
use crate::firmware::power::EventBlock;
use crate::sync::Hook;

/// Which input of the first I/O APIC it is on.
const INPUT: u32 = 9;

/// Of the event block's status register and, behind it, of its enable register.
const POWER_BUTTON: u16 = 1 << 8;
/// Of the selector of QEMU's generic event device; reading it clears it.
const POWER_DOWN: u32 = 1 << 1;

/// How the machine tells that its button was pressed.
enum Button {
    /// By a PM1 event block.
    Fixed(EventBlock),
    /// By a generic event device at this address.
    Event(u64),
}

impl Button {
    /// Finds it: at the first halt and again when it is pressed, so that nothing has to be kept.
    #[inline(never)]
    fn find() -> Option<Self> {
        match EventBlock::find() {
            Some(block) => Some(Button::Fixed(block)),
            None => acpi::qemu_event_device().map(Button::Event),
        }
    }
}

/// What to do when it is pressed.
static PRESSED: Hook<fn()> = Hook::new();

/// Has `pressed` called when the button is pressed, from within a halt.
pub(crate) fn on_press(pressed: fn()) {
    PRESSED.set(pressed);
}

/// Listens from now on, which is when interrupts are let in for the first time.
#[cold]
pub(super) fn listen() {
    let Some(button) = Button::find() else { return };
    vector::claim_served(serve);
    let trigger = if let Button::Fixed(_) = button { Trigger::Level } else { Trigger::Edge };
    io_apic::route_input(INPUT, Vector::POWER, trigger);
    if let Button::Fixed(block) = button {
        block.enable(POWER_BUTTON);
    }
}

/// Takes the interrupt back before it is acknowledged, as the line stays up until then.
fn serve() {
    let is_pressed = match Button::find() {
        None => false,
        Some(Button::Fixed(block)) => block.take(POWER_BUTTON),
        Some(Button::Event(address)) => window::read::<u32>(address) & POWER_DOWN != 0,
    };
    if is_pressed && let Some(pressed) = PRESSED.get() {
        pressed();
    }
}
