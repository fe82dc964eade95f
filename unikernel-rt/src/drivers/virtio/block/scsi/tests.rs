//! A SCSI host with targets in memory: honest ones, busy ones, and ones that lie.

extern crate std;

use super::super::super::dma::Memory;
use super::super::super::dma::sealed::Buffer as _;
use super::super::super::fake::{Chain, Fake};
use super::super::super::queue::requests::{Answer as Bytes, Loan};
use super::super::super::{DeviceType, Refusal};
use super::super::{Device, Error, Geometry, Operation, Submission};
use super::{Unit, Verdict, transfer};
use std::boxed::Box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::vec::Vec;

const SENSE_BYTES: u32 = 96;
const COMMAND_BYTES: u32 = 32;
const ANSWER_BYTES: u32 = 12 + SENSE_BYTES;
/// Where a command begins in a header.
const COMMAND: usize = 19;

fn fake(max_sectors: u32, last_target: u16, sense_bytes: u32, command_bytes: u32) -> Fake {
    let words = [1, 126, max_sectors, 128, 16, sense_bytes, command_bytes, u32::from(last_target) << 16, 16383];
    Fake::new(0, 256, &words.map(u32::to_le_bytes).concat())
}

fn start(fake: &Fake) -> Result<Device, Refusal> {
    Device::start(fake.transport_of(DeviceType::ScsiHost), Box::leak(Box::new_uninit()))
        .map_err(|refused| refused.refusal)
}

/// What a target answers.
#[derive(Clone, Default)]
struct Answer {
    response: u8,
    status: u8,
    sense: Vec<u8>,
    data: Vec<u8>,
}

fn data(data: &[u8]) -> Answer {
    Answer { data: data.to_vec(), ..Answer::default() }
}

fn check_condition(key: u8, code: u8) -> Answer {
    let mut sense = std::vec![0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code];
    sense.resize(18, 0);
    Answer { status: 2, sense, ..Answer::default() }
}

fn bad_target() -> Answer {
    Answer { response: 3, ..Answer::default() }
}

/// Unit and command of a request.
fn command(chain: &Chain) -> (Unit, [u8; 16]) {
    let header = &chain.readable;
    assert_eq!((header[0], header[2] & 0xc0, &header[4..8]), (1, 0x40, &[0; 4][..]), "one level of units");
    let number = u16::from_be_bytes([header[2] & 0x3f, header[3]]);
    (Unit { target: header[1], number }, header[COMMAND..COMMAND + 16].try_into().unwrap())
}

fn give(fake: &Fake, chain: &Chain, answer: &Answer) {
    let room = chain.writable_bytes() - ANSWER_BYTES;
    let count = answer.data.len().min(room as usize);
    let mut bytes = std::vec![0; ANSWER_BYTES as usize];
    bytes[..4].copy_from_slice(&(answer.sense.len() as u32).to_le_bytes());
    bytes[4..8].copy_from_slice(&(room - count as u32).to_le_bytes());
    (bytes[10], bytes[11]) = (answer.status, answer.response);
    bytes[12..12 + answer.sense.len()].copy_from_slice(&answer.sense);
    chain.write(0, &bytes);
    chain.write(ANSWER_BYTES, &answer.data[..count]);
    fake.queue(2, |queue| queue.give(chain.head.into(), 0)); // some hosts say nothing of a length
}

/// Answers all requests of the driver until it is dropped.
struct Targets {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<(Unit, u8)>>>,
}

impl Targets {
    fn serve(fake: &Fake, mut answer: impl FnMut(Unit, &[u8; 16]) -> Answer + Send + 'static) -> Self {
        let (fake, is_over) = (fake.clone(), Arc::new(AtomicBool::new(false)));
        let ends = is_over.clone();
        let thread = thread::spawn(move || {
            let mut asked = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                let is_started = fake.state().is_started && fake.state().queues[2].is_some();
                match is_started.then(|| fake.next(2)).flatten() {
                    Some(chain) => {
                        let (unit, command) = command(&chain);
                        asked.push((unit, command[0]));
                        give(&fake, &chain, &answer(unit, &command));
                    }
                    None => thread::yield_now(),
                }
            }
            asked
        });
        Targets { is_over, thread: Some(thread) }
    }

    /// What was asked of whom.
    fn stop(mut self) -> Vec<(Unit, u8)> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().expect("it runs").join().expect("no command is wrong")
    }
}

