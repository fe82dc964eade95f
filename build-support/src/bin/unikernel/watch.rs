//! What `unikernel run` does for the user besides running a machine.

use build_support::elf::Kernel;
use build_support::machine::Watch;
use build_support::symbolize::Symbolizer;

/// Watches the machine of a kernel.
pub(super) fn watch(kernel: Option<Kernel>) -> Watch {
    // A stripped one tells addresses alone, as it would elsewhere.
    Watch { symbolizer: kernel.and_then(|kernel| Symbolizer::new(kernel).ok()) }
}
