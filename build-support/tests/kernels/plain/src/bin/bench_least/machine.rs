//! What a driver needs of a PC: PCI, registers in memory, and one interrupt.
//!
//! Interrupts are off but while [`halt`] waits, as everywhere in a kernel.

use core::arch::naked_asm;
use x86_64::instructions::port::Port;
use x86_64::instructions::segmentation::{CS, Segment};
use x86_64::instructions::tables::sidt;
use x86_64::registers::control::Cr3;

const GIB: u64 = 1 << 30;

/// Which GiB of addresses shows which registers: the first is the runtime's, and the others are nobody's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Window {
    LocalApic = 1,
    Common,
    Doorbells,
    Configuration,
    Messages,
}

/// Registers of a device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers(u64);

impl Registers {
    /// Shows those at a physical address. What a window showed before, it shows no longer.
    ///
    /// # Safety
    /// They are the caller's, and he tells the device there of no memory but what is the device's.
    pub(crate) unsafe fn show(window: Window, address: u64) -> Self {
        // A large page of a GiB, which QEMU's `-cpu max` and all processors of these years know.
        const PRESENT_WRITABLE_UNCACHED_LARGE: u64 = 1 | 1 << 1 | 1 << 4 | 1 << 7;
        const PLACE: u64 = 0x000f_ffff_ffff_f000;
        let level4 = Cr3::read().0.start_address().as_u64() as *const u64;
        // SAFETY: the page tables are in the image, which is mapped one to one. No object of Rust's is beyond the first GiB.
        unsafe {
            let level3 = (level4.read_volatile() & PLACE) as *mut u64;
            level3.add(window as usize).write_volatile(address & !(GIB - 1) | PRESENT_WRITABLE_UNCACHED_LARGE);
        }
        Registers(window as u64 * GIB + address % GIB)
    }

    /// Reads the register at a distance from the first.
    pub(crate) fn read<T: Copy>(self, offset: u64) -> T {
        // SAFETY: it is mapped, and no memory of Rust's.
        unsafe { ((self.0 + offset) as *const T).read_volatile() }
    }

    /// Writes it.
    #[inline]
    pub(crate) fn write<T>(self, offset: u64, value: T) {
        // SAFETY: as in `read`, and the promise of `show`.
        unsafe { ((self.0 + offset) as *mut T).write_volatile(value) }
    }

    /// Those that begin at a distance from the first.
    pub(crate) fn from(self, offset: u64) -> Self {
        Registers(self.0 + offset)
    }
}

/// A device on the first bus of PCI (PCI Local Bus 3.0, chapter 6).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pci(u32);

impl Pci {
    /// The first device whose vendor and number these are.
    pub(crate) fn find(mut is_wanted: impl FnMut(u16, u16) -> bool) -> Option<Self> {
        (0..32).map(|device| Pci(1 << 31 | device << 11)).find(|device| {
            let identity = device.read(0);
            is_wanted(identity as u16, (identity >> 16) as u16)
        })
    }

    /// Reads 32 bits of its configuration.
    pub(crate) fn read(self, offset: u32) -> u32 {
        self.select(offset);
        // SAFETY: reading configuration changes nothing.
        unsafe { Port::new(0xcfc).read() }
    }

    /// Writes them.
    ///
    /// # Safety
    /// The device is the caller's, and masters the bus for nothing but memory that is the device's.
    pub(crate) unsafe fn write(self, offset: u32, value: u32) {
        self.select(offset);
        // SAFETY: the caller's promise.
        unsafe { Port::new(0xcfc).write(value) };
    }

    fn select(self, offset: u32) {
        // SAFETY: it says what the next access is to, and nothing else.
        unsafe { Port::new(0xcf8).write(self.0 | offset) };
    }

    /// Where the capability at `offset` has its registers: its base address, and the distance in `at`.
    pub(crate) fn place(self, index: u32, distance: u32) -> u64 {
        const BASES: u32 = 0x10;
        const IS_LONG: u32 = 1 << 2;
        let low = self.read(BASES + 4 * index);
        let high = if low & IS_LONG == 0 { 0 } else { self.read(BASES + 4 * index + 4) };
        (u64::from(high) << 32 | u64::from(low & !0xf)) + u64::from(distance)
    }

    /// Its capabilities: where each is, and its first word.
    pub(crate) fn capabilities(self) -> impl Iterator<Item = (u32, u32)> {
        const FIRST: u32 = 0x34;
        let mut next = self.read(FIRST) & 0xfc;
        core::iter::from_fn(move || {
            let at = next;
            let word = (at != 0).then(|| self.read(at))?;
            next = word >> 8 & 0xfc;
            Some((at, word))
        })
    }
}

/// The local APIC (Intel SDM volume 3, chapter 12).
const LOCAL_APIC: u64 = 0xfee0_0000;
const SPURIOUS: u64 = 0xf0;
const END_OF_INTERRUPT: u64 = 0xb0;
const ENABLED: u32 = 1 << 8;

/// The only vector, which is also that of an interrupt that is none. It is the last of the runtime's table, and unused there.
const VECTOR: u8 = 63;

/// Gets ready for interrupts; gives the message that a device sends for one: address, its upper half, data, and that it is not masked.
pub(crate) fn listen() -> [u32; 4] {
    const PRESENT_INTERRUPT_GATE: u64 = 0x8e << 40;
    let handler = interrupted as *const () as u64;
    let low = handler & 0xffff | u64::from(CS::get_reg().0) << 16 | (handler >> 16 & 0xffff) << 48;
    // SAFETY: the runtime's table has 64 gates of two words, and is written nowhere meanwhile. The handler keeps what a function of C
    // keeps, within a call of which it runs. The timers of a PC are held back at its two interrupt controllers.
    let apic = unsafe {
        let gates: *mut [u64; 2] = sidt().base.as_mut_ptr();
        gates.add(VECTOR.into()).write_volatile([low | PRESENT_INTERRUPT_GATE, handler >> 32]);
        Port::new(0x21).write(0xff_u8);
        Port::new(0xa1).write(0xff_u8);
        Registers::show(Window::LocalApic, LOCAL_APIC)
    };
    apic.write(SPURIOUS, ENABLED | u32::from(VECTOR));
    // The first processor has the number 0.
    [LOCAL_APIC as u32, 0, VECTOR.into(), 0]
}

/// Halts until an interrupt: one that came before ends it at once.
pub(crate) fn halt() {
    // SAFETY: what may interrupt has its gate, after `listen`.
    unsafe { wait() };
}

#[unsafe(naked)]
unsafe extern "C" fn wait() {
    naked_asm!("sti", "hlt", "cli", "ret")
}

#[unsafe(naked)]
unsafe extern "C" fn interrupted() {
    naked_asm!(
        "mov eax, {end}",
        "mov dword ptr [rax], 0",
        "iretq",
        end = const Window::LocalApic as u64 * GIB + LOCAL_APIC % GIB + END_OF_INTERRUPT,
    )
}
