//! `std`: what can be declared beside it, `main`, and `env`.

use crate::faults::Faults;
use crate::features::Features;
use crate::root::Root;

use super::{faults, one};

#[test]
fn an_ordinary_main_is_fine() {
    for source in [
        "#[unikernel(std)] fn main() {}",
        "#[unikernel(std, console)] fn main() -> Result<u8, Box<dyn std::error::Error>> { Ok(1) }",
        "#[unikernel(std, block, block(name = \"b\"), kv(dir = \"tests/embedded\"))] fn main() {}",
        "#[unikernel(std, shutdown)] fn main() {}",
        "#[unikernel(std)] #[tokio::main] async fn main() {}",
        "#[unikernel(std, args(port = 80))] #[tokio::main(flavor = \"current_thread\")] async fn main(port: u16) {}",
        "#[unikernel(std, net(ip = \"10.0.0.2/24\", gateway = \"10.0.0.1\"), net(dhcp, name = \"lan\"))] fn main() {}",
        "#[unikernel(std, args(..rest), env(A = \"b\", C))] fn main() {}",
    ] {
        assert_eq!(faults(source), [""; 0], "{source}");
    }
}

#[test]
fn an_async_main_needs_a_runtime() {
    one(
        "#[unikernel(std)] async fn main() {}",
        "1:19-1:24 with `std`, an `async fn main` needs the attribute of a runtime\nhelp: write `#[tokio::main]` between \
         `#[unikernel(...)]` and `async fn main`",
    );
}

/// What `#[tokio::main]` makes of a `main` when it comes first.
#[test]
fn a_runtime_above_the_annotation_takes_no_arguments() {
    let body = "{ let body = async {}; { use tokio::runtime::Builder; return Builder::new_multi_thread().enable_all().build()\
                .expect(\"Failed building the Runtime\").block_on(body); } }";
    assert_eq!(faults(&format!("#[unikernel(std)] fn main() {body}")), [""; 0]);
    one(
        &format!("#[unikernel(std, args(port = 80))] fn main(port: u16) {body}"),
        "1:39-1:43 `#[tokio::main]` is above `#[unikernel(...)]`, where it knows nothing of the arguments of `main`\nhelp: write \
         `#[unikernel(...)]` above `#[tokio::main]`",
    );
}

#[test]
fn devices_are_no_parameters() {
    one(
        "#[unikernel(std, console)] fn main(console: Console) {}",
        "1:36-1:43 with `std`, the console is `std::io::stdin`, `stdout` and `stderr`\nhelp: remove the parameter",
    );
    one(
        "#[unikernel(std, block(name = \"data\"))] fn main(data: Block) {}",
        "1:49-1:53 with `std`, a disk is a file\nhelp: remove the parameter, and open `/dev/data`",
    );
    one(
        "#[unikernel(std, shutdown)] fn main(shutdown: Shutdown) {}",
        "1:37-1:45 with `std`, the power button is the signal SIGTERM\nhelp: remove the parameter, and handle the signal, as by \
         `tokio::signal`",
    );
    one(
        "#[unikernel(std, net(dhcp))] fn main(net: Net) {}",
        "1:38-1:41 with `std`, a network is that of `std::net`\nhelp: remove the parameter",
    );
    one(
        "#[unikernel(std, kv(dir = \"tests/embedded\", name = \"site\"))] fn main(_site: Kv) {}",
        "1:70-1:75 with `std`, the files of a `kv` are those of `std::fs`\nhelp: remove the parameter, and open `/site/KEY`",
    );
}

#[test]
fn what_std_has_itself_is_not_declared_beside_it() {
    one(
        "#[unikernel(std, heap)] fn main() {}",
        "1:18-1:22 `heap` cannot be declared beside `std`: `std` has an allocator, over all free memory\nhelp: remove `heap`",
    );
    let stack = faults("#[unikernel(std, stack(size = \"1MiB\"))] fn main() {}");
    assert!(stack.len() == 1 && stack[0].contains("8 MiB"), "{stack:?}");
}

