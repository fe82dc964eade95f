//! `std`: the user's function stays the program's `main`; the kernel around it is there in an image alone.
//!
//! An image is what the program `unikernel` builds, with `cfg(unikernel)`. Plain cargo sees none of this, and makes an ordinary
//! program of the host. Where `main` takes arguments, it has another name, and a `main` without any hands them over: from the boot
//! command line, or on a host from the words behind `cargo run --`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Path, ReturnType};

use super::{EXPANSIONS, Part, args, generated, kernel_type, parts, variable};
use crate::check::left_out;
use crate::parse::Function;
use crate::plan::{Argument, Device, Plan, Source};

/// Of `std` itself; the rest is [`program`].
pub(super) fn part(_device: &Device, _plan: &Plan) -> Part {
    Part::default()
}

/// The expansion of an annotation that declares `std`.
pub(super) fn program(plan: &Plan, function: &Function, runtime: &Path) -> TokenStream {
    let kernel = kernel_type();
    let parts: Vec<Part> = EXPANSIONS
        .iter()
        // What these define beside `std` is below.
        .filter(|expansion| !matches!(expansion.kind, "console" | "entropy" | "clock" | "shutdown"))
        .flat_map(|expansion| parts(expansion, plan))
        .collect();
    let items = parts.iter().map(|part| &part.items);
    let attach = parts.iter().map(|part| &part.attach);
    let console = console(plan);
    let devices = plan.devices.iter().map(attach_to_std);
    let mounts = plan.devices.iter().map(mount);
    let links = links(plan);
    let refused = plan.devices.iter().filter(|device| device.spec.kind == "std").flat_map(left_out).map(|family| {
        let define = format_ident!("without_{family}");
        quote!(__unikernel_rt::std::#define!();)
    });
    let declaration = args::declaration(plan);
    let constants = args::constants(plan);
    let values = args::values(plan);
    let hand_over = plan.arguments.iter().map(|Argument { name, ty, .. }| {
        let (place, value) = (place(name), variable(name, syn::spanned::Spanned::span(ty)));
        quote!(#place.put(#value);)
    });
    let program = main(plan, function, runtime);

    quote! {
        #program

        #[cfg(unikernel)]
        #[allow(nonstandard_style)]
        const _: () = {
            use #runtime::__private as __unikernel_rt;

            #(#constants)*
            struct #kernel;

            impl __unikernel_rt::Kernel for #kernel {
                type Console = #console;
                const DECLARATION: __unikernel_rt::Declaration<'static> = #declaration;

                fn run(__unikernel_boot: &__unikernel_rt::Boot<Self>) -> __unikernel_rt::Status {
                    #(#devices)*
                    #(#attach)*
                    #(#mounts)*
                    #(#values)*
                    #(#hand_over)*
                    __unikernel_rt::std::run(__unikernel_boot)
                }
            }

            __unikernel_rt::console!(#kernel, handle);
            #(#links)*
            #(#refused)*
            #(#items)*
            __unikernel_rt::std::kernel!(#kernel);
        };
    }
}

/// The type of the console: `std` writes to one, declared or not.
fn console(plan: &Plan) -> TokenStream {
    match plan.devices.iter().find(|device| device.spec.kind == "console") {
        Some(device) => super::console::console_type(device),
        None => quote!(__unikernel_rt::console::Undeclared),
    }
}

/// What makes a device reachable by `std`, where that is not its own file's.
fn attach_to_std(device: &Device) -> TokenStream {
    let name = &device.name;
    match device.spec.kind {
        "clock" => quote! {
            __unikernel_rt::clock::attach(__unikernel_boot);
            __unikernel_rt::std::use_clock(&__unikernel_rt::std::CLOCK);
        },
        "entropy" => quote! {
            __unikernel_rt::entropy::attach(__unikernel_boot, #name);
            __unikernel_rt::std::use_entropy(&__unikernel_rt::std::FILL);
        },
        "shutdown" => quote!(__unikernel_rt::std::use_shutdown();),
        _ => TokenStream::new(),
    }
}

/// What makes the files or the sockets of a device those of `std`.
fn mount(device: &Device) -> TokenStream {
    let (name, value) = (&device.name, variable(&device.name, device.span));
    match device.spec.kind {
        "block" => quote!(__unikernel_rt::std::add_disk(#name, #value);),
        "net" => quote!(__unikernel_rt::std::add_net(#value);),
        "kv" => {
            let place = device.option("dir").map_or_else(|| name.clone(), |dir| folder(&dir.text));
            quote!(__unikernel_rt::std::mount_store(#place, #value);)
        }
        _ => TokenStream::new(),
    }
}

/// Where an embedded folder is, so that its path below the package is its path from the root as well.
fn folder(dir: &str) -> String {
    let names: Vec<&str> = dir.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    names.join("/")
}

/// What defines the functions that `std` links to for devices: a network brings along time and random numbers.
fn links(plan: &Plan) -> Vec<TokenStream> {
    let has = |kind: &str| plan.devices.iter().any(|device| device.spec.kind == kind);
    let links = [
        (has("net"), quote!(__unikernel_rt::std::net!();)),
        (has("net") || has("clock"), quote!(__unikernel_rt::std::clock!();)),
        (has("net") || has("entropy"), quote!(__unikernel_rt::std::entropy!();)),
    ];
    links.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, link)| link).collect()
}

/// The static through which an argument gets to `main`.
fn place(name: &str) -> Ident {
    generated(&format!("value_{name}"))
}

/// The program's `main`.
fn main(plan: &Plan, function: &Function, runtime: &Path) -> TokenStream {
    if plan.parameters.is_empty() {
        return quote!(#function);
    }
    let mut inner = function.clone();
    inner.signature.ident = format_ident!("__unikernel_main", span = function.signature.ident.span());
    let (name, output) = (&inner.signature.ident, &function.signature.output);
    let call = match output {
        ReturnType::Default => quote!(),
        ReturnType::Type(arrow, ty) => quote!(#arrow #ty),
    };
    let statics = plan.arguments.iter().map(|Argument { name, ty, .. }| {
        let place = place(name);
        quote! {
            #[cfg(unikernel)]
            #[allow(nonstandard_style)]
            static #place: #runtime::__private::std::Value<#ty> = #runtime::__private::std::Value::new();
        }
    });
    let constants = args::constants(plan);
    let arguments: Vec<&str> = plan
        .parameters
        .iter()
        .filter_map(|parameter| match parameter.source {
            Source::Argument(index) => Some(plan.arguments[index].name.as_str()),
            Source::Device(_) | Source::Rest | Source::Spawner => None,
        })
        .collect();
    let taken = arguments.iter().map(|name| {
        let place = place(name);
        quote!(#place.take())
    });
    let words = generated("words");
    let own = plan.arguments.iter().map(|argument| &argument.name);
    let check = plan.rest.is_none().then(|| {
        quote! {
            if let ::core::result::Result::Err(fault) = __unikernel_rt::std::check_words(&[#(#own),*], #words) {
                ::std::eprintln!("{fault}");
                ::std::process::exit(__unikernel_rt::std::ARGUMENT_STATUS);
            }
        }
    });
    let read = arguments.iter().map(|name| {
        let constant = args::constant(name);
        quote! {
            match __unikernel_rt::std::host_value(&#constant, #words) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(fault) => {
                    ::std::eprintln!("{fault}");
                    ::std::process::exit(__unikernel_rt::std::ARGUMENT_STATUS);
                }
            }
        }
    });
    quote! {
        #inner

        #(#statics)*

        #[allow(nonstandard_style)]
        fn main() #call {
            #[cfg(unikernel)]
            return #name(#(#taken),*);
            #[cfg(not(unikernel))]
            {
                use #runtime::__private as __unikernel_rt;

                #(#constants)*
                let #words: &'static [&'static str] = ::std::vec::Vec::leak(
                    ::std::env::args().skip(1).map(|word| &*::std::string::String::leak(word)).collect(),
                );
                #check
                #name(#(#read),*)
            }
        }
    }
}
