//! Machines for declarations, and QEMU's options for them.

use unikernel_vocabulary::{Argument, Declaration, Device, Kind, note::FORMAT};

use super::*;
use crate::{
    machine::{Accelerator, Boot, Qemu, disks, ports},
    manifest::{Disk as DiskSettings, Forward, Net, Protocol},
};

/// A router with a store: two cards, of which one has an address of its own, and three disks.
const ROUTER: Declaration<'static> = Declaration {
    application: "router",
    version: "0.1.0",
    is_async: true,
    devices: &[
        Device { kind: "console", name: "console", fixed: &[] },
        Device { kind: "block", name: "log", fixed: &[("read_only", "false")] },
        Device { kind: "net", name: "lan", fixed: &[("mac", "02:00:00:00:00:01"), ("mtu", "9000")] },
        Device { kind: "kv", name: "site", fixed: &[("fat", "true"), ("block", "pages")] },
        Device { kind: "net", name: "wan", fixed: &[("mtu", "1500")] },
        Device { kind: "block", name: "pages", fixed: &[("read_only", "true")] },
    ],
    arguments: &[
        Argument { name: "port", kind: Kind::integer(0, 65535), default: Some("8080") },
        Argument { name: "lan.ip", kind: Kind::ADDRESS_PREFIX_V4.optional(), default: Some("192.168.1.1") },
        Argument { name: "lan.gateway", kind: Kind::ADDRESS_V4.optional(), default: None },
        Argument { name: "lan.dns", kind: Kind::ADDRESS.optional(), default: None },
        Argument { name: "lan.dhcp", kind: Kind::BOOL, default: Some("false") },
        Argument { name: "lan.ip6", kind: Kind::ADDRESS_PREFIX_V6.optional(), default: None },
        Argument { name: "wan.ip", kind: Kind::ADDRESS_PREFIX_V4.optional(), default: None },
        Argument { name: "wan.dhcp", kind: Kind::BOOL, default: Some("true") },
    ],
    rest: None,
};

const BARE: Declaration<'static> =
    Declaration { application: "bare", version: "0.1.0", is_async: false, devices: &[], arguments: &[], rest: None };

fn plan<const N: usize>(declaration: &Declaration<'_>, line: &str, settings: &Machine) -> Result<Hardware, Error> {
    let encoded: [u8; N] = declaration.encode();
    let declaration = Decoded::new(FORMAT, &encoded).unwrap();
    let place = Place { name: declaration.application().into(), folder: "build".into() };
    Hardware::plan(&declaration, &Values::in_force(&declaration, line), settings, &place)
}

fn router(line: &str, settings: &Machine) -> Hardware {
    plan::<{ ROUTER.encoded_len() }>(&ROUTER, line, settings).unwrap()
}

/// A manifest that says what is on the disk that is only read.
fn settings() -> Machine {
    let pages = DiskSettings { files: Some("manifests/site".into()), ..DiskSettings::default() };
    Machine { disks: vec![("pages".into(), pages)], ..Machine::default() }
}

fn options(hardware: &Hardware) -> String {
    let boot = Boot::Iso("a.iso".into());
    let qemu = Qemu { boot, hardware: hardware.clone(), accelerator: Accelerator::Tcg, extra: Vec::new() };
    let line = qemu.to_string();
    let start = line.find(" -cdrom a.iso ").unwrap() + " -cdrom a.iso ".len();
    line[start..line.find("-nodefaults").unwrap()].trim_end().into()
}

#[test]
fn nothing_declared_nothing_there() {
    let hardware = plan::<{ BARE.encoded_len() }>(&BARE, "", &Machine::default()).unwrap();
    assert_eq!(hardware, Hardware::bare(&Machine::default()));
    assert_eq!(options(&hardware), "");
    let microvm = Machine { machine_type: Some(MachineType::Microvm), ..Machine::default() };
    assert_eq!(options(&Hardware::bare(&microvm)), "");
}

/// A declaration of a console alone.
macro_rules! console {
    ($($fixed:expr),*) => {
        Declaration { devices: &[Device { kind: "console", name: "console", fixed: &[$($fixed),*] }], ..BARE }
    };
}

