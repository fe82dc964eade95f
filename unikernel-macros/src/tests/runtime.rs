//! The path of the runtime: `crate = rt`.

use super::{none, one, split};
use crate::features::Features;
use crate::root::Root;

fn kernel(source: &str) -> String {
    let (annotation, item) = split(source);
    crate::unikernel_tokens(annotation, item, Features::All, Root::Unknown).to_string()
}

fn task(source: &str) -> String {
    let (options, item) = split(source);
    crate::task_tokens(options, item, Features::All).to_string()
}

#[test]
fn the_expansion_refers_to_the_path_alone() {
    for (annotation, path) in [
        ("crate = rt, console", "rt"),
        ("console, crate = ::facade::rt", ":: facade :: rt"),
        ("crate = crate::rt, console,", "crate :: rt"),
    ] {
        let expansion = kernel(&format!("#[unikernel({annotation})]\nfn main() {{}}"));
        assert!(expansion.contains(&format!("use {path} :: __private as __unikernel_rt")), "{expansion}");
        assert!(!expansion.contains(":: unikernel_rt"), "{expansion}");
    }
    let expansion = task("#[task(crate = rt, pool_size = 2)]\nasync fn blink() {}");
    let attribute =
        "# [rt :: __private :: embassy_executor :: task (pool_size = 2 , embassy_executor = rt :: __private";
    assert!(expansion.contains(attribute) && !expansion.contains(":: unikernel_rt"), "{expansion}");
}

#[test]
fn without_one_it_is_the_package_itself() {
    let expansion = kernel("#[unikernel(console)]\nfn main() {}");
    assert!(expansion.contains("use :: unikernel_rt :: __private as __unikernel_rt"), "{expansion}");
    let expansion = task("#[task]\nasync fn blink() {}");
    assert!(expansion.contains(":: unikernel_rt :: __private :: embassy_executor"), "{expansion}");
}

#[test]
fn it_hides_no_other_fault() {
    none("#[unikernel(crate = rt)]\nfn main() {}");
    one("#[unikernel(crate = rt, ,)]\nfn main() {}", "1:25-1:26 expected a device, such as `console`, and found `,`");
}

#[test]
fn what_is_no_path() {
    let lacks = "`crate` lacks a path\nhelp: write the name that the runtime has here: `crate = rt`";
    one("#[unikernel(crate, console)]\nfn main() {}", &format!("1:13-1:18 {lacks}"));
    let text = "`crate` takes a path, not a text\nhelp: write `crate = rt`";
    one("#[unikernel(crate = \"rt\")]\nfn main() {}", &format!("1:21-1:25 {text}"));
    let twice = "duplicate option `crate`\nhelp: remove one of them";
    one("#[unikernel(crate = a, crate = b)]\nfn main() {}", &format!("1:13-1:29 {twice}"));
}
