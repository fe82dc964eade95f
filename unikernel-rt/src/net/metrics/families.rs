//! The runtime's own metrics: what each is called, and where its numbers come from.

use super::ready::is_ready;
use super::value::Described;
use crate::memory::heap_use;
use crate::net::protocols;
use crate::net::stack::Stack;
use crate::time;
use unikernel_net::{BLOCK_BYTES, Counters, Traffic};

/// All samples of one name.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: &'static str,
    pub(super) source: Source,
}

/// Reads a number of a network.
type Read = fn(&mut Stack) -> u64;

/// Where numbers come from.
pub(super) enum Source {
    /// The declaration: a 1 with labels.
    Build,
    /// The machine, in thousandths.
    Thousandths(fn() -> u64),
    /// The machine; none where it has no such thing.
    Machine(fn() -> Option<u64>),
    /// Each network.
    Networks(Read),
    /// Each network, with a label.
    Labelled(&'static str, &'static [(&'static str, Read)]),
}

const MILLISECOND: u64 = time::TICKS_PER_SECOND / 1000;

pub(super) const FAMILIES: &[Family] = &[
    gauge("unikernel_build_info", "What is running", Source::Build),
    gauge("unikernel_uptime_seconds", "Time since boot", Source::Thousandths(|| time::now_ticks() / MILLISECOND)),
    gauge(
        "unikernel_ready",
        "Whether the application says that it is ready",
        Source::Machine(|| Some(is_ready().into())),
    ),
    gauge("unikernel_tcp_connections", "Open connections of TCP", Source::Networks(connections)),
    counter(
        "unikernel_tcp_accepted_total",
        "Connections of TCP that others have opened",
        Source::Networks(|stack| traffic(stack).accepted),
    ),
    counter(
        "unikernel_tcp_connecting_total",
        "Connections of TCP that this machine has begun to open",
        Source::Networks(|stack| traffic(stack).connecting),
    ),
    counter(
        "unikernel_tcp_turned_away_total",
        "Attempts of others to open a connection for which there was no room",
        Source::Networks(|stack| traffic(stack).turned_away),
    ),
    counter(
        "unikernel_tcp_retransmitted_segments_total",
        "Segments of TCP that were sent again",
        Source::Networks(|stack| traffic(stack).retransmitted),
    ),
    counter(
        "unikernel_net_received_bytes_total",
        "Bytes of received frames",
        Source::Networks(|stack| traffic(stack).received_bytes),
    ),
    counter(
        "unikernel_net_sent_bytes_total",
        "Bytes of sent frames, before the card cuts them into segments",
        Source::Networks(|stack| traffic(stack).sent_bytes),
    ),
    counter(
        "unikernel_net_received_frames_total",
        "Received frames",
        Source::Networks(|stack| counters(stack).received),
    ),
    counter("unikernel_net_sent_frames_total", "Sent frames", Source::Networks(|stack| counters(stack).sent)),
    counter(
        "unikernel_net_dropped_packets_total",
        "Packets that were dropped, by reason",
        Source::Labelled(
            "reason",
            &[
                ("malformed", |stack| counters(stack).malformed),
                ("checksum", |stack| counters(stack).wrong_checksums),
                ("fragment", |stack| counters(stack).fragments),
                ("not_for_us", |stack| counters(stack).not_for_us),
                ("unresolved", |stack| counters(stack).unresolved),
                ("error_limit", |stack| counters(stack).errors_held_back),
            ],
        ),
    ),
    gauge(
        "unikernel_net_neighbours",
        "Hosts of the same network that are known, or asked for",
        Source::Networks(|stack| stack.core.link().neighbours() as u64),
    ),
    gauge(
        "unikernel_net_pool_bytes",
        "Memory for the data of connections and sockets",
        Source::Networks(|stack| (stack.core.pool().capacity() * BLOCK_BYTES) as u64),
    ),
    gauge(
        "unikernel_net_pool_used_bytes",
        "The part of that memory that is in use",
        Source::Networks(|stack| {
            let pool = stack.core.pool();
            ((pool.capacity() - pool.available()) * BLOCK_BYTES) as u64
        }),
    ),
    gauge("unikernel_heap_bytes", "The heap", Source::Machine(|| heap_use::bytes().map(|bytes| bytes.0 as u64))),
    gauge(
        "unikernel_heap_used_bytes",
        "The part of the heap that is in use",
        Source::Machine(|| heap_use::bytes().map(|bytes| bytes.1 as u64)),
    ),
];

const fn gauge(name: &'static str, help: &'static str, source: Source) -> Family {
    family(name, help, "gauge", source)
}

const fn counter(name: &'static str, help: &'static str, source: Source) -> Family {
    family(name, help, "counter", source)
}

const fn family(name: &'static str, help: &'static str, kind: &'static str, source: Source) -> Family {
    // Checked as the application's own are, when it is compiled.
    let _ = Described::new(name, help);
    Family { name, help, kind, source }
}

fn traffic(stack: &mut Stack) -> &Traffic {
    stack.core.link().traffic()
}

fn counters(stack: &mut Stack) -> &Counters {
    stack.core.link().counters()
}

fn connections(stack: &mut Stack) -> u64 {
    stack.with(|all, _| protocols::tcp(all).open_connections()) as u64
}
