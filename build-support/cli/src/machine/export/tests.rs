//! The same three machines in every format, beside this file in `tests/`.
//!
//! After a change that is meant, `UPDATE_GOLDEN=1 cargo test -p unikernel-cli export` writes them anew, for a reviewer to read.

use std::{env, fs};

use super::*;
use crate::machine::hardware::{Console, Disk, Network4, Network6, Origin};
use crate::manifest::{Forward, Machine, MachineType};

const FORMATS: [Format; 7] = [
    Format::Qemu,
    Format::Libvirt,
    Format::Firecracker,
    Format::CloudHypervisor,
    Format::Virtualbox,
    Format::Kubevirt,
    Format::Proxmox,
];

fn card(name: &str, link: Link) -> Card {
    let mac = [0x52, 0x54, 0, 0, 0, u8::try_from(name.len()).unwrap()];
    Card { name: name.into(), mac, mtu: 1500, address: Some(([10, 0, 0, 2].into(), 24)), link }
}

fn user(forward: &[&str]) -> Link {
    let gateway = Some([10, 0, 0, 1].into());
    let v4 = Network4::around([10, 0, 0, 2].into(), 24, gateway, None).unwrap();
    Link::User { v4, v6: None, forward: forward.iter().map(|text| Forward::parse(text).unwrap()).collect() }
}

fn disk(name: &str, path: &str, read_only: bool) -> Disk {
    let serial = Some(name.to_lowercase());
    Disk { name: name.into(), serial, is_chosen: false, path: path.into(), read_only, origin: Origin::There }
}

