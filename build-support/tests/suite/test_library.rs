//! `unikernel-test`: what it offers, what it says when something fails, and what it leaves behind.
//!
//! That machines boot, and all the rest of it that works, is what most other modules of this suite rest on.

mod failures;

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::command_line::processes_with;
use crate::common::kernels::{kernel, machine};
use crate::common::{PATIENCE, prepare, program, root, wait_for};
use unikernel_test::{Boot, Disk, Ending, Image, MachineType};

#[test]
fn every_way_to_boot_has_the_same_arguments() {
    prepare();
    let image = Image::build("greet");
    for boot in [Boot::Bios, Boot::Kernel] {
        // The application's manifest says `times = 2`, and a name.
        let outcome = image.machine().boot(boot).argument("name", "you & \"me\"").start().wait();
        outcome.success();
        assert_eq!(outcome.console(), "Hello, you & \"me\"\nHello, you & \"me\"\npatience: 1000 ms\n", "{boot:?}");
        assert_eq!(outcome.ending(), Ending::Status);
    }
}

#[test]
fn a_manifest_is_one_of_the_workspace_or_any_file() {
    prepare();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.toml");
    std::fs::write(&path, "app = \"greet\"\n[args]\nname = \"you\"\nshout = true\n").expect("written");
    for (manifest, said) in [(Path::new("manifests/greet.toml"), "Hello, world\n"), (&path, "Hello, you!!!\n")] {
        let mut machine = Image::build("greet").machine().manifest(manifest).start();
        machine.expect(said);
        machine.wait().success();
    }
}

#[test]
fn ports_lead_to_every_machine() {
    for kind in [MachineType::Pc, MachineType::Q35, MachineType::Microvm] {
        let machine = machine("stackv4").machine_type(kind).start();
        // The kernel need not be there yet.
        let mut stream = machine.connect(8080);
        assert_eq!(stream.peer_addr().expect("is connected"), machine.address(8080));
        stream.write_all(b"a line").expect("is connected");
        machine.wait_until("the line", |console| console.contains("read: 6 \"a line\"").then_some(()));
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a free port");
        socket.send_to(b"a datagram", machine.udp_address(53)).expect("is sent");
        machine.wait_until("the datagram", |console| console.contains("UDP").then_some(()));
    }
}

#[test]
fn machines_side_by_side_have_ports_of_their_own() {
    let machines: Vec<_> = (0..3).map(|_| machine("stackv4").start()).collect();
    let addresses: Vec<_> = machines.iter().map(|machine| machine.address(8080)).collect();
    assert!(addresses[0] != addresses[1] && addresses[1] != addresses[2] && addresses[0] != addresses[2]);
    let streams: Vec<_> = machines.iter().map(|machine| machine.connect(8080)).collect();
    assert_eq!(streams.len(), 3);
}

#[test]
fn cards_are_told_apart_by_their_names() {
    let mut machine = machine("net_two").start();
    machine.expect("Some(10.0.0.2) Some(10.1.0.2)");
    let [lan, wan] = ["lan", "wan"].map(|name| machine.card(name).address(80));
    assert_ne!(lan, wan);
    assert_eq!(machine.address(80), lan);
}

#[test]
fn disks_are_prepared_and_inspected() {
    let sector = |text: &[u8]| [text, &vec![0; 512 - text.len()]].concat();
    let data = Disk::bytes([sector(b"before"), vec![0; 9 * 512]].concat());
    let machine = machine("disks").disk("data", data).disk("system", Disk::bytes(sector(b"system"))).start();
    let path = machine.disk_path("data").to_owned();
    let outcome = machine.wait();
    outcome.success();
    assert!(outcome.disk("data").starts_with(b"data\0"));
    assert_eq!(outcome.disk("system"), sector(b"system"));
    assert!(path.exists());
    drop(outcome);
    assert!(!path.exists(), "the disk is still there");
}

#[test]
fn a_folder_is_a_fat_volume() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a"), "twelve bytes").expect("written");
    let outcome = machine("kv_volume").disk("data", Disk::folder(folder.path())).start().wait();
    outcome.success();
    assert!(outcome.console().starts_with("a 12\n"), "{}", outcome.console());
}

#[test]
fn the_users_own_disk_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let (disk, manifest) = (folder.path().join("my.img"), folder.path().join("manifest.toml"));
    std::fs::write(&disk, vec![0; 8 * 512]).expect("written");
    std::fs::write(&manifest, "app = \"block\"\n[machine.disk.block]\npath = \"my.img\"\n").expect("written");
    prepare();
    let outcome = Image::build("block").machine().manifest(&manifest).start().wait();
    assert!(outcome.console().starts_with("sectors = 8\n"), "{}", outcome.console());
    assert!(outcome.disk("block").iter().any(|byte| *byte != 0));
    assert!(std::fs::read(&disk).expect("is there").iter().all(|byte| *byte == 0));
}

