//! Checks that the addresses of each interface are consistent, and that subnets do not overlap.

use std::net::IpAddr;
use std::ops::Range;

use unikernel_vocabulary::value::{self, AddressPrefix, Family};
use unikernel_vocabulary::{Interface, interface::Problem};

use super::{Check, Slot};
use crate::manifest::report::Fault;

const KIND: &str = "net";

impl<'a> Check<'a> {
    /// Checks the interfaces that the manifest configures; the others are checked when the application is compiled.
    pub(super) fn nets(&mut self) {
        let devices: Vec<_> = self.declaration.devices().filter(|device| device.kind == KIND).collect();
        let cards: Vec<_> = devices.iter().filter_map(|device| Card::of(device.name, &self.arguments)).collect();
        let mut faults = Vec::new();
        for (index, card) in cards.iter().enumerate() {
            let before = faults.len();
            if let Some((_, span)) = card.first_given() {
                faults.extend(card.beside_dhcp());
                faults
                    .extend(card.interface.problems().into_iter().flatten().map(|problem| card.fault(&problem, &span)));
                if card.interface.has_no_source() {
                    faults.push(
                        Fault::new(format!("`{}` has no source of an address", card.name))
                            .at(span, "neither here nor in the annotation")
                            .help("write `ip = \"10.0.0.2/24\"` or `dhcp = true`, with your own values"),
                    );
                }
            }
            if faults.len() == before {
                faults.extend(cards[..index].iter().filter_map(|other| card.shared(other)));
            }
        }
        self.faults.extend(faults);
    }
}

/// An interface, with what the manifest and the annotation say about it.
struct Card<'c> {
    name: &'c str,
    slots: Vec<&'c Slot<'c>>,
    interface: Interface,
}

impl<'c> Card<'c> {
    /// The interface of a name, unless a value is not known here: one that is wrong, or comes after the manifest.
    fn of(name: &'c str, slots: &'c [Slot<'c>]) -> Option<Self> {
        let slots: Vec<_> = slots.iter().filter(|slot| slot.place().0 == name).collect();
        let is_unknown =
            |slot: &&Slot<'_>| slot.is_overridden || slot.given.as_ref().is_some_and(|given| given.text.is_none());
        if slots.iter().any(is_unknown) {
            return None;
        }
        let mut card = Self { name, slots, interface: Interface::default() };
        let prefixed = |option, family| value::address_prefix(card.text(option)?, family).ok();
        card.interface = Interface {
            ip: match prefixed("ip", Family::Any) {
                Some(AddressPrefix { address: IpAddr::V4(address), prefix }) => Some((address, prefix)),
                _ => None,
            },
            gateway: card.text("gateway").and_then(|text| value::address_v4(text).ok()),
            dns: card.text("dns").and_then(|text| value::address(text, Family::Any).ok()),
            dhcp: card.text("dhcp") == Some("true"),
            ip6: match prefixed("ip6", Family::V6) {
                Some(AddressPrefix { address: IpAddr::V6(address), prefix }) => Some((address, prefix)),
                _ => None,
            },
            gateway6: card.text("gateway6").and_then(|text| value::address_v6(text).ok()),
        };
        Some(card)
    }

    fn slot(&self, option: &str) -> Option<&'c Slot<'c>> {
        self.slots.iter().find(|slot| slot.place().1 == option).copied()
    }

    /// The value of an option: the manifest's, else the annotation's.
    fn text(&self, option: &str) -> Option<&'c str> {
        let slot = self.slot(option)?;
        match &slot.given {
            Some(given) => given.text.as_deref(),
            None => slot.argument.default,
        }
    }

    /// Where the manifest gives an option its value.
    fn given(&self, option: &str) -> Option<Range<usize>> {
        Some(self.slot(option)?.given.as_ref()?.span.clone())
    }

    /// The first option that the manifest gives a value.
    fn first_given(&self) -> Option<(&'c str, Range<usize>)> {
        let given = self.slots.iter().filter_map(|slot| Some((slot.place().1, slot.given.as_ref()?.span.clone())));
        given.min_by_key(|(_, span)| span.start)
    }

    /// An address that the manifest gives, and DHCP replaces.
    fn beside_dhcp(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for option in ["ip", "gateway"].into_iter().filter(|_| self.interface.dhcp) {
            let Some(span) = self.given(option) else { continue };
            let title = format!("option `{option}` of `{}` has no effect with `dhcp`", self.name);
            let fault = Fault::new(title).at(span, "DHCP gets it from the network");
            faults.push(match self.given("dhcp") {
                Some(dhcp) => fault.and(dhcp, "DHCP is selected here").help("remove one of them"),
                None => fault.help("the application selects DHCP: write `dhcp = false` as well"),
            });
        }
        faults
    }

    /// The fault about a problem; `otherwise` is its place where the manifest says nothing about the option.
    fn fault(&self, problem: &Problem, otherwise: &Range<usize>) -> Fault {
        let (option, text) = (problem.option, self.text(problem.option).unwrap_or_default());
        let other = problem.other.and_then(|other| self.given(other));
        match self.given(option) {
            Some(span) => {
                let fault = Fault::new(format!("option `{option}` of `{}`: `{text}` {problem}", self.name));
                let fault = fault.at(span, "cannot work");
                match (other, problem.other.and_then(|other| Some((other, self.text(other)?)))) {
                    (Some(other), _) => fault.and(other, "with this one"),
                    (None, Some((other, text))) => fault.help(format!("`{other}` is `{text}` by default")),
                    (None, None) => fault,
                }
            }
            None => {
                let title = format!("option `{option}` of `{}`: the default `{text}` {problem}", self.name);
                let fault = Fault::new(title).at(other.unwrap_or_else(|| otherwise.clone()), "with this value");
                fault.help(format!("give `{option}` a value here as well"))
            }
        }
    }

    /// The fault about a subnet that another interface is in, where the manifest gives one of the two.
    fn shared(&self, other: &Self) -> Option<Fault> {
        let option = self.interface.shares_subnet(&other.interface)?;
        let fault = Fault::new(format!(
            "`{}` and `{}` are in the same subnet: `{}` and `{}`",
            other.name,
            self.name,
            other.text(option)?,
            self.text(option)?
        ));
        let fault = match (self.given(option), other.given(option)) {
            (Some(this), Some(other)) => fault.at(this, "the other one").and(other, "one of them"),
            (Some(one), None) | (None, Some(one)) => fault.at(one, "the other is a default of the application"),
            (None, None) => return None,
        };
        Some(fault.help("give each interface a subnet of its own"))
    }
}