/// A target with these units.
fn luns(units: &[u16]) -> Answer {
    let mut bytes = [(8 * units.len() as u32).to_be_bytes(), [0; 4]].concat();
    for unit in units {
        bytes.extend([&unit.to_be_bytes()[..], &[0; 6]].concat());
    }
    data(&bytes)
}

fn inquiry(kind: u8) -> Answer {
    data(&[&[kind, 0, 6, 2, 31, 0, 0, 0][..], b"QEMU    QEMU HARDDISK   2.5+"].concat())
}

fn page(code: u8, content: &[u8]) -> Answer {
    data(&[&[0, code][..], &(content.len() as u16).to_be_bytes(), content].concat())
}

/// A writable disk of 1,000 sectors, with this serial.
fn disk(command: &[u8; 16], serial: &str) -> Answer {
    match (command[0], command[1], command[2]) {
        (0x12, 0, _) => inquiry(0),
        (0x12, 1, 0x80) if !serial.is_empty() => page(0x80, serial.as_bytes()),
        (0x25, ..) => data(&[0, 0, 3, 0xe7, 0, 0, 2, 0]),
        (0x1a, _, 0x3f) => data(&[3, 0, 0, 0]),
        (0xa0, ..) => luns(&[0]),
        _ => check_condition(5, 0x24),
    }
}

#[test]
fn disks_are_found_among_units_and_targets() {
    let fake = fake(65_535, 7, SENSE_BYTES, COMMAND_BYTES);
    let mut attentions = 3;
    let targets = Targets::serve(&fake, move |unit, command| match (unit.target, unit.number, command) {
        (5, 0, [0xa0, ..]) => luns(&[0, 0x12c, 2]),
        (5, 0, [0x12, 0, ..]) => inquiry(5), // a CD-ROM drive
        (5, 0, [0x25, ..]) => data(&[0, 0, 0, 99, 0, 0, 8, 0]),
        (5, 2, [0x12, 0, ..]) => inquiry(0x20), // a place for a disk
        (1 | 5, _, _) if attentions != 0 => {
            attentions -= 1;
            check_condition(6, 0x29)
        }
        (1, 0, command) => disk(command, "first"),
        (5, 0x12c, command) => disk(command, " second "),
        (5, ..) => check_condition(5, 0x25),
        _ => bad_target(),
    });
    let mut device = start(&fake).expect("it is a good host");
    assert_eq!(device.places(), 4);
    let found: Vec<_> = (0..6)
        .filter(|place| device.select_place(*place))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|place| {
            assert!(device.select_place(place));
            (device.disk().unit, device.serial().bytes().to_vec())
        })
        .collect();
    let expected = [(1, 0, &b"first"[..]), (5, 0x12c, b"second")];
    assert_eq!(found, expected.map(|(target, number, serial)| (Unit { target, number }, serial.to_vec())));
    assert!(device.select_place_to_read(1) && !device.select_place_to_read(3), "there is a disc, and no disk");
    assert_eq!((device.disk().geometry.sectors, device.disk().geometry.sector_bytes), (100, 2048));
    device.take_place(0);
    assert!(!device.select_place(0) && device.select_place(2), "one is somebody's");
    let asked = targets.stop();
    assert_eq!(asked.iter().filter(|(_, command)| *command == 0xa0).map(|(unit, _)| unit.target).max(), Some(7));
}

