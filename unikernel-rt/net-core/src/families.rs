//! Which families of addresses a stack speaks: a type, so that what is not spoken is not linked.

use crate::counters::{Tally, Traffic};
use core::convert::Infallible;
use core::marker::PhantomData;

/// A choice of families.
pub trait Families {
    /// Whether IPv6 is spoken besides IPv4.
    const IPV6: bool;
    /// Whether packets come and go in fragments.
    const FRAGMENTS: bool = false;
    /// Where it is counted what passes: `()` for nowhere.
    type Tally: Tally;
}

/// Families whose packets may come and go in fragments: datagrams of UDP of up to 8,192 bytes are sent, and packets of that length are put
/// together in the memory of [`Link::set_fragments`](crate::Link::set_fragments).
#[derive(Clone, Copy, Debug)]
pub struct WithFragments<F>(PhantomData<F>, Infallible);

impl<F: Families> Families for WithFragments<F> {
    const IPV6: bool = F::IPV6;
    const FRAGMENTS: bool = true;
    type Tally = F::Tally;
}

/// Families of a stack that counts what passes: see [`Link::traffic`](crate::Link::traffic).
#[derive(Clone, Copy, Debug)]
pub struct Counted<F>(PhantomData<F>, Infallible);

impl<F: Families> Families for Counted<F> {
    const IPV6: bool = F::IPV6;
    const FRAGMENTS: bool = F::FRAGMENTS;
    type Tally = Traffic;
}

/// IPv4 alone.
#[derive(Clone, Copy, Debug)]
pub enum Ipv4Only {}

/// IPv4 and IPv6.
#[cfg(feature = "ipv6")]
#[derive(Clone, Copy, Debug)]
pub enum DualStack {}

impl Families for Ipv4Only {
    const IPV6: bool = false;
    type Tally = ();
}

#[cfg(feature = "ipv6")]
impl Families for DualStack {
    const IPV6: bool = true;
    type Tally = ();
}
