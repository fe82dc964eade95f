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

use super::local_apic;
use super::vector::{self, Vector};
use crate::arch::window;
use crate::firmware::{acpi, power};
use crate::sync::Static;

/// The first I/O APIC (Intel 82093AA data sheet): the number of a register, then the register; and the redirection of input 9.
const IO_APIC_SELECT: u64 = 0xfec0_0000;
const IO_APIC_WINDOW: u64 = IO_APIC_SELECT + 0x10;
const REDIRECTION: u32 = 0x10 + 2 * 9;
const LEVEL: u32 = 1 << 15;

/// Of the event block's status register and, behind it, of its enable register.
const POWER_BUTTON: u16 = 1 << 8;
/// Of the selector of QEMU's generic event device; reading it clears it.
const POWER_DOWN: u32 = 1 << 1;

/// How the machine tells that its button was pressed.
#[derive(Clone, Copy)]
enum Button {
    /// Not at all.
    None,
    /// By a PM1 event block at this port.
    Fixed(u16),
    /// By a generic event device at this address.
    Event(u64),
}

static BUTTON: Static<Button> = Static::new(Button::None);
/// What to do when it is pressed.
static PRESSED: Static<Option<fn()>> = Static::new(None);

/// Has `pressed` called when the button is pressed, from within a halt.
pub(crate) fn on_press(pressed: fn()) {
    PRESSED.set(Some(pressed));
}

/// Listens from now on, which is when interrupts are let in for the first time.
#[cold]
pub(super) fn listen() {
    let (button, trigger) = match power::event_block() {
        Some(block) => (Button::Fixed(block), LEVEL),
        None => match acpi::qemu_event_device() {
            Some(address) => (Button::Event(address), 0),
            None => return,
        },
    };
    BUTTON.set(button);
    vector::claim_served(serve);
    for (register, value) in [
        (REDIRECTION + 1, u32::from(local_apic::id()) << 24),
        (REDIRECTION, u32::from(Vector::POWER.number()) | trigger),
    ] {
        window::write(IO_APIC_SELECT, register);
        window::write(IO_APIC_WINDOW, value);
    }
    if let Button::Fixed(block) = button {
        power::write_event_block(block, POWER_BUTTON, POWER_BUTTON);
    }
}

/// Takes the interrupt back before it is acknowledged, as the line stays up until then.
fn serve() {
    let is_pressed = match BUTTON.read() {
        Button::None => false,
        Button::Fixed(block) => power::take_event(block, POWER_BUTTON),
        Button::Event(address) => window::read_register::<u32>(address) & POWER_DOWN != 0,
    };
    if is_pressed && let Some(pressed) = PRESSED.read() {
        pressed();
    }
}
