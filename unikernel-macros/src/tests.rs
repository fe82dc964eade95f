//! Tests of the whole pipeline, from source text to faults with their places and to expansions.

mod annotation;
mod arguments;
mod conditional;
mod devices;
mod expansion;
mod features;
mod kv;
mod net;
mod parameters;
mod reference;
mod rest;
mod runtime;
mod signature;
mod stack;
mod std;
mod table;
mod task;
mod values;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use unikernel_vocabulary::DEVICES;

use crate::check::Language;
use crate::faults::Faults;
use crate::features::Features;

/// Takes `#[unikernel(...)] fn main() {}` apart, the places in the source kept.
fn split(source: &str) -> (TokenStream, TokenStream) {
    let read = |input: syn::parse::ParseStream| {
        let mut attributes = input.call(syn::Attribute::parse_outer)?;
        let annotation = match attributes.remove(0).meta {
            syn::Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let item: TokenStream = input.parse()?;
        Ok((annotation, quote::quote!(#(#attributes)* #item)))
    };
    Parser::parse_str(read, source).expect("the test's source has an attribute")
}

/// The faults of a source text, each with its place.
fn faults(source: &str) -> Vec<String> {
    faults_in(Language { table: DEVICES, features: Features::All }, source)
}

/// The faults where this can be declared.
fn faults_in(language: Language, source: &str) -> Vec<String> {
    let (annotation, item) = split(source);
    let mut faults = Faults::default();
    let plan = crate::read(annotation, item, language, &mut faults);
    assert_eq!(plan.is_some(), faults.is_empty(), "a plan is made exactly where there are no faults");
    faults.described()
}

/// Asserts that a source text has exactly one fault: `LINE:COLUMN-LINE:COLUMN MESSAGE`.
#[track_caller]
fn one(source: &str, expected: &str) {
    assert_eq!(faults(source), [expected], "{source}");
}

/// Asserts that a source text has no fault.
#[track_caller]
fn none(source: &str) {
    assert_eq!(faults(source), [""; 0], "{source}");
}
