//! Crates of the registry, unchanged, in programs of `build-support/tests/std`: each does the same on the host and as an image.
//!
//! All of it takes long to build: it is for `make test-all`.

use crate::command_line::{stderr, stdout};
use crate::common::effort::{Effort, is_left_out};
use crate::common::kernels::boot;
use crate::common::qemu;
use crate::std_programs::{QUICK, kernel, on_host, succeeds};

/// A program with a network card.
#[track_caller]
fn arguments(name: &str) -> Vec<String> {
    let network = ["-netdev", "user,id=net,net=10.0.0.0/24,host=10.0.0.1", "-device", "virtio-net-pci,netdev=net"];
    let card = ["-cpu", "max"].into_iter().chain(network).map(str::to_owned);
    boot(&kernel(name, QUICK), "pc", "64M", "").into_iter().chain(card).collect()
}

/// Runs a program on the host and as an image, and compares what they print.
#[track_caller]
fn same(package: &str, name: &str) {
    let host = on_host(package, name, &[], &[("RUST_LOG", "info")], "");
    assert!(host.status.success(), "{name}: {}", stderr(&host));
    let outcome = qemu::run(arguments(name));
    succeeds(&outcome);
    assert_eq!(outcome.console, stdout(&host), "{name}");
    assert!(outcome.console.ends_with("done\n"), "{name}: {outcome:?}");
}

#[test]
fn small_libraries_do_what_they_do_on_the_host() {
    if is_left_out("tempfile, redb, rand, image and others", Effort::All) {
        return;
    }
    same("everyday", "everyday");
    same("everyday", "waits");
    let outcome = qemu::run(arguments("maps"));
    succeeds(&outcome);
    assert_eq!(outcome.console, "anonymous 10000 7\nFunction not implemented (os error 38)\n");
}

#[test]
fn a_name_server_and_a_resolver_do_what_they_do_on_the_host() {
    if is_left_out("hickory-dns", Effort::All) {
        return;
    }
    same("nameserver", "std_nameserver");
}

#[test]
fn libraries_in_c_that_crates_bring_along_do_what_they_do_on_the_host() {
    if is_left_out("zstd and lz4", Effort::All) {
        return;
    }
    same("native", "native");
}
