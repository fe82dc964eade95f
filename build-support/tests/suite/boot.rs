//! Boots kernels on every supported machine type, and checks exit status and console of each.

use crate::common::kernels::{kernel, machine};
use crate::common::qemu::{self, Outcome};
use unikernel_test::Outcome as Ended;

/// Runs the ELF of `package` on a machine with `arguments` and 16 MiB, unless they say otherwise.
fn run(package: &str, arguments: &[&str]) -> Outcome {
    let kernel = kernel(package).display().to_string();
    let memory: &[&str] = if arguments.contains(&"-m") { &[] } else { &["-m", "16"] };
    qemu::run([&["-kernel", &kernel], memory, arguments].concat())
}

/// Boots `package` with a command line, on the usual machine.
#[track_caller]
fn append(package: &str, command_line: &str) -> Ended {
    machine(package).append(command_line).start().wait()
}

#[track_caller]
fn check_ended(outcome: &Ended, status: u8, console: &str) {
    assert_eq!(outcome.console(), console);
    outcome.exited(status);
}

/// What QEMU ends with when a kernel ends with `status`.
fn code(status: i32) -> Option<i32> {
    Some(status << 1 | 1)
}

#[track_caller]
fn check(outcome: &Outcome, status: i32, console: &str) {
    assert_eq!(outcome.console, console);
    assert_eq!(outcome.code, code(status), "{outcome:?}");
}

#[test]
fn hello_boots_on_every_machine() {
    for machine in ["pc", "q35", "microvm", "microvm,acpi=off", "microvm,acpi=off,pit=off,pic=off,rtc=off"] {
        for processor in ["qemu64", "max"] {
            let outcome = run("hello", &["-machine", machine, "-cpu", processor]);
            assert_eq!(outcome.console, "Hello from hello\n", "{machine}, {processor}");
            assert_eq!(outcome.code, code(0), "{machine}, {processor}");
        }
    }
}

#[test]
fn an_address_that_must_be_given_at_boot() {
    let card = ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"];
    let missing = "unikernel: boot argument `net.ip` is missing; give `net.ip=...`, \
                   an IPv4 address with a prefix such as `10.0.0.2/24`\n";
    let outcome = run("net_given", &card);
    assert!(outcome.console.starts_with(missing), "{outcome:?}");
    assert_eq!(outcome.code, code(103), "{outcome:?}");
    let outcome = run("net_given", &[&card[..], &["-append", "net.ip=10.0.0.7"]].concat());
    assert_eq!((outcome.console.as_str(), outcome.code), ("Some(10.0.0.7)\n", code(0)), "{outcome:?}");
}

#[test]
fn a_constant_is_a_default_and_a_cfg_is_resolved() {
    let line = "8080 -128 hello, \"you\" 10.0.0.2 250ms kernels-plain false\n";
    check_ended(&append("constants", ""), 0, line);
    check_ended(&append("constants", "port=1 is_loud=true"), 0, &line.replace("8080", "1").replace("false", "true"));
    let undeclared = append("constants", "absent=1");
    undeclared.exited(103);
}

#[test]
fn hello_boots_with_8_gib_and_several_processors() {
    // The host need not have as much: pages are made when they are touched.
    let memory = ["-object", "memory-backend-ram,id=ram,size=8G,reserve=off", "-m", "8G"];
    for machine in ["pc,memory-backend=ram", "q35,memory-backend=ram", "microvm,memory-backend=ram"] {
        let outcome = run("hello", &[&memory[..], &["-machine", machine, "-smp", "4"]].concat());
        check(&outcome, 0, "Hello from hello\n");
    }
}

/// On `pc` with exactly so many KiB, what SeaBIOS uses while it initialises lies where the kernel was loaded: with 1,376 its code,
/// 96 KiB, for what is left between 1 MiB and its tables is just as large; with 1,312 a stack, over the kernel's `.data`. No place above
/// 1 MiB is spared at every size, and this one spares all others. From the ISO, which is read after that, it boots there too.
const SPOILT_BY_SEABIOS: [(&str, u32); 2] = [("pc", 1312), ("pc", 1376)];

#[test]
fn hello_boots_at_every_step_from_the_floor() {
    for (machine, floor_kib) in [("pc", 1152), ("microvm", 1152), ("q35", 2048)] {
        for memory_kib in (floor_kib..=2048).step_by(32).filter(|size| !SPOILT_BY_SEABIOS.contains(&(machine, *size))) {
            let outcome = run("hello", &["-machine", machine, "-m", &format!("{memory_kib}K")]);
            assert_eq!(outcome.console, "Hello from hello\n", "{machine}, {memory_kib} KiB");
            assert_eq!(outcome.code, code(0), "{machine}, {memory_kib} KiB");
        }
    }
}

#[test]
fn an_image_outside_of_usable_memory_says_so() {
    let outcome = run("hello", &["-machine", "microvm", "-m", "1088K"]);
    let text = "unikernel: the image does not lie in usable memory; \
                give the machine more\n";
    check(&outcome, 102, text);
}