#[test]
fn a_disk_is_as_large_as_it_says_and_as_the_host_allows() {
    let geometry = |most: u32, answer: fn(&[u8; 16]) -> Answer| {
        let fake = fake(most, 0, SENSE_BYTES, COMMAND_BYTES);
        let targets = Targets::serve(&fake, move |_, command| answer(command));
        let mut device = start(&fake).expect("it is a good host");
        let geometry = device.select_place(0).then(|| device.disk().geometry);
        targets.stop();
        geometry
    };
    let expected = |sectors, sector_bytes, request_bytes_most, is_read_only| {
        Some(Geometry { sectors, sector_bytes, request_bytes_most, is_read_only })
    };
    assert_eq!(geometry(65_535, |command| disk(command, "")), expected(1000, 512, 65_535 * 512, false));
    assert_eq!(geometry(0, |command| disk(command, "")), expected(1000, 512, 1 << 30, false));
    assert_eq!(geometry(u32::MAX, |command| disk(command, "")), expected(1000, 512, 1 << 30, false));
    let large = |command: &[u8; 16]| match command[0] {
        0x25 => data(&[0xff, 0xff, 0xff, 0xff, 0, 0, 16, 0]),
        0x9e => {
            assert_eq!((command[1], &command[10..14]), (0x10, &[0, 0, 0, 32][..]));
            data(&[&[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 16, 0][..], &[0; 20]].concat())
        }
        0x1a => data(&[3, 0, 0x80, 0]),
        _ => disk(command, ""),
    };
    assert_eq!(geometry(65_535, large), expected((2 << 32) + 1, 4096, (65_535 * 512) & !4095, true));
    let limited = |command: &[u8; 16]| match command[..3] {
        [0x12, 1, 0xb0] => page(0xb0, &[0, 0, 0, 0, 0, 0, 0, 200]),
        _ => disk(command, ""),
    };
    assert_eq!(geometry(65_535, limited), expected(1000, 512, 200 * 512, false));
    for size in [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 2, 1], [0x80, 0, 0, 0]] {
        let fake = fake(65_535, 0, SENSE_BYTES, COMMAND_BYTES);
        let targets = Targets::serve(&fake, move |_, command| match command[0] {
            0x25 => data(&[&[0, 0, 3, 0xe7][..], &size].concat()),
            _ => disk(command, ""),
        });
        assert!(!start(&fake).expect("it is a good host").select_place(0), "sectors of {size:?}");
        targets.stop();
    }
}

#[test]
fn a_serial_is_that_of_the_unit_or_else_a_text_that_designates_it() {
    let serial = |own: &'static str, designators: &'static [u8]| {
        let fake = fake(65_535, 0, SENSE_BYTES, COMMAND_BYTES);
        let targets = Targets::serve(&fake, move |_, command| match command[..3] {
            [0x12, 1, 0x83] => page(0x83, designators),
            _ => disk(command, own),
        });
        let mut device = start(&fake).expect("it is a good host");
        assert!(device.select_place(0));
        let serial = std::string::String::from_utf8(device.serial().bytes().to_vec()).unwrap();
        targets.stop();
        serial
    };
    assert_eq!(serial("WD-1", b"\x02\x00\x00\x04name"), "WD-1");
    assert_eq!(serial("  WD-1   ", b""), "WD-1");
    assert_eq!(serial("123456789012345678901234", b""), "12345678901234567890");
    assert_eq!(serial("", b"\x02\x00\x00\x04name"), "name");
    assert_eq!(serial("   ", b"\x02\x01\x00\x0cGoogle  disk"), "disk");
    // A number, the port, then the unit.
    assert_eq!(serial("", b"\x01\x03\x00\x08\0\0\0\0\0\0\0\0\x02\x10\x00\x04port\x03\x00\x00\x04unit"), "unit");
    for damaged in
        [&b""[..], b"\x02", b"\x02\x00\x00", b"\x02\x00\x00\x05name", b"\x02\x01\x00\x04name", b"\x01\x00\x00\x04name"]
    {
        assert_eq!(serial("", damaged), "", "{damaged:?}");
    }
}

#[test]
fn a_host_that_makes_no_sense_is_refused() {
    for (sense_bytes, command_bytes) in [(95, 32), (0, 32), (97, 32), (96, 31), (96, 33), (u32::MAX, 32)] {
        assert_eq!(start(&fake(0, 0, sense_bytes, command_bytes)).err(), Some(Refusal::Configuration));
    }
    let short = Fake::new(0, 256, &[0; 28]);
    assert_eq!(start(&short).err(), Some(Refusal::Configuration));
}

/// A host of no target, on which requests go to unit 7 of target 3.
fn bare() -> (Fake, Device) {
    let fake = fake(65_535, 0, SENSE_BYTES, COMMAND_BYTES);
    let targets = Targets::serve(&fake, |_, _| bad_target());
    let mut device = start(&fake).expect("it is a good host");
    targets.stop();
    assert_eq!(device.places(), 0);
    let geometry = Geometry { sectors: 1 << 40, sector_bytes: 512, request_bytes_most: 1 << 20, is_read_only: false };
    device.select(super::super::Disk { geometry, has_flush: true, unit: Unit { target: 3, number: 7 } });
    (fake, device)
}

