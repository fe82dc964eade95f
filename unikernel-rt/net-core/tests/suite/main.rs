//! The stack from outside: what is sent is read by smoltcp's parsers, which are not ours.
#![allow(unreachable_pub, missing_docs)] // nobody else sees it

mod dhcp;
mod dhcp6;
mod dns;
mod fragments;
mod frames;
mod host;
mod icmp;
mod neighbours;
mod network;
mod observer;
mod robustness;
mod routing;
mod slaac;
mod snapshots;
mod streams;
mod tcp;
mod udp;
mod wakes;

/// How many cases are run: in every run, or in `make soak`, which sets `UNIKERNEL_SOAK`.
fn cases(always: u64, soak: u64) -> u64 {
    if std::env::var_os("UNIKERNEL_SOAK").is_some() { soak } else { always }
}
