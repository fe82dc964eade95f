//! `unikernel run` gives an application its machine by itself: networks, disks and random numbers.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command_line::running::Running;
use crate::command_line::{processes_with, unikernel};
use crate::common::kernels::kernel;
use tempfile::TempDir;
use unikernel_cli::{elf::Kernel, iso};

/// A folder with the kernel of an application, as an ISO or an ELF, and a manifest.
struct Image {
    folder: TempDir,
    name: &'static str,
}

impl Image {
    fn iso(application: &str) -> Self {
        let image = Self { folder: tempfile::tempdir().expect("a temporary folder"), name: "image.iso" };
        let kernel = Kernel::read(kernel(application)).expect("a kernel");
        fs::write(image.path(), iso::write(&kernel, "").expect("an image")).expect("written");
        image
    }

    fn elf(application: &str) -> Self {
        let image = Self { folder: tempfile::tempdir().expect("a temporary folder"), name: "image" };
        fs::copy(kernel(application), image.path()).expect("a copy");
        image
    }

    fn manifest(self, text: &str) -> Self {
        fs::write(self.file("manifest.toml"), text).expect("written");
        self
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self) -> PathBuf {
        self.file(self.name)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = unikernel();
        command.arg("run").arg(self.path()).args(arguments);
        if self.file("manifest.toml").exists() {
            command.arg("--manifest").arg(self.file("manifest.toml"));
        }
        command
    }

    /// Runs it to its end, whatever that is.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut run = Running::start(&mut self.command(arguments));
        let code = run.end();
        let [out, err] = run.said();
        assert!(processes_with(&self.path()).is_empty(), "the machine is still there");
        Outcome { code, out, err }
    }
}

/// How a run ended, and what it said.
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Two ports that were free a moment ago.
fn free_ports() -> [u16; 2] {
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    [tcp.local_addr().expect("bound").port(), udp.local_addr().expect("bound").port()]
}

fn talk(image: &Image, machine: &str) {
    let [tcp, udp] = free_ports();
    let forwards = [format!("{tcp}:8080"), format!("udp:{udp}:53")];
    let mut run = Running::start(&mut image.command(&[
        "--machine",
        machine,
        "--forward",
        &forwards[0],
        "--forward",
        &forwards[1],
    ]));
    run.wait_for("IP address: 10.0.0.2\n");
    let expected = format!(
        "  Forwarding http://127.0.0.1:{tcp}/ to TCP port 8080 of `net`\n  Forwarding 127.0.0.1:{udp} to UDP port 53 of \
         `net`\n"
    );
    assert_eq!(run.said()[1], expected);
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, tcp)).expect("forwarded");
    stream.write_all(b"over TCP").expect("sent");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("settable");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("closed by the guest");
    run.wait_for("read: 8 \"over TCP\"");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    socket.send_to(b"over UDP", (Ipv4Addr::LOCALHOST, udp)).expect("sent");
    run.wait_for("10.0.0.2:53: \"over UDP\"");
    // The host has the gateway's address.
    assert!(run.said()[0].contains("TCP 10.0.0.1:"), "{}", run.said()[0]);
    assert_eq!(run.interrupt(), Some(0));
    assert!(processes_with(&image.path()).is_empty(), "the machine is still there");
}

#[test]
fn ports_of_the_host_lead_to_the_guest_booted_from_a_cd() {
    talk(&Image::iso("stackv4"), "q35");
}

#[test]
fn ports_of_the_host_lead_to_the_guest_on_microvm() {
    talk(&Image::elf("stackv4"), "microvm");
}

#[test]
fn the_network_follows_what_the_guest_is_told() {
    let [tcp, _] = free_ports();
    let manifest = format!("app = \"stackv4\"\n[machine]\nforward = [\"{tcp}:8080\"]\n[net]\ndhcp = true\n");
    let image = Image::elf("stackv4").manifest(&manifest);
    for (words, address) in
        [("net.ip=10.9.0.77/16 net.gateway=10.9.0.5", "10.9.0.77"), ("net.ip=10.0.0.15", "10.0.0.15")]
    {
        let mut run = Running::start(&mut image.command(&["--append", words]));
        run.wait_for(&format!("IP address: {address}\n"));
        TcpStream::connect((Ipv4Addr::LOCALHOST, tcp)).and_then(|mut stream| stream.write_all(b"hello")).expect("sent");
        run.wait_for("read: 5 \"hello\"");
        assert_eq!(run.interrupt(), Some(0));
    }
}