#[test]
fn consoles_are_the_declared_ones() {
    const PLAIN: Declaration<'static> = console!();
    const SCREEN: Declaration<'static> = console!(("screen", "true"));
    const BOTH: Declaration<'static> = console!(("screen", "true"), ("serial", "true"));
    let machine = Machine::default();
    let consoles = |hardware: Result<Hardware, Error>| hardware.unwrap().consoles;
    assert_eq!(consoles(plan::<{ PLAIN.encoded_len() }>(&PLAIN, "", &machine)), [Console::Serial]);
    assert_eq!(consoles(plan::<{ SCREEN.encoded_len() }>(&SCREEN, "", &machine)), [Console::Screen]);
    let both = plan::<{ BOTH.encoded_len() }>(&BOTH, "", &machine);
    assert_eq!(consoles(both), [Console::Serial, Console::Screen], "the terminal's first");
    let microvm = Machine { machine_type: Some(MachineType::Microvm), ..machine };
    let refused = plan::<{ SCREEN.encoded_len() }>(&SCREEN, "", &microvm);
    assert!(matches!(refused, Err(Error::NoScreen)), "{refused:?}");
}

#[test]
fn cards_come_in_the_order_of_the_declaration_then_disks_then_entropy() {
    let hardware = router("", &settings());
    assert_eq!(
        options(&hardware),
        "-netdev user,id=net0,net=192.168.1.0/24,host=192.168.1.2,dns=192.168.1.3,dhcpstart=192.168.1.1,ipv6=off,\
         hostfwd=tcp:127.0.0.1:0-192.168.1.1:8080 \
         -device virtio-net-pci,netdev=net0,mac=02:00:00:00:00:01,host_mtu=1500,romfile= \
         -netdev user,id=net1,net=10.0.3.0/24,host=10.0.3.2,dns=10.0.3.3,dhcpstart=10.0.3.15,ipv6=off \
         -device virtio-net-pci,netdev=net1,mac=52:54:00:1b:57:05,romfile= \
         -drive if=none,id=disk0,format=raw,file=build/router-log.img -device virtio-blk-pci,drive=disk0 \
         -drive if=none,id=disk1,format=raw,readonly=on,file=build/router-pages.img \
         -device virtio-blk-pci,drive=disk1 \
         -device virtio-rng-pci"
    );
    assert_eq!(hardware.disks[0].origin, Origin::Kept { size_bytes: 64 << 20 });
    let files = Origin::Files { folder: "manifests/site".into(), size_bytes: None };
    assert_eq!(hardware.disks[1].origin, files);
}

#[test]
fn microvm_gives_them_its_slots_in_the_same_order() {
    let machine = Machine { machine_type: Some(MachineType::Microvm), ..settings() };
    let options = options(&router("", &machine));
    assert!(options.starts_with("-global virtio-mmio.force-legacy=false "), "{options}");
    let devices: Vec<_> = options.split(' ').filter(|word| word.starts_with("virtio-")).collect();
    assert_eq!(
        devices[1..],
        [
            "virtio-net-device,bus=virtio-mmio-bus.1,netdev=net0,mac=02:00:00:00:00:01,host_mtu=1500",
            "virtio-net-device,bus=virtio-mmio-bus.2,netdev=net1,mac=52:54:00:1b:57:05",
            "virtio-blk-device,bus=virtio-mmio-bus.3,drive=disk0",
            "virtio-blk-device,bus=virtio-mmio-bus.4,drive=disk1",
            "virtio-rng-device,bus=virtio-mmio-bus.5"
        ]
    );
}

