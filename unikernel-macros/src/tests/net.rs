//! Faults of network interfaces whose options are right one by one, and cannot work together.

use super::{faults, none, one};

/// The fault of `net(...)`, at the words from `from` to `to` of it.
#[track_caller]
fn wrong(options: &str, from: &str, to: &str, message: &str) {
    let source = format!("#[unikernel(net({options}))]\nfn main(net: Net) {{}}");
    let start = source.find(from).expect("the source has the words at fault") + 1;
    let end = source.rfind(to).expect("the source has the words at fault") + to.len() + 1;
    one(&source, &format!("1:{start}-1:{end} {message}"));
}

#[test]
fn no_source_of_an_address() {
    const HELP: &str = "`net` has no source of an address\n\
        help: write `net(ip = \"10.0.0.2/24\")`, `net(dhcp)`, or `net(ip)` for an address that is given at boot";
    for options in ["", "mtu = 1500", "dhcp = false", "mac = \"52:54:00:12:34:56\""] {
        one(&format!("#[unikernel(net({options}))]\nfn main(net: Net) {{}}"), &format!("1:13-1:16 {HELP}"));
    }
    one("#[unikernel(net)]\nfn main(net: Net) {}", &format!("1:13-1:16 {HELP}"));
    for options in
        ["dhcp", "ip = \"10.0.0.2\"", "ip6 = \"::\"", "ip", "ip6", "ip, gateway, dns", "ip, gateway = \"10.0.0.1\""]
    {
        none(&format!("#[unikernel(net({options}))]\nfn main(net: Net) {{}}"));
    }
}

#[test]
fn an_address_that_no_host_has() {
    for (address, why) in [
        ("127.0.0.1/8", "is a loopback address"),
        ("224.0.0.1/24", "is a multicast address"),
        ("255.255.255.255", "is the broadcast address"),
        ("0.0.0.0", "is the unspecified address"),
        ("10.0.0.0/24", "is its subnet's network address"),
        ("10.0.0.255", "is its subnet's broadcast address"),
    ] {
        let literal = format!("\"{address}\"");
        let message = format!("`ip = {literal}` {why}\nhelp: write `net(ip = \"10.0.0.2/24\")`");
        wrong(&format!("ip = {literal}"), &literal, &literal, &message);
    }
    let help = "write `net(ip6 = \"fd00::2/64\")`, or `net(ip6 = \"::\")` for stateless autoconfiguration";
    for (address, why) in [("::1/128", "is the loopback address"), ("ff02::1", "is a multicast address")] {
        let literal = format!("\"{address}\"");
        let message = format!("`ip6 = {literal}` {why}\nhelp: {help}");
        wrong(&format!("ip6 = {literal}"), &literal, &literal, &message);
    }
}

#[test]
fn a_gateway_that_cannot_be_reached() {
    wrong(
        "ip = \"10.0.0.2/24\", gateway = \"10.1.0.1\"",
        "\"10.0.0.2/24\"",
        "\"10.1.0.1\"",
        "`gateway = \"10.1.0.1\"` is not in the subnet of `ip`\n\
         help: write an address of its subnet, such as `gateway = \"10.0.0.1\"`",
    );
    wrong(
        "ip = \"10.0.0.1/24\", gateway = \"10.0.0.1\"",
        "\"10.0.0.1/24\"",
        "\"10.0.0.1\"",
        "`gateway = \"10.0.0.1\"` is the interface's own address\n\
         help: write an address of its subnet, such as `gateway = \"10.0.0.2\"`",
    );
    wrong(
        "ip = \"10.0.0.2/24\", gateway = \"127.0.0.1\"",
        "\"127.0.0.1\"",
        "\"127.0.0.1\"",
        "`gateway = \"127.0.0.1\"` is a loopback address\n\
         help: write an address of its subnet, such as `gateway = \"10.0.0.1\"`",
    );
    wrong(
        "ip6 = \"fd00::2/64\", gateway6 = \"fd01::1\"",
        "\"fd00::2/64\"",
        "\"fd01::1\"",
        "`gateway6 = \"fd01::1\"` is not in the subnet of `ip6`\n\
         help: write an address of its subnet or a link-local one, such as `gateway6 = \"fe80::1\"`",
    );
    wrong(
        "ip6 = \"::\", gateway = \"10.0.0.1\"",
        "\"10.0.0.1\"",
        "\"10.0.0.1\"",
        "`gateway = \"10.0.0.1\"` needs an `ip`\n\
         help: write `net(ip = \"10.0.0.2/24\", gateway = \"10.0.0.1\")`",
    );
}

#[test]
fn a_dns_server_that_cannot_be_reached() {
    wrong(
        "ip = \"10.0.0.2/24\", dns = \"8.8.8.8\"",
        "\"8.8.8.8\"",
        "\"8.8.8.8\"",
        "`dns = \"8.8.8.8\"` is not in the subnet of `ip`, and there is no `gateway`\n\
         help: write the address of a server that the interface can reach",
    );
    none("#[unikernel(net(ip = \"10.0.0.2/24\", gateway, dns = \"8.8.8.8\"))]\nfn main(net: Net) {}");
}

#[test]
fn addresses_beside_dhcp() {
    wrong(
        "ip = \"10.0.0.2/24\", dhcp",
        "\"10.0.0.2/24\"",
        "dhcp",
        "`ip` has no effect with `dhcp`, which gets it from the network\n\
         help: remove one of them; with `ip` alone, `net.dhcp=true` at boot still selects DHCP",
    );
    wrong(
        "dhcp = true, gateway = \"10.0.0.1\"",
        "true",
        "\"10.0.0.1\"",
        "`gateway` has no effect with `dhcp`, which gets it from the network\n\
         help: remove one of them; with `gateway` alone, `net.dhcp=true` at boot still selects DHCP",
    );
    none("#[unikernel(net(ip = \"10.0.0.2/24\", dhcp = false))]\nfn main(net: Net) {}");
    none("#[unikernel(net(dhcp, ip6 = \"::\"))]\nfn main(net: Net) {}");
}

#[test]
fn two_cards_that_cannot_be_told_apart() {
    let source = "#[unikernel(net(name = \"lan\", ip = \"10.0.0.2/24\"), net(name = \"wan\", ip = \"10.0.0.3/24\"))]\n\
                  fn main(lan: Net, wan: Net) {}";
    one(
        source,
        "1:36-1:88 `lan` and `wan` are in the same subnet: `10.0.0.2/24` and `10.0.0.3/24`\n\
         help: give each interface a subnet of its own",
    );
    none(&source.replace("10.0.0.3", "10.0.1.3"));
    let source = "#[unikernel(net(name = \"lan\", dhcp, mac = \"52:54:00:00:00:01\"), net(name = \"wan\", dhcp, mac = \"52:54:00:00:00:01\"))]\n\
                  fn main(lan: Net, wan: Net) {}";
    one(source, "1:43-1:114 two cards cannot have the same MAC address\nhelp: write another address for one of them");
    let group = faults("#[unikernel(net(dhcp, mac = \"01:00:5e:00:00:01\"))]\nfn main(net: Net) {}");
    assert_eq!(
        group,
        ["1:29-1:48 `mac = \"01:00:5e:00:00:01\"`: this is a group address, which no card has\n\
          help: write the address of one card, such as `mac = \"52:54:00:12:34:56\"`"]
    );
}
