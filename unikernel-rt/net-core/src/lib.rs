//! A TCP/IP stack as a pure state machine: frames, time and calls in; frames, deadlines and wakes out.
//!
//! It is made for a kernel of one address space, and runs in an ordinary process as well. It has no I/O, no clock, no allocation
//! and no `unsafe`: all memory is handed in, so that its bounds are the caller's, and a test is a function of its seed.
//!
//! # What is in
//! - Ethernet; ARP (RFC 826) and Neighbour Discovery (RFC 4861), with one state machine and a queue for each neighbour; IPv4 and IPv6; several
//!   cards and addresses, routes by longest prefix, gateways off every prefix, source selection (RFC 6724, rules 1, 2 and 8).
//! - Echo and errors of ICMP (RFC 792, RFC 4443), in both directions.
//! - UDP (RFC 768): any number of sockets, peers, peeking, errors of the network.
//! - DHCP (RFC 2131, 2132, 3442), a client for each card: address, routes, name servers, MTU and names, renewed, rebound, refused and given back;
//!   duplicates are looked for before the address is used, and the address is defended (RFC 5227).
//! - Router advertisements and addresses made of their prefixes (RFC 4861, 4862), a client for each card: default routers with their preference
//!   (RFC 4191), networks of the link, MTU, name servers (RFC 8106), solicitations as long as there is no router (RFC 7559); an address is
//!   used when no other host has answered for it. Reports of the groups that this needs (MLDv2, RFC 3810).
//! - DNS (RFC 1035, 2181), a resolver: A and AAAA side by side (RFC 8305's order and delay), several servers with retries, aliases, literals and
//!   `localhost`, numbers and ports that nobody can guess (RFC 5452); answers are kept for their time, those that there is nothing too (RFC
//!   2308). An answer that is cut is the caller's to ask for by TCP, with the message that it is given.
//! - TCP (RFC 9293): listeners with a backlog; a table of half-open connections, then cookies (RFC 4987); window scale and timestamps
//!   (RFC 7323), selective acknowledgements both ways and their recovery (RFC 2018, 6675), NewReno without them (RFC 6582); CUBIC (RFC
//!   9438); time-outs with a floor of 200 ms (RFC 6298), probes of the tail (RFC 8985, section 7); blind attacks (RFC 5961), sequence
//!   numbers and ports (RFC 6528, RFC 6056); path MTU and black holes (RFC 1191, 8201, 4821); half-close, keep-alive, TIME-WAIT and its
//!   reuse (RFC 6191). A connection costs at most 512 bytes while it is idle; buffers are blocks of the pool.
//!
//! - Fragments (RFC 791, 815, 8200, 5722), where the families are [`WithFragments`]: datagrams of up to 8,192 bytes both ways; without it they are
//!   dropped, and counted. Name servers by stateless DHCPv6 (RFC 8415), where a router says so; MLDv1 (RFC 2710) to who asks by it.
//!
//! Not in: addresses by DHCPv6, ICMP's "time exceeded" of fragments, temporary and deprecated addresses, groups of the application's choice, lists of domains to be tried, EDNS, a lease that outlives a restart (INIT-REBOOT), RACK's reordering window, ECN.
//!
//! # Ownership
//! - [`Stack`] owns the network layer ([`Link`]), the [`Pool`] of blocks, and the protocols above. All three live in slices that the caller
//!   hands in: statics, or the heap where there is one. A full table refuses, or the least useful entry gives way; it never grows.
//! - The caller owns the cards, and lends them to each call as a slice of [`Card`]s. A received frame is lent too: it is parsed once,
//!   into offsets that everybody gets, and what a socket keeps is copied into blocks.
//! - What is sent is a header and slices ([`Payload`]). Bytes that live for ever are marked so: a card with scatter and gather takes them
//!   from where they lie. Others are the pool's, and are to be copied before [`Card::transmit`] returns.
//! - A socket is named by a handle with a generation: one that is closed is an error, never another's socket.
//! - What is not declared is not linked: the families are a type ([`Ipv4Only`], [`DualStack`]), so is whether it is counted what passes
//!   ([`Counted`]), and so are the protocols (`()`,
//!   [`Udp`], pairs of them). `Stack<Ipv4Only, ()>` is ARP, IPv4 and echo, `Stack<Ipv4Only, (Dhcp, (Udp, Tcp))>` a web server.
//!
//! # How it is driven
//! ```text
//! loop {
//!     while let Some(frame) = card.receive() {          // a batch: see below
//!         stack.receive(&mut cards, index, frame, verified, now);
//!     }
//!     stack.transmit(&mut cards, now);                  // what is due, and what sockets want sent
//!     cards.iter_mut().for_each(notify);                // one doorbell for the batch
//!     run_woken_tasks();                                // their calls change sockets, and send nothing but datagrams
//!     if nothing_happened { halt_until(stack.deadline()) }
//! }
//! ```
//! [`Stack::receive`] answers at once what costs nothing to answer (ARP, echo, resets). Everything else is sent by
//! [`Stack::transmit`], so that an acknowledgement and the answer of the application that the segment has woken are one frame. A
//! call of the application never sends a segment: it marks its connection, and the next `transmit` looks at the marked ones alone.
//! Time is a parameter of every call; [`Stack::deadline`] is when `transmit` is wanted again if nothing happens before.
//!
//! Wakes: a socket keeps a waker a direction, woken once, by events alone. Blocking callers, executors and `epoll`-like lists are
//! all built on these two and on [`Readiness`], a snapshot. A waker may not call the stack; it may only note that it was woken.
//!
//! # Cost
//! No step is longer than its tables' constants: hash tables have sets of a fixed size or buckets with a keyed hash (SipHash), so that
//! nobody outside can make them long. The runtime's budgets, for a card's frame to the card's frame: an echo 1,200 instructions, a
//! request on a kept connection with its answer 4,500. In this crate alone, without a card and a runtime, the latter is 3,200 instructions
//! of x86-64, optimized for size: `tests/cost.rs` says how they are counted.
//!
//! # Formats
//! Fixed headers are read as offsets here, because a packet's parse is a third of an echo. The tests read every frame that is sent
//! by `smoltcp::wire`, whose parsers are not ours. It does not serve the formats with a grammar of their own: its DHCP knows neither option 121
//! nor options in parts.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod address;
mod arp;
mod bytes;
mod card;
mod chains;
mod checksum;
mod claims;
mod counters;
mod dhcp;
#[cfg(feature = "ipv6")]
mod dhcp6;
mod dns;
mod error;
mod ethernet;
mod families;
mod fragments;
mod hash;
mod header;
mod icmp;
mod interface;
mod limiter;
mod link;
mod list;
#[cfg(feature = "ipv6")]
mod mld;
#[cfg(feature = "ipv6")]
mod ndp;
mod neighbours;
mod packet;
mod path;
mod pool;
mod readiness;
mod report;
mod routes;
#[cfg(feature = "ipv6")]
mod slaac;
mod stack;
mod tcp;
mod time;
mod transport;
mod udp;
mod wakers;

