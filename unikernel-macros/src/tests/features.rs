//! Faults of a runtime with features that are off.

use unikernel_vocabulary::DEVICES;

use super::{faults_in, split};
use crate::check::{Language, task};
use crate::faults::Faults;
use crate::features::Features;

const NOTHING: Language = Language { table: DEVICES, features: Features::None };

#[test]
fn each_is_asked_for_where_it_is_needed() {
    let expected = [
        "1:22-1:26 `heap` needs the feature `heap` of `unikernel-rt`, which is not enabled\n\
         help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"heap\"] }`",
        "1:28-1:31 `log` needs the feature `log` of `unikernel-rt`, which is not enabled\n\
         help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"log\"] }`",
        "2:1-2:6 an `async fn main` needs the feature `async` of `unikernel-rt`, which is not enabled\n\
         help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"async\"] }`",
    ];
    assert_eq!(faults_in(NOTHING, "#[unikernel(console, heap, log)]\nasync fn main() {}"), expected);
}

#[test]
fn the_network_and_each_part_of_it_are_asked_for() {
    let needs = |place: &str, what: &str, feature: &str| {
        format!(
            "{place} `{what}` needs the feature `{feature}` of `unikernel-rt`, which is not enabled\n\
             help: add to Cargo.toml: `unikernel-rt = {{ ..., features = [\"{feature}\"] }}`"
        )
    };
    let source = "#[unikernel(net(dns = \"10.0.0.3\", dhcp, ip6 = \"::\", busy_poll = \"1ms\", fragments = 8))]\nfn main(net: Net) {}";
    let expected = [
        needs("1:13-1:16", "net", "net"),
        needs("1:17-1:20", "net(dns)", "dns"),
        needs("1:35-1:39", "net(dhcp)", "dhcp"),
        needs("1:41-1:44", "net(ip6)", "ipv6"),
        needs("1:53-1:62", "net(busy_poll)", "busy-poll"),
        needs("1:72-1:81", "net(fragments)", "fragments"),
    ];
    assert_eq!(faults_in(NOTHING, source), expected);
}

#[test]
fn disks_behind_hosts_are_asked_for() {
    let line = "help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"scsi\"] }`";
    let expected =
        format!("1:19-1:23 `block(scsi)` needs the feature `scsi` of `unikernel-rt`, which is not enabled\n{line}");
    assert_eq!(faults_in(NOTHING, "#[unikernel(block(scsi))]\nfn main(block: Block) {}"), [expected]);
}

#[test]
fn what_needs_none_is_left_alone() {
    assert_eq!(faults_in(NOTHING, "#[unikernel(console, clock, args(n = 1))]\nfn main(n: u8) {}"), [""; 0]);
}

#[test]
fn a_task_needs_one() {
    let (options, item) = split("#[task]\nasync fn blink() {}");
    let mut faults = Faults::default();
    task::check(options, item, Features::None, &mut faults);
    let expected = "2:1-2:6 a task needs the feature `async` of `unikernel-rt`, which is not enabled\n\
                    help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"async\"] }`";
    assert_eq!(faults.described(), [expected]);
}

#[test]
fn a_network_of_std_needs_a_protocol() {
    const SOURCE: &str = "#[unikernel(std, net(ip = \"10.0.0.2/24\"))] fn main() {}";
    let faults = |features: &'static [&'static str]| {
        faults_in(Language { table: DEVICES, features: Features::Some(features) }, SOURCE)
    };
    assert_eq!(faults(&["std", "net", "tcp"]), [""; 0]);
    assert_eq!(faults(&["std", "net", "udp"]), [""; 0]);
    assert_eq!(
        faults(&["std", "net", "dns"]),
        [
            "1:18-1:21 `net` beside `std` needs the feature `tcp` or `udp` of `unikernel-rt`: `std::net` has no sockets without\n\
          help: add to Cargo.toml: `unikernel-rt = { ..., features = [\"std\", \"tcp\", \"dns\"] }`"
        ]
    );
}
