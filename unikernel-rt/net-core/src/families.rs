//! Which families of addresses a stack speaks: a type, so that what is not spoken is not linked.

/// A choice of families.
pub trait Families {
    /// Whether IPv6 is spoken besides IPv4.
    const IPV6: bool;
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
}

#[cfg(feature = "ipv6")]
impl Families for DualStack {
    const IPV6: bool = true;
}
