//! Sockets in a kernel whose `main` is not an `async fn`.

use crate::common::kernels::{boot, kernel};
use crate::common::peer::Peer;
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;

#[test]
fn sockets_block_and_serve() {
    for (machine, card) in [("pc", "virtio-net-pci"), ("microvm", "virtio-net-device")] {
        let wire = Wire::new();
        let entropy = ["-cpu", "max", "-global", "virtio-mmio.force-legacy=false"].map(str::to_owned);
        let boot = boot(&kernel("net_blocking"), machine, "4M", "").into_iter();
        let mut qemu = Qemu::start(boot.chain(wire.arguments("lan", card)).chain(entropy));
        // What the kernel checks by itself, with connections from its own address to itself.
        qemu.wait_for("checked\n");
        let mut peer = Peer::new(wire);
        for round in 0..3_u64 {
            let byte = |at: u64| (at * 7 + round) as u8;
            let (mut received, total) = (0, 20_000);
            peer.converse(
                7,
                total,
                |offset, bytes| (offset..).zip(bytes).for_each(|(at, place)| *place = byte(at)),
                |bytes| {
                    assert!(bytes.iter().zip(received..).all(|(got, at)| *got == byte(at)), "after {received} bytes");
                    received += bytes.len() as u64;
                },
            );
            assert_eq!(received, total, "{machine}, round {round}");
        }
        qemu.wait_for("from 10.0.0.1\n");
    }
}
