//! The answers: to ARP, to a ping, and to every request of HTTP the same page.
//!
//! A frame is answered where it lies. It is QEMU's and a bench's: it is looked at as far as an answer needs it, and no checksum is checked.

/// A frame of Ethernet with the longest packet, without its checksum.
pub(crate) type Frame = [u8; FRAME_BYTES];
pub(crate) const FRAME_BYTES: usize = 1514;

/// An answer, in place of the frame that it is to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// How long it is, without the page.
    pub(crate) bytes: usize,
    /// What follows.
    pub(crate) page: Option<&'static Page>,
}

/// A recorded answer of HTTP.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) bytes: &'static [u8],
    /// The sum of its words.
    sum: u16,
}

/// As `static_web` answered, of which the date is that day's.
const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ndate: Mon, 30 Nov 2026 20:09:39 GMT\r\nvary: accept-encoding\r\naccept-ranges: bytes\r\n\
     etag: \"ebd3c80d02d56764\"\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 1024";
const BODY: &[u8; 1024] = include_bytes!("../../../../../../../apps/static_web/site/1k.html");

const KEPT_END: &[u8] = b"\r\n\r\n";
const CLOSED_END: &[u8] = b"\r\nconnection: close\r\n\r\n";
static KEPT: Page =
    Page::new(&const { joined::<{ HEAD.len() + KEPT_END.len() + BODY.len() }>([HEAD, KEPT_END, BODY]) });
static CLOSED: Page =
    Page::new(&const { joined::<{ HEAD.len() + CLOSED_END.len() + BODY.len() }>([HEAD, CLOSED_END, BODY]) });

/// Our address and port, as a frame has them.
const ADDRESS: u32 = u32::from_ne_bytes([10, 0, 0, 2]);
const PORT: [u8; 2] = 8080_u16.to_be_bytes();

/// Bytes of headers without options.
const ETHERNET: usize = 14;
const IPV4: usize = 20;
const TCP: usize = 20;

/// Where the fields are: of IPv4 (RFC 791), of what it carries (RFC 792, RFC 9293), and of ARP (RFC 826).
const KIND: usize = 12;
const VERSION: usize = ETHERNET;
const LENGTH: usize = ETHERNET + 2;
const FRAGMENT: usize = ETHERNET + 4;
const LIFE: usize = ETHERNET + 8;
const PROTOCOL: usize = ETHERNET + 9;
const SOURCE: usize = ETHERNET + 12;
const DESTINATION: usize = ETHERNET + 16;
const PORTS: usize = ETHERNET + IPV4;
const SEQUENCE: usize = PORTS + 4;
const ACKNOWLEDGMENT: usize = PORTS + 8;
const OFFSET: usize = PORTS + 12;
const FLAGS: usize = PORTS + 13;
const CHECKSUM: usize = PORTS + 16;
const OPERATION: usize = ETHERNET + 6;
const SENDER: usize = ETHERNET + 8;
const TARGET: usize = ETHERNET + 18;
const END: usize = ETHERNET + 28;

/// Of TCP.
const FIN: u8 = 1;
const SYN: u8 = 1 << 1;
const RST: u8 = 1 << 2;
const PSH: u8 = 1 << 3;
const ACK: u8 = 1 << 4;

/// Answers a frame, if it is one that is answered.
pub(crate) fn answer(frame: &mut Frame, mac: [u8; 6]) -> Option<Answer> {
    let answer = match (frame[KIND], frame[KIND + 1]) {
        (8, 0) if frame[VERSION] == 0x45 && word(frame, DESTINATION) == ADDRESS => match frame[PROTOCOL] {
            1 => echo(frame),
            6 => segment(frame),
            _ => None,
        },
        (8, 6) => resolution(frame, mac),
        _ => None,
    }?;
    frame.copy_within(6..12, 0);
    frame[6..12].copy_from_slice(&mac);
    Some(answer)
}

/// The owner of our address.
fn resolution(frame: &mut Frame, mac: [u8; 6]) -> Option<Answer> {
    if frame[OPERATION + 1] != 1 || word(frame, TARGET + 6) != ADDRESS {
        return None;
    }
    frame[OPERATION + 1] = 2;
    frame.copy_within(SENDER..TARGET, TARGET);
    frame[SENDER..SENDER + 6].copy_from_slice(&mac);
    put(frame, SENDER + 6, ADDRESS);
    Some(Answer { bytes: END, page: None })
}

/// The answer to a ping: the same, with another type in its first word.
fn echo(frame: &mut Frame) -> Option<Answer> {
    const REQUEST: u8 = 8;
    const PING_CHECKSUM: usize = PORTS + 2;
    if frame[PORTS] != REQUEST {
        return None;
    }
    frame[PORTS] = 0;
    let sum = u64::from(half(frame, PING_CHECKSUM)) + u64::from(u16::from_be_bytes([REQUEST, 0]));
    frame[PING_CHECKSUM..PING_CHECKSUM + 2].copy_from_slice(&fold(sum).to_be_bytes());
    let bytes = ETHERNET + usize::from(half(frame, LENGTH));
    turn_back(frame);
    Some(Answer { bytes: bytes.min(frame.len()), page: None })
}

