//! Checks the signature of `main`, its parameters left aside.

use syn::{GenericArgument, PathArguments, ReturnType, Safety, Signature, Type};

use super::wanted::Wanted;
use crate::faults::Faults;
use crate::plan::Output;

/// Types that no `main` can return, seen by their names.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// Reports every qualifier that a `main` cannot have, each on its own token.
pub(super) fn check(signature: &Signature, wanted: &Wanted, faults: &mut Faults) {
    let help = wanted.help();
    if signature.ident != "main" {
        let message = format!("the function under `#[unikernel]` must be called `main`, not `{}`", signature.ident);
        faults.at(&signature.ident, format!("{message}\n{help}"));
    }
    if let Some(constness) = &signature.constness {
        faults.at(constness, format!("`main` cannot be `const`\n{help}"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        faults.at(token, format!("`main` cannot be `unsafe`\n{help}"));
    }
    if let Some(abi) = &signature.abi {
        let shown = abi.name.as_ref().map_or("extern".to_owned(), |name| format!("extern \"{}\"", name.value()));
        faults.at(abi, format!("`main` cannot be `{shown}`\n{help}"));
    }
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        faults.at(generics, format!("`main` cannot be generic\n{help}"));
    } else if let Some(clause) = &generics.where_clause {
        faults.at(clause.where_token, format!("`main` cannot have a `where` clause\n{help}"));
    }
    if let Some(variadic) = &signature.variadic {
        faults.at(variadic, format!("`main` cannot be variadic\n{help}"));
        faults.drop_function = true;
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && !is_returnable(ty)
    {
        let shown = super::wanted::type_text(ty);
        let message = format!("`main` cannot return `{shown}`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`");
        faults.at(ty, format!("{message}\n{help}"));
    }
}

/// What the expansion does with a checked return type.
pub(super) fn output(written: &ReturnType) -> Output {
    match written {
        ReturnType::Default => Output::Unit,
        ReturnType::Type(_, ty) => match strip(ty) {
            Type::Never(_) => Output::Never,
            _ => Output::Type(ty.clone()),
        },
    }
}

/// Whether a type may be one that `main` can return; the runtime's trait has the last word on those that have a name.
pub(super) fn is_returnable(ty: &Type) -> bool {
    let path = match strip(ty) {
        Type::Never(_) | Type::Macro(_) => return true,
        Type::Tuple(tuple) => return tuple.elems.is_empty(),
        Type::Path(path) => path,
        _ => return false,
    };
    let Some(last) = path.path.segments.last() else { return true };
    match &last.arguments {
        PathArguments::AngleBracketed(inner) if last.ident == "Result" => match inner.args.first() {
            Some(GenericArgument::Type(value)) if inner.args.len() > 1 => is_unit_or_named(value),
            _ => true,
        },
        PathArguments::AngleBracketed(_) => last.ident != "Option",
        _ => path.path.get_ident().is_none_or(|name| !PRIMITIVE.iter().any(|primitive| name == primitive)),
    }
}

/// Whether the first half of a `Result` may be `()`.
fn is_unit_or_named(ty: &Type) -> bool {
    match strip(ty) {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Path(path) => {
            path.path.get_ident().is_none_or(|name| !PRIMITIVE.iter().any(|primitive| name == primitive))
        }
        Type::Never(_) => true,
        _ => false,
    }
}

/// A type without the parentheses and invisible groups around it.
fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => strip(&inner.elem),
        Type::Group(inner) => strip(&inner.elem),
        _ => ty,
    }
}
