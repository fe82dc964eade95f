//! What a test that fails says.

use std::panic::{self, UnwindSafe};
use std::time::Duration;

use crate::common::kernels::{kernel, machine};
use crate::common::prepare;
use unikernel_test::{Boot, Disk, Image};

/// The message of a test that fails, with `N` for times, and without QEMU's options.
fn failure(test: impl FnOnce() + UnwindSafe) -> String {
    let reason = panic::catch_unwind(test).expect_err("the test does not fail");
    let text = reason.downcast::<String>().map(|text| *text);
    let text = text.unwrap_or_else(|other| other.downcast::<&str>().map(|text| text.to_string()).expect("a text"));
    let line = |line: &str| match line.strip_prefix("command: qemu-system-x86_64 ") {
        Some(_) => "command: qemu-system-x86_64 ...".to_owned(),
        None => without_times(line),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Replaces `0.351 s` by `N s`.
fn without_times(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for at in 1..words.len() {
        if words[at] == "s" && words[at - 1].contains('.') && words[at - 1].parse::<f64>().is_ok() {
            words[at - 1] = "N";
        }
    }
    words.join(" ").trim_start().to_owned()
}

#[track_caller]
fn fails(test: impl FnOnce() + UnwindSafe, text: &str) {
    assert_eq!(failure(test), text);
}

#[test]
fn a_line_that_is_not_said() {
    fails(
        || machine("hello").start().expect("bye"),
        "`hello` ended without saying `bye`\nconsole:\nN s  Hello from hello\nended after N s with status 0\n\
         command: qemu-system-x86_64 ...",
    );
}

#[test]
fn a_line_is_not_expected_twice() {
    let test = || {
        let mut machine = machine("hello").start();
        machine.expect("Hello");
        machine.expect_line("Hello");
    };
    fails(
        test,
        "`hello` ended without saying a line with `Hello`\nconsole:\nN s  Hello from hello\n\
         ended after N s with status 0\ncommand: qemu-system-x86_64 ...",
    );
}

#[test]
fn a_time_that_is_over() {
    let waits = |what: fn(unikernel_test::Machine)| {
        move || {
            let mut machine = machine("console_echo").start();
            machine.expect("ready\n");
            machine.set_timeout(Duration::from_millis(300));
            what(machine);
        }
    };
    let rest = "within 300ms\nconsole:\nN s  ready\nstill running after N s\ncommand: qemu-system-x86_64 ...";
    fails(waits(|mut machine| machine.expect("a\tb")), &format!("`console_echo` does not say `a\\tb` {rest}"));
    fails(waits(|machine| drop(machine.wait())), &format!("`console_echo` does not end {rest}"));
    fails(
        waits(|machine| machine.wait_until("all of it", |_| None)),
        &format!("`console_echo` does not say all of it {rest}"),
    );
}

#[test]
fn a_status_that_is_another() {
    let test = || {
        machine("fails").argument("code", 7).start().wait().success();
    };
    fails(
        test,
        "`fails` ended with status 7, not 0\nconsole:\nN s  unikernel: exit status 7\n\
         ended after N s with status 7\ncommand: qemu-system-x86_64 ...",
    );
}

#[test]
fn a_kernel_that_says_nothing() {
    let test = || {
        machine("silent").start().wait().success();
    };
    fails(
        test,
        "`silent` ended with status 101, not 0\nthe console says nothing\nended after N s with status 101\n\
         command: qemu-system-x86_64 ...",
    );
}

#[test]
fn a_crash_has_its_backtrace() {
    let test = || machine("panics").argument("reason", "no reason").start().expect("never");
    let text = failure(test);
    let (report, backtrace) = text.split_once("\nstack backtrace:\n").unwrap_or_else(|| panic!("{text}"));
    assert!(report.contains("\nN s  unikernel: panicked at build-support/tests/kernels/plain/"), "{text}");
    assert!(backtrace.contains("panics::main\n"), "{text}");
    assert!(backtrace.contains("\nN s  unikernel: exit status 101\nended after N s with status 101\n"), "{text}");
}

#[test]
fn a_long_console_is_cut() {
    let test = || {
        let mut machine = machine("console_echo").start();
        machine.expect("ready");
        machine.send(&(0..150).map(|number| format!("line {number}\n")).collect::<String>());
        machine.expect("line 149\n");
        machine.set_timeout(Duration::ZERO);
        machine.expect("more");
    };
    let text = failure(test);
    assert!(text.contains("console:\n(51 lines are left out)\nN s  line 50\n"), "{text}");
}

#[test]
fn a_port_that_nobody_listens_to() {
    let test = || {
        let mut machine = machine("stackv4").start();
        machine.expect("IP address");
        machine.set_timeout(Duration::from_secs(1));
        let _ = machine.connect(9);
    };
    let text = failure(test);
    assert!(text.starts_with("`stackv4` does not accept connections to port 9 within 1s\nconsole:\n"), "{text}");
}

#[test]
fn a_card_that_is_not_there() {
    let text = failure(|| {
        let _ = machine("console_echo").start().address(80);
    });
    let help = "the machine has no network card\nhelp: declare `net` in the annotation\n";
    assert!(text.starts_with(&format!("cannot forward TCP port 80 of `console_echo`: {help}")), "{text}");
    let text = failure(|| {
        let _ = machine("net_two").start().card("lam").udp_address(80);
    });
    let help = "the machine has no network card `lam`\nhelp: there are `lan`, `wan`\n";
    assert!(text.starts_with(&format!("cannot forward UDP port 80 of `net_two`: {help}")), "{text}");
}

#[test]
fn a_machine_that_has_ended_has_no_ports() {
    let test = || {
        let machine = machine("hello").start();
        machine.wait_until("hello", |console| console.ends_with('\n').then_some(()));
        while machine.is_running() {}
        let _ = machine.monitor("info status");
    };
    let text = failure(test);
    assert!(text.starts_with("`hello` has ended, and QEMU with it\nconsole:\n"), "{text}");
}

#[test]
fn a_disk_that_is_not_declared_or_cannot_be_made() {
    fails(
        || drop(machine("block").disk("blok", Disk::empty(512)).start()),
        "`block` declares no disk `blok`\nhelp: did you mean `block`?",
    );
    fails(
        || drop(machine("hello").disk("data", Disk::empty(512)).start()),
        "`hello` declares no disk `data`\nhelp: declare `block` in the annotation",
    );
    fails(
        || drop(machine("kv_volume").start()),
        "the disk `data` is read-only, and nothing is on it\n\
         help: say what is: `.disk(\"data\", Disk::folder(\"...\"))`, or `Disk::bytes(...)`",
    );
    fails(
        || drop(machine("block").disk("block", Disk::copy("/nonexistent")).start()),
        "cannot copy `/nonexistent` for the disk `block`: No such file or directory (os error 2)",
    );
    fails(|| drop(machine("hello").start().wait().disk("data")), "the machine of `hello` has no disk `data`");
}

#[test]
fn a_setting_that_is_wrong() {
    fails(
        || drop(machine("hello").memory("16M").start()),
        "`memory`: `16M` has an unknown unit: the known ones are `KiB`, `MiB`, `GiB`, `TiB`\n\
         help: write `.memory(\"32MiB\")`",
    );
    fails(
        || drop(machine("hello").argument("a b", 1)),
        "`a b` is no name of an argument\nhelp: write `.argument(\"name\", value)`",
    );
    fails(|| drop(machine("hello").manifest("none.toml")), "there is no manifest `none.toml`");
    fails(
        || drop(machine("hello").qemu(["-device", "nonsense"]).start()),
        "QEMU cannot create this machine\n\
         qemu-system-x86_64: -device nonsense: 'nonsense' is not a valid device model name",
    );
}

#[test]
fn an_image_that_is_not_there() {
    let text = failure(|| {
        prepare();
        drop(Image::build("helo"));
    });
    assert!(text.starts_with("there is no application `helo` in `"), "{text}");
    assert!(text.ends_with("\nhelp: did you mean `hello`?"), "{text}");
    fails(|| drop(Image::open("none.iso")), "there is no image `none.iso`");
    let text = failure(|| drop(Image::open("/dev/null").machine().start()));
    assert!(text.starts_with("`/dev/null`: not an ISO image"), "{text}");
}

#[test]
fn a_manifest_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.toml");
    std::fs::write(&path, "app = \"greet\"\n[args]\ntmes = 2\n").expect("written");
    let text = failure(|| {
        prepare();
        drop(Image::build("greet").machine().manifest(&path).start());
    });
    assert!(text.contains("unknown argument `tmes`") && text.contains("did you mean `times`?"), "{text}");
}

#[test]
fn an_iso_has_its_values_already() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("greet.iso");
    let kernel = unikernel_cli::elf::Kernel::read(kernel("greet")).expect("a kernel");
    std::fs::write(&path, unikernel_cli::iso::write(&kernel, "name=Eve").expect("an image")).expect("written");
    let image = Image::open(&path);
    let said = |builder: unikernel_test::Builder| builder.start().wait().success().console();
    assert_eq!(said(image.machine()), "Hello, Eve\npatience: 1000 ms\n");
    let twice = image.machine().boot(Boot::Kernel).argument("times", 2);
    assert_eq!(said(twice), "Hello, Eve\nHello, Eve\npatience: 1000 ms\n");
    fails(
        || drop(image.machine().argument("name", "you").start()),
        &format!(
            "the command line of `{}` is part of the image\n\
             help: add `.boot(Boot::Kernel)`, and QEMU loads the kernel in it with the image's arguments and these",
            path.display()
        ),
    );
}
