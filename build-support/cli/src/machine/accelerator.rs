//! Chooses KVM if it works, else TCG.
//!
//! On some hosts `/dev/kvm` opens although the processor has no virtualisation; a guest then dies at its first SSE
//! instruction, without a message. So both are checked, the processor's flags and the device.

use std::fs::{self, OpenOptions};

/// The accelerator that executes the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// KVM: the processor itself.
    Kvm,
    /// TCG, QEMU's translator, which works everywhere.
    Tcg,
    /// KVM if QEMU can use it, else TCG: for another host.
    KvmOrTcg,
}

impl Accelerator {
    /// Chooses the fastest one that works on this host.
    #[must_use]
    pub fn detect() -> Self {
        let opens = OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
        Self::choose(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default(), opens)
    }

    /// The names that QEMU's `-accel` takes, to be tried in this order.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Kvm => &["kvm"],
            Self::Tcg => &["tcg"],
            Self::KvmOrTcg => &["kvm", "tcg"],
        }
    }

    fn choose(cpuinfo: &str, device_opens: bool) -> Self {
        let mut flags =
            cpuinfo.lines().filter_map(|line| line.split_once(':')).filter(|(key, _)| key.trim() == "flags");
        let virtualises = flags.any(|(_, flags)| flags.split_whitespace().any(|flag| matches!(flag, "vmx" | "svm")));
        if virtualises && device_opens { Self::Kvm } else { Self::Tcg }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTEL: &str = "processor\t: 0\nflags\t\t: fpu vme vmx sse2\nvmx flags\t: vnmi\n";
    const AMD: &str = "flags\t\t: fpu svm\n";
    const GUEST: &str = "model name\t: has vmx in its name\nflags\t\t: fpu svm_lock vmxoff\n";

    #[test]
    fn kvm_needs_the_flag_and_the_device() {
        assert_eq!(Accelerator::choose(INTEL, true), Accelerator::Kvm);
        assert_eq!(Accelerator::choose(AMD, true), Accelerator::Kvm);
        assert_eq!(Accelerator::choose(INTEL, false), Accelerator::Tcg);
        assert_eq!(Accelerator::choose(GUEST, true), Accelerator::Tcg);
        assert_eq!(Accelerator::choose("", true), Accelerator::Tcg);
    }
}