#[test]
fn words_that_hypervisors_add_pass_and_others_do_not() {
    let line = "console=ttyS0 root=/dev/vda ro rw reboot=k panic=1 pci=off nomodule 8250.nr_uarts=0 i8042.noaux \
                swiotlb=noforce earlycon virtio_mmio.device=512@0xfeb00000:5";
    check_ended(&append("hello", line), 0, "Hello from hello\n");
    let text = "unikernel: boot argument `prot` is not declared; this kernel takes none, and `args(..rest)` takes any\n\
                unikernel: exit status 103\n";
    check_ended(&append("hello", "ro prot=80"), 103, text);
}

#[test]
fn arguments_reach_the_application_unchanged() {
    let line =
        r#"name="a \"quoted\" \\ Grüße, 世界" times=0x2 shout=true patience=1.5s from=2001:db8::1 console=ttyS0"#;
    let greeting = "Hello, a \"quoted\" \\ Grüße, 世界!!!\n".repeat(2);
    check_ended(&append("greet", line), 0, &format!("{greeting}patience: 1500 ms\ngreetings from 2001:db8::1\n"));
    // Of two the last one wins, so that a hypervisor's own line overrides an image's.
    check_ended(&append("greet", "name=you name=me"), 0, "Hello, me\npatience: 1000 ms\n");
}

#[test]
fn the_rest_takes_what_no_argument_takes() {
    check_ended(&append("words", ""), 0, "port 80\n");
    let line = r#"a b=c console=ttyS0 port=81 d="e f" quiet "quiet" "port=82" "say \"hi\"" virtio_mmio.device=512@0xfeb00000:5 last="#;
    let words = "<a>\n<b=c>\n<d=e f>\n<quiet>\n<port=82>\n<say \"hi\">\n<last=>\n";
    check_ended(&append("words", line), 0, &format!("port 81\n{words}"));
    let long = "x ".repeat(1023);
    check_ended(&append("words", &long), 0, &format!("port 80\n{}", "<x>\n".repeat(1023)));
    let outcome = append("words", "a \"b");
    assert_eq!(
        outcome.console(),
        "unikernel: boot command line: a value whose closing `\"` is missing at byte 2\nunikernel: exit status 103\n"
    );
}

#[test]
fn a_stack_has_its_declared_size_and_its_overflow_is_named() {
    check_ended(&append("stack", ""), 0, "128\n");
    for (kernel, line) in [("stack", "levels=310"), ("faults", "how=overflow")] {
        let outcome = append(kernel, line);
        let report = ": a stack overflow; declare `stack(size = \"256KiB\")`\n";
        assert!(outcome.console().contains(report), "{kernel}: {}", outcome.console());
        outcome.exited(102);
    }
    let outcome = append("faults", "how=null");
    assert!(!outcome.console().contains("stack overflow"), "{}", outcome.console());
}

#[test]
fn faulty_arguments_stop_the_boot_with_one_line() {
    let long = format!("name={}", "x".repeat(4091));
    for (line, report) in [
        ("", "boot argument `name` is missing; give `name=...`, a string of at most 4095 bytes"),
        ("name=you times=300", "boot argument `times`: `300` is more than 255"),
        ("name=you times=many", "boot argument `times`: `many` is not an integer from 0 to 255"),
        ("name=you shout=yes", "boot argument `shout`: `yes` is not `true` or `false`"),
        ("name=you patience=5", "boot argument `patience`: `5` lacks a unit: one of `ns`, `us`, `ms`, `s`, `m`, `h`"),
        ("name=you from=10.0.0.300", "boot argument `from`: `10.0.0.300` is not an IP address such as `10.0.0.2`"),
        ("nam=you", "boot argument `nam` is not declared; did you mean `name`?"),
        (
            "colour=red",
            "boot argument `colour` is not declared; `unikernel inspect` lists the declared ones, and `args(..rest)` takes any",
        ),
        ("name", "boot argument `name` has no value; give `name=...`"),
        ("\"name=you\"", "boot command line: a word without a key at byte 0"),
        ("name=\"you", "boot command line: a value whose closing `\"` is missing at byte 5"),
        (&long, "the boot command line has more than 4095 bytes"),
    ] {
        let text = format!("unikernel: {report}\nunikernel: exit status 103\n");
        check_ended(&append("greet", line), 103, &text);
    }
}

#[test]
fn the_longest_command_line_arrives_whole() {
    let name = "x".repeat(4095 - "name=".len());
    check_ended(&append("greet", &format!("name={name}")), 0, &format!("Hello, {name}\npatience: 1000 ms\n"));
}

#[test]
fn what_main_returns_becomes_the_status() {
    check_ended(&append("fails", "code=0"), 0, "");
    check_ended(&append("fails", "code=7"), 7, "unikernel: exit status 7\n");
    check_ended(&append("fails", "code=99"), 99, "unikernel: exit status 99\n");
    check_ended(&append("errs", ""), 1, "unikernel: error: Broken\nunikernel: exit status 1\n");
    check_ended(&append("output", ""), 0, &format!("{}\n", "x".repeat(4099)));
}