pub use address::{IpAddr, MOST_ADDRESSES, Prefix, SocketAddr, narrow, widen};
pub use card::{Card, CardProperties, Offload, Payload, write_frame};
pub use counters::{Counters, Tally, Traffic};
pub use dhcp::{Dhcp, DhcpConfig, Lease, LeasedRoute};
#[cfg(feature = "ipv6")]
pub use dhcp6::Dhcp6;
pub use dns::{Dns, DnsAddresses, DnsEntry, DnsFamilies, DnsHandle, DnsQuery};
pub use error::Error;
pub use ethernet::Mac;
#[cfg(feature = "ipv6")]
pub use families::DualStack;
pub use families::{Counted, Families, Ipv4Only, WithFragments};
pub use fragments::{Fragment, MOST_BYTES as MOST_BYTES_IN_FRAGMENTS};
pub use hash::Key;
pub use interface::Interface;
pub use link::{Link, LinkMemory};
pub use list::List;
#[cfg(feature = "ipv6")]
pub use mld::Mld;
pub use neighbours::{FRAME_BYTES, Neighbour, QueuedFrame};
pub use pool::{BLOCK_BYTES, Block, Pool};
pub use readiness::Readiness;
pub use report::Reason;
pub use routes::Route;
#[cfg(feature = "ipv6")]
pub use slaac::{Slaac, SlaacConfig};
pub use stack::Stack;
pub use tcp::{Accepted, Config, HalfOpen, ListenerHandle, Tcp, TcpHandle, TcpListener, TcpMemory, TcpSlot};
pub use time::Instant;
pub use transport::{Context, Transport};
pub use udp::{Received, Udp, UdpHandle, UdpSocket};
