//! GDT, TSS and IDT: one code segment, one stack for faults, a gate for each vector in use.
//!
//! Intel SDM volume 3, sections 3.4.5 (segment descriptors), 7.14 (exception and interrupt handling in 64-bit mode), 8.7 (TSS).

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use x86_64::VirtAddr;
use x86_64::instructions::tables::{lidt, load_tss};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::{Descriptor, DescriptorFlags, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

/// Selector of the 64-bit code segment.
pub(crate) const CODE_SELECTOR: u16 = 1 << 3;
const TSS_SELECTOR: SegmentSelector = SegmentSelector(2 << 3);

/// The processor's own vectors; drivers claim those that follow.
pub(crate) const EXCEPTIONS: usize = 32;
const VECTORS: usize = 64;
const FAULT_STACK_INDEX: usize = 0;

/// Null, code, and the two halves of the TSS descriptor. Data segments are null selectors, which 64-bit mode permits.
///
/// Atomic, as the gates are: the processor reads it, and writes to it.
pub(crate) type Gdt = [AtomicU64; 4];

/// The entry code loads it. It is writable, because the processor marks the TSS busy in it.
pub(crate) static GDT: Gdt =
    [AtomicU64::new(0), AtomicU64::new(DescriptorFlags::KERNEL_CODE64.bits()), AtomicU64::new(0), AtomicU64::new(0)];
static TSS: Tss = Tss(UnsafeCell::new(MaybeUninit::zeroed()));
static IDT: [Gate; VECTORS] = [const { Gate::absent() }; VECTORS];

struct Tss(UnsafeCell<MaybeUninit<TaskStateSegment>>);

// SAFETY: `load` alone uses it, which its caller calls once.
unsafe impl Sync for Tss {}

unsafe extern "C" {
    static __fault_stack_top: u8;
}

/// An entry of the IDT.
#[repr(C, align(16))]
struct Gate([AtomicU64; 2]);

impl Gate {
    /// No gate: the vector is not in use.
    const fn absent() -> Self {
        Gate([AtomicU64::new(0), AtomicU64::new(0)])
    }

    /// Makes it an interrupt gate of privilege level 0, whose handler runs on interrupt stack `stack` (1 to 7, 0 for the current
    /// one).
    fn set(&self, handler: usize, stack: usize) {
        const PRESENT_INTERRUPT_GATE: u64 = 0x8e << 40;
        let Gate([first, second]) = self;
        let handler = handler as u64;
        let low = (handler & 0xffff) | (CODE_SELECTOR as u64) << 16 | (stack as u64) << 32 | PRESENT_INTERRUPT_GATE;
        first.store(low | (handler >> 16 & 0xffff) << 48, Ordering::Relaxed);
        second.store(handler >> 32, Ordering::Relaxed);
    }
}

/// Loads the tables: the 32 exceptions go to stubs that lie `stub_bytes` apart from `first_stub`, on the fault stack.
///
/// # Safety
/// To be called once, by boot. The stubs are handlers of exceptions.
pub(crate) unsafe fn load(first_stub: usize, stub_bytes: usize) {
    let mut tss = TaskStateSegment::new();
    tss.interrupt_stack_table[FAULT_STACK_INDEX] = VirtAddr::new_truncate(&raw const __fault_stack_top as u64);
    // SAFETY: this is called once, and the segment stays where it is.
    let tss: &'static TaskStateSegment = unsafe { (*TSS.0.get()).write(tss) };
    if let Descriptor::SystemSegment(low, high) = Descriptor::tss_segment(tss) {
        GDT[2].store(low, Ordering::Relaxed);
        GDT[3].store(high, Ordering::Relaxed);
    }
    for (vector, gate) in IDT.iter().take(EXCEPTIONS).enumerate() {
        gate.set(first_stub + vector * stub_bytes, FAULT_STACK_INDEX + 1);
    }
    let idt = DescriptorTablePointer {
        limit: size_of_val(&IDT) as u16 - 1,
        base: VirtAddr::new_truncate(&raw const IDT as u64),
    };
    // SAFETY: the addresses of statics and handlers stay valid for ever, and the selector is that of the descriptor just written.
    unsafe {
        lidt(&idt);
        load_tss(TSS_SELECTOR);
    }
}

/// Replaces the handler of an exception; gives the former one. It runs on the fault stack as well.
///
/// # Safety
/// To be called after [`load`], by boot. `handler` is one of an exception, and preserves all registers where it returns.
#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) unsafe fn replace_exception(vector: usize, handler: usize) -> usize {
    let Some(gate) = IDT.get(vector) else { return 0 };
    let (first, second) = (gate.0[0].load(Ordering::Relaxed), gate.0[1].load(Ordering::Relaxed));
    gate.set(handler, FAULT_STACK_INDEX + 1);
    (first & 0xffff | first >> 32 & 0xffff_0000 | second << 32) as usize
}

/// Installs `handler` for `vector`; it runs on the stack of the halted code.
///
/// # Safety
/// `handler` preserves what an `extern "C"` function does and ends with `iretq`: interrupts are taken in one place, which is a
/// call of such a function. `vector` is one of 32 to 63 and otherwise unused.
pub(crate) unsafe fn set_interrupt(vector: usize, handler: usize) {
    // Interrupts are off outside the idle routine, so the processor does not read the gate meanwhile.
    if let Some(gate) = IDT.get(vector) {
        gate.set(handler, 0);
    }
}
