//! Checks the boot arguments: their names, then their defaults against the types of the parameters.

use syn::{GenericArgument, Ident, PathArguments, Type};
use unikernel_vocabulary::declaration::is_name;
use unikernel_vocabulary::{Kind, command_line, devices as vocabulary};

use super::wanted::REST_TYPE;
use super::{Declared, Table, literal, name_of};
use crate::faults::Faults;
use crate::parse::{Entry, Given};
use crate::plan::{Argument, Default, Parameter, Source};

/// Whether a name belongs to a device kind or to the generator.
pub(super) fn is_reserved(name: &str, table: Table) -> bool {
    vocabulary::is_reserved(name) || table.iter().any(|spec| spec.kind == name)
}

/// Checks the names.
pub(super) fn check<'a>(entry: &'a Entry, table: Table, declared: &mut Declared<'a>, faults: &mut Faults) {
    for setting in &entry.settings {
        let name = name_of(&setting.name);
        let device = declared.devices.iter().find(|device| device.name == name);
        let is_rest = matches!(setting.given, Given::Rest);
        if let Some(first) = declared.rest.filter(|_| is_rest) {
            let message = format!("`..{}` takes the rest already\nhelp: remove one of them", first.name);
            faults.between(&first.name, &setting.name, message);
            declared.excused.insert(name);
            continue;
        }
        let others = declared.arguments.iter().chain(&declared.rest);
        if let Some(first) = others.copied().find(|other| other.name == setting.name) {
            faults.between(
                &first.name,
                &setting.name,
                format!("duplicate argument `{name}`\nhelp: remove one of them"),
            );
            continue;
        }
        let trouble = if table.iter().any(|spec| spec.kind == name) {
            format!(
                "argument `{name}` has the name of a device\nhelp: give it another name, or write `#[unikernel({name})]`"
            )
        } else if let Some(device) = device {
            format!("argument `{name}` has the name of a declared `{}`\nhelp: give it another name", device.spec.kind)
        } else if is_reserved(&name, table) {
            format!("`{name}` is reserved: it cannot name an argument\nhelp: give it another name")
        } else if !is_name(&name) {
            format!("`{name}` cannot be used on a command line\nhelp: give it a name of ASCII letters, digits and `_`")
        } else if syn::parse_str::<Ident>(&setting.name.to_string()).is_err() {
            format!(
                "`{name}` is a keyword: it cannot name a parameter\nhelp: write `r#{name}` here and at the parameter"
            )
        } else if is_rest {
            declared.rest = Some(setting);
            continue;
        } else {
            declared.arguments.push(setting);
            continue;
        };
        faults.at(&setting.name, trouble);
        declared.excused.insert(name);
    }
}

/// Checks the defaults of those arguments that are parameters.
pub(super) fn plan(declared: &Declared, parameters: &[Parameter], faults: &mut Faults) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for (index, setting) in declared.arguments.iter().enumerate() {
        let name = name_of(&setting.name);
        let Some(parameter) = parameters.iter().find(|parameter| parameter.source == Source::Argument(index)) else {
            continue;
        };
        if is_rest_type(&parameter.ty) && !matches!(setting.given, Given::Broken) {
            let message = format!("`{name}` is one argument, and a `{REST_TYPE}` takes all others");
            faults.at(&setting.name, format!("{message}\nhelp: write `..{}`", setting.name));
        }
        let kind = builtin(&parameter.ty);
        let subject = literal::Subject::argument(&name);
        let default = match (&setting.given, kind) {
            (Given::Value(value), Some(kind)) => literal::check(value, &kind, &subject, faults),
            (Given::Value(value), None) => literal::check_open(value, &subject, faults),
            _ => None,
        };
        let default = match &setting.given {
            Given::Value(value) => default.map(|text| Default::Text { text, span: value.literal.span() }),
            Given::Constant(constant) => Some(Default::Constant(constant.clone())),
            Given::Nothing | Given::Rest | Given::Broken => None,
        };
        arguments.push(Argument { name, ty: parameter.ty.clone(), default });
    }
    arguments
}

/// Whether this is the runtime's type of `..rest`, as far as a name tells.
pub(super) fn is_rest_type(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == REST_TYPE))
}

/// Whether this cannot be the runtime's type of `..rest`; the compiler judges what the macro does not know.
pub(super) fn is_other_type(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last().map(|last| last.ident.to_string());
            builtin(ty).is_some() || matches!(last.as_deref(), Some("Vec" | "String" | "Box" | "Option"))
        }
        Type::Reference(_) | Type::Slice(_) | Type::Array(_) | Type::Tuple(_) => true,
        _ => false,
    }
}

/// The kind of a type that the macro can judge by its name.
///
/// It serves better messages alone: what it does not know, the compiler checks with the type's own `KIND`.
fn builtin(ty: &Type) -> Option<Kind<'static>> {
    let path = match ty {
        Type::Paren(inner) => return builtin(&inner.elem),
        Type::Group(inner) => return builtin(&inner.elem),
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => return Some(Kind::text(command_line::MAX_BYTES as u16)),
            _ => return None,
        },
        Type::Path(path) if path.qself.is_none() => &path.path,
        _ => return None,
    };
    let last = path.segments.last()?;
    if let PathArguments::AngleBracketed(inner) = &last.arguments {
        return match inner.args.first()? {
            GenericArgument::Type(inner) if last.ident == "Option" => Some(builtin(inner)?.optional()),
            _ => None,
        };
    }
    let integer = |min, max| Some(Kind::integer(min, max));
    match last.ident.to_string().as_str() {
        "u8" => integer(0, u8::MAX.into()),
        "u16" => integer(0, u16::MAX.into()),
        "u32" => integer(0, u32::MAX.into()),
        "u64" | "usize" => integer(0, u64::MAX.into()),
        "i8" => integer(i8::MIN.into(), i8::MAX.into()),
        "i16" => integer(i16::MIN.into(), i16::MAX.into()),
        "i32" => integer(i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => integer(i64::MIN.into(), i64::MAX.into()),
        "bool" => Some(Kind::BOOL),
        "Ipv4Addr" => Some(Kind::ADDRESS_V4),
        "Ipv6Addr" => Some(Kind::ADDRESS_V6),
        "IpAddr" => Some(Kind::ADDRESS),
        "AddressPrefix" => Some(Kind::ADDRESS_PREFIX),
        "Duration" => Some(Kind::DURATION),
        _ => None,
    }
}