#[test]
fn a_port_that_is_not_free_is_told_before_anything_starts() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    let manifest = format!("app = \"stackv4\"\n[machine]\nforward = [\"{port}:8080\"]\n");
    let output = Image::elf("stackv4").manifest(&manifest).run(&[]);
    assert_eq!((output.code, output.out.as_str()), (Some(125), ""));
    let other = port.checked_add(1).unwrap_or(8080);
    assert_eq!(
        output.err,
        format!(
            "error: cannot forward TCP port {port} of this host to port 8080 of the guest: another program uses it\n\
             help: choose another port: `forward = [\"{other}:8080\"]` below `[machine]` in the manifest, or \
             `--forward {other}:8080` for this run\n"
        )
    );
    let output = Image::elf("stackv4").run(&["--forward", "0:8080"]);
    assert_eq!(output.code, Some(2));
    let text =
        "error: invalid value '0:8080' for '--forward <HOST:GUEST>': expected a port of the host and one of the guest";
    assert!(output.err.starts_with(text), "{}", output.err);
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let image = Image::elf("stackv4");
    let output = image.run(&["--net", "tap=nosuchtap"]);
    assert_eq!(output.code, Some(125));
    let text = "error: there is no tap `nosuchtap` on this host\nhelp: create it: `make net-up`, or ";
    assert!(output.err.starts_with(text), "{}", output.err);
    let output = image.run(&["--net", "user", "--net", "user"]);
    assert_eq!(output.err, "error: `stackv4` declares 1 `net`, and `--net` is given 2 times\n");
    let output = image.run(&["--net", "tap=nosuchtap", "--forward", "8080:8080"]);
    assert!(output.err.starts_with("error: `forward` has no effect on a tap: "), "{}", output.err);
}

/// What `block` leaves in a sector of a row of so many.
fn sector(count: usize) -> Vec<u8> {
    let phrase = format!("{count}: All work and no play makes Dave a dull boy.\n");
    phrase.bytes().cycle().take(512).collect()
}

#[test]
fn a_disk_of_which_nobody_says_anything_is_made_beside_the_image() {
    let image = Image::iso("block");
    let boots = fs::read(image.path()).expect("the image");
    let output = image.run(&[]);
    let disk = image.file("image-block.img");
    assert_eq!(output.code, Some(0), "{}", output.out);
    assert_eq!(output.err, format!("        Made {}, an empty disk of 64 MiB for `block`\n", disk.display()));
    assert!(output.out.starts_with("sectors = 131072\nread_write=true\n"), "{}", output.out);
    let written = fs::read(&disk).expect("the disk");
    assert!(written[..512] == sector(12) && written[11 * 512..12 * 512] == sector(1));
    assert!(fs::read(image.path()).expect("the image") == boots, "the disk it boots from is nobody's");

    let output = image.run(&["--machine", "q35"]);
    assert_eq!((output.code, output.err.as_str()), (Some(0), ""), "it is there already");
}

#[test]
fn the_machine_has_the_strings_of_the_manifest() {
    let text = r#"
        app = "values"
        [machine]
        smbios = ['unikernel:name="Doe, J."', "unikernel:port=81"]
    "#;
    let output = Image::elf("values").manifest(text).run(&[]);
    assert_eq!((output.code, output.out.as_str()), (Some(0), "Doe, J.: port 81\n"), "{}", output.err);
}