#[test]
fn lines_are_expected_in_their_order() {
    let mut machine = machine("console_echo").start();
    machine.expect("ready");
    machine.send("first line\nsecond line\n");
    assert_eq!(machine.expect_line("first"), "first line");
    assert_eq!(machine.expect_line("line"), "second line");
    machine.send("end\n");
    machine.wait().success();
}

#[test]
fn the_power_button_is_pressed_until_it_is_noticed() {
    let mut machine = machine("stops").argument("how", "wait").start();
    machine.expect("ready\n");
    machine.press_power_button();
    let outcome = machine.wait();
    outcome.exited(7);
    let machine = self::machine("console_echo").start();
    let outcome = machine.shutdown();
    assert_eq!((outcome.status(), outcome.ending()), (0, Ending::Status), "{outcome:?}");
}

#[test]
fn nothing_is_left_of_a_machine_that_is_dropped() {
    let mut machine = machine("kv_ro").disk("disk1", vec![0; 5120]).disk("disk2", vec![0; 512]).start();
    machine.expect("NO!");
    let folder = machine.disk_path("disk1").parent().expect("a file is in a folder").to_owned();
    drop(machine);
    assert!(wait_for(|| processes_with(&folder).is_empty().then_some(())).is_some(), "the machine still runs");
    assert!(!folder.exists(), "the files are still there");
}

#[test]
fn a_kernel_that_does_not_read_its_console_ends_too() {
    let mut machine = machine("clock_sleep").argument("times", 1).argument("length", "1h").start();
    machine.expect("past deadlines");
    machine.send(&"never read\n".repeat(1 << 17));
    // It still does what it is asked for.
    assert!(machine.monitor("info status").contains("running"));
    let id = machine.id();
    drop(machine);
    assert!(wait_for(|| (!Path::new(&format!("/proc/{id}")).exists()).then_some(())).is_some(), "it still runs");
}

/// This test is the killed one too, in a process of its own.
#[test]
fn nothing_is_left_of_a_test_that_is_killed() {
    const CHILD: &str = "UNIKERNEL_KILLED_TEST";
    const NAME: &str = "test_library::nothing_is_left_of_a_test_that_is_killed";
    if env::var_os(CHILD).is_some() {
        let mut machine = machine("console_echo").boot(Boot::Bios).start();
        machine.expect("ready");
        println!("{}\nit runs", machine.transcript());
        thread::sleep(PATIENCE);
        return;
    }
    let this = env::current_exe().expect("this program");
    let child =
        Command::new(this).args(["--exact", NAME, "--nocapture"]).env(CHILD, "1").stdout(Stdio::piped()).spawn();
    let mut child = child.expect("starts");
    let lines = BufReader::new(child.stdout.take().expect("is piped")).lines().map_while(Result::ok);
    let printed: Vec<String> = lines.take_while(|line| !line.ends_with("it runs")).collect();
    let command = printed.iter().find_map(|line| line.strip_prefix("command: ")).expect("a transcript");
    let image = command.split(' ').find(|word| word.ends_with("/image.iso")).expect("an image");
    assert!(!processes_with(Path::new(image)).is_empty(), "{command}");
    child.kill().expect("runs");
    child.wait().expect("was killed");
    let is_over = || processes_with(Path::new(image)).is_empty() && !Path::new(image).exists();
    assert!(wait_for(|| is_over().then_some(())).is_some(), "the machine still runs, or its files are there");
}

#[test]
fn a_driver_without_qemu_says_how_to_install_it() {
    let mut driver = Command::new(program())
        .arg("driver")
        .env("PATH", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let image = kernel("hello").display().to_string();
    let mut input = driver.stdin.take().expect("is piped");
    write!(input, "machine 0\nimage {}\n{image}boot kernel 0\nstart 0\n", image.len()).expect("is read");
    let mut output = String::new();
    driver.stdout.take().expect("is piped").read_to_string(&mut output).expect("is text");
    assert!(
        output.ends_with("`qemu-system-x86_64` is not installed\nhelp: install it:\napt-get install qemu-system-x86"),
        "{output}"
    );
    driver.wait().expect("has ended");
}

#[test]
fn a_package_is_built_once() {
    prepare();
    let first = Image::build("hello");
    let time = std::time::Instant::now();
    let second = Image::build("hello");
    assert_eq!((first.path(), first.name()), (second.path(), second.name()));
    assert!(first.path().starts_with(root()), "{}", first.path().display());
    // A second call of cargo takes longer than this even where nothing is to be done.
    assert!(time.elapsed() < Duration::from_millis(20), "{:?}", time.elapsed());
}
