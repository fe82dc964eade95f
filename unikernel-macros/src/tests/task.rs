//! Faults of `#[task]`.

use super::split;
use crate::check::task::check;
use crate::faults::Faults;
use crate::features::Features;

fn faults(source: &str) -> Vec<String> {
    let (options, item) = split(source);
    let mut faults = Faults::default();
    check(options, item, Features::All, &mut faults);
    faults.described()
}

#[test]
fn a_function_that_is_not_async() {
    let expected = "2:5-2:7 a task must be an `async fn`\nhelp: write `async fn blink`";
    assert_eq!(faults("#[task]\npub fn blink() {}"), [expected]);
}

#[test]
fn a_generic_task() {
    let expected = "2:15-2:24 a task cannot be generic: its memory is allocated at compile time";
    assert_eq!(faults("#[task]\nasync fn blink<T: Copy>(t: T) {}"), [expected]);
}

#[test]
fn something_that_is_no_function() {
    let expected =
        "2:1-2:7 `#[task]` belongs on a function, not on `struct`\nhelp: write `#[task]` above an `async fn`";
    assert_eq!(faults("#[task]\nstruct Blink;"), [expected]);
}

#[test]
fn an_unknown_option() {
    let expected = "1:8-1:17 `task` has no option `pool_sise`\nexpected `pool_size`\nhelp: write `pool_size`";
    assert_eq!(faults("#[task(pool_sise = 4)]\nasync fn blink() {}"), [expected]);
}

#[test]
fn wrong_pool_sizes() {
    for (literal, end) in [("0", 21), ("\"4\"", 23), ("-1", 22), ("1.5", 23)] {
        let expected = format!(
            "1:20-1:{end} `pool_size` takes an integer from 1 to 65536, not `{literal}`\n\
             help: write `#[task(pool_size = 4)]`"
        );
        assert_eq!(faults(&format!("#[task(pool_size = {literal})]\nasync fn blink() {{}}")), [expected]);
    }
}

#[test]
fn a_pool_size_that_is_no_constant() {
    for (value, shown, end) in [("SOCKETS + 1", "SOCKETS + 1", 31), ("size()", "size ()", 26)] {
        let expected = format!(
            "1:20-1:{end} the value of `pool_size` must be a literal, such as `80`, `\"text\"` or `true`, or the name of a constant\n\
             help: define `const POOL_SIZE: ... = {shown};` and write `pool_size = POOL_SIZE`"
        );
        assert_eq!(faults(&format!("#[task(pool_size = {value})]\nasync fn blink() {{}}")), [expected]);
    }
}

#[test]
fn a_pool_size_without_a_value() {
    let expected = "1:8-1:17 `pool_size` lacks a value\nhelp: write `#[task(pool_size = 4)]`";
    assert_eq!(faults("#[task(pool_size)]\nasync fn blink() {}"), [expected]);
}

#[test]
fn a_pool_size_twice() {
    let expected = "1:8-1:32 duplicate option `pool_size`\nhelp: remove one of them";
    assert_eq!(faults("#[task(pool_size = 4, pool_size = 5)]\nasync fn blink() {}"), [expected]);
}

#[test]
fn no_fault() {
    for source in [
        "#[task]\nasync fn a() {}",
        "#[task(pool_size = 4,)]\npub async fn a(x: u8) -> ! { loop {} }",
        "#[task(pool_size = crate::NET_SOCKETS)]\nasync fn a() {}",
    ] {
        assert_eq!(faults(source), [""; 0]);
    }
}
