//! The networks of a kernel, and which of them an address is reached by.
//!
//! `0.0.0.0` and `::` are those of all; an address is that of its network; who connects takes the one with the longest prefix, of equal
//! ones the first. 127.0.0.0/8 and `::1` are the first one's.

use super::settings::deadline;
use super::wakers;
use crate::net::Net;
use crate::posix::clocks;
use crate::posix::errno::{EADDRNOTAVAIL, ENETUNREACH, Errno};
use crate::posix::random;
use crate::sync::lock;
use crate::threads;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

lock! {
    static NETS: &'static [Net] = &[];
}

/// Gives the sockets of programs a network, and with it what it has brought along: a clock and random numbers.
pub fn attach(net: Net) {
    clocks::attach(&clocks::CLOCK);
    random::attach(&random::FILL);
    NETS.with(|nets| {
        let all: Vec<Net> = nets.iter().copied().chain([net]).collect();
        *nets = all.leak();
    });
}

/// All networks, in the order of their declarations.
pub(super) fn all() -> &'static [Net] {
    NETS.with(|nets| *nets)
}

/// An address as the network core has it; none of a family that is not linked.
pub(super) fn narrow(address: SocketAddr) -> Option<unikernel_net::SocketAddr> {
    // Which card it is of is not the core's to know.
    unikernel_net::narrow(SocketAddr::new(address.ip(), address.port()))
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.is_loopback(),
    }
}

/// The networks that a socket is of which is bound to an address.
pub(super) fn bound_to(address: SocketAddr) -> Result<&'static [Net], Errno> {
    let nets = all();
    let ip = address.ip();
    if ip.is_unspecified() {
        return Ok(nets);
    }
    let wanted = narrow(address).ok_or(EADDRNOTAVAIL)?.ip();
    let owns = |net: &Net| net.with_link(|link| link.is_own(wanted));
    // Those of 127.0.0.0/8 are everybody's.
    let index = nets.iter().position(owns).ok_or(EADDRNOTAVAIL)?;
    Ok(&nets[index..=index])
}

/// The network that leads to an address; `bound` is where the socket is bound to.
pub(super) fn leading_to(address: SocketAddr, bound: SocketAddr) -> Result<Net, Errno> {
    let nets = if bound.ip().is_unspecified() { all() } else { bound_to(bound)? };
    match (nets, address) {
        ([], _) => Err(ENETUNREACH),
        ([net], _) => Ok(*net),
        ([first, ..], _) if is_loopback(address.ip()) => Ok(*first),
        (nets, SocketAddr::V6(address)) if address.scope_id() > 0 => {
            nets.get(address.scope_id() as usize - 1).copied().ok_or(ENETUNREACH)
        }
        (nets, address) => {
            let wanted = narrow(address).ok_or(ENETUNREACH)?.ip();
            let mut best = None;
            for net in nets {
                let reach = net.with_link(|link| link.reach(wanted));
                if reach.is_some() && best.is_none_or(|(other, _)| reach > other) {
                    best = Some((reach, *net));
                }
            }
            best.map(|(_, net)| net).ok_or(ENETUNREACH)
        }
    }
}

/// How long an address is waited for, where the network is asked for one.
pub(super) const ADDRESS_TIMEOUT_NS: u64 = 10_000_000_000;

/// Whether a way to the address may be there later: one of the networks is asked for an address.
pub(super) fn may_lead_later(address: SocketAddr) -> bool {
    !is_loopback(address.ip()) && all().iter().any(|net| net.expects_address(address.is_ipv4()))
}

/// Waits until there is a way to the address, as long as one may come; whether there is.
pub(super) fn leads_later(address: SocketAddr) -> bool {
    let Some(wanted) = narrow(address) else { return false };
    let leads = || all().iter().any(|net| net.with_link(|link| link.reach(wanted.ip())).is_some());
    wait_for_address(leads, || may_lead_later(address))
}

/// Waits until some network has an address, as long as one may come.
#[cfg(feature = "dns")]
pub(super) fn wait_for_any_address() {
    let all_expect = |is_ipv4| all().iter().any(|net| net.expects_address(is_ipv4));
    wait_for_address(|| all().iter().any(|net| net.has_address()), || all_expect(true) || all_expect(false));
}

/// Waits until something holds that an address makes hold, as long as one may come; whether it holds.
fn wait_for_address(holds: impl Fn() -> bool, may_hold: impl Fn() -> bool) -> bool {
    if holds() || !may_hold() {
        return holds();
    }
    let until = deadline(ADDRESS_TIMEOUT_NS);
    let outcome = threads::wait(until, |waker| {
        if holds() {
            return Some(());
        }
        wakers::wait_for_address(all(), until, waker);
        None
    });
    outcome.is_some()
}
