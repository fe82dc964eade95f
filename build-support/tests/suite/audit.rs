//! Kernels of this workspace are audited: hello is clean, what touches an undeclared component is not.

use crate::common::{self, program, root};
use std::process::{Command, Output};

use unikernel_cli::audit::{self, Audit, Budget, Owner, components::COMPONENTS};
use unikernel_cli::elf::Kernel;
use unikernel_cli::iso;

/// Builds an application as for an image, and audits it.
fn audited(application: &str) -> (Kernel, Audit) {
    let kernel = common::kernels::read(application);
    let audit = audit::audit(&kernel).unwrap_or_else(|error| panic!("`{application}`: {error}"));
    (kernel, audit)
}

fn bytes(audit: &Audit, name: &str) -> u64 {
    audit.rows.iter().filter(|row| row.owner.to_string() == name).map(|row| row.bytes()).sum()
}

#[track_caller]
fn is_clean(application: &str) -> Audit {
    let (kernel, audit) = audited(application);
    assert_eq!(audit.faults(), [""; 0], "{}", audit.table());
    // Every byte counts once: none is left out, none is in two rows.
    assert_eq!(audit.loaded_bytes(), kernel.loaded_size(), "{}", audit.table());
    assert!(audit.bytes_of(&Owner::Unknown) * 100 <= kernel.loaded_size(), "{}", audit.table());
    audit
}

#[test]
fn hello_is_what_it_declares() {
    let audit = is_clean("hello");
    for component in ["boot", "serial", "core", "uart_16550"] {
        assert!(bytes(&audit, component) > 0, "no byte of `{component}`:\n{}", audit.table());
    }
    for component in COMPONENTS.iter().filter(|component| !["boot", "console", "serial"].contains(&component.name)) {
        assert_eq!(bytes(&audit, component.name), 0, "`{}` in hello:\n{}", component.name, audit.table());
    }
}

#[test]
fn sockets_without_tasks_need_no_executor() {
    let (_, audit) = audited("net_blocking");
    assert!(bytes(&audit, "net") > 0, "{}", audit.table());
    for name in ["async", "embassy_executor"] {
        assert_eq!(bytes(&audit, name), 0, "{}", audit.table());
    }
}

#[test]
fn every_application_is_clean_and_within_its_budget() {
    for application in common::kernels::applications() {
        is_clean(&application.name);
        let kernel = common::kernels::read(&application.name);
        let image = iso::write(&kernel, "").expect("an image");
        let budget =
            Budget::read(&application.metadata).unwrap_or_else(|fault| panic!("{}: {fault}", application.name));
        assert_eq!(budget.faults(&application.name, kernel.loaded_size(), image.len() as u64), [""; 0]);
    }
}

#[test]
fn arguments_are_in_kernels_that_declare_some() {
    let audit = is_clean("greet");
    assert!(bytes(&audit, "arguments") > 0, "{}", audit.table());
    assert!(bytes(&audit, "application") > 0, "{}", audit.table());
}

#[test]
fn a_kernel_that_declares_nothing_has_no_console() {
    let audit = is_clean("silent");
    for component in ["console", "serial", "uart_16550"] {
        assert_eq!(bytes(&audit, component), 0, "{}", audit.table());
    }
}

#[test]
fn a_touch_of_an_undeclared_component_is_found() {
    let (kernel, audit) = audited("undeclared");
    assert_eq!(audit.loaded_bytes(), kernel.loaded_size(), "{}", audit.table());
    let [fault] = audit.faults().try_into().expect("one fault");
    let mut lines = fault.lines();
    let mut line = || lines.next().unwrap_or_default();
    let first = line();
    assert!(first.starts_with("`undeclared` holds "), "{fault}");
    assert!(first.ends_with(" bytes of the component `serial`, which it does not declare"), "{fault}");
    let function = line();
    assert!(function.starts_with("  `write<true>` (unikernel-rt/src/devices/console/serial.rs): "), "{fault}");
    let user = line();
    assert!(
        user.starts_with("    used by `main` (build-support/tests/kernels/plain/src/bin/undeclared.rs:"),
        "{fault}"
    );
    assert!(line().starts_with("  `put` (unikernel-rt/src/drivers/uart.rs): "), "{fault}");
    assert_eq!(line(), "help: declare it, `#[unikernel(console(serial))]`, or remove what uses it", "{fault}");
    // The driver's bytes stand in a row of their own, which says so, too.
    assert!(audit.table().to_string().contains("for serial, NOT DECLARED"), "{}", audit.table());
}

#[test]
fn a_touch_that_was_inlined_is_found() {
    let (_, audit) = audited("undeclared_inlined");
    let [fault] = audit.faults().try_into().expect("one fault");
    assert!(fault.contains(" bytes of the component `arguments`, which it does not declare\n"), "{fault}");
    assert!(fault.contains("\n  `parse` (unikernel-rt/src/kernel/from_arg.rs): "), "{fault}");
    let place = "\n    inlined into `main` (build-support/tests/kernels/plain/src/bin/undeclared_inlined.rs:";
    assert!(fault.contains(place), "{fault}");
    let help = "\nhelp: declare boot arguments, `#[unikernel(args(...))]`, or remove what uses it";
    assert!(fault.ends_with(help), "{fault}");
}

/// Runs `unikernel audit` in this workspace.
fn command(arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.env_remove("CARGO_TARGET_DIR").env_remove("CLICOLOR_FORCE");
    command.current_dir(root()).arg("audit").args(arguments).output().expect("the program under test")
}

#[test]
fn the_command_prints_a_table_for_each_application() {
    let output = command(&["-p", "hello", "-p", "greet"]);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    for text in ["hello: ", "\n\ngreet: ", "component ", "\nboot ", "in every kernel\n", "\nunattributed ", "\nloaded "]
    {
        assert!(stdout.contains(text), "{text:?} is not in:\n{stdout}");
    }
}

#[test]
fn the_command_fails_and_tells_all_faults() {
    let output = command(&["-p", "undeclared"]);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("NOT DECLARED"), "{stdout}");
    assert!(
        stderr.contains("\nerror: `undeclared` holds ") || stderr.starts_with("error: `undeclared` holds "),
        "{stderr}"
    );
    assert!(stderr.contains("help: declare it, `#[unikernel(console(serial))]`, or remove what uses it"), "{stderr}");
    assert!(stderr.contains("error: the loaded image of `undeclared` has "), "{stderr}");
    assert!(stderr.contains(" more than its budget of 1,024\nhelp: make it smaller, or raise `loaded`"), "{stderr}");
}