#[test]
fn without_a_debug_exit_device_the_machine_still_switches_itself_off() {
    let kernel = kernel("hello").display().to_string();
    for machine in ["pc", "q35", "microvm", "microvm,acpi=off"] {
        let ending = qemu::run_bare(["-m", "16", "-machine", machine, "-kernel", &kernel]);
        check_bare(&ending, machine);
    }
}

#[track_caller]
fn check_bare(outcome: &Outcome, machine: &str) {
    assert_eq!(outcome.console, "Hello from hello\n", "{machine}");
    assert_eq!(outcome.code, Some(0), "{machine}");
}

#[test]
fn a_panic_tells_where_and_what() {
    let text = "unikernel: panicked at build-support/tests/kernels/plain/src/bin/panics.rs:9:5: for \"a\" reason\n  rip=0x0000000000";
    check_ended(&append("panics", r#"reason="for"#), 103, BROKEN_QUOTE);
    let outcome = append("panics", r#"reason="\"a\" reason""#);
    let console = outcome.exited(101).console();
    assert!(console.starts_with(text) && console.ends_with("\nunikernel: exit status 101\n"), "{console}");
    // Nobody declared a console: the status is the whole report.
    check_ended(&append("silent", ""), 101, "");
}

const BROKEN_QUOTE: &str = "unikernel: boot command line: a value whose closing `\"` is missing at byte 7\n\
                            unikernel: exit status 103\n";

#[test]
fn every_wrong_access_is_reported() {
    for (how, report) in [
        ("null", "page fault: writing to unmapped address 0x8, error code 0x2"),
        ("unmapped", "page fault: writing to unmapped address 0x70000000, error code 0x2"),
        ("read", "page fault: reading from unmapped address 0x70000000, error code 0x0"),
        ("code", "page fault: writing to read-only address 0x"),
        ("constant", "page fault: writing to read-only address 0x"),
        ("data", "page fault: executing at no-execute address 0x"),
        ("stack", "page fault: executing at no-execute address 0x"),
        ("overflow", "page fault: writing to unmapped address 0x"),
        ("opcode", "invalid opcode"),
        ("division", "divide error"),
        ("interrupt", "general protection fault, error code 0x702"),
        ("call", "page fault: executing at unmapped address 0x0, error code 0x10"),
        ("noncanonical", "general protection fault, error code 0x0"),
        ("jump", "general protection fault, error code 0x0"),
        ("pointer", "general protection fault, error code 0x0"),
        ("double", "double fault, error code 0x0"),
    ] {
        let outcome = append("faults", &format!("how={how}"));
        let begin = format!("about to: {how}\nunikernel: {report}");
        let console = outcome.exited(102).console();
        assert!(console.starts_with(&begin), "{how}: {console}");
        let rip = if how == "jump" { "8000000000000000" } else { "0000000000" };
        assert!(console.contains(&format!("\n  rip=0x{rip}")), "{how}: {console}");
        assert!(console.contains("\n  image=0x"), "{how}: {console}");
        assert!(console.ends_with("\nunikernel: exit status 102\n"), "{how}: {console}");
    }
}

#[test]
fn a_crash_in_the_report_of_another_is_told_shortly() {
    for (how, first, second, status) in
        [("panicking", "panicked at ", "", 101), ("panicking-fault", "panicked at ", ": begun", 102)]
    {
        let outcome = append("faults", &format!("how={how}"));
        let text = outcome.exited(status).console();
        assert!(text.starts_with(&format!("about to: {how}\nunikernel: {first}")), "{how}: {text}");
        let end = format!("{second}\nunikernel: another crash while reporting, at 0x");
        let (_, end) = text.split_once(&end).unwrap_or_else(|| panic!("{how}: {text}"));
        assert_eq!(
            end.lines().skip(1).collect::<Vec<_>>(),
            [format!("unikernel: exit status {status}")],
            "{how}: {text}"
        );
    }
}

#[test]
fn a_stack_overflow_in_the_handler_ends_the_machine_too() {
    let mut told_shortly = 0;
    // Where in the report it runs out of stack is the compiler's affair: some of these are in the middle.
    for stack in (0x80..0x200).step_by(0x20) {
        let outcome = append("faults", &format!("how=handler bytes={stack}"));
        let text = outcome.exited(102).console();
        // Or at its very beginning, before a word of it is out.
        let reports = [
            "unikernel: page fault: writing to unmapped address 0x",
            "\nunikernel: another crash while reporting, at 0x",
        ];
        let is_report = reports.iter().any(|report| text.starts_with(&format!("about to: handler\n{report}")));
        assert!(is_report, "{text}");
        assert!(text.ends_with("\nunikernel: exit status 102\n"), "{text}");
        told_shortly += usize::from(text.contains("\nunikernel: another crash while reporting, at 0x"));
    }
    assert!(told_shortly > 0);
}

#[test]
fn the_elf_refuses_to_run_on_the_host() {
    let ending = std::process::Command::new(kernel("hello")).output();
    assert!(ending.is_err() || ending.is_ok_and(|output| !output.status.success() && output.stdout.is_empty()));
}
