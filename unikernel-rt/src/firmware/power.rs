//! Power-off, with an exit status.
//!
//! Tried in this order: QEMU's isa-debug-exit; pvpanic (QEMU `docs/specs/pvpanic`) after a failure; the chipset's power
//! management by PCI, because at the memory floor SeaBIOS cannot place ACPI tables; those tables; a triple fault, which resets.
//! `boot/entry.S` does the same for what fails before there is Rust.

use super::{acpi, screen};
use crate::arch::pci::Function;
use crate::arch::{cpu, port, window};
use unikernel_vocabulary::contract::ports;
use x86_64::VirtAddr;
use x86_64::instructions::{hlt, interrupts, tables};
use x86_64::structures::DescriptorTablePointer;

/// Chipsets by vendor and device: where their power management function is.
pub(crate) const CHIPSETS: [(Function, u32); 2] = [
    (Function::new(0, 1, 3), 0x7113_8086),  // PIIX4
    (Function::new(0, 31, 0), 0x2918_8086), // ICH9
];

/// Where the configuration space of both has the first port of the power management: all of its bits but the lowest 7.
pub(crate) const POWER_MANAGEMENT_BASE: u8 = 0x40;
pub(crate) const POWER_MANAGEMENT_PORT: u16 = 0xff80;

/// "Sleep", in a PM1 control register.
pub(crate) const SLEEP_ENABLE: u16 = 1 << 13;

/// The sleep types that stand for S5: 0 in QEMU, 5 in VirtualBox, 7 in the chipsets that both imitate.
pub(crate) const SLEEP_TYPES_S5: [u16; 3] = [0 << 10, 5 << 10, 7 << 10];

/// Powers the machine off with a status, 0 for success. Where nothing powers it off, a failure resets it; real hardware that has
/// finished its work halts for ever, because it would begin again after a reset.
pub(crate) fn off(status: u8) -> ! {
    interrupts::disable();
    if cpu::under_hypervisor() {
        // SAFETY: under a hypervisor these ports are those of the two devices, or nobody's.
        unsafe {
            port::write(ports::DEBUG_EXIT, u32::from(status));
            if status != 0 {
                // The device may pause the machine: behind the jump, which ends a block of QEMU's translator.
                let told = ports::pvpanic_eax(status);
                core::arch::asm!("out dx, al", "jmp 2f", "2:", in("dx") ports::PVPANIC, in("eax") told, options(nomem, nostack));
            }
        }
    }
    screen::wait_for_reader();
    if let Some(EventBlock(block)) = EventBlock::find() {
        // SAFETY: the control register follows the event block's two.
        unsafe { soft_off(block + 4) };
    }
    if cpu::under_hypervisor() {
        sleep();
    }
    if cpu::under_hypervisor() || status != 0 {
        triple_fault();
    }
    loop {
        hlt();
    }
}

/// The chipset's PM1 event block, where it is one that is known here: status and enable register, then the control register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EventBlock(u16);

impl EventBlock {
    /// Finds it.
    pub(crate) fn find() -> Option<Self> {
        let (function, _) = CHIPSETS.into_iter().find(|(function, identity)| function.read(0) == *identity)?;
        Some(EventBlock(function.read(POWER_MANAGEMENT_BASE) as u16 & POWER_MANAGEMENT_PORT))
    }

    /// Has `event` interrupt, and no other; forgets it if it has been.
    pub(crate) fn enable(self, event: u16) {
        // SAFETY: the ports are the chipset's. An interrupt that nobody has routed gets nowhere.
        unsafe {
            port::write(self.0, event);
            port::write(self.0 + 2, event);
        }
    }

    /// Whether it has `event`; then it has it no more.
    pub(crate) fn take(self, event: u16) -> bool {
        let is_there = port::read::<u16>(self.0) & event != 0;
        // SAFETY: the port is the chipset's; the write takes back this event alone.
        unsafe { port::write(self.0, event) };
        is_there
    }
}

/// Asks for S5 by what the FADT names: the sleep control register of a hardware-reduced platform, else PM1a control.
fn sleep() {
    const SLEEP_ENABLE: u8 = 1 << 5;
    const SLEEP_TYPE_S5: u8 = 5 << 2;
    let Some(fadt) = acpi::table(b"FACP") else { return };
    if let Some(register) = acpi::register(fadt, acpi::SLEEP_CONTROL) {
        // SAFETY: the firmware says that this is the sleep control register, and the machine is to end.
        unsafe {
            if register.in_memory {
                window::write(register.address, SLEEP_ENABLE | SLEEP_TYPE_S5);
            } else {
                port::write(register.address as u16, SLEEP_ENABLE | SLEEP_TYPE_S5);
            }
        }
        wait();
    }
    if let Some(port @ 1..) = fadt.read::<u32>(acpi::PM1A_CONTROL) {
        // SAFETY: as above.
        unsafe { soft_off(port as u16) };
    }
}

/// Writes "sleep" to a PM1 control register (ACPI 6.5, section 4.8.3.2.1), with all sleep types that stand for S5. Only AML tells
/// which; the wrong ones are ignored.
///
/// # Safety
/// The port is that register's, and the machine is to end.
unsafe fn soft_off(pm1_control: u16) {
    for sleep_type in SLEEP_TYPES_S5 {
        // SAFETY: the caller's promise.
        unsafe { port::write(pm1_control, SLEEP_ENABLE | sleep_type) };
    }
    wait();
}

/// Gives a hypervisor the time to do what it was asked for: QEMU's processors go on meanwhile, and what is tried next would look
/// like a crash. Each access is one that it handles itself, so that all of them last longer than its own delays: 0.05 s at least.
fn wait() {
    const ACCESSES: u32 = 100_000;
    const POST_CODE_PORT: u16 = 0x80;
    for _ in 0..ACCESSES {
        let _: u8 = port::read(POST_CODE_PORT);
    }
}

/// Faults with an empty IDT, which shuts a processor down; hypervisors end the machine then.
pub(crate) fn triple_fault() -> ! {
    // SAFETY: no handler can be reached any more, which is what is wanted.
    unsafe {
        tables::lidt(&DescriptorTablePointer { limit: 0, base: VirtAddr::zero() });
        core::arch::asm!("ud2", options(noreturn));
    }
}
