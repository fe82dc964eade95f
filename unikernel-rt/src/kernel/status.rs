//! How a kernel ends: the status that a hypervisor is told.

/// How a kernel ends: 0 is success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub(super) u8);

impl Status {
    pub(crate) const SUCCESS: Status = Status(0);
    pub(crate) const FAILURE: Status = Status(1);
    pub(crate) const PANIC: Status = Status(101);
    pub(crate) const FAULT: Status = Status(102);
    pub(crate) const ARGUMENT: Status = Status(103);
    pub(crate) const DEVICE_MISSING: Status = Status(104);

    pub(crate) const fn code(self) -> u8 {
        self.0
    }
}
