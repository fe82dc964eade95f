//! Checksums and cutting left to the card, and done without it: what arrives is the same, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};

use super::common::PATIENCE;
use super::common::namespace::Namespace;
use super::frames::{Seen, watch};
use super::start;

const ADDRESS: [u8; 4] = [10, 0, 0, 2];
const BYTES: u64 = 64 << 20;
/// How a card has none of it.
const NONE: &str = ",csum=off,guest_csum=off,host_tso4=off";

/// Frames that were seen during a download and an upload, both of which were right.
fn transfer(machine: &str, card: &str) -> Seen {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let mut qemu = start(&namespace, "net_services", machine, "", card);
    qemu.wait_for("up: 10.0.0.2\n");
    namespace.inside(|| {
        watch(ADDRESS, || {
            download();
            upload();
        })
    })
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::from(ADDRESS), port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("is not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("is not zero");
    stream
}

/// The kernel sends a counter of 32 bits.
fn download() {
    let mut stream = connect(19);
    stream.write_all(&BYTES.to_be_bytes()).expect("it reads");
    let mut piece = vec![0; 1 << 16];
    let (mut expected, mut next) = (vec![0; piece.len()], 0_u32);
    for _ in 0..BYTES / piece.len() as u64 {
        for word in expected.chunks_mut(4) {
            word.copy_from_slice(&next.to_be_bytes());
            next += 1;
        }
        stream.read_exact(&mut piece).expect("it sends");
        assert!(piece == expected, "before byte {}", next * 4);
    }
    assert_eq!(stream.read(&mut piece).expect("it closes"), 0, "more than was asked for");
}

/// The kernel answers with how much came and its FNV-1a.
fn upload() {
    let mut stream = connect(9);
    let mut random = fastrand::Rng::with_seed(9);
    let mut piece = vec![0; 1 << 16];
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for _ in 0..BYTES / piece.len() as u64 {
        random.fill(&mut piece);
        for byte in &piece {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
        stream.write_all(&piece).expect("it reads");
    }
    stream.shutdown(Shutdown::Write).expect("is connected");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert_eq!(answer, [BYTES.to_be_bytes(), sum.to_be_bytes()].concat());
}

/// Most of what the guest sends is cut by the host, and neither completes checksums for the other.
fn with_all_of_it(machine: &str, card: &str) {
    let seen = transfer(machine, card);
    println!("{card} of {machine}: {seen:?}");
    assert!(seen.from.uncut_bytes > seen.from.bytes / 2, "{seen:?}");
    assert!(seen.from.incomplete > 0 && seen.to.incomplete > 0, "{seen:?}");
}

/// What goes over the tap could go over a wire.
fn with_none_of_it(machine: &str, card: &str) {
    let seen = transfer(machine, &format!("{card}{NONE}"));
    println!("{card}{NONE} of {machine}: {seen:?}");
    assert!(seen.from.bytes > 0 && seen.to.bytes > 0, "{seen:?}");
    assert_eq!((seen.from.uncut_bytes, seen.from.incomplete, seen.to.incomplete), (0, 0, 0), "{seen:?}");
}

#[test]
fn bulk_is_exact_where_the_card_completes_and_cuts() {
    with_all_of_it("pc", "virtio-net-pci");
    with_all_of_it("microvm", "virtio-net-device");
}

#[test]
fn bulk_is_exact_where_the_card_does_nothing() {
    with_none_of_it("pc", "virtio-net-pci");
    with_none_of_it("microvm", "virtio-net-device");
}
