//! No failure of boot hangs: each ends the machine, with its status where a device carries it, and says why on the screen of a BIOS.

use std::fs;
use std::path::PathBuf;

use crate::command_line::{stderr, unikernel};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::{boot, kernel, read};
use crate::common::loader;
use crate::common::qemu::{self, Qemu};
use crate::consoles::Screen;
use tempfile::TempDir;
use unikernel_cli::iso::{self, Firmware};

/// The ISO of an application, gone with the test.
fn image(package: &str, command_line: &str) -> (TempDir, PathBuf) {
    written(&iso::write_for(&read(package), command_line, Firmware::Bios).expect("an image"))
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("image.iso");
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

/// QEMU ends with 0 when the machine has been switched off, and when it is reset under `-no-reboot`.
#[track_caller]
fn ends(arguments: &[&str], text: &str) {
    let outcome = qemu::run_bare(arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
    assert!(outcome.console.starts_with(text), "{arguments:?}: {outcome:?}");
}

#[test]
fn what_the_entry_code_refuses_ends_every_machine() {
    let path = kernel("hello").display().to_string();
    let text = "unikernel: the image does not lie in usable memory; \
                give the machine more\n";
    for (machine, memory) in [
        ("pc", "1088K"),
        ("q35", "1088K"),
        ("pc,acpi=off", "1088K"),
        ("microvm", "1088K"),
        ("microvm,acpi=off", "1088K"),
    ] {
        let arguments = ["-machine", machine, "-m", memory, "-kernel", &path];
        ends(&arguments, text);
        let outcome = qemu::run(arguments);
        assert_eq!((outcome.code, outcome.console.as_str()), (Some(102 << 1 | 1), text), "{machine}");
    }
    let path = kernel("silent").display().to_string();
    ends(&["-machine", "pc", "-m", "1088K", "-kernel", &path], "");
    let path = kernel("hello").display().to_string();
    let text = "unikernel: this processor has no 64-bit mode\n";
    for machine in ["pc", "q35", "microvm"] {
        ends(&["-machine", machine, "-m", "16", "-cpu", "max,-lm", "-kernel", &path], text);
    }
}

#[test]
fn what_the_kernel_refuses_ends_every_machine() {
    for machine in ["pc", "q35", "microvm", "microvm,acpi=off", "pc,acpi=off"] {
        for processor in ["max", "max,-hypervisor"] {
            for (package, line, text) in [
                ("greet", "name=you times=300", "unikernel: boot argument `times`: `300` is more than 255\n"),
                ("block", "", "unikernel: device `block`: the machine has no block device"),
                ("faults", "how=opcode", "about to: opcode\nunikernel: invalid opcode"),
                ("panics", "", "unikernel: panicked at "),
            ] {
                let mut arguments = boot(&kernel(package), machine, "16M", line);
                arguments.extend(["-cpu".to_owned(), processor.to_owned()]);
                ends(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), text);
            }
        }
    }
}

/// Each takes ten seconds, in which a person can read the screen.
#[test]
fn what_the_bios_stub_refuses_ends_every_machine() {
    let bytes = iso::write(loader::kernel(), "").expect("an image");
    let (_folder, whole) = written(&bytes);
    let (_other, cut) = written(&bytes[..bytes.len() - 64 * 1024]);
    let [whole, cut] = [whole, cut].map(|path| path.display().to_string());
    let ide = |path: &str| format!("file={path},format=raw,if=ide");
    let fits = "unikernel: the kernel does not fit into this machine's usable memory; give the machine more\n";
    ends(&["-M", "pc", "-m", "7", "-cdrom", &whole], fits);
    if is_left_out("the other failures of the BIOS stub without a debug exit", Effort::All) {
        return;
    }
    // Not `pc,acpi=off`: where SeaBIOS has found no ACPI, its APM halts instead of switching off.
    for machine in ["pc", "q35"] {
        ends(&["-M", machine, "-m", "7", "-cdrom", &whole], fits);
        ends(
            &["-M", machine, "-m", "16", "-cpu", "max,-lm", "-cdrom", &whole],
            "unikernel: this processor has no 64-bit mode\n",
        );
        ends(&["-M", machine, "-m", "16", "-drive", &ide(&cut)], "unikernel: disk read error\n");
    }
    let floppy = format!("file={whole},format=raw,if=floppy");
    ends(&["-M", "pc", "-m", "16", "-drive", &floppy], "unikernel: BIOS lacks LBA\n");
    ends(&["-M", "pc", "-m", "7", "-cpu", "max,-hypervisor", "-cdrom", &whole], fits);
}

#[test]
fn the_bios_stub_names_a_processor_without_a_64_bit_mode() {
    let (_folder, path) = image("hello", "");
    let outcome = qemu::run(["-M", "pc", "-m", "16", "-cpu", "max,-lm", "-cdrom", &path.display().to_string()]);
    let text = "unikernel: this processor has no 64-bit mode\n";
    assert_eq!((outcome.code, outcome.console.as_str()), (Some(102 << 1 | 1), text));
}

/// A line as a screen of 80 columns shows it.
fn wrapped(line: &str) -> Vec<String> {
    line.as_bytes().chunks(80).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// What the screen shows when the machine has ended, and what COM1 said.
fn screen(arguments: &[&str]) -> (Vec<String>, String) {
    let machine = Qemu::start_bare(arguments.iter().copied().chain(["-vga", "std"]).chain(Screen::STAYS));
    let lines = Screen::of(&machine).lines_at_end();
    (lines, machine.console())
}

/// Each takes ten seconds.
#[test]
fn after_a_boot_by_bios_reports_are_on_the_screen() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "silent",
            "",
            &["unikernel: panicked at build-support/tests/kernels/plain/src/bin/silent.rs:9:5:", "nobody reads this"],
        ),
        (
            "greet",
            "name=you times=300",
            &["unikernel: boot argument `times`: `300` is more than 255", "unikernel: exit status 103"],
        ),
        (
            "block",
            "",
            &[
                "unikernel: device `block`: the machine has no block device; found: no virtio device",
                "unikernel: exit status 104",
            ],
        ),
        ("errs", "", &["unikernel: error: Broken", "unikernel: exit status 1"]),
        ("faults", "how=opcode", &["unikernel: invalid opcode"]),
        (
            "hello",
            "prot=80",
            &[
                "unikernel: boot argument `prot` is not declared; this kernel takes none, and `args(..rest)` takes any",
                "unikernel: exit status 103",
            ],
        ),
    ];
    let number = if is_left_out("the other reports on the screen", Effort::All) { 1 } else { cases.len() };
    for (package, line, expected) in &cases[..number] {
        let (_folder, path) = image(package, line);
        for machine in ["pc", "q35"] {
            let (lines, console) = screen(&["-M", machine, "-m", "16", "-cdrom", &path.display().to_string()]);
            let expected: Vec<_> = expected.iter().flat_map(|line| wrapped(line)).collect();
            assert_eq!(lines[..expected.len()], expected, "{package} on {machine}: {lines:#?}\n{console}");
            // The firmware's own text is gone, and a long report has not scrolled.
            assert!(lines.iter().all(|line| !line.contains("SeaBIOS")), "{lines:#?}");
        }
    }
}

