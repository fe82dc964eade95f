//! Checks a program of the standard library: what it can declare, and how its `main` is written.

use proc_macro2::Ident;
use syn::Signature;

use super::Declared;
use crate::faults::Faults;
use crate::parse::Function;

/// Devices that cannot be declared beside `std`, and why.
const NOT_BESIDE: &[(&str, &str)] = &[
    ("heap", "`std` has an allocator, over all free memory\nhelp: remove `heap`"),
    ("stack", "the stack of `main` has 8 MiB with `std`, mapped as they are used\nhelp: remove `stack`"),
    ("net", "`std` has no sockets yet\nhelp: write an application without `std`, with `#![no_std]`, for a network"),
    ("shutdown", "`std` has no signals yet\nhelp: remove `shutdown`: the power button then ends the program"),
];

/// Whether `std` is declared.
pub(super) fn is_declared(declared: &Declared) -> bool {
    declared.devices.iter().any(|device| device.spec.kind == "std")
}

/// Reports what does not go with `std`.
pub(super) fn check(declared: &Declared, function: &Function, faults: &mut Faults) {
    for device in &declared.devices {
        if let Some((_, why)) = NOT_BESIDE.iter().find(|(kind, _)| *kind == device.spec.kind) {
            let place = Ident::new(device.spec.kind, device.span);
            faults.at(place, format!("`{}` cannot be declared beside `std`: {why}", device.spec.kind));
        }
    }
    let Signature { asyncness, .. } = &function.signature;
    let is_main =
        |attribute: &syn::Attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == "main");
    if let Some(asynchronous) = asyncness
        && !function.attributes.iter().any(is_main)
    {
        let message = "with `std`, an `async fn main` needs the attribute of a runtime";
        faults.at(asynchronous, format!("{message}\nhelp: write `#[tokio::main]` above it"));
    }
}

/// What is said of a device that `main` takes beside `std`.
pub(super) fn not_a_parameter(kind: &str) -> &'static str {
    match kind {
        "console" => "with `std`, the console is `std::io::stdin`, `stdout` and `stderr`\nhelp: remove the parameter",
        "clock" => "with `std`, the clock is `std::time` and `std::thread::sleep`\nhelp: remove the parameter",
        "entropy" => "with `std`, random numbers are those of the crate `getrandom`\nhelp: remove the parameter",
        "kv" => {
            "with `std`, the files of a `kv` are those of `std::fs`\nhelp: remove the parameter, and open `/NAME/KEY`"
        }
        "block" => "with `std`, a disk is a file\nhelp: remove the parameter, and open `/dev/NAME`",
        _ => "with `std`, it is no parameter\nhelp: remove the parameter",
    }
}
