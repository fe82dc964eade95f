//! Reports of panics: the body of every kernel's panic handler.

use super::Kernel;
use super::report::Report;
use super::status::Status;
use crate::arch::stack;
use core::panic::PanicInfo;
use unikernel_vocabulary::contract::report::{FRAME_POINTER, INSTRUCTION_POINTER, STACK_POINTER};

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
    let report = report.text(INSTRUCTION_POINTER).hexadecimal(place.instruction, 16);
    let report = report.text(STACK_POINTER).hexadecimal(place.stack, 16);
    report.text(FRAME_POINTER).hexadecimal(place.frame, 16).calls(place.stack).stop(Status::PANIC)
}
