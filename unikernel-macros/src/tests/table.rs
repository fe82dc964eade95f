//! Faults of devices as later ones will be: with required parameters, several of a kind, and boot options.

use unikernel_vocabulary::{DeviceSpec, Kind, OptionSpec, Parameter};

use super::faults_in;
use crate::check::{Language, Table};
use crate::features::Features;

const fn option(name: &'static str, kind: Kind<'static>) -> OptionSpec {
    OptionSpec { kind, ..OptionSpec::boot(name, kind, "") }
}

const NET: DeviceSpec = DeviceSpec {
    kind: "net",
    parameter: Parameter::Required,
    type_name: Some("Net"),
    options: &[
        option("ip", Kind::ADDRESS_PREFIX_V4),
        option("dhcp", Kind::BOOL),
        option("mtu", Kind::integer(68, 9000)),
    ],
    several: true,
    example: "net(ip = \"10.0.0.2/24\")",
    ..DeviceSpec::PLAIN
};

const CONSOLE: DeviceSpec =
    DeviceSpec { kind: "console", type_name: Some("Console"), example: "console", ..DeviceSpec::PLAIN };

const TABLE: Table = &[&CONSOLE, &NET];
const LANGUAGE: Language = Language { table: TABLE, features: Features::All };

#[track_caller]
fn one(source: &str, expected: &str) {
    assert_eq!(faults_in(LANGUAGE, source), [expected], "{source}");
}

#[track_caller]
fn none(source: &str) {
    assert_eq!(faults_in(LANGUAGE, source), [""; 0], "{source}");
}

#[test]
fn a_device_that_must_be_a_parameter() {
    one(
        "#[unikernel(console, net(ip = \"10.0.0.2\"))]\n\
         fn main(_console: Console) {}",
        "1:22-1:25 `net` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, net: Net)`",
    );
}

#[test]
fn a_named_device_that_must_be_a_parameter() {
    one(
        "#[unikernel(net(name = \"lan\"), net(name = \"wan\"))]\n\
         fn main(wan: Net) {}",
        "1:13-1:16 `lan` is declared, but not a parameter of `main`\n\
         help: write `fn main(lan: Net, wan: Net)`",
    );
}

#[test]
fn two_of_a_kind_without_names() {
    one(
        "#[unikernel(net(dhcp), net(dhcp))]\n\
         fn main(net: Net) {}",
        "1:13-1:27 duplicate device `net`\n\
         help: remove one of them, or tell them apart: write `net(name = \"lan\")`",
    );
}

#[test]
fn two_of_a_kind_with_one_name() {
    one(
        "#[unikernel(net(name = \"lan\"), net(name = \"lan\"))]\n\
         fn main(lan: Net) {}",
        "1:13-1:35 duplicate device `lan`\n\
         help: remove one of them, or tell them apart: write `net(name = \"lan\")`",
    );
}

#[test]
fn names_that_are_none() {
    for (literal, end) in [("\"my net\"", 32), ("\"fn\"", 28), ("3", 25), ("\"\"", 26)] {
        let expected = format!(
            "1:24-1:{end} `name` must be a string that can name a parameter, not `{literal}`\n\
             help: write `net(name = \"lan\")`"
        );
        one(&format!("#[unikernel(net(name = {literal}))]\nfn main(net: Net) {{}}"), &expected);
    }
}

#[test]
fn a_name_that_is_reserved() {
    for parameter in ["net", "console"] {
        one(
            &format!("#[unikernel(net(name = \"console\"))]\nfn main({parameter}: Net) {{}}"),
            "1:24-1:33 `console` is reserved: it cannot name a device\n\
             help: write `net(name = \"lan\")`",
        );
    }
}

#[test]
fn a_name_for_what_has_none() {
    let expected = "1:21-1:25 `console` has no options\nhelp: write `console`";
    one("#[unikernel(console(name = \"com\"))]\nfn main(com: Console) {}", expected);
}

#[test]
fn a_name_without_a_value() {
    one(
        "#[unikernel(net(name))]\n\
         fn main(net: Net) {}",
        "1:17-1:21 `name` lacks a value\n\
         help: write `net(name = \"lan\")`",
    );
}

#[test]
fn an_argument_with_the_name_of_a_declared_device() {
    one(
        "#[unikernel(net(name = \"lan\"), args(lan = 3))]\n\
         fn main(lan: Net) {}",
        "1:37-1:40 argument `lan` has the name of a declared `net`\n\
         help: give it another name",
    );
}

#[test]
fn a_wrong_literal_for_an_address() {
    one(
        "#[unikernel(net(ip = 10))]\n\
         fn main(net: Net) {}",
        "1:22-1:24 `ip` takes an IPv4 address with a prefix such as `10.0.0.2/24`, not `10`\n\
         help: write `net(ip = \"10.0.0.2/24\")`",
    );
}

#[test]
fn an_option_out_of_range() {
    one(
        "#[unikernel(net(mtu = 9001))]\n\
         fn main(net: Net) {}",
        "1:23-1:27 wrong value of `mtu`: `9001` is more than 9000\n\
         help: `mtu` takes an integer from 68 to 9000",
    );
}

#[test]
fn an_unknown_option_among_several() {
    one(
        "#[unikernel(net(gateweigh = \"10.0.0.1\"))]\n\
         fn main(net: Net) {}",
        "1:17-1:26 `net` has no option `gateweigh`\n\
         expected one of `ip`, `dhcp`, `mtu`, `name`\n\
         help: write `net(ip = \"10.0.0.2/24\")`",
    );
}

#[test]
fn no_fault() {
    none("#[unikernel(net(ip = \"10.0.0.2\"))]\nfn main(net: Net) {}");
    none("#[unikernel(net(dhcp = false, mtu = 1500))]\nfn main(net: Net) {}");
    none("#[unikernel(net(name = \"lan\", dhcp), net(name = \"wan\"), net)]\nfn main(net: Net, wan: Net, lan: Net) {}");
}
