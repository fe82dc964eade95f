//! TCP and UDP services of kernels: bursts, bulk transfers, DNS, DHCP, and loopback.

use crate::common::effort::{Effort, is_left_out, scaled};
use crate::common::ipv4::{self, GUEST, PEER};
use crate::common::kernels::{boot, kernel};
use crate::common::peer::Peer;
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;
use smoltcp::socket::{tcp, udp};
use smoltcp::wire::IpAddress;

const ENTROPY: [&str; 2] = ["-device", "virtio-rng-pci"];

/// A kernel with an address, and a host on the other end of its wire.
pub(crate) fn start(package: &str, memory: &str) -> (Qemu, Peer) {
    let wire = Wire::new();
    let boot = boot(&kernel(package), "pc", memory, "").into_iter();
    let arguments = boot.chain(wire.arguments("lan", "virtio-net-pci")).chain(ENTROPY.map(str::to_owned));
    let mut qemu = Qemu::start(arguments);
    qemu.wait_for(&format!("{}.{}.{}.{}\n", GUEST[0], GUEST[1], GUEST[2], GUEST[3]));
    (qemu, Peer::new(wire))
}

/// What the kernel's port 19 sends, and what is sent to its port 9.
fn pattern(offset: u64, bytes: &mut [u8]) {
    for (index, byte) in bytes.iter_mut().enumerate() {
        let at = offset + index as u64;
        *byte = ((at / 4) as u32).to_be_bytes()[(at % 4) as usize];
    }
}

