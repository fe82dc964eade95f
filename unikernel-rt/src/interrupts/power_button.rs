//! The power button: a shutdown request by a person or by the hypervisor.
//!
//! It is enabled at the first halt, because interrupts are taken nowhere else; a kernel that never waits does not link it.
//! Unless the application declares `shutdown`, a press powers the machine off with success.
//!
//! - PIIX4 and ICH9 (QEMU's `pc` and `q35`, and compatibles): the status and enable registers of ACPI's PM1 block, whose base is
//!   in PCI configuration space, and its interrupt, the same on both (ACPI 6.5, sections 4.8.2.2.1 and 4.8.3.1).
//! - QEMU's microvm: the generic event device. Only AML gives its address, and there is no AML interpreter here; but QEMU always
//!   places it at the same address (`include/hw/i386/microvm.h`, `include/hw/acpi/generic_event_device.h`), next to the sleep
//!   control register that the FADT names. It is recognised by that register and by QEMU's name in the table.
//!
//! On both, it uses input 9 of the first I/O APIC, active high. This is hard-coded: reading the MADT would cost more than the
//! rest of boot.

use super::io_apic::{self, Trigger};
use super::vector::{self, Vector};
use crate::arch::window;
use crate::firmware::acpi;
use crate::firmware::power::EventBlock;
use crate::sync::Hook;

/// Its input of the first I/O APIC.
const INPUT: u32 = 9;

/// The bit in the event block's status register, and in the enable register after it.
const POWER_BUTTON: u16 = 1 << 8;
/// The bit in the selector of QEMU's generic event device; a read clears it.
const POWER_DOWN: u32 = 1 << 1;

/// The hardware that reports a press of the button.
enum Button {
    /// By a PM1 event block.
    Fixed(EventBlock),
    /// By a generic event device at this address.
    Event(u64),
}

impl Button {
    /// Finds it: at the first halt and at each press, so that no state is kept.
    #[inline(never)]
    fn find() -> Option<Self> {
        match EventBlock::find() {
            Some(block) => Some(Button::Fixed(block)),
            None => acpi::qemu_event_device().map(Button::Event),
        }
    }
}

/// The handler of a press.
static PRESSED: Hook<fn()> = Hook::new();

/// Sets the handler of a press, which is called from within a halt.
pub(crate) fn on_press(pressed: fn()) {
    PRESSED.set(pressed);
}

/// Enables the button; called before interrupts are enabled for the first time.
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

/// Clears the event before the interrupt is acknowledged, as the line stays asserted until then.
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
