//! The features of the runtime, as far as a declaration needs them.
//!
//! The runtime hands each of these on to this crate, so that one that is off is a fault like any other, on the token that
//! needs it, instead of a name that the compiler does not find in the runtime.

use crate::faults::Faults;
use quote::ToTokens;

/// Which features of the runtime are on.
#[derive(Clone, Copy)]
pub(crate) struct Features(&'static [(&'static str, bool)]);

impl Features {
    /// Those of this build.
    pub(crate) const OF_THE_RUNTIME: Features = Features(&[
        ("async", cfg!(feature = "async")),
        ("heap", cfg!(feature = "heap")),
        ("kv-fat", cfg!(feature = "kv-fat")),
        ("log", cfg!(feature = "log")),
        ("net", cfg!(feature = "net")),
        ("dns", cfg!(feature = "dns")),
        ("dhcp", cfg!(feature = "dhcp")),
        ("busy-poll", cfg!(feature = "busy-poll")),
        ("ipv6", cfg!(feature = "ipv6")),
    ]);

    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: Features = Features(&[]);

    /// None of them.
    #[cfg(test)]
    pub(crate) const NONE: Features = Features(&[
        ("async", false),
        ("heap", false),
        ("kv-fat", false),
        ("log", false),
        ("net", false),
        ("dns", false),
        ("dhcp", false),
        ("busy-poll", false),
        ("ipv6", false),
    ]);

    /// Reports at `place` where the feature that `what` needs is off; what is not listed needs none.
    pub(crate) fn require(self, feature: &str, what: &str, place: impl ToTokens, faults: &mut Faults) {
        if self.0.contains(&(feature, false)) {
            let line = format!("unikernel-rt = {{ ..., features = [\"{feature}\"] }}");
            let message = format!("{what} needs the feature `{feature}` of `unikernel-rt`, which is off");
            faults.at(place, format!("{message}\nhelp: write into Cargo.toml: `{line}`"));
        }
    }
}