/// Sends and receives `total` bytes each way, checksummed.
fn bulk(peer: &mut Peer, total: u64) {
    let mut answer = Vec::new();
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let source = |offset: u64, bytes: &mut [u8]| {
        pattern(offset, bytes);
        for byte in bytes {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    peer.converse(9, total, source, |bytes| answer.extend_from_slice(bytes));
    assert_eq!(answer, [total.to_be_bytes(), sum.to_be_bytes()].concat(), "up");

    let mut received = 0;
    let wanted = total.to_be_bytes();
    peer.converse(
        19,
        8,
        |offset, bytes| bytes.copy_from_slice(&wanted[offset as usize..][..bytes.len()]),
        |bytes| {
            let mut expected = vec![0; bytes.len()];
            pattern(received, &mut expected);
            assert!(bytes == expected, "down: wrong after {received} bytes");
            received += bytes.len() as u64;
        },
    );
    assert_eq!(received, total, "down");
}

#[test]
fn bytes_arrive_in_order_and_whole() {
    let (_qemu, mut peer) = start("net_services", "4M");
    bulk(&mut peer, 4_000_001);
}

#[test]
fn a_hundred_megabytes_each_way() {
    if is_left_out("100 MB each way", Effort::All) {
        return;
    }
    let (_qemu, mut peer) = start("net_services", "4M");
    bulk(&mut peer, scaled("MB each way", 100, 100, 2000) << 20);
    // Each way alone has more data in full frames than ring indices count to.
    assert!(peer.link.frames.iter().all(|&frames| frames > 65_536), "{:?}", peer.link.frames);
}

#[test]
fn connections_at_once_are_all_served() {
    serve_at_once(9);
}

#[test]
fn connections_beyond_the_sockets_are_served_when_one_is_free() {
    if is_left_out("64 connections at once with 16 sockets", Effort::All) {
        return;
    }
    serve_at_once(64);
}

fn serve_at_once(connections: usize) {
    let (qemu, mut peer) = start("net_services", "4M");
    let handles: Vec<_> = (0..connections).map(|_| peer.connect(7)).collect();
    let mut got = vec![Vec::new(); handles.len()];
    let mut sent = vec![false; handles.len()];
    peer.wait_for("echoes", |peer| {
        for (index, handle) in handles.iter().enumerate() {
            let socket = peer.tcp(*handle);
            assert!(
                socket.state() != tcp::State::Closed || got[index].len() == 100,
                "{index} was refused: {}",
                qemu.console()
            );
            if socket.can_send() && !sent[index] {
                socket.send_slice(&[index as u8; 100]).expect("can send");
                sent[index] = true;
            }
            if socket.can_recv() {
                let _ = socket.recv(|bytes| (bytes.len(), got[index].extend_from_slice(bytes)));
                if got[index].len() == 100 {
                    socket.close();
                }
            }
        }
        got.iter().all(|bytes| bytes.len() == 100).then_some(())
    });
    assert!(got.iter().enumerate().all(|(index, bytes)| *bytes == [index as u8; 100]));
}

#[test]
fn peers_that_reset_vanish_or_close_half_do_not_keep_others_from_being_served() {
    let (_qemu, mut peer) = start("net_services", "4M");
    for round in 0..40 {
        let handle = peer.connect(7);
        peer.wait_for("a connection", |peer| peer.tcp(handle).may_send().then_some(()));
        peer.tcp(handle).send_slice(b"gone").expect("can send");
        if round % 2 == 0 {
            peer.tcp(handle).abort();
            peer.poll();
        } else {
            peer.tcp(handle).close();
            peer.wait_for("the end", |peer| {
                let socket = peer.tcp(handle);
                let _ = socket.recv(|bytes| (bytes.len(), ()));
                matches!(socket.state(), tcp::State::TimeWait | tcp::State::Closed).then_some(())
            });
            peer.poll();
        }
        peer.sockets.remove(handle);
    }
    // Three that say nothing any more; what comes for them is not answered.
    for _ in 0..3 {
        let handle = peer.connect(7);
        peer.wait_for("a connection", |peer| peer.tcp(handle).may_send().then_some(()));
    }
    let mut echoed = Vec::new();
    peer.converse(7, 5000, pattern, |bytes| echoed.extend_from_slice(bytes));
    let mut expected = vec![0; 5000];
    pattern(0, &mut expected);
    assert_eq!(echoed, expected);
}

#[test]
fn a_peer_that_does_not_read_gets_everything_when_it_does_and_one_that_resets_keeps_nobody() {
    let (_qemu, mut peer) = start("net_services", "4M");
    let total = 400_000_u64;
    for resets in [true, false] {
        let handle = peer.connect(19);
        peer.wait_for("a connection", |peer| peer.tcp(handle).may_send().then_some(()));
        peer.tcp(handle).send_slice(&total.to_be_bytes()).expect("can send");
        // Its window closes, and stays so while it probes.
        peer.wait_for("a full window", |peer| (peer.tcp(handle).recv_queue() == 1 << 16).then_some(()));
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_secs(2) {
            peer.poll();
        }
        if resets {
            peer.tcp(handle).abort();
            peer.poll();
            peer.sockets.remove(handle);
            continue;
        }
        let mut received = 0;
        peer.wait_for("the rest", |peer| {
            let taken = peer.tcp(handle).recv(|bytes| {
                let mut expected = vec![0; bytes.len()];
                pattern(received, &mut expected);
                assert!(bytes == expected, "wrong after {received} bytes");
                (bytes.len(), bytes.len())
            });
            received += taken.unwrap_or(0) as u64;
            (received == total).then_some(())
        });
    }
}

/// Connections that are asked for and never begun, by addresses that nobody has, do not keep others out for long.
#[test]
fn a_flood_of_connections_that_never_begin_keeps_nobody_out() {
    let (_qemu, mut peer) = start("net_services", "4M");
    let mac = peer.link.wire.resolve(PEER, GUEST);
    for number in 0..scaled("connections that never begin", 1000, 1000, 50_000_u16) {
        let from = [10, 0, 0, 100 + (number % 100) as u8];
        peer.link.wire.send(&ipv4::tcp_syn(mac, from, GUEST, 2000 + number, 7));
    }
    let mut echoed = Vec::new();
    peer.converse(7, 5000, pattern, |bytes| echoed.extend_from_slice(bytes));
    let mut expected = vec![0; 5000];
    pattern(0, &mut expected);
    assert_eq!(echoed, expected);
}

/// Port 9 reads one connection to its end before it accepts the next: the second one is reset before its turn.
#[test]
fn a_connection_that_is_reset_while_it_waits_keeps_nobody_waiting() {
    let (_qemu, mut peer) = start("net_services", "4M");
    let [first, second] = [9, 9].map(|port| peer.connect(port));
    peer.wait_for("two connections", |peer| {
        [first, second].iter().all(|handle| peer.tcp(*handle).may_send()).then_some(())
    });
    peer.tcp(second).send_slice(b"never read").expect("there is room");
    peer.poll();
    peer.tcp(second).abort();
    peer.poll();
    peer.tcp(first).close();
    bulk(&mut peer, 10_000);
}

#[test]
fn datagrams_of_all_sizes_come_back() {
    let (_qemu, mut peer) = start("net_services", "4M");
    let handle = peer.udp(5000);
    let guest = (IpAddress::v4(GUEST[0], GUEST[1], GUEST[2], GUEST[3]), 7);
    for length in [1, 2, 100, 1471, 1472] {
        let sent: Vec<u8> = (0..length).map(|index| (index * 3) as u8).collect();
        peer.sockets.get_mut::<udp::Socket<'_>>(handle).send_slice(&sent, guest).expect("has room");
        let got = peer.wait_for("a datagram", |peer| {
            let socket = peer.sockets.get_mut::<udp::Socket<'_>>(handle);
            socket.recv().ok().map(|(bytes, from)| (bytes.to_vec(), from.endpoint.port))
        });
        assert_eq!(got, (sent, 7));
    }
}

#[test]
fn a_kernel_reaches_itself() {
    let (mut qemu, mut peer) = start("net_services", "4M");
    peer.poll();
    let console = qemu.wait_for("closed port: ");
    assert!(console.contains("itself at 127.0.0.1: Ok(100000)\n"), "{console}");
    assert!(console.contains("itself at 10.0.0.2: Ok(100000)\n"), "{console}");
    let console = qemu.wait_for("closed port: Some(ConnectionRefused)\n");
    assert!(!console.contains("panicked"), "{console}");
}

#[test]
fn the_network_gives_an_address_where_it_is_asked() {
    // QEMU's own network has a DHCP server.
    let network = ["-netdev", "user,id=lan,net=10.9.0.0/24,restrict=on", "-device", "virtio-net-pci,netdev=lan"];
    let boot = boot(&kernel("net_services"), "q35", "4M", "net.dhcp=true");
    let mut qemu = Qemu::start(boot.into_iter().chain(network.map(str::to_owned)).chain(ENTROPY.map(str::to_owned)));
    qemu.wait_for("up: 10.9.0.15\n");
    qemu.wait_for("itself at 10.9.0.15: Ok(100000)\n");
}

#[test]
fn stackv4_shows_what_comes() {
    let (mut qemu, mut peer) = start("stackv4", "2560K");
    assert!(qemu.console().contains("IP address: 10.0.0.2\n"));
    peer.converse(8080, 13, |_, bytes| bytes.copy_from_slice(b"hello \"world\"\n".get(..bytes.len()).unwrap()), |_| {});
    let console = qemu.wait_for("\x1b[33mread: 13 \"hello \\\"world\\\"\"\x1b[m\n");
    assert!(console.contains("\x1b[32mTCP 10.0.0.1:40001 > _:8080\x1b[m\n"), "{console}");
    peer.converse(8080, 0, |_, _| {}, |_| {});
    qemu.wait_for("\x1b[31mread: eof\x1b[m\n");
    let handle = peer.connect(8080);
    peer.wait_for("a connection", |peer| peer.tcp(handle).may_send().then_some(()));
    peer.tcp(handle).abort();
    for _ in 0..3 {
        peer.poll();
    }
    qemu.wait_for("\x1b[31mread: error\x1b[m\n");
    let handle = peer.udp(777);
    let guest = (IpAddress::v4(GUEST[0], GUEST[1], GUEST[2], GUEST[3]), 53);
    peer.sockets.get_mut::<udp::Socket<'_>>(handle).send_slice(b"payload", guest).expect("has room");
    for _ in 0..3 {
        peer.poll();
    }
    qemu.wait_for("\x1b[31mUDP 10.0.0.1:777 > 10.0.0.2:53: \"payload\"\x1b[m\n");
    assert!(peer.sockets.get_mut::<udp::Socket<'_>>(handle).recv().is_err(), "it is not answered");
}
