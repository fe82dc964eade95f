//! The exit status of a kernel, as reported to the hypervisor.

use unikernel_vocabulary::contract::status;

/// The exit status of a kernel: 0 is success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub(super) u8);

impl Status {
    pub(crate) const SUCCESS: Status = Status(status::SUCCESS);
    pub(crate) const FAILURE: Status = Status(status::FAILURE);
    pub(crate) const PANIC: Status = Status(status::PANIC);
    pub(crate) const FAULT: Status = Status(status::FAULT);
    pub(crate) const ARGUMENT: Status = Status(status::ARGUMENT);
    pub(crate) const DEVICE_MISSING: Status = Status(status::DEVICE_MISSING);

    /// The status that a program of `std` ends with.
    #[cfg(all(feature = "std", any(unikernel, test)))]
    pub(crate) const fn of(code: u8) -> Self {
        Status(code)
    }

    pub(crate) const fn code(self) -> u8 {
        self.0
    }
}
