//! Words that pass although no application declares them.
//!
//! Every kernel links this, the one without arguments nothing else of the command line: it is written for size.

/// Keys that hypervisors and people add by habit, each with a `|` behind it; `*` stands for any end of a word.
///
/// They are those of Firecracker's default `boot_args` and of its documentation, of firecracker-containerd and firectl, of Cloud
/// Hypervisor's documentation, of QEMU's microvm, and what urunc gives to a Linux guest: `--` in front of the container's
/// arguments, and those environment variables that every container has. `virtio_mmio.device` is read by the drivers.
pub const FOREIGN: &str = "--|8250.*|HOME|HOSTNAME|PATH|TERM|URUNIT_DEFROUTE|acpi|console|earlycon|earlyprintk|i8042.*|init|\
                           ip|ipv6.*|keep_bootcon|loglevel|net.ifnames|noapic|nokaslr|nomodule|nomodules|panic|pci|quiet|\
                           random.*|rdinit|reboot|ro|root|rootflags|rootfstype|rootwait|rw|swiotlb|systemd.*|tsc|\
                           virtio_mmio.device|";

/// Whether a word with this key passes although no application declares it.
///
/// An argument that is declared comes first: `panic` may be one.
#[must_use]
pub fn is_foreign(key: impl AsRef<[u8]>) -> bool {
    is_listed(key.as_ref())
}

#[inline(never)]
fn is_listed(key: &[u8]) -> bool {
    let mut rest = key.iter();
    let mut same = true;
    for byte in FOREIGN.as_bytes() {
        match byte {
            b'|' if same && rest.as_slice().is_empty() => return true,
            b'|' => (rest, same) = (key.iter(), true),
            b'*' if same => return true,
            _ => same = same && rest.next() == Some(byte),
        }
    }
    false
}

/// Finds the key of the first word that is not foreign: for a kernel without arguments, a fault.
///
/// For a line without faults this is the first of [`words`](super::words()) that [`is_foreign`] does not let pass. Of faults
/// it sees those in keys, an empty key included; values of foreign words are not ours to judge.
#[must_use]
pub fn stranger(mut line: &[u8]) -> Option<&[u8]> {
    while let [byte, after @ ..] = line {
        if *byte <= b' ' {
            line = after;
            continue;
        }
        let key_bytes = line.iter().take_while(|byte| **byte > b' ' && **byte != b'=').count();
        let (key, value) = line.split_at_checked(key_bytes)?;
        if !is_listed(key) {
            return Some(key);
        }
        line = value;
        let mut quoted = false;
        while let [byte, after @ ..] = line
            && (quoted || *byte > b' ')
        {
            line = match (byte, after) {
                (b'\\', [_, behind @ ..]) if quoted => behind,
                _ => after,
            };
            quoted ^= *byte == b'"';
        }
    }
    None
}
