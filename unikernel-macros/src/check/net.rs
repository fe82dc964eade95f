//! Checks `net`: whether its addresses go together, and with those of the other interfaces.

use core::net::IpAddr;

use unikernel_vocabulary::value::{self, AddressPrefix, CLIENT_ID, ClientText, Family, HOST_NAME};
use unikernel_vocabulary::{Interface, interface::Problem};

use super::Declared;
use super::literal::token;
use crate::faults::Faults;
use crate::parse::Entry;
use crate::plan::{Device, DeviceOption};

const KIND: &str = "net";

/// Checks the options together, and against those of the other interfaces.
pub(super) fn check(entry: &Entry, device: &mut Device, declared: &Declared, faults: &mut Faults) {
    let interface = interface(device);
    let before = faults.count();
    dhcp(&interface, device, faults);
    client(device, faults);
    for problem in interface.problems().into_iter().flatten() {
        report(&problem, &interface, device, faults);
    }
    let is_given_at_boot = device.options.iter().any(|option| option.is_required);
    if interface.has_no_source() && !is_given_at_boot && faults.count() == before {
        let message = format!(
            "`{}` has no source of an address\n\
             help: write `net(ip = \"10.0.0.2/24\")`, `net(dhcp)`, or `net(ip)` for an address that is given at boot",
            device.name
        );
        faults.at(&entry.name, message);
    }
    mac(device, declared, faults);
    if faults.count() == before {
        others(&interface, device, declared, faults);
    }
}

/// The addresses that the annotation gives; the grammar of each has been checked.
fn interface(device: &Device) -> Interface {
    let text = |name| given(device, name).map(|option| option.text.as_str());
    let prefixed = |name, family| text(name).and_then(|text| value::address_prefix(text, family).ok());
    Interface {
        ip: match prefixed("ip", Family::V4) {
            Some(AddressPrefix { address: IpAddr::V4(address), prefix }) => Some((address, prefix)),
            _ => None,
        },
        gateway: text("gateway").and_then(|text| value::address_v4(text).ok()),
        dns: text("dns").and_then(|text| value::address(text, Family::Any).ok()),
        dhcp: text("dhcp") == Some("true"),
        ip6: match prefixed("ip6", Family::V6) {
            Some(AddressPrefix { address: IpAddr::V6(address), prefix }) => Some((address, prefix)),
            _ => None,
        },
        gateway6: text("gateway6").and_then(|text| value::address_v6(text).ok()),
    }
}

/// An option that has a value here.
fn given<'a>(device: &'a Device, name: &str) -> Option<&'a DeviceOption> {
    device.option(name).filter(|option| !option.is_required)
}

/// DHCP overrides `ip` and `gateway`: both would have no effect.
fn dhcp(interface: &Interface, device: &Device, faults: &mut Faults) {
    let Some(dhcp) = device.option("dhcp").filter(|_| interface.dhcp) else { return };
    for option in ["ip", "gateway"].into_iter().filter_map(|name| device.option(name)) {
        let name = option.spec.name;
        let message = format!(
            "`{name}` has no effect with `dhcp`, which gets it from the network\n\
             help: remove one of them; with `{name}` alone, `{}.dhcp=true` at boot still selects DHCP",
            device.name
        );
        faults.between(token(dhcp), token(option), message);
    }
}

/// What a DHCP server is told can be told.
fn client(device: &Device, faults: &mut Faults) {
    for text in [HOST_NAME, CLIENT_ID] {
        let ClientText { option, what, rule, example, is_valid } = text;
        let Some(given) = given(device, option).filter(|given| !is_valid(&given.text)) else { continue };
        let message = format!("`{}` cannot be {what}: {rule}\nhelp: write `{option} = \"{example}\"`", given.text);
        faults.at(token(given), message);
    }
}

fn report(problem: &Problem, interface: &Interface, device: &Device, faults: &mut Faults) {
    let is_at_boot = |name| device.option(name).is_some_and(|option| option.is_required);
    // What an address that is given at boot makes of the others is not known yet.
    let base = if problem.option.ends_with('6') { "ip6" } else { "ip" };
    if is_at_boot("gateway") && problem.option == "dns" || problem.option != base && is_at_boot(base) {
        return;
    }
    let Some(option) = device.option(problem.option) else { return };
    let help = help(problem, interface, device);
    let message = format!("`{} = \"{}\"` {problem}\nhelp: {help}", problem.option, option.text);
    match problem.other.and_then(|other| device.option(other)) {
        Some(other) => faults.between(token(option), token(other), message),
        None => faults.at(token(option), message),
    }
}

/// What to write instead.
fn help(problem: &Problem, interface: &Interface, device: &Device) -> String {
    match (problem.option, interface.ip, interface.ip6) {
        ("gateway", Some((address, prefix)), _) if prefix < 31 => {
            let network = address.to_bits() & !(u32::MAX >> prefix);
            let hosts = [1, 2].map(|host| core::net::Ipv4Addr::from_bits(network | host));
            let router = if hosts[0] == address { hosts[1] } else { hosts[0] };
            format!("write an address of its subnet, such as `gateway = \"{router}\"`")
        }
        ("gateway6", ..) => {
            "write an address of its subnet or a link-local one, such as `gateway6 = \"fe80::1\"`".into()
        }
        ("gateway", ..) => "write `net(ip = \"10.0.0.2/24\", gateway = \"10.0.0.1\")`".into(),
        ("dns", ..) => "write the address of a server that the interface can reach".into(),
        ("ip6", ..) => {
            "write `net(ip6 = \"fd00::2/64\")`, or `net(ip6 = \"::\")` for stateless autoconfiguration".into()
        }
        _ => format!("write `{}`", device.spec.example),
    }
}

/// A card has an address of its own.
fn mac(device: &Device, declared: &Declared, faults: &mut Faults) {
    let Some(option) = device.option("mac") else { return };
    let Ok(mac) = value::mac(&option.text) else { return };
    if mac[0] & 1 == 1 || mac == [0; 6] {
        let what = if mac == [0; 6] { "the null address" } else { "a group address" };
        let message = format!("`mac = \"{}\"`: this is {what}, which no card has\nhelp: ", option.text);
        faults.at(token(option), message + "write the address of one card, such as `mac = \"52:54:00:12:34:56\"`");
    }
    for other in cards(declared).filter_map(|other| other.option("mac")) {
        if value::mac(&other.text) == Ok(mac) {
            let message = "two cards cannot have the same MAC address\nhelp: write another address for one of them";
            faults.between(token(other), token(option), message);
        }
    }
}

/// No two interfaces are in one subnet: which of them leads to a neighbour could not be told.
fn others(this: &Interface, device: &Device, declared: &Declared, faults: &mut Faults) {
    for other in cards(declared).filter(|other| other.name != device.name) {
        let Some(name) = this.shares_subnet(&interface(other)) else { continue };
        let (Some(first), Some(second)) = (given(other, name), given(device, name)) else { continue };
        let message = format!(
            "`{}` and `{}` are in the same subnet: `{}` and `{}`\nhelp: give each interface a subnet of its own",
            other.name, device.name, first.text, second.text
        );
        faults.between(token(first), token(second), message);
    }
}

fn cards<'a>(declared: &'a Declared) -> impl Iterator<Item = &'a Device> {
    declared.devices.iter().filter(|device| device.spec.kind == KIND)
}
