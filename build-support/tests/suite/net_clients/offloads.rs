//! Checksum and segmentation offload, on and off: the received bytes are the same.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};

use super::frames::{Seen, watch};
use super::start;
use crate::common::PATIENCE;
use crate::common::effort::{Effort, is_left_out};
use crate::common::namespace::Namespace;

const ADDRESS: [u8; 4] = [10, 0, 0, 2];
const BYTES: u64 = 64 << 20;
const PIECE_BYTES: usize = 1 << 16;
/// How a card has none of it.
const NONE: &str = ",csum=off,guest_csum=off,host_tso4=off";

/// Frames that were seen during a download and an upload, both of which were right.
fn transfer(machine: &str, card: &str) -> Seen {
    let namespace = Namespace::with_tap(1500, &["10.0.0.1/24"]);
    let mut qemu = start(&namespace, "net_services", machine, "", card);
    qemu.wait_for("up: 10.0.0.2\n");
    namespace.inside(|| {
        watch(ADDRESS, || {
            download(BYTES);
            upload(BYTES);
        })
    })
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::from(ADDRESS), port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("is not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("is not zero");
    stream
}

/// The lengths of the pieces that so many bytes are moved in.
fn pieces(bytes: u64) -> impl Iterator<Item = usize> {
    let starts = (0..bytes).step_by(PIECE_BYTES);
    starts.map(move |start| (bytes - start).min(PIECE_BYTES as u64) as usize)
}

/// The kernel sends so many bytes, of a counter of 32 bits.
pub(crate) fn download(bytes: u64) {
    let mut stream = connect(19);
    stream.write_all(&bytes.to_be_bytes()).expect("it reads");
    let mut piece = vec![0; PIECE_BYTES];
    let (mut expected, mut next) = (vec![0; piece.len()], 0_u32);
    for length in pieces(bytes) {
        for word in expected.chunks_mut(4) {
            word.copy_from_slice(&next.to_be_bytes());
            next += 1;
        }
        stream.read_exact(&mut piece[..length]).expect("it sends");
        assert!(piece[..length] == expected[..length], "before byte {}", next * 4);
    }
    assert_eq!(stream.read(&mut piece).expect("it closes"), 0, "more than was asked for");
}

/// The kernel gets so many bytes, and answers with how much came and its FNV-1a.
pub(crate) fn upload(bytes: u64) {
    let mut stream = connect(9);
    let mut random = fastrand::Rng::with_seed(9);
    let mut piece = vec![0; PIECE_BYTES];
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for length in pieces(bytes) {
        random.fill(&mut piece);
        for byte in &piece[..length] {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
        stream.write_all(&piece[..length]).expect("it reads");
    }
    stream.shutdown(Shutdown::Write).expect("is connected");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert_eq!(answer, [bytes.to_be_bytes(), sum.to_be_bytes()].concat());
}

/// Most of what either sends is cut by nobody, and neither completes checksums for the other.
fn with_all_of_it(machine: &str, card: &str) {
    let seen = transfer(machine, card);
    println!("{card} of {machine}: {seen:?}");
    assert!(seen.from.uncut_bytes > seen.from.bytes / 2, "{seen:?}");
    assert!(seen.to.uncut_bytes > seen.to.bytes / 2, "{seen:?}");
    assert!(seen.from.incomplete > 0 && seen.to.incomplete > 0, "{seen:?}");
}

/// What the guest gets could have come over a wire, but for its checksums, where a card lacks one of what large frames need.
fn without_large_frames(machine: &str, card: &str, lacking: &str) {
    let seen = transfer(machine, &format!("{card},{lacking}=off"));
    println!("{card} of {machine} without {lacking}: {seen:?}");
    assert!(seen.from.uncut_bytes > seen.from.bytes / 2, "{seen:?}");
    assert!(seen.to.bytes > 0 && seen.to.uncut_bytes == 0 && seen.to.incomplete > 0, "{seen:?}");
}

/// What goes over the tap could go over a wire.
fn with_none_of_it(machine: &str, card: &str) {
    let seen = transfer(machine, &format!("{card}{NONE}"));
    println!("{card}{NONE} of {machine}: {seen:?}");
    assert!(seen.from.bytes > 0 && seen.to.bytes > 0, "{seen:?}");
    assert_eq!((seen.from.uncut_bytes, seen.from.incomplete), (0, 0), "{seen:?}");
    assert_eq!((seen.to.uncut_bytes, seen.to.incomplete), (0, 0), "{seen:?}");
}

#[test]
fn bulk_is_exact_where_the_card_completes_and_cuts() {
    with_all_of_it("pc", "virtio-net-pci");
    with_all_of_it("microvm", "virtio-net-device");
}

#[test]
fn bulk_is_exact_where_the_card_passes_on_no_large_frames() {
    if is_left_out("bulk with cards that pass on no large frames", Effort::All) {
        return;
    }
    without_large_frames("pc", "virtio-net-pci", "guest_tso4");
    without_large_frames("microvm", "virtio-net-device", "mrg_rxbuf");
}

#[test]
fn bulk_is_exact_where_the_card_does_nothing() {
    with_none_of_it("pc", "virtio-net-pci");
    with_none_of_it("microvm", "virtio-net-device");
}