/// Loaded by QEMU, and by UEFI, a kernel leaves the screen's memory alone.
#[test]
fn after_another_boot_the_screen_is_not_touched() {
    let path = kernel("errs").display().to_string();
    let (lines, console) = screen(&["-M", "pc", "-m", "16", "-kernel", &path]);
    assert!(console.starts_with("unikernel: error: Broken\n"), "{console}");
    assert!(lines.iter().all(|line| !line.contains("unikernel: error")), "{lines:#?}");
}

#[test]
fn run_gives_a_machine_the_memory_that_its_image_needs() {
    // From 8 to 12 MiB.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.elf");
    fs::write(&path, loader::kernel().bytes()).expect("written");
    let run = |more: &[&str]| unikernel().arg("run").arg(&path).args(more).output().expect("runs");
    for machine in ["pc", "q35", "microvm"] {
        let output = run(&["--machine", machine, "--memory", "4MiB"]);
        let text = "error: `loader` needs 13MiB of memory, and the machine is given 4MiB\nhelp: write `memory = \"13MiB\"` below \
                    `[machine]` in the manifest, or `--memory 13MiB`; without either, the machine has what the image needs\n";
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(125), text), "{machine}");
    }
    assert_eq!(run(&["--memory", "13MiB"]).status.code(), Some(0));
    assert_eq!(run(&[]).status.code(), Some(0));
}
