//! A network that drops, duplicates and reorders frames: all data arrives complete and in order, and no connection stalls.

use super::offloads::{download, upload};
use crate::common::effort::scaled;
use crate::common::hop::{Faults, Hop};
use crate::common::kernels::{boot, kernel};
use crate::common::namespace::Namespace;
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;

/// Few bytes and many connections: most of what may go wrong does where connections begin and end.
const BYTES: u64 = 150_000;

#[test]
fn connections_come_to_an_end_over_a_network_that_loses_doubles_and_swaps() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let wire = Wire::new();
    let arguments = boot(&kernel("net_services"), "pc", "4M", "").into_iter();
    let entropy = ["-device", "virtio-rng-pci"].map(str::to_owned);
    let mut qemu = Qemu::start(arguments.chain(wire.arguments("lan", "virtio-net-pci")).chain(entropy));
    let hop = Hop::new(&namespace, wire, Faults { lost: 3, doubled: 5, swapped: 5 }, 0x1234);
    qemu.wait_for("up: 10.0.0.2\n");
    namespace.inside(|| {
        for _ in 0..scaled("transfers each way", 4, 40, 1_000) {
            download(BYTES);
            upload(BYTES);
        }
    });
    let passed = hop.end();
    println!("{passed:?} from the kernel and to it; {} segments sent again by the host", namespace.sent_again());
    assert!(passed.iter().all(|passed| passed.lost > 0 && passed.doubled > 0 && passed.swapped > 0), "{passed:?}");
}