#[test]
fn what_std_is_without_is_known() {
    for source in [
        "#[unikernel(std(without = \"processes\"))] fn main() {}",
        "#[unikernel(std(without = \"net, processes\"))] fn main() {}",
        "#[unikernel(std(without = \"libraries\"))] fn main() {}",
    ] {
        assert_eq!(faults(source), [""; 0], "{source}");
    }
    one(
        "#[unikernel(std(without = \"process\"))] fn main() {}",
        "1:27-1:36 `std` cannot be without `process`\nexpected one of `processes`, `net`, `libraries`\nhelp: write `processes`",
    );
    one(
        "#[unikernel(std(without = \"\"))] fn main() {}",
        "1:27-1:29 `without` names nothing\nhelp: write `std(without = \"processes\")`",
    );
}

#[test]
fn what_needs_std_says_so() {
    one(
        "#[unikernel(console, tmp)] fn main() {}",
        "1:22-1:25 `tmp` needs a `std`, and none is declared\nhelp: write `#[unikernel(std, console, tmp)]`",
    );
    one(
        "#[unikernel(env(A = \"b\"))] fn main() {}",
        "1:13-1:16 `env` is for programs of `std`, whose `std::env` reads it\nhelp: write `std` beside it, or `args(...)` in its place",
    );
}

#[test]
fn variables_are_texts_with_names_of_a_command_line() {
    one(
        "#[unikernel(std, env(A = 80))] fn main() {}",
        "1:26-1:28 a variable's value is a text, not `80`\nhelp: write `env(A = \"80\")`",
    );
    one(
        "#[unikernel(std, env(A = VALUE))] fn main() {}",
        "1:26-1:31 a variable's value is a literal, not a constant\nhelp: write `env(A = \"value\")`",
    );
    one(
        "#[unikernel(std, env(A = \"1\", A = \"2\"))] fn main() {}",
        "1:22-1:32 duplicate variable `A`\nhelp: remove one of them",
    );
    one(
        "#[unikernel(std, env(A = \"1\"), env(B = \"2\"))] fn main() {}",
        "1:18-1:35 duplicate `env`\nhelp: put all variables into one `env(...)`",
    );
    let umlaut = faults("#[unikernel(std, env(\u{e4} = \"1\"))] fn main() {}");
    assert!(umlaut.len() == 1 && umlaut[0].contains("cannot be used on a command line"), "{umlaut:?}");
}

/// The faults of an annotation in the root file of a crate.
fn in_root(root: Root, features: Features, source: &str) -> Vec<String> {
    let (annotation, _) = super::split(source);
    let mut faults = Faults::default();
    assert_eq!(root.check(&annotation, features, &mut faults), faults.is_empty());
    faults.described().into_iter().map(|fault| fault.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn a_crate_that_has_std_declares_it() {
    let source = "#[unikernel(console, net(dhcp))] #[tokio::main] async fn main() {}";
    assert_eq!(
        in_root(Root::Std, Features::All, source),
        [
            "the crate has the standard library, and `std` is not declared\nhelp: write `#[unikernel(std, console, net(dhcp))]`"
        ]
    );
    assert_eq!(
        in_root(Root::Std, Features::None, "#[unikernel] fn main() {}"),
        ["a kernel that does not declare `std` is a crate without the standard library\n\
          help: begin the file with `#![no_std]` and `#![no_main]`\n\
          help: or write `#[unikernel(std)]`, and in Cargo.toml `unikernel-rt = { ..., features = [\"std\"] }`"]
    );
    assert_eq!(
        in_root(Root::NoStd, Features::All, "#[unikernel(crate = rt, console, std)] fn main() {}"),
        ["`std` is declared, and the crate begins with `#![no_std]`\nhelp: remove `#![no_std]` and `#![no_main]`"]
    );
}

#[test]
fn what_may_be_std_is_not_asked_for_again() {
    for (root, source) in [
        (Root::Std, "#[unikernel(std, console)] fn main() {}"),
        (Root::Std, "#[unikernel(console, sdt)] fn main() {}"),
        (Root::Std, "#[unikernel(console, rt::std)] fn main() {}"),
        (Root::NoStd, "#[unikernel(console)] fn main() {}"),
        (Root::Unknown, "#[unikernel(console)] fn main() {}"),
        (Root::Unknown, "#[unikernel(std)] fn main() {}"),
    ] {
        assert_eq!(in_root(root, Features::All, source), [""; 0], "{source}");
    }
}