#[test]
fn a_disk_is_as_the_manifest_says() {
    let text = "app = \"block\"\n[machine.disk.block]\npath = \"disks/b,1.img\"\nsize = \"51200000\"\n";
    let image = Image::elf("block").manifest(text);
    let output = image.run(&[]);
    assert_eq!(output.code, Some(0), "{}", output.out);
    assert!(output.out.starts_with("sectors = 100000\n"), "{}", output.out);
    assert!(output.err.ends_with("/disks/b,1.img, an empty disk of 50000 KiB for `block`\n"), "{}", output.err);

    // What exists stays as large as it is.
    fs::write(image.file("disks/b,1.img"), vec![0; 32 * 512]).expect("written");
    let output = image.run(&[]);
    assert_eq!((output.code, output.err.as_str()), (Some(0), ""));
    assert!(output.out.starts_with("sectors = 32\n"), "{}", output.out);
    fs::remove_file(image.file("disks/b,1.img")).expect("removed");
    let image = image.manifest("app = \"block\"\n[machine.disk.block]\npath = \"disks/b,1.img\"\n");
    let output = image.run(&[]);
    assert_eq!(output.code, Some(125));
    let text = format!("error: the disk `block` is missing: there is no `{}`\n", image.file("disks/b,1.img").display());
    assert!(output.err.starts_with(&text), "{}", output.err);
}

#[test]
fn disks_come_in_the_order_of_their_declaration_on_both_buses() {
    let text = "app = \"disks\"\n[machine.disk.data]\nsize = \"1MiB\"\n[machine.disk.system]\npath = \"system.img\"\n";
    let image = Image::elf("disks").manifest(text);
    let mut system = b"system".to_vec();
    system.resize(4096, 0);
    fs::write(image.file("system.img"), &system).expect("written");
    for machine in ["pc", "microvm"] {
        let output = image.run(&["--machine", machine]);
        assert_eq!(output.code, Some(0), "{machine}: {}{}", output.out, output.err);
        let expected = "data: 2048 sectors of 512, read_only=false\nsystem: 8 sectors of 512, read_only=true\n";
        assert!(output.out.starts_with(expected), "{machine}: {}", output.out);
        assert!(output.out.ends_with("system says Ok(\"system\")\n"), "{machine}: {}", output.out);
        assert_eq!(fs::read(image.file("image-data.img")).expect("the disk")[..4], *b"data", "{machine}");
        fs::remove_file(image.file("image-data.img")).expect("removed");
    }
    assert!(fs::read(image.file("system.img")).expect("the disk") == system);
}

#[test]
fn a_disk_that_is_only_read_has_to_come_from_somewhere() {
    let output = Image::elf("kv_ro").run(&[]);
    assert_eq!(output.code, Some(125));
    assert_eq!(
        output.err,
        "error: `one` reads a FAT volume on the disk `disk1`, but no source for its contents is set\n\
         help: add to `manifests/kv_ro.toml` a folder with the files, or the `path = \"...\"` of a disk \
         image:\n\n[machine.disk.disk1]\nfiles = \"...\"\n"
    );
}

#[test]
fn a_folder_of_files_is_a_disk() {
    let text = "app = \"kv_ro\"\nmachine.disk.disk1.files = \"one\"\nmachine.disk.disk2.files = \"two\"\n";
    let image = Image::elf("kv_ro").manifest(text);
    for (folder, contents) in [("one", "foo\n"), ("two", "bar\n")] {
        fs::create_dir(image.file(folder)).expect("a folder");
        fs::write(image.file(folder).join("a"), contents).expect("a file");
    }
    let mut run = Running::start(&mut image.command(&[]));
    run.wait_for("NO!\n");
    assert_eq!(run.interrupt(), Some(0));
    fs::write(image.file("two/a"), "foo\n").expect("a file");
    let mut run = Running::start(&mut image.command(&[]));
    run.wait_for("YES!\n");
    assert_eq!(run.interrupt(), Some(0));
    assert!(run.said()[1].ends_with("image-disk2.img, a disk with 1 file for `disk2`\n"), "{}", run.said()[1]);

    fs::remove_dir_all(image.file("two")).expect("removed");
    let output = image.run(&[]);
    assert_eq!(output.code, Some(125));
    let text =
        format!("cannot make the disk `disk2` of the files in `{0}`: `{0}`: No such file", shown(&image.file("two")));
    assert!(output.err.contains(&text), "{}", output.err);
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
