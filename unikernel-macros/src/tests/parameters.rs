//! Faults of the parameters of `main`.

use super::{faults, none, one};

#[test]
fn a_parameter_that_nobody_declared() {
    one(
        "#[unikernel(console)]\n\
         fn main(console: Console, port: u16) {}",
        "2:27-2:31 `port` is not declared\n\
         help: write `args(port)`",
    );
}

#[test]
fn a_parameter_beside_declared_arguments() {
    one(
        "#[unikernel(console, args(greeting = \"x\"))]\n\
         fn main(greeting: &str, number: u16) {}",
        "2:25-2:31 `number` is not declared\n\
         help: write `args(greeting = \"x\", number)`",
    );
}

#[test]
fn a_device_that_is_not_declared() {
    one(
        "#[unikernel(console, args(port = 80))]\n\
         fn main(port: u16, clock: Clock) {}",
        "2:20-2:25 `clock` is not declared\n\
         help: write `#[unikernel(console, args(port = 80), clock)]`",
    );
}

#[test]
fn a_device_that_is_not_declared_by_its_type() {
    one(
        "#[unikernel(console)]\n\
         fn main(timer: Clock) {}",
        "2:9-2:14 `timer` is not declared\n\
         help: write `#[unikernel(console, clock)]` and `clock: Clock`",
    );
}

#[test]
fn a_misspelt_parameter_is_one_mistake() {
    one(
        "#[unikernel(args(port = 80))]\n\
         fn main(prot: u16) {}",
        "2:9-2:13 `prot` is not declared\n\
         help: write `port: u16`",
    );
}

#[test]
fn a_device_under_another_name() {
    one(
        "#[unikernel(console)]\n\
         fn main(tty: Console) {}",
        "2:9-2:12 `tty` is not declared\n\
         help: write `console: Console`",
    );
}

#[test]
fn declared_arguments_that_are_no_parameters() {
    let source = "#[unikernel(console, args(port = 80, greeting, offset = -3, big = 100000, on = true))]\n\
                  fn main(console: Console) {}";
    let expected = [
        "1:27-1:31 `port` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, port: u16, greeting: &str, offset: i32, big: u64, on: bool)`",
        "1:38-1:46 `greeting` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, port: u16, greeting: &str, offset: i32, big: u64, on: bool)`",
        "1:48-1:54 `offset` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, port: u16, greeting: &str, offset: i32, big: u64, on: bool)`",
        "1:61-1:64 `big` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, port: u16, greeting: &str, offset: i32, big: u64, on: bool)`",
        "1:75-1:77 `on` is declared, but not a parameter of `main`\n\
         help: write `fn main(console: Console, port: u16, greeting: &str, offset: i32, big: u64, on: bool)`",
    ];
    assert_eq!(faults(source), expected);
}

#[test]
fn a_device_that_is_never_a_parameter() {
    one(
        "#[unikernel(heap)]\n\
         fn main(heap: Heap) {}",
        "2:9-2:13 `heap` cannot be a parameter of `main`\n\
         help: write `fn main()`",
    );
}

#[test]
fn a_spawner_without_async() {
    one(
        "#[unikernel(console)]\n\
         fn main(console: Console, spawner: Spawner) {}",
        "2:27-2:34 `spawner` needs an `async fn main`\n\
         help: write `async fn main(console: Console, spawner: Spawner)`",
    );
}

#[test]
fn one_device_for_two_parameters() {
    one(
        "#[unikernel(console)]\n\
         fn main(console: Console, _console: Console) {}",
        "2:9-2:35 duplicate parameter `console`\n\
         help: remove one of them",
    );
}

#[test]
fn a_wildcard() {
    one(
        "#[unikernel(console)]\n\
         fn main(_: Console) {}",
        "2:9-2:10 a parameter of `main` must be a plain name, not the pattern `_`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn a_tuple_pattern() {
    one(
        "#[unikernel(args(a = 1))]\n\
         fn main((a, b): (u8, u8)) {}",
        "2:9-2:15 a parameter of `main` must be a plain name, not the pattern `(a , b)`\n\
         help: write `fn main(a: u16)`",
    );
}

#[test]
fn a_struct_pattern() {
    one(
        "#[unikernel(console)]\n\
         fn main(Console { x }: Console) {}",
        "2:9-2:22 a parameter of `main` must be a plain name, not the pattern `Console { x }`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn a_reference_pattern() {
    one(
        "#[unikernel(console)]\n\
         fn main(ref console: Console) {}",
        "2:9-2:20 a parameter of `main` must be a plain name, not the pattern `ref console`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn an_at_pattern() {
    one(
        "#[unikernel(console)]\n\
         fn main(console @ _: Console) {}",
        "2:9-2:20 a parameter of `main` must be a plain name, not the pattern `console @ _`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn a_receiver() {
    one(
        "#[unikernel(console)]\n\
         fn main(&self) {}",
        "2:9-2:14 `main` cannot take `self`\n\
         help: write `fn main()`",
    );
}

#[test]
fn a_variadic_main() {
    let source = "#[unikernel]\n\
                  unsafe extern \"C\" fn main(a: u8, ...) {}";
    let expected = [
        "2:1-2:7 `main` cannot be `unsafe`\n\
         help: write `fn main()`",
        "2:8-2:18 `main` cannot be `extern \"C\"`\n\
         help: write `fn main()`",
        "2:34-2:37 `main` cannot be variadic\n\
         help: write `fn main()`",
        "2:27-2:28 `a` is not declared\n\
         help: write `args(a)`",
    ];
    assert_eq!(faults(source), expected);
}

#[test]
fn an_impl_parameter() {
    one(
        "#[unikernel(args(name))]\n\
         fn main(name: impl FromArg) {}",
        "2:15-2:27 `main` cannot be generic\n\
         help: write `fn main(name: &str)`",
    );
}

#[test]
fn an_undeclared_parameter_with_an_underscore() {
    one(
        "#[unikernel]\n\
         fn main(_port: u16) {}",
        "2:9-2:14 `port` is not declared\n\
         help: write `args(port)`",
    );
}

#[test]
fn an_undeclared_raw_parameter() {
    one(
        "#[unikernel]\n\
         fn main(r#type: u16) {}",
        "2:9-2:15 `type` is not declared\n\
         help: write `args(r#type)`",
    );
}

#[test]
fn no_fault() {
    none(
        "#[unikernel]\n\
         async fn main(spawner: Spawner) {}",
    );
    none(
        "#[unikernel]\n\
         async fn main(_spawner: Spawner) {}",
    );
    none(
        "#[unikernel(console, clock)]\n\
         fn main(_console: Console, mut clock: Clock) {}",
    );
    none(
        "#[unikernel(args(_x = 1))]\n\
         fn main(_x: u8) {}",
    );
}