/// Nothing but memory; a web server; and something of everything, with names that have to be quoted.
fn machines() -> [(&'static str, &'static str, Hardware); 3] {
    let bare = Hardware::bare(&Machine::default());
    let web = Hardware {
        machine_type: MachineType::Q35,
        cards: vec![card("net", user(&["8080:80", "udp:5353:53"]))],
        has_entropy: true,
        smbios: vec!["unikernel:port=81,2".into(), r#"unikernel:name="it's <me>""#.into()],
        ..bare.clone()
    };
    let Link::User { v4, .. } = user(&[]) else { unreachable!("made above") };
    let wan = Link::User { v4, v6: Some(Network6::usual()), forward: Vec::new() };
    let all = Hardware {
        memory_bytes: (2 << 20) + 1024,
        cpus: 2,
        cards: vec![card("lan", Link::Tap("uktap0".into())), Card { mtu: 9000, ..card("wide", wan) }],
        disks: vec![disk("data", "/srv/it's, <all> & more.img", false), disk("FAT_1", "/srv/fat.img", true)],
        has_entropy: true,
        ..bare.clone()
    };
    [("hello", "", bare), ("web", "port=80", web), ("all", r#"name="it's \"me\" & <you>" port=80"#, all)]
}

/// Calls `write` with a machine whose files are in `/images`.
fn deployed<T>(name: &str, line: &str, hardware: &Hardware, write: impl FnOnce(&Deployment<'_>) -> T) -> T {
    let [iso, kernel, disk] = ["iso", "elf", "qcow2"].map(|extension| format!("/images/{name}.{extension}"));
    write(&Deployment {
        name,
        iso: iso.as_ref(),
        kernel: kernel.as_ref(),
        disk: disk.as_ref(),
        image: &container_image(name),
        command_line: line,
        hardware,
        has_kvm: true,
        takes_linux: true,
    })
}

fn exported(format: Format, name: &str, line: &str, hardware: &Hardware) -> Result<Exported, Unsuitable> {
    deployed(name, line, hardware, |deployment| format.write(deployment))
}

fn workload(workload: Workload, name: &str, line: &str, hardware: &Hardware) -> Result<Exported, Unsuitable> {
    deployed(name, line, hardware, |deployment| workload.write(deployment, "/boot/kernel"))
}

#[test]
fn every_machine_in_every_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/machine/export/tests");
    let mut wrong = Vec::new();
    let mut check = |name: String, exported: Result<Exported, Unsuitable>| {
        let text = match exported {
            Ok(exported) => exported.text,
            Err(why) => format!("error: {why}\n"),
        };
        let golden = folder.join(&name);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&golden, &text).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != text {
            wrong.push(format!("{name} is:\n{text}"));
        }
    };
    for (name, line, hardware) in machines() {
        for format in FORMATS {
            check(format!("{name}.{}", format.name()), exported(format, name, line, &hardware));
        }
        for kind in Workload::ALL {
            check(format!("{name}.{}.yaml", kind.name()), workload(kind, name, line, &hardware));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_lost_is_said_everywhere() {
    for (name, line, hardware) in machines() {
        for format in FORMATS {
            let Ok(Exported { text, remarks }) = exported(format, name, line, &hardware) else { continue };
            assert!(remarks.iter().any(|remark| remark.contains("exit status")), "{name} for {}", format.name());
            // JSON alone has no comments.
            let is_said =
                remarks.iter().all(|remark| text.contains(&remark.replace("--", "- -")) || text.contains(remark));
            assert_eq!(is_said, format != Format::Firecracker, "{name} for {}", format.name());
        }
        for kind in Workload::ALL {
            let Ok(Exported { text, remarks }) = workload(kind, name, line, &hardware) else { continue };
            assert!(remarks.iter().any(|remark| remark.contains("exit status")), "{name}: {kind:?}");
            assert!(remarks.iter().all(|remark| text.contains(remark)), "{name}: {kind:?}");
        }
    }
}

#[test]
fn firecracker_reads_back_what_was_meant() {
    let [_, _, (name, line, hardware)] = machines();
    let text = exported(Format::Firecracker, name, line, &hardware).unwrap().text;
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["boot-source"]["boot_args"], line);
    assert_eq!(read["drives"][0]["path_on_host"], "/srv/it's, <all> & more.img");
    assert_eq!(read["machine-config"], serde_json::json!({ "vcpu_count": 2, "mem_size_mib": 3 }));
    let many = Hardware { cpus: 33, ..hardware };
    let why = exported(Format::Firecracker, name, line, &many).unwrap_err().to_string();
    assert!(why.starts_with("Firecracker supports at most 32 processors, not 33\n"), "{why}");
}

#[test]
fn a_screen_is_there_or_the_machine_is_refused() {
    let [(name, line, bare), ..] = machines();
    let hardware = Hardware { consoles: vec![Console::Screen], ..bare };
    let text = |format| exported(format, name, line, &hardware).map(|exported| exported.text);
    let qemu = text(Format::Qemu).unwrap();
    assert!(qemu.contains("-vga std") && !qemu.contains("-serial") && !qemu.contains("-chardev"), "{qemu}");
    let libvirt = text(Format::Libvirt).unwrap();
    assert!(libvirt.contains("<model type='vga'/>") && !libvirt.contains("<serial"), "{libvirt}");
    let virtualbox = text(Format::Virtualbox).unwrap();
    assert!(virtualbox.contains("--type gui") && !virtualbox.contains("uart"), "{virtualbox}");
    assert!(text(Format::Kubevirt).unwrap().contains("autoattachGraphicsDevice: true"));
    let why = text(Format::Firecracker).unwrap_err().to_string();
    assert_eq!(why, "Firecracker has no screen, which `console(screen)` needs\nhelp: declare `console(serial)`");
    assert!(text(Format::CloudHypervisor).is_err());
}

#[test]
fn a_virtio_console_is_there_or_the_machine_is_refused() {
    let [(name, line, bare), ..] = machines();
    let hardware = Hardware { consoles: vec![Console::Virtio], ..bare };
    let text = |format, hardware: &Hardware| exported(format, name, line, hardware).map(|exported| exported.text);
    let qemu = text(Format::Qemu, &hardware).unwrap();
    assert!(qemu.contains("-chardev stdio,id=console ") && !qemu.contains(" -serial"), "{qemu}");
    let devices = "-device virtio-serial-pci,max_ports=1 \\\n    -device virtconsole,chardev=console ";
    assert!(qemu.contains(devices), "{qemu}");
    let libvirt = text(Format::Libvirt, &hardware).unwrap();
    assert!(libvirt.contains("<target type='virtio' port='0'/>") && !libvirt.contains("<serial"), "{libvirt}");
    let cloud_hypervisor = text(Format::CloudHypervisor, &hardware).unwrap();
    assert!(cloud_hypervisor.contains("--serial off") && cloud_hypervisor.contains("--console tty"));
    for format in [Format::Firecracker, Format::Virtualbox, Format::Kubevirt, Format::Proxmox] {
        let why = text(format, &hardware).unwrap_err().to_string();
        assert!(why.contains(" has no virtio console, which `console(virtio)` needs\n"), "{why}");
    }
    let both = Hardware { consoles: vec![Console::Serial, Console::Virtio], ..hardware };
    let qemu = text(Format::Qemu, &both).unwrap();
    assert!(qemu.contains("-serial chardev:console ") && qemu.contains("-device virtconsole "), "{qemu}");
    let cloud_hypervisor = text(Format::CloudHypervisor, &both).unwrap();
    assert!(cloud_hypervisor.contains("--serial tty") && cloud_hypervisor.contains("--console null"));
}

#[test]
fn addresses_that_are_somebody_elses_there_are_refused() {
    let [_, (name, line, web), _] = machines();
    let at = |last: u8| {
        let v4 = Network4::around([10, 0, 0, last].into(), 24, None, None).unwrap();
        let link = Link::User { v4, v6: None, forward: Vec::new() };
        Hardware { cards: vec![Card { address: Some((v4.guest, 24)), ..card("net", link) }], ..web.clone() }
    };
    let why = exported(Format::Virtualbox, name, line, &at(1)).unwrap_err().to_string();
    assert!(why.starts_with("`net` has the address 10.0.0.1, which is the host's"), "{why}");
    let why = exported(Format::Kubevirt, name, line, &at(7)).unwrap_err().to_string();
    assert!(why.starts_with("`net` has the address 10.0.0.7, and KubeVirt gives a guest the second one"), "{why}");
    assert!(exported(Format::Virtualbox, name, line, &at(7)).is_ok());
}

#[test]
fn what_urunc_lacks_is_told_before_a_pod_fails() {
    let [(_, _, bare), (name, line, web), (_, _, all)] = machines();
    let why = |hardware: &Hardware| workload(Workload::Deployment, name, line, hardware).unwrap_err().to_string();
    let screen = Hardware { consoles: vec![Console::Screen], ..bare };
    assert!(why(&screen).starts_with("urunc gives a guest a serial port alone"), "{}", why(&screen));
    assert!(why(&all).starts_with("urunc gives a guest no disk for `data`"), "{}", why(&all));
    let two = Hardware { disks: Vec::new(), ..all.clone() };
    assert!(why(&two).starts_with("urunc gives a guest one card, and the kernel declares 2"), "{}", why(&two));
    let strict = |deployment: &Deployment<'_>| {
        Workload::Pod.write(&Deployment { takes_linux: false, ..*deployment }, "/boot/kernel").unwrap_err().to_string()
    };
    let why = deployed(name, line, &web, strict);
    assert!(why.ends_with("\nhelp: add `values(linux)` to `#[unikernel(...)]`"), "{why}");
    // A tap has no forwarded ports: nothing to serve, nothing to probe.
    let tap = Hardware { cards: vec![card("net", Link::Tap("uktap0".into()))], ..web };
    let text = workload(Workload::Deployment, name, line, &tap).unwrap().text;
    assert!(!text.contains("Service\"") && !text.contains("Probe"), "{text}");
    let fault = workload(Workload::VirtualMachines, name, line, &all).unwrap_err().to_string();
    assert!(fault.starts_with("several machines cannot write to the disk `data`"), "{fault}");
}

#[test]
fn replicas_on_one_network_have_addresses_of_their_own() {
    let [_, _, (name, line, all)] = machines();
    let hardware = Hardware { disks: Vec::new(), ..all };
    let text = |kind| workload(kind, name, line, &hardware).unwrap().text;
    assert_eq!(text(Workload::VirtualMachine).matches("macAddress").count(), 2);
    assert_eq!(text(Workload::VirtualMachines).matches("macAddress").count(), 0);
}

#[test]
fn files_that_proxmox_would_read_otherwise_are_refused() {
    let [_, _, (name, line, all)] = machines();
    let with = |paths: [&str; 2]| {
        let disks = paths.into_iter().enumerate().map(|(index, path)| disk(&format!("disk{index}"), path, false));
        let hardware = Hardware { disks: disks.collect(), ..all.clone() };
        exported(Format::Proxmox, name, line, &hardware).map(|exported| exported.text).map_err(|why| why.to_string())
    };
    assert_eq!(
        with(["a/x.img", "b/x.img"]).unwrap_err(),
        "two disks are files called `x.img`\nhelp: rename one of them"
    );
    assert_eq!(
        with(["a/x.img", "b/y,z.img"]).unwrap_err(),
        "Proxmox ends the path of a disk at a comma\nhelp: rename `y,z.img`"
    );
    assert!(
        with(["a/x.img", "b/it's.img"])
            .unwrap()
            .contains(r#"--virtio2 "$storage:0,import-from=$folder/"'it'\''s.img,serial=disk1'"#)
    );
}

#[test]
fn an_application_that_says_how_it_is_is_asked_by_probes_and_prometheus() {
    let [_, (name, line, web), _] = machines();
    let observed = Hardware { metrics_port: Some(9090), ..web };
    let text = |kind| workload(kind, name, line, &observed).expect("an export").text;
    let (pod, replicas) = (text(Workload::Deployment), text(Workload::VirtualMachines));
    for part in [
        "prometheus.io/scrape: \"true\"\n        prometheus.io/port: \"9090\"\n        prometheus.io/path: \"/metrics\"\n",
        "- containerPort: 9090\n              protocol: \"TCP\"\n",
        "readinessProbe:\n            httpGet:\n              path: \"/readyz\"\n              port: 9090\n            periodSeconds: 5\n",
        "livenessProbe:\n            httpGet:\n              path: \"/livez\"\n              port: 9090\n            periodSeconds: 10\n",
    ] {
        assert!(pod.contains(part), "{part}\n{pod}");
    }
    for part in [
        "prometheus.io/port: \"9090\"\n",
        "readinessProbe:\n        httpGet:\n          path: \"/readyz\"\n          port: 9090\n        periodSeconds: 5\n",
        "- port: 9090\n                  protocol: \"TCP\"\n",
    ] {
        assert!(replicas.contains(part), "{part}\n{replicas}");
    }
    // Its port is for the cluster, and not of the service.
    assert!(!pod.contains("targetPort: 9090") && !replicas.contains("targetPort: 9090"));
}