fn submit(device: &mut Device, operation: Operation, first_sector: u64, memory: Memory) -> Loan {
    let size_bytes = memory.length() as u32;
    match device.submit(operation, first_sector, memory, 0, size_bytes) {
        Submission::InFlight(loan) => loan,
        _ => panic!("there is room"),
    }
}

#[test]
fn a_read_has_its_answer_before_the_data_and_a_write_behind_it() {
    let (fake, mut device) = bare();
    let loan = submit(&mut device, Operation::Read, 5, std::vec![0; 1024].into_memory());
    let chain = fake.next(2).expect("it was made available");
    assert_eq!((chain.readable.len(), chain.pieces()), (51, std::vec![108, 1024]));
    assert_eq!(command(&chain).0, Unit { target: 3, number: 7 });
    give(&fake, &chain, &data(&[9; 1024]));
    assert!(device.poll());
    let (memory, outcome) = device.outcome(loan).ok().expect("it is over");
    assert_eq!((outcome, Vec::<u8>::from_memory(memory)), (Ok(()), Some(std::vec![9; 1024])));

    let loan = submit(&mut device, Operation::Write, 5, std::vec![4; 512].into_memory());
    let chain = fake.next(2).expect("it was made available");
    assert_eq!((chain.readable.len(), chain.pieces()), (51 + 512, std::vec![108]));
    assert!(chain.readable[51..] == [4; 512]);
    give(&fake, &chain, &Answer::default());
    device.poll();
    assert_eq!(device.outcome(loan).ok().expect("it is over").1, Ok(()));

    let loan = submit(&mut device, Operation::Flush, 0, Memory::none());
    let chain = fake.next(2).expect("it was made available");
    assert_eq!((command(&chain).1[0], chain.readable.len(), chain.pieces()), (0x35, 51, std::vec![108]));
    give(&fake, &chain, &check_condition(5, 0x20));
    device.poll();
    assert_eq!(device.outcome(loan).ok().expect("it is over").1, Ok(()), "a disk without the command has no cache");
}