#[test]
fn networks_follow_the_values_in_force() {
    let net = |line: &str| options(&router(line, &settings())).split(' ').nth(1).unwrap_or_default().to_owned();
    let start = |line: &str| net(line).split(",hostfwd").next().unwrap_or_default().to_owned();
    assert_eq!(
        start("lan.ip=10.1.2.3/16 lan.gateway=10.1.0.9"),
        "user,id=net0,net=10.1.0.0/16,host=10.1.0.9,dns=10.1.0.1,dhcpstart=10.1.2.3,ipv6=off"
    );
    // The gateway is the name server, too: it is one host for the guest, and two for QEMU.
    assert_eq!(
        start("lan.gateway=192.168.1.254 lan.dns=192.168.1.254"),
        "user,id=net0,net=192.168.1.0/24,host=192.168.1.2,dns=192.168.1.254,dhcpstart=192.168.1.1,ipv6=off"
    );
    // Neither is in the network, nor the guest itself.
    assert_eq!(start("lan.gateway=10.9.9.9 lan.dns=8.8.8.8"), start("lan.gateway=192.168.1.1"));
    assert_eq!(start("lan.ip=10.0.0.2/30"), "user,id=net0,net=10.0.0.0/30,host=10.0.0.1,dhcpstart=10.0.0.2,ipv6=off");
    assert_eq!(
        start("lan.ip6=fd00::1/64").split(",dhcpstart=192.168.1.1,").nth(1),
        Some("ipv6-net=fd00::/64,ipv6-host=fd00::2,ipv6-dns=fd00::3")
    );
    assert_eq!(
        start("lan.ip6=::").split(",dhcpstart=192.168.1.1,").nth(1),
        Some("ipv6-net=fd00::/64,ipv6-host=fd00::2,ipv6-dns=fd00::3")
    );
    // DHCP hands out the address that stands there for the time without it.
    assert_eq!(router("lan.dhcp=true", &settings()).cards[0].address, None);
    assert_eq!(start("lan.dhcp=true"), start(""));
    assert!(net("port=9000").ends_with(",hostfwd=tcp:127.0.0.1:0-192.168.1.1:9000"));
    assert!(!net("port=0").contains("hostfwd"));
}

#[test]
fn a_network_without_room_is_refused() {
    for (line, shown) in [
        ("lan.ip=10.0.0.2/31", "10.0.0.2/31"),
        ("lan.ip=10.0.0.2/32", "10.0.0.2/32"),
        ("lan.ip=10.0.0.2/3", "10.0.0.2/3"),
        ("lan.ip=10.0.0.255", "10.0.0.255/24"),
        ("lan.ip=10.0.0.0/24", "10.0.0.0/24"),
    ] {
        let fault = plan::<{ ROUTER.encoded_len() }>(&ROUTER, line, &settings()).unwrap_err().to_string();
        let text = format!("there is no room for a host and a guest in the network of `lan`, {shown}\n");
        assert!(fault.starts_with(&text), "{fault}");
    }
}

#[test]
fn no_address_is_used_twice() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..100_000 {
        let prefix = random.u8(4..=30);
        // Close together, so that they often meet.
        let base = random.u32(..) & (u32::MAX << (32 - prefix));
        let mut near = || std::net::Ipv4Addr::from_bits(base | (random.u32(..6) & (u32::MAX >> prefix)));
        let (guest, gateway, name_server) = (near(), near(), near());
        let Some(network) = Network4::around(guest, prefix, Some(gateway), Some(name_server)) else {
            let ends = [base, base | (u32::MAX >> prefix)];
            assert!(ends.contains(&guest.to_bits()), "{guest}/{prefix}");
            continue;
        };
        assert_eq!((network.guest, network.network.to_bits()), (guest, base));
        let addresses = [Some(guest), Some(network.host), network.name_server];
        for (at, address) in addresses.iter().enumerate().filter(|(_, address)| address.is_some()) {
            assert!(!addresses[at + 1..].contains(address), "{network:?}");
        }
    }
}

