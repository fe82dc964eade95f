//! The features of the runtime, that a declaration may need.
//!
//! The runtime hands each of these on to this crate, so that a missing one is reported on the token that
//! needs it, instead of as an unresolved name in the runtime.

use crate::faults::Faults;
use quote::ToTokens;

/// Each feature that a declaration may need, and whether it is on in this build. `Cargo.toml` lists the same.
const OF_THIS_BUILD: &[(&str, bool)] = &[
    ("async", cfg!(feature = "async")),
    ("heap", cfg!(feature = "heap")),
    ("kv-fat", cfg!(feature = "kv-fat")),
    ("precompress", cfg!(feature = "precompress")),
    ("log", cfg!(feature = "log")),
    ("net", cfg!(feature = "net")),
    ("tcp", cfg!(feature = "tcp")),
    ("udp", cfg!(feature = "udp")),
    ("dns", cfg!(feature = "dns")),
    ("dhcp", cfg!(feature = "dhcp")),
    ("busy-poll", cfg!(feature = "busy-poll")),
    ("fragments", cfg!(feature = "fragments")),
    ("ipv6", cfg!(feature = "ipv6")),
    ("std", cfg!(feature = "std")),
    ("scsi", cfg!(feature = "scsi")),
];

/// Features without which a type is missing that `main` may take.
const WITH_TYPES: [&str; 2] = ["async", "net"];

/// Which features of the runtime are on.
#[derive(Clone, Copy)]
pub(crate) enum Features {
    /// Those of this build.
    OfTheRuntime,
    /// All of them.
    #[cfg(test)]
    All,
    /// None of them.
    #[cfg(test)]
    None,
    /// These.
    #[cfg(test)]
    Some(&'static [&'static str]),
}

impl Features {
    pub(crate) fn is_on(self, feature: &str) -> bool {
        match self {
            Features::OfTheRuntime => OF_THIS_BUILD.contains(&(feature, true)),
            #[cfg(test)]
            Features::All => true,
            #[cfg(test)]
            Features::None => false,
            #[cfg(test)]
            Features::Some(features) => features.contains(&feature),
        }
    }

    /// Reports at `place` that the feature that `what` needs is off, where it is.
    pub(crate) fn require(self, feature: &str, what: &str, place: impl ToTokens, faults: &mut Faults) {
        if !self.is_on(feature) {
            let line = format!("unikernel-rt = {{ ..., features = [\"{feature}\"] }}");
            let message = format!("{what} needs the feature `{feature}` of `unikernel-rt`, which is not enabled");
            faults.at(place, format!("{message}\nhelp: add to Cargo.toml: `{line}`"));
            // The types of its parameters are missing too.
            faults.drop_function |= WITH_TYPES.contains(&feature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OF_THIS_BUILD;

    #[test]
    fn every_feature_of_the_vocabulary_is_known() {
        let devices = unikernel_vocabulary::DEVICES.iter().filter_map(|spec| spec.feature);
        let options = unikernel_vocabulary::DEVICES.iter().flat_map(|spec| spec.options);
        for feature in devices.chain(options.filter_map(|option| option.feature)) {
            assert!(OF_THIS_BUILD.iter().any(|(known, _)| *known == feature), "`{feature}` wants a line here");
        }
    }
}
