//! What `main` returns.

use syn::{GenericArgument, PathArguments, ReturnType, Type};

use crate::plan::Output;

/// Types that no `main` can return, seen by their names.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

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