#[test]
fn transfers_use_the_short_command_where_it_will_do() {
    let bytes =
        |operation, first, sectors| transfer(Unit::ZERO, operation, first, sectors)[COMMAND..COMMAND + 16].to_vec();
    let short = |code: u8| [&[code, 0, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff][..], &[0; 7]].concat();
    assert_eq!(bytes(Operation::Read, u32::MAX.into(), 0xffff), short(0x28));
    assert_eq!(bytes(Operation::Write, u32::MAX.into(), 0xffff), short(0x2a));
    let far = [0x88, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
    assert_eq!(bytes(Operation::Read, 1 << 32, 1), far);
    let long = [0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0, 0, 0];
    assert_eq!(bytes(Operation::Write, 7, 0x1_0000), long);
}

#[test]
fn what_has_happened_to_a_disk_is_told_and_the_command_repeated() {
    for (told, expected) in [(5, Ok(())), (6, Err(Error::Io))] {
        let (fake, mut device) = bare();
        let loan = submit(&mut device, Operation::Read, 0, std::vec![0; 512].into_memory());
        for _ in 0..told {
            let chain = fake.next(2).expect("it was made available");
            give(&fake, &chain, &check_condition(6, 0x29));
            device.poll();
        }
        if let Some(chain) = fake.next(2) {
            assert_eq!((command(&chain).1[0], chain.pieces()), (0x28, std::vec![108, 512]));
            give(&fake, &chain, &data(&[7; 512]));
            device.poll();
        }
        assert_eq!(device.outcome(loan).ok().expect("it is over").1, expected, "told {told} times");
    }
    // Who has lost interest is not waited for: the buffer is dropped, and never handed in again.
    let (fake, mut device) = bare();
    let loan = submit(&mut device, Operation::Read, 0, std::vec![0; 512].into_memory());
    let chain = fake.next(2).expect("it was made available");
    assert!(device.abandon(loan).is_none());
    give(&fake, &chain, &check_condition(6, 0x29));
    device.poll();
    assert!(fake.next(2).is_none());
}

fn verdict(response: u8, status: u8, residual: u32, sense: &[u8], operation: Operation) -> Option<Verdict> {
    let mut answer: Bytes = Default::default();
    answer[4..8].copy_from_slice(&residual.to_le_bytes());
    (answer[10], answer[11]) = (status, response);
    answer[12..12 + sense.len()].copy_from_slice(sense);
    super::verdict(response, &answer, operation)
}

#[test]
fn answers_mean_what_the_standards_say() {
    let sense = |key: u8, code: u8| [0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code];
    let failed = |error| Some(Verdict::Failed(error));
    for (response, status, residual, sense, expected) in [
        (0, 0, 0, &[][..], Some(Verdict::Done)),
        (0, 0, 512, &[], failed(Error::Io)), // it did not bring everything
        (0, 2, 0, &sense(1, 0), Some(Verdict::Done)),
        (0, 2, 1, &sense(1, 0), failed(Error::Io)),
        (0, 2, 0, &sense(2, 4), failed(Error::Io)),
        (0, 2, 0, &sense(3, 0x11), failed(Error::Io)),
        (0, 2, 0, &sense(5, 0x20), failed(Error::Io)),
        (0, 2, 0, &sense(5, 0x21), failed(Error::OutOfRange)),
        (0, 2, 0, &sense(6, 0x29), Some(Verdict::Again)),
        (0, 2, 0, &sense(7, 0x27), failed(Error::ReadOnly)),
        (0, 2, 0, &sense(0xb, 0), Some(Verdict::Again)),
        (0, 2, 0, &[0x72, 7, 0x27], failed(Error::ReadOnly)),
        (0, 2, 0, &[0x72, 0xf6, 0x29], Some(Verdict::Again)),
        (0, 2, 0, &[0x71, 0, 6], failed(Error::Io)), // of an earlier command
        (0, 2, 0, &[0x73, 6, 0], failed(Error::Io)),
        (0, 2, 0, &[], failed(Error::Io)),
        (0, 8, 0, &[], Some(Verdict::Again)),
        (0, 0x28, 0, &[], Some(Verdict::Again)),
        (0, 0x18, 0, &[], failed(Error::Io)),
        (2, 0, 0, &[], Some(Verdict::Again)),
        (3, 0, 0, &[], failed(Error::Io)),
        (5, 0, 0, &[], Some(Verdict::Again)),
        (9, 0, 0, &[], failed(Error::Io)),
        (0xff, 0, 0, &[], None), // never written
    ] {
        let judged = verdict(response, status, residual, sense, Operation::Read);
        assert_eq!(judged, expected, "{response} {status} {residual} {sense:x?}");
    }
    assert_eq!(verdict(0, 0, 9, &[], Operation::Identify), Some(Verdict::Done), "there may be less");
    assert_eq!(verdict(0, 2, 0, &sense(5, 0x20), Operation::Flush), Some(Verdict::Done));
}

#[test]
fn an_answer_that_was_never_written_stops_the_device() {
    let (fake, mut device) = bare();
    let loan = submit(&mut device, Operation::Read, 0, std::vec![0; 512].into_memory());
    let chain = fake.next(2).expect("it was made available");
    fake.queue(2, |queue| queue.give(chain.head.into(), 108 + 512));
    device.poll();
    assert_eq!(device.outcome(loan).ok().expect("it is over").1, Err(Error::Device));
    assert_eq!(fake.state().status, 0, "it was reset");
}

#[test]
fn random_answers_never_panic() {
    for seed in 0..200 {
        let fake = fake(65_535, 1, SENSE_BYTES, COMMAND_BYTES);
        let mut random = fastrand::Rng::with_seed(seed);
        let targets = Targets::serve(&fake, move |_, command| {
            let mut bytes = std::vec![0; 300];
            random.fill(&mut bytes);
            match random.u8(..8) {
                0 => check_condition(bytes[0], bytes[1]),
                1 => Answer { response: bytes[0] & 0x7f, status: bytes[1], sense: bytes[..96].to_vec(), data: bytes },
                2 => data(&bytes),
                3 => data(&bytes[..usize::from(bytes[0])]),
                4 => Answer { data: bytes, ..disk(command, "serial") },
                _ => disk(command, "serial"),
            }
        });
        let mut device = start(&fake).expect("it is a good host");
        for place in 0..device.places() {
            if device.select_place(place) {
                assert!(device.serial().bytes().len() <= 20);
            }
        }
        targets.stop();
    }
}
