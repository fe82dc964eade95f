//! The boot command line: every kernel parses it once.
//!
//! A kernel with arguments takes their values from it, in `arguments`; one without only rejects undeclared words.

use crate::kernel::Kernel;
use crate::kernel::arguments;
use crate::kernel::report::Report;
use crate::kernel::status::Status;
use unikernel_vocabulary::command_line::{self, MAX_BYTES};

/// Reads the command line into the values of `K`. `volume` hands over the words of `values(volume)`: drivers are above this.
pub(crate) fn read<K: Kernel>(line: &'static [u8], volume: impl Fn(&mut dyn FnMut(u8))) {
    if line.len() > MAX_BYTES {
        Report::<K>::begin().text("the boot command line has more than 4095 bytes").stop(Status::ARGUMENT);
    }
    let takes_none = const {
        let declaration = K::DECLARATION;
        declaration.arguments.is_empty() && declaration.rest.is_none() && !arguments::has_sources(&declaration)
    };
    if takes_none { check_foreign::<K>(line) } else { arguments::read::<K>(line, volume) }
}

fn check_foreign<K: Kernel>(line: &[u8]) {
    if let Some(key) = command_line::stranger(line) {
        let report = Report::<K>::boot_argument(key).text("` is not declared; this kernel takes none, ");
        report.text("and `args(..rest)` takes any").stop(Status::ARGUMENT);
    }
}
