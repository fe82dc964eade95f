//! The shortest annotation with a console, a network, a block device and a clock: all four are there and work.

use std::fs;

use crate::common::ipv4::{GUEST, PEER, echo_reply, echo_request};
use crate::common::kernels::workspace;
use crate::common::qemu::Qemu;
use crate::common::wire::Wire;
use crate::common::{program, root, tool};
use unikernel_cli::cargo;

#[test]
fn the_shortest_annotation_is_an_application() {
    let source = root().join("apps/all/src/main.rs");
    let source = fs::read_to_string(source).expect("the application");
    assert!(source.lines().any(|line| line == "#[unikernel(console, net(ip = \"10.0.0.2\"), block, clock)]"));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let (iso, disk) = (folder.path().join("all.iso"), folder.path().join("disk"));
    let unikernel = tool(program(), "unikernel-cli");
    unikernel.args(["iso", "--package", "all", "--output"]).arg(&iso).run();
    fs::write(&disk, [&b"what is on a disk"[..], &[0; 100 * 512 - 17]].concat()).expect("a writable folder");
    // As `cargo run` boots it, too: without optimization, what is moved is copied on the stack.
    let application = workspace().binary(None, "all").expect("the application");
    let unoptimized = cargo::build(workspace(), &application, "dev").unwrap_or_else(|error| panic!("{error}")).kernel;
    let (iso, unoptimized) = (iso.display().to_string(), unoptimized.display().to_string());
    for (machine, options, boot) in
        [("pc", "", ["-cdrom", &iso]), ("q35", ",vectors=0", ["-cdrom", &iso]), ("pc", "", ["-kernel", &unoptimized])]
    {
        let wire = Wire::new();
        let drive = format!("file={},format=raw,if=none,id=disk,snapshot=on", disk.display());
        let mut qemu = Qemu::start(
            ["-machine", machine, "-m", "8", boot[0], boot[1], "-drive", &drive, "-device"]
                .map(str::to_owned)
                .into_iter()
                .chain([format!("virtio-blk-pci,drive=disk{options}")])
                .chain(wire.arguments("lan", &format!("virtio-net-pci{options}"))),
        );
        let console = qemu.wait_for("network: Some(10.0.0.2)\n");
        let expected = "clock: slept 10 ms, and no less: true\nblock device: 100 sectors of 512 bytes\n\
                        first sector: what is on a dis...\nnetwork: Some(10.0.0.2)\n";
        assert_eq!(console, expected, "{machine}, {boot:?}");
        let mac = wire.resolve(PEER, GUEST);
        for number in 0..20 {
            wire.send(&echo_request(mac, PEER, GUEST, number, 56));
            assert_eq!(wire.wait_for("echo", |frame| echo_reply(frame, PEER, GUEST)), number);
        }
    }
}