#[test]
fn what_a_manifest_says_is_done() {
    let forward = |host, guest| Forward { protocol: Protocol::Tcp, host, guest };
    let wan = Net { forward: vec![forward(2222, 22)], tap: None };
    let log = DiskSettings { path: Some("a,b.img".into()), size_bytes: Some(512), files: None };
    let mut machine = Machine { forward: vec![forward(8080, 80)], nets: vec![("wan".into(), wan)], ..settings() };
    machine.disks.push(("log".into(), log));
    let hardware = router("", &machine);
    let told = options(&hardware);
    assert!(told.contains(",hostfwd=tcp:127.0.0.1:8080-192.168.1.1:80 "), "{told}");
    assert!(told.contains(",hostfwd=tcp:127.0.0.1:2222-10.0.3.15:22 "), "{told}");
    assert!(told.contains(",file=a,,b.img "), "{told}");

    // Nobody asks for the port of the argument where any port is named.
    machine.forward.clear();
    assert!(!options(&router("", &machine)).contains(":8080"));

    machine.nets = vec![("lan".into(), Net { tap: Some("uktap0".into()), forward: Vec::new() })];
    let told = options(&router("", &machine));
    assert!(
        told.starts_with(
            "-netdev tap,id=net0,ifname=uktap0,script=no,downscript=no \
             -device virtio-net-pci,netdev=net0,mac=02:00:00:00:00:01,host_mtu=9000,romfile= "
        ),
        "{told}"
    );
    machine.nets.push(("wan".into(), Net { tap: Some("uktap1".into()), forward: Vec::new() }));
    machine.forward.push(forward(8080, 80));
    let fault = plan::<{ ROUTER.encoded_len() }>(&ROUTER, "", &machine).unwrap_err().to_string();
    assert!(fault.starts_with("`forward` has no effect on a tap"), "{fault}");
}

#[test]
fn nobody_reads_an_empty_disk() {
    let fault = plan::<{ ROUTER.encoded_len() }>(&ROUTER, "", &Machine::default()).unwrap_err().to_string();
    assert_eq!(
        fault,
        "`site` reads a FAT volume on the disk `pages`, but no source for its contents is set\n\
         help: add to `manifests/router.toml` a folder with the files, or the `path = \"...\"` of a disk \
         image:\n\n[machine.disk.pages]\nfiles = \"...\""
    );
}

#[test]
fn ports_are_taken_only_where_they_are_free() {
    let taken = std::net::TcpListener::bind((ports::HOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let with = |forward: &str| {
        let machine = Machine { forward: Forward::parse(forward).into_iter().collect(), ..settings() };
        let mut hardware = router("", &machine);
        ports::choose(&mut hardware).map(|()| hardware)
    };
    let fault = with(&format!("{port}:80")).unwrap_err().to_string();
    let text =
        format!("cannot forward TCP port {port} of this host to port 80 of the guest: another program uses it\n");
    assert!(fault.starts_with(&text) && fault.contains(&format!("`--forward {}:80`", port + 1)), "{fault}");
    with(&format!("udp:{port}:80")).unwrap();

    // Left to us, another one is taken where the guest's own is not free.
    let chosen = |line: &str| {
        let mut hardware = router(line, &settings());
        ports::choose(&mut hardware).unwrap();
        let Link::User { forward, .. } = &hardware.cards[0].link else { panic!("a network of QEMU's") };
        forward[0]
    };
    let other = chosen(&format!("port={port}"));
    assert!(other.guest == port && other.host != port && other.host != 0, "{other:?}");
    assert!(chosen("port=80").host >= 1024);
    let mut hardware = router("port=80", &settings());
    ports::settle(&mut hardware);
    assert!(options(&hardware).contains("tcp:127.0.0.1:8080-192.168.1.1:80"));
}

#[test]
fn addresses_are_to_be_clicked_where_that_may_work() {
    let address = |text: &str| ports::address(&Forward::parse(text).unwrap());
    assert_eq!(address("8081:80"), "http://127.0.0.1:8081/");
    assert_eq!(address("8443:8443"), "https://127.0.0.1:8443/");
    assert_eq!(address("2222:22"), "127.0.0.1:2222");
    assert_eq!(address("udp:5353:80"), "127.0.0.1:5353");
}

#[test]
fn a_disk_of_files_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("site")).unwrap();
    std::fs::write(folder.path().join("site/a"), "foo\n").unwrap();
    let pages = DiskSettings { files: Some(folder.path().join("site")), ..DiskSettings::default() };
    let mut hardware = router("", &Machine { disks: vec![("pages".into(), pages)], ..Machine::default() });
    hardware.disks[1].path = folder.path().join("pages.img");
    for files in 1..3 {
        assert_eq!(disks::prepare(&hardware.disks[1]).unwrap(), Some(disks::Made::Volume(files)));
        assert_eq!(std::fs::metadata(&hardware.disks[1].path).unwrap().len(), 2 << 20);
        std::fs::write(folder.path().join("site/b"), "bar\n").unwrap();
    }
}
