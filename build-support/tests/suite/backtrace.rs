//! Boots kernels that crash, and checks the backtraces of their reports.

use crate::common::kernels::kernel;
use crate::common::qemu;
use unikernel_cli::elf::Kernel;
use unikernel_cli::symbolize::Symbolizer;

/// What a kernel says when it crashes.
fn crash(package: &str, command_line: &str) -> String {
    let kernel = kernel(package).display().to_string();
    let outcome = qemu::run(["-m", "16", "-kernel", &kernel, "-append", command_line]);
    assert!(outcome.code.is_some_and(|code| code >> 1 == 101 || code >> 1 == 102), "{outcome:?}");
    outcome.console
}

fn symbolizer(package: &str) -> Symbolizer {
    Symbolizer::new(Kernel::read(kernel(package)).unwrap()).unwrap()
}

fn told(symbolizer: &mut Symbolizer, console: &str) -> String {
    String::from_utf8(symbolizer.feed(console.as_bytes())).unwrap()
}

/// The functions of a backtrace, the innermost first. A name in front of which a `?` stands is only likely.
fn functions(told: &str) -> Vec<&str> {
    let lines = told.lines().skip_while(|line| *line != "stack backtrace:").skip(1);
    let lines = lines.take_while(|line| !line.starts_with("unikernel: "));
    lines.filter_map(|line| Some(line.split_once(" - ")?.1)).collect()
}

/// The last three functions of every backtrace of a `main` that is no task.
const OUTERMOST: [&str; 3] = ["faults::main", "unikernel_rt::boot::start::start", "unikernel_rt::boot::entry::entry"];

#[test]
fn the_calls_that_led_to_a_crash_are_told_and_no_others() {
    let mut symbolizer = symbolizer("faults");
    for (how, innermost) in [
        ("null", &["write_volatile<u64>", "write_volatile<u64>", "faults::write_to"][..]),
        ("opcode", &[]),
        // Where no code is, the caller is found all the same.
        ("call", &["<unknown>", "faults::call"]),
        ("jump", &["<unknown>", "faults::call"]),
        ("data", &["<unknown>", "faults::call"]),
        ("stack", &["<unknown>", "faults::call"]),
        ("double", &["write_volatile<u64>", "write_volatile<u64>", "faults::write_to", "faults::double_fault"]),
        // Through functions of the prebuilt `core`, some of which have frame pointers.
        (
            "unwrap",
            &[
                "core::panicking::panic_fmt",
                "core::panicking::panic",
                "core::option::unwrap_failed",
                "unwrap<&str>",
                "faults::look",
            ],
        ),
    ] {
        let console = crash("faults", &format!("how={how}"));
        let told = told(&mut symbolizer, &console);
        assert_eq!(functions(&told), [innermost, &OUTERMOST].concat(), "{told}");
        assert!(told.contains("build-support/tests/kernels/plain/src/bin/faults.rs:"), "{told}");
        assert_eq!(without_backtrace(&told), console, "ordinary output is as it was");
    }
    assert_eq!((symbolizer.reports(), symbolizer.foreign()), (8, 0));
}

/// The console, without the backtrace in it.
fn without_backtrace(told: &str) -> String {
    let (before, rest) = told.split_once("stack backtrace:\n").unwrap();
    let (_, after) = rest.split_once("unikernel: ").unwrap();
    format!("{before}unikernel: {after}")
}

#[test]
fn a_stack_overflow_shows_who_recursed() {
    let told = told(&mut symbolizer("faults"), &crash("faults", "how=overflow"));
    let functions = functions(&told);
    let (recursion, outermost) = functions.split_at(functions.len() - OUTERMOST.len());
    assert!(recursion.len() > 20 && recursion.contains(&"faults::overflow"), "{told}");
    assert_eq!(outermost, OUTERMOST, "{told}");
}

#[test]
fn a_wild_stack_pointer_is_not_followed() {
    let told = told(&mut symbolizer("faults"), &crash("faults", "how=pointer"));
    assert_eq!(functions(&told), ["faults::main"], "{told}");
}

#[test]
fn a_panic_in_a_task_shows_the_task_and_the_executor() {
    let told = told(&mut symbolizer("faults_task"), &crash("faults_task", ""));
    let functions = functions(&told);
    let wanted = ["core::panicking::panic_bounds_check", "faults_task::element", "unikernel_rt::tasks::executor::run"];
    let places: Vec<_> = wanted.iter().map(|wanted| functions.iter().position(|function| function == wanted)).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{told}");
    for line in ["src/bin/faults_task.rs:26:", "src/bin/faults_task.rs:21:", "src/bin/faults_task.rs:16:"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains(" - ? "), "{told}");
}

#[test]
fn the_elf_of_another_build_is_noticed() {
    let mut symbolizer = symbolizer("panics");
    let told = told(&mut symbolizer, &crash("faults", "how=null"));
    assert!(told.contains("\nno backtrace: this report is from a different build than the ELF"), "{told}");
    assert!(functions(&told).is_empty());
    assert_eq!((symbolizer.reports(), symbolizer.foreign()), (1, 1));
}

#[test]
fn an_iso_has_neither_symbols_nor_debug_information() {
    let kernel = Kernel::read(kernel("faults")).unwrap();
    let stripped = Kernel::parse(kernel.stripped()).unwrap();
    assert_eq!(stripped.hash(), kernel.hash());
    assert!(stripped.bytes().len() as u64 <= kernel.loaded_size() + 1024);
    let error = Symbolizer::new(stripped).unwrap_err().to_string();
    assert!(error.starts_with("the kernel is stripped"), "{error}");
}
