//! Names of functions without what only the compiler needs.

/// A function's path without generic arguments: `std::io::copy` of `std::io::copy::<A, B>`.
pub(super) fn short(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let mut depth = 0_usize;
    let mut last = ' ';
    for letter in name.chars() {
        // Arguments follow a name or a path; the brackets around a type begin one.
        let is_argument = last == ':' || last.is_alphanumeric() || last == '_';
        match letter {
            '<' if depth > 0 || is_argument => depth += 1,
            '>' if depth > 0 && last != '-' => depth -= 1,
            _ if depth == 0 => short.push(letter),
            _ => {}
        }
        last = letter;
    }
    let short = short.replace("::::", "::");
    let short = short.strip_suffix("::").unwrap_or(&short);
    // A type without a trait needs no brackets.
    match short.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((path, rest)) if !path.contains(" as ") && !path.starts_with(['&', '[', '*', '(']) => {
            format!("{path}{rest}")
        }
        _ => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn generic_arguments_are_left_out() {
        for (name, expected) in [
            ("std::io::copy::<std::fs::File, std::io::Sink>", "std::io::copy"),
            (
                "<std::sync::once::Once>::call_once_force::<<a::B<C>>::d::{closure#0}>",
                "std::sync::once::Once::call_once_force",
            ),
            ("<std::fs::File as std::io::Read>::read", "<std::fs::File as std::io::Read>::read"),
            ("<alloc::boxed::Box<dyn Fn() -> u8> as a::B<C>>::call", "<alloc::boxed::Box as a::B>::call"),
            ("<[u8]>::len", "<[u8]>::len"),
            ("a::b::<C>::{closure#0}", "a::b::{closure#0}"),
            ("write", "write"),
            ("", ""),
        ] {
            assert_eq!(short(name), expected);
        }
    }
}
