//! Checks a program of the standard library: what it can declare, and how its `main` is written.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Signature;

use super::{Declared, known};
use crate::faults::Faults;
use crate::features::Features;
use crate::parse::{Entry, Function};
use crate::plan::Device;

/// Devices that cannot be declared beside `std`, and why.
const NOT_BESIDE: &[(&str, &str)] = &[
    ("heap", "`std` has an allocator, over all free memory\nhelp: remove `heap`"),
    ("stack", "the stack of `main` has 8 MiB with `std`, mapped as they are used\nhelp: remove `stack`"),
];

/// The families of functions that `without` can leave out.
const FAMILIES: [&str; 3] = ["processes", "net", "libraries"];

/// The families that a declaration of `std` leaves out.
pub(crate) fn left_out(device: &Device) -> impl Iterator<Item = &str> {
    let families = device.option("without").map_or("", |without| without.text.as_str());
    families.split(',').map(str::trim).filter(|family| !family.is_empty())
}

/// Checks `std(without = "...")`.
pub(super) fn check_options(_entry: &Entry, device: &mut Device, _declared: &Declared, faults: &mut Faults) {
    let Some(without) = device.option("without") else { return };
    let place = Ident::new("without", without.span);
    if left_out(device).next().is_none() {
        faults.at(&place, "`without` names nothing\nhelp: write `std(without = \"processes\")`");
    }
    for family in left_out(device).filter(|family| !FAMILIES.contains(family)) {
        faults.at(&place, format!("`std` cannot be without `{family}`\n{}", known(family, &FAMILIES)));
    }
}

/// Whether `std` is declared.
pub(super) fn is_declared(declared: &Declared) -> bool {
    declared.devices.iter().any(|device| device.spec.kind == "std")
}

/// Reports what does not go with `std`.
pub(super) fn check(declared: &Declared, function: &Function, features: Features, faults: &mut Faults) {
    let has_sockets = features.is_on("tcp") || features.is_on("udp");
    for device in &declared.devices {
        if device.spec.kind == "net" && features.is_on("net") && !has_sockets {
            let line = "unikernel-rt = { ..., features = [\"std\", \"tcp\", \"dns\"] }";
            let message = "`net` beside `std` needs the feature `tcp` or `udp` of `unikernel-rt`: `std::net` has no sockets without";
            faults.at(Ident::new("net", device.span), format!("{message}\nhelp: add to Cargo.toml: `{line}`"));
        }
        if let Some((_, why)) = NOT_BESIDE.iter().find(|(kind, _)| *kind == device.spec.kind) {
            let place = Ident::new(device.spec.kind, device.span);
            faults.at(place, format!("`{}` cannot be declared beside `std`: {why}", device.spec.kind));
        }
    }
    let without = declared.devices.iter().filter(|device| device.spec.kind == "std").flat_map(left_out);
    if without.into_iter().any(|family| family == "net")
        && let Some(net) = declared.devices.iter().find(|device| device.spec.kind == "net")
    {
        let message = "`net` is declared, and left out by `std(without = \"net\")`\nhelp: remove one of them";
        faults.at(Ident::new("net", net.span), message);
    }
    let Signature { asyncness, ident, inputs, .. } = &function.signature;
    let is_main =
        |attribute: &syn::Attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == "main");
    if let Some(asynchronous) = asyncness
        && !function.attributes.iter().any(is_main)
    {
        let message = "with `std`, an `async fn main` needs the attribute of a runtime";
        faults.at(
            asynchronous,
            format!("{message}\nhelp: write `#[tokio::main]` between `#[unikernel(...)]` and `async fn main`"),
        );
    }
    if !inputs.is_empty() && is_of_tokio(function.body.clone()) {
        let message =
            "`#[tokio::main]` is above `#[unikernel(...)]`, where it knows nothing of the arguments of `main`";
        faults.at(ident, format!("{message}\nhelp: write `#[unikernel(...)]` above `#[tokio::main]`"));
    }
}

/// Whether `#[tokio::main]` has written a body, by the message that is in it.
fn is_of_tokio(body: TokenStream) -> bool {
    body.into_iter().any(|token| match token {
        TokenTree::Group(group) => is_of_tokio(group.stream()),
        TokenTree::Literal(literal) => literal.to_string() == "\"Failed building the Runtime\"",
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
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
        "shutdown" => {
            "with `std`, the power button is the signal SIGTERM\nhelp: remove the parameter, and handle the signal, as by `tokio::signal`"
        }
        "net" => "with `std`, a network is that of `std::net`\nhelp: remove the parameter",
        "block" => "with `std`, a disk is a file\nhelp: remove the parameter, and open `/dev/NAME`",
        _ => "with `std`, it is no parameter\nhelp: remove the parameter",
    }
}
