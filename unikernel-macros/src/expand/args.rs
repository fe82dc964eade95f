//! The declaration, and the values of the boot arguments.
//!
//! Boot arguments are those of `args(...)`, in their order, and after them the options of devices that the command
//! line may override, as `DEVICE.OPTION`. A value is read by its index in that list.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use unikernel_vocabulary::{OptionSpec, When};

use super::{generated, shown_at, variable};
use crate::plan::{Argument, Backing, Default, Device, DeviceOption, Plan, Source, Variable};

/// The whole declaration, from which the image's note is made.
pub(super) fn declaration(plan: &Plan) -> TokenStream {
    let is_async = plan.asynchronous;
    let devices = plan.devices.iter().map(device).chain(backing_devices(plan));
    let own = plan.arguments.iter().map(|argument| constant(&argument.name));
    let options = boot_options(plan).map(|(device, option)| boot_option(device, option));
    let variables = plan.variables.iter().map(variable_declaration);
    let rest = plan.rest.as_ref().map(|name| quote!(rest: ::core::option::Option::Some(#name),));
    // No binary has the sample of a documentation.
    let name = super::is_documentation().then_some("sample");
    quote! {
        __unikernel_rt::Declaration {
            is_async: #is_async,
            devices: &[#(#devices),*],
            arguments: &[#(#own.declared,)* #(#options,)* #(#variables),*],
            #rest
            ..__unikernel_rt::package!(#name)
        }
    }
}

/// One constant for each argument.
///
/// Its type is named where it is written, its default where that is: the compiler tells there what the macro cannot judge.
pub(super) fn constants(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.arguments.iter().map(|Argument { name, ty, default }| {
        let constant = constant(name);
        let value = match default {
            None => quote_spanned!(shown_at(ty.span())=> __unikernel_rt::argument::<#ty>(#name)),
            Some(Default::Text { text, span }) => {
                quote_spanned!(shown_at(*span)=> __unikernel_rt::argument_or::<#ty>(#name, #text))
            }
            Some(Default::Constant(value)) => {
                let default = generated(&format!("default_{name}"));
                let place = shown_at(value.span());
                let text = quote_spanned!(place=> &__unikernel_rt::Constant(#value).text());
                let argument = quote_spanned!(place=> __unikernel_rt::argument_or::<#ty>(#name, #default.as_str()));
                return quote! {
                    const #default: &__unikernel_rt::Text = #text;
                    const #constant: __unikernel_rt::Argument<#ty> = #argument;
                };
            }
        };
        quote!(const #constant: __unikernel_rt::Argument<#ty> = #value;)
    })
}

/// One statement for each argument, and one for the rest of the words.
pub(super) fn values(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    let rest = plan.parameters.iter().find(|parameter| parameter.source == Source::Rest).zip(plan.rest.as_ref());
    let rest = rest.map(|(parameter, name)| {
        let variable = variable(name, parameter.ty.span());
        quote!(let #variable = __unikernel_boot.rest();)
    });
    let arguments = plan.arguments.iter().enumerate().map(|(index, Argument { name, ty, .. })| {
        let (variable, constant) = (variable(name, ty.span()), constant(name));
        let index = Literal::usize_unsuffixed(index);
        quote!(let #variable = __unikernel_boot.value(&#constant, #index);)
    });
    arguments.chain(rest)
}

/// The constant of an argument.
pub(super) fn constant(name: &str) -> Ident {
    generated(&format!("argument_{name}"))
}

/// The index of the boot argument for the first of a device's options that are settled at boot; the others follow it.
pub(super) fn first_option(plan: &Plan, device: &Device) -> Literal {
    let before = boot_options(plan).take_while(|(other, _)| other.name != device.name).count();
    Literal::usize_unsuffixed(plan.arguments.len() + before)
}

/// The index of the boot argument for an option of a device, if it is one in this kernel.
pub(super) fn option(plan: &Plan, device: &Device, name: &str) -> Option<Literal> {
    let at = boot_options(plan).position(|(other, option)| other.name == device.name && option.name == name)?;
    Some(Literal::usize_unsuffixed(plan.arguments.len() + at))
}

/// The options of declared devices that are settled at boot.
fn boot_options(plan: &Plan) -> impl Iterator<Item = (&Device, &'static OptionSpec)> {
    plan.devices.iter().flat_map(|device| {
        let options = device.spec.options.iter().filter(|option| option.when == When::Boot);
        let options = options.filter(|option| !option.is_on_demand || device.option(option.name).is_some());
        options.map(move |option| (device, option))
    })
}

fn device(device: &Device) -> TokenStream {
    let (kind, name) = (device.spec.kind, &device.name);
    // Those that are not given have the vocabulary's defaults.
    let fixed = device.options.iter().filter(|option| option.spec.when == When::Fixed);
    let fixed = fixed.map(|option| {
        let (name, text) = (option.spec.name, &option.text);
        quote!((#name, #text))
    });
    quote!(__unikernel_rt::device(#kind, #name, &[#(#fixed),*]))
}

/// The devices that others declare for themselves, after those of the annotation, in the order in which they are attached.
fn backing_devices(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    plan.devices.iter().filter_map(|device| device.backing.as_ref()).map(|Backing { kind, name, fixed }| {
        let fixed = fixed.iter().map(|(name, text)| quote!((#name, #text)));
        quote!(__unikernel_rt::device(#kind, #name, &[#(#fixed),*]))
    })
}

/// A variable of the environment is the boot argument `env.NAME`.
fn variable_declaration(Variable { name, value }: &Variable) -> TokenStream {
    let name = format!("env.{name}");
    match value {
        None => quote!(__unikernel_rt::argument::<&str>(#name).declared),
        Some(value) => quote!(__unikernel_rt::argument_or::<&str>(#name, #value).declared),
    }
}

fn boot_option(device: &Device, option: &OptionSpec) -> TokenStream {
    let (kind, option) = (device.spec.kind, option.name);
    let name = format!("{}.{option}", device.name);
    match device.option(option) {
        None => quote!(__unikernel_rt::boot_option(#kind, #option, #name)),
        Some(DeviceOption { is_required: true, .. }) => {
            quote!(__unikernel_rt::boot_option_required(#kind, #option, #name))
        }
        Some(DeviceOption { text, .. }) => quote!(__unikernel_rt::boot_option_or(#kind, #option, #name, #text)),
    }
}
