//! Reports of panics: the body of every kernel's panic handler.

use super::Kernel;
use super::report::Report;
use super::status::Status;
use crate::arch::stack;
use core::panic::PanicInfo;
use unikernel_vocabulary::contract::report::{FRAME_POINTER, INSTRUCTION_POINTER, STACK_POINTER};

/// Reports the end of a program by `abort`, which `std` calls when it has reported a panic.
#[cfg(all(feature = "std", any(unikernel, test)))]
pub(crate) fn abort<K: Kernel>() -> ! {
    let place = stack::Place::here();
    stop(Report::<K>::crash(Status::PANIC, place.instruction).text("aborted"), place)
}

/// The body of every kernel's panic handler.
pub fn panic<K: Kernel>(info: &PanicInfo<'_>) -> ! {
    let place = stack::Place::here();
    let mut report = Report::<K>::crash(Status::PANIC, place.instruction).text("panicked");
    if let Some(location) = info.location() {
        report = report.text(" at ").text(location.file());
        report = report.text(":").decimal(location.line()).text(":").decimal(location.column());
    }
    report = report.text(": ");
    let message = info.message();
    let report = match message.as_str() {
        Some(text) => report.text(text),
        None => report.formatted(format_args!("{message}")),
    };
    stop(report, place)
}

/// Ends a report with the calls that led to a place, then the machine.
#[inline(always)] // into one of two
fn stop<K: Kernel>(report: Report<K>, place: stack::Place) -> ! {
    let report = report.text(INSTRUCTION_POINTER).hexadecimal(place.instruction, 16);
    let report = report.text(STACK_POINTER).hexadecimal(place.stack, 16);
    report.text(FRAME_POINTER).hexadecimal(place.frame, 16).calls(place.stack).stop(Status::PANIC)
}