/// The answer to a segment of TCP: all that it needs is what that says. A FIN is answered by a FIN, which who has ours already ignores.
fn segment(frame: &mut Frame) -> Option<Answer> {
    let data = PORTS + usize::from(frame[OFFSET] >> 4) * 4;
    let request = frame.get(data..ETHERNET + usize::from(half(frame, LENGTH))).unwrap_or_default();
    let end = frame[FLAGS] & FIN;
    let (taken, flags, page) = match frame[FLAGS] & (SYN | RST) {
        SYN => (1, SYN | ACK, None),
        0 if !request.is_empty() => {
            let end = if is_last(request) { FIN } else { end };
            let page = if end == 0 { &KEPT } else { &CLOSED };
            (request.len() as u32 + u32::from(frame[FLAGS] & FIN), ACK | PSH | end, Some(page))
        }
        0 if end != 0 => (1, ACK | FIN, None),
        _ => return None,
    };
    if frame[PORTS + 2..PORTS + 4] != PORT {
        return None;
    }
    let acknowledgment = u32::from_be(word(frame, SEQUENCE)).wrapping_add(taken).to_be();
    // A first sequence number is 0.
    let sequence = if flags & SYN == 0 { word(frame, ACKNOWLEDGMENT) } else { 0 };
    let length = (TCP + page.map_or(0, |page| page.bytes.len())) as u32;
    let addresses = turn_back(frame);

    // Not to be fragmented, and of a life of 64, which is what Linux gives.
    let ipv4 = [0x4500_0000 + IPV4 as u32 + length, 0x4000, 0x4006_0000].map(u32::to_be);
    let sum = addresses + ipv4.map(u64::from).iter().sum::<u64>();
    put(frame, VERSION, ipv4[0]);
    put(frame, FRAGMENT, ipv4[1]);
    put(frame, LIFE, ipv4[2]);
    put_half(frame, LIFE + 2, !fold(sum));

    const WINDOW: u32 = 0xffff;
    let ports = word(frame, PORTS).rotate_left(16);
    let tcp = [ports, sequence, acknowledgment, ((TCP as u32 / 4) << 28 | u32::from(flags) << 16 | WINDOW).to_be()];
    let pseudo = addresses + u64::from((6 << 16 | length).to_be());
    let sum = pseudo + tcp.map(u64::from).iter().sum::<u64>() + page.map_or(0, |page| u64::from(page.sum));
    put(frame, PORTS, tcp[0]);
    put(frame, SEQUENCE, tcp[1]);
    put(frame, ACKNOWLEDGMENT, tcp[2]);
    put(frame, OFFSET, tcp[3]);
    put_half(frame, CHECKSUM, !fold(sum));
    put_half(frame, CHECKSUM + 2, 0);
    Some(Answer { bytes: ETHERNET + IPV4 + TCP, page })
}

/// Exchanges the addresses of a packet, and gives their sum.
#[inline(always)]
fn turn_back(frame: &mut Frame) -> u64 {
    let (source, destination) = (word(frame, SOURCE), word(frame, DESTINATION));
    put(frame, SOURCE, destination);
    put(frame, DESTINATION, source);
    u64::from(source) + u64::from(destination)
}

/// Whether the connection is to be closed after a request: its first field or its last says so, where the clients of the bench write it.
fn is_last(request: &[u8]) -> bool {
    const FIRST_FIELD: usize = b"GET /1k.html HTTP/1.1\r\n".len();
    let first = request.get(FIRST_FIELD..).unwrap_or_default();
    request.ends_with(b": close\r\n\r\n") || first.starts_with(b"Connection: close\r\n")
}

/// A word of a frame, in the order of its bytes.
#[inline(always)]
fn word(frame: &Frame, at: usize) -> u32 {
    u32::from_ne_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
}

/// Half a word, as a number.
#[inline(always)]
fn half(frame: &Frame, at: usize) -> u16 {
    u16::from_be_bytes([frame[at], frame[at + 1]])
}

#[inline(always)]
fn put(frame: &mut Frame, at: usize, word: u32) {
    frame[at..at + 4].copy_from_slice(&word.to_ne_bytes());
}

#[inline(always)]
fn put_half(frame: &mut Frame, at: usize, half: u16) {
    frame[at..at + 2].copy_from_slice(&half.to_ne_bytes());
}

/// The sum of words of 16 bits (RFC 1071), of whichever order and however many of them were added at once.
const fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

impl Page {
    const fn new(bytes: &'static [u8]) -> Self {
        let (mut sum, mut at) = (0, 0);
        while at < bytes.len() {
            let second = if at + 1 < bytes.len() { bytes[at + 1] } else { 0 };
            sum += u16::from_ne_bytes([bytes[at], second]) as u64;
            at += 2;
        }
        Page { bytes, sum: fold(sum) }
    }
}

/// These parts one after the other.
const fn joined<const BYTES: usize>(parts: [&[u8]; 3]) -> [u8; BYTES] {
    let (mut bytes, mut at, mut part) = ([0; BYTES], 0, 0);
    while part < parts.len() {
        let mut from = 0;
        while from < parts[part].len() {
            bytes[at] = parts[part][from];
            (at, from) = (at + 1, from + 1);
        }
        part += 1;
    }
    bytes
}
