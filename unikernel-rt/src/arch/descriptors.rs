//! GDT, TSS and IDT: one code segment, one stack for faults, a gate for each vector in use.
//!
//! Intel SDM volume 3, sections 3.4.5 (segment descriptors), 7.14 (exception and interrupt handling in 64-bit mode), 8.7 (TSS).

use crate::sync::Static;
use core::mem::MaybeUninit;
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
pub(crate) type Gdt = [u64; 4];

/// The entry code loads it. It is writable, because the processor marks the TSS busy in it.
pub(crate) static GDT: Static<Gdt> = Static::new([0, DescriptorFlags::KERNEL_CODE64.bits(), 0, 0]);
static TSS: Static<MaybeUninit<TaskStateSegment>> = Static::new(MaybeUninit::zeroed());
static IDT: Static<[Gate; VECTORS]> = Static::new([Gate([0; 2]); VECTORS]);

unsafe extern "C" {
    static __fault_stack_top: u8;
}

/// An entry of the IDT; all zero is not present.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Gate([u64; 2]);

impl Gate {
    /// An interrupt gate of privilege level 0, whose handler runs on interrupt stack `stack` (1 to 7, 0 for the current one).
    const fn interrupt(handler: usize, stack: usize) -> Self {
        const PRESENT_INTERRUPT_GATE: u64 = 0x8e << 40;
        let handler = handler as u64;
        let low = (handler & 0xffff) | (CODE_SELECTOR as u64) << 16 | (stack as u64) << 32 | PRESENT_INTERRUPT_GATE;
        Gate([low | (handler >> 16 & 0xffff) << 48, handler >> 32])
    }
}

/// Puts the tables in force: the 32 exceptions go to stubs that lie `stub_bytes` apart from `first_stub`, on the fault stack.
pub(crate) fn load(first_stub: usize, stub_bytes: usize) {
    // SAFETY: boot calls this once, before anybody else could use one of the three statics, and the addresses of statics
    // and handlers stay valid for ever. The selector is that of the descriptor just written.
    unsafe {
        let mut tss = TaskStateSegment::new();
        tss.interrupt_stack_table[FAULT_STACK_INDEX] = VirtAddr::new_truncate(&raw const __fault_stack_top as u64);
        let tss: &'static TaskStateSegment = (*TSS.get()).write(tss);
        if let Descriptor::SystemSegment(low, high) = Descriptor::tss_segment(tss) {
            (*GDT.get())[2] = low;
            (*GDT.get())[3] = high;
        }
        let idt = IDT.get();
        for vector in 0..EXCEPTIONS {
            (*idt)[vector] = Gate::interrupt(first_stub + vector * stub_bytes, FAULT_STACK_INDEX + 1);
        }
        lidt(&DescriptorTablePointer {
            limit: size_of_val(&*idt) as u16 - 1,
            base: VirtAddr::new_truncate(idt as u64),
        });
        load_tss(TSS_SELECTOR);
    }
}

/// Sends `vector` to `handler`, which runs on the stack of whoever waits.
///
/// # Safety
/// `handler` preserves what an `extern "C"` function does and ends with `iretq`: interrupts are taken in one place, which is a
/// call of such a function. `vector` is one of 32 to 63 and nobody else's.
pub(crate) unsafe fn set_interrupt(vector: usize, handler: usize) {
    // SAFETY: interrupts are off outside the idle routine, so the processor does not read the gate meanwhile.
    unsafe { (*IDT.get())[vector] = Gate::interrupt(handler, 0) };
}
