//! Checks the signature of `main`, except its parameters.

use syn::{ReturnType, Safety, Signature};

use super::returned::is_returnable;
use super::wanted::Wanted;
use crate::faults::Faults;

/// Reports every qualifier that a `main` cannot have, each on its own token.
pub(super) fn check(signature: &Signature, wanted: &Wanted, is_of_std: bool, faults: &mut Faults) {
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
    // What a `main` of `std` returns, `std` itself says.
    if let ReturnType::Type(_, ty) = &signature.output
        && !is_of_std
        && !is_returnable(ty)
    {
        let shown = crate::source::type_text(ty);
        let message = format!("`main` cannot return `{shown}`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`");
        faults.at(ty, format!("{message}\n{help}"));
    }
}
