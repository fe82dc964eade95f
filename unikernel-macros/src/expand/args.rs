//! The declaration, and the values of the boot arguments.
//!
//! Boot arguments are those of `args(...)`, in their order, and after them the options of devices that the command
//! line may override, as `DEVICE.OPTION`. A value is read by its index in that list.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use unikernel_vocabulary::{OptionSpec, When};

use super::variable;
use crate::plan::{Argument, Device, Plan};

/// The whole declaration, from which the image's note is made.
pub(super) fn declaration(plan: &Plan) -> TokenStream {
    let devices = plan.devices.iter().map(device);
    let own = plan.arguments.iter().map(argument);
    let options = boot_options(plan).map(|(device, option)| boot_option(device, option));
    quote! {
        __unikernel_rt::Declaration {
            application: ::core::env!("CARGO_BIN_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            devices: &[#(#devices),*],
            arguments: &[#(#own,)* #(#options),*],
        }
    }
}

/// What the compiler checks of defaults: those of types that the macro does not know.
pub(super) fn defaults(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.arguments.iter().filter_map(|argument| {
        let default = argument.default.as_ref().filter(|default| !default.checked)?;
        let (ty, text) = (&argument.ty, &default.text);
        Some(quote_spanned! {default.span=>
            const _: () = __unikernel_rt::check_default(&<#ty as __unikernel_rt::FromArg>::KIND, #text);
        })
    })
}

/// One statement for each argument.
pub(super) fn values(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.arguments.iter().enumerate().map(|(index, Argument { name, ty, .. })| {
        let (variable, index) = (variable(name, ty.span()), Literal::usize_unsuffixed(index));
        quote_spanned!(ty.span()=> let #variable: #ty = __unikernel_boot.argument(#index);)
    })
}

/// The index of the boot argument that overrides an option.
pub(super) fn option_index(plan: &Plan, device: &Device, name: &str) -> Literal {
    let is_meant = |(other, option): (&Device, &OptionSpec)| other.name == device.name && option.name == name;
    let before = boot_options(plan).take_while(|&option| !is_meant(option)).count();
    Literal::usize_unsuffixed(plan.arguments.len() + before)
}

/// The options of declared devices that are settled at boot.
fn boot_options(plan: &Plan) -> impl Iterator<Item = (&Device, &'static OptionSpec)> {
    plan.devices.iter().flat_map(|device| {
        let options = device.spec.options.iter().filter(|option| option.when == When::Boot);
        options.map(move |option| (device, option))
    })
}

fn device(device: &Device) -> TokenStream {
    let (kind, name) = (device.spec.kind, &device.name);
    let fixed = device.spec.options.iter().filter(|option| option.when == When::Fixed);
    let fixed = fixed.filter_map(|option| {
        let (name, text) = (option.name, device.text(option.name)?);
        Some(quote!((#name, #text)))
    });
    quote!(__unikernel_rt::device(#kind, #name, &[#(#fixed),*]))
}

fn argument(argument: &Argument) -> TokenStream {
    let Argument { name, ty, default } = argument;
    match default.as_ref().map(|default| &default.text) {
        None => quote_spanned!(ty.span()=> __unikernel_rt::argument::<#ty>(#name)),
        Some(text) => quote_spanned!(ty.span()=> __unikernel_rt::argument_or::<#ty>(#name, #text)),
    }
}

fn boot_option(device: &Device, option: &OptionSpec) -> TokenStream {
    let (kind, option) = (device.spec.kind, option.name);
    let name = format!("{}.{option}", device.name);
    match device.options.iter().find(|given| given.spec.name == option).map(|given| &given.text) {
        None => quote!(__unikernel_rt::boot_option(#kind, #option, #name)),
        Some(text) => quote!(__unikernel_rt::boot_option_or(#kind, #option, #name, #text)),
    }
}
