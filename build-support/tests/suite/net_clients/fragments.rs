//! Packets that are longer than the network takes, put together and cut by this host's own system on the other side.

use std::net::UdpSocket;

use super::{ping, start};
use crate::common::namespace::Namespace;
use crate::common::{PATIENCE, wait_for};

#[test]
fn long_datagrams_and_pings_come_back() {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24", "fe80::1/64"]);
    let mut qemu = start(&namespace, "net_names", "q35", "net.ip6=fd00:9::2/64", "virtio-net-pci");
    qemu.wait_for("up: 10.0.0.2\n");
    namespace.command("ip", "iproute2").args("addr add fd00:9::1/64 dev tap0 nodad".split(' ')).run();
    ping(&namespace, "-c 10 -i 0.1 -s 4000 -p a5", "10.0.0.2");
    ping(&namespace, "-6 -c 10 -i 0.1 -s 4000 -p 5a", "fd00:9::2");
    namespace.inside(|| {
        for address in ["10.0.0.2:7", "[fd00:9::2]:7"] {
            let socket = UdpSocket::bind("[::]:0").expect("a port");
            let v4 = UdpSocket::bind("0.0.0.0:0").expect("a port");
            let socket = if address.starts_with('[') { socket } else { v4 };
            socket.connect(address).expect("there is a way");
            socket.set_read_timeout(Some(PATIENCE / 20)).expect("is not zero");
            for bytes in [1_472, 1_473, 2_953, 8_000, 8_192] {
                let sent: Vec<u8> = (0..bytes).map(|at| (at * 7 % 251) as u8).collect();
                let mut got = vec![0; 10_000];
                // A datagram may be lost where the host is busy.
                let length = wait_for(|| {
                    socket.send(&sent).ok()?;
                    socket.recv(&mut got).ok()
                });
                let length = length.unwrap_or_else(|| panic!("{bytes} bytes to {address} do not come back"));
                assert!(got[..length] == sent, "{bytes} bytes to {address}: {length} came back, or others");
            }
        }
    });
}
