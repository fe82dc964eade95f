//! `args(..rest)`: what is accepted, and every mistake.

use super::{none, one};

#[test]
fn it_stands_anywhere_has_any_name_and_may_be_alone() {
    none("#[unikernel(args(port = 80, ..rest))]\nfn main(port: u16, rest: Rest) {}");
    none("#[unikernel(args(..words, port = 80,))]\nfn main(port: u16, words: unikernel_rt::Rest) {}");
    none("#[unikernel(args(..rest))]\nfn main(_rest: Rest) {}");
    none("#[unikernel(args(.. r#final))]\nasync fn main(r#final: Rest) {}");
    // Only the compiler knows what this is.
    none("#[unikernel(args(..rest))]\nfn main(rest: Words) {}");
}

#[test]
fn it_is_a_parameter() {
    one(
        "#[unikernel(args(port = 80, ..rest))]\nfn main(port: u16) {}",
        "1:31-1:35 `rest` is declared, but not a parameter of `main`\n\
         help: write `fn main(port: u16, rest: Rest)`",
    );
    one(
        "#[unikernel(console, args(port = 80))]\nfn main(port: u16, rest: Rest) {}",
        "2:20-2:24 `rest` is not declared\nhelp: write `args(port = 80, ..rest)`",
    );
}

#[test]
fn there_is_one() {
    one(
        "#[unikernel(args(..a, ..b))]\nfn main(a: Rest, b: Rest) {}",
        "1:20-1:26 `..a` takes the rest already\nhelp: remove one of them",
    );
    one(
        "#[unikernel(args(..rest, ..rest))]\nfn main(rest: Rest) {}",
        "1:20-1:32 `..rest` takes the rest already\nhelp: remove one of them",
    );
    one(
        "#[unikernel(args(rest, ..rest))]\nfn main(rest: &str) {}",
        "1:18-1:30 duplicate argument `rest`\nhelp: remove one of them",
    );
}

#[test]
fn it_has_no_default_and_no_type() {
    one(
        "#[unikernel(args(..rest = \"a\"))]\nfn main(rest: Rest) {}",
        "1:25-1:30 `..rest` has no default: without other words, it is empty\nhelp: write `..rest`",
    );
    one(
        "#[unikernel(args(..rest: Rest))]\nfn main(rest: Rest) {}",
        "1:24-1:30 the type of `rest` does not belong here\n\
         help: write `..rest`, and `rest: Rest` as the parameter of `main`",
    );
    one(
        "#[unikernel(args(..rest port))]\nfn main(rest: Rest) {}",
        "1:25-1:29 expected a comma between `..rest` and `port`",
    );
}

#[test]
fn the_dots_are_two_and_stand_in_front() {
    one(
        "#[unikernel(args(port = 80, ..))]\nfn main(port: u16) {}",
        "1:29-1:31 `..` lacks a name\nhelp: write `..rest`",
    );
    one(
        "#[unikernel(args(...rest))]\nfn main(rest: Rest) {}",
        "1:18-1:21 the rest of the words takes two dots\nhelp: write `..rest`",
    );
    one(
        "#[unikernel(args(rest..))]\nfn main(rest: Rest) {}",
        "1:22-1:24 unexpected `..` after `rest`\nhelp: write `..rest` for the rest of the words",
    );
    one(
        "#[unikernel(args(rest @ ..))]\nfn main(rest: Rest) {}",
        "1:23-1:27 unexpected `@ ..` after `rest`\nhelp: write `..rest` for the rest of the words",
    );
    one(
        "#[unikernel(args(..80))]\nfn main(rest: Rest) {}",
        "1:20-1:22 expected a name, such as `..rest`, and found `80`",
    );
}

#[test]
fn it_is_of_its_own_type() {
    for wrong in ["&str", "Vec<&'static str>", "u16", "&[&str]", "Option<&str>"] {
        let source = format!("#[unikernel(args(..rest))]\nfn main(rest: {wrong}) {{}}");
        let end = 15 + wrong.len();
        one(
            &source,
            &format!(
                "2:15-2:{end} `rest` is of the type `Rest`, an iterator of `&'static str`\nhelp: write `rest: Rest`"
            ),
        );
    }
    one(
        "#[unikernel(args(rest))]\nfn main(rest: Rest) {}",
        "1:18-1:22 `rest` is one argument, and a `Rest` takes all others\nhelp: write `..rest`",
    );
}

#[test]
fn it_is_for_arguments_alone() {
    one(
        "#[unikernel(console, ..rest)]\nfn main(rest: Rest) {}",
        "1:22-1:28 `..rest` is no device\nhelp: write `args(..rest)`",
    );
    one(
        "#[unikernel(heap(..rest))]\nfn main() {}",
        "1:20-1:24 `..rest` is for boot arguments alone\nhelp: write `args(..rest)`",
    );
    one(
        "#[unikernel(args(..console))]\nfn main(console: Rest) {}",
        "1:20-1:27 argument `console` has the name of a device\n\
         help: give it another name, or write `#[unikernel(console)]`",
    );
}
