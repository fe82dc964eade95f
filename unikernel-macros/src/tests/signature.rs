//! Faults of the rest of the signature, and of what is no function.

use super::{faults, none, one};

#[test]
fn a_generic_main() {
    one(
        "#[unikernel(console)]\n\
         fn main<T>(console: Console) {}",
        "2:8-2:11 `main` cannot be generic\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn a_where_clause() {
    one(
        "#[unikernel(console)]\n\
         fn main(console: Console) where u8: Copy {}",
        "2:27-2:32 `main` cannot have a `where` clause\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn a_main_with_a_lifetime() {
    one(
        "#[unikernel(args(name))]\n\
         fn main<'a>(name: &'a str) {}",
        "2:8-2:12 `main` cannot be generic\n\
         help: write `fn main(name: &str)`",
    );
}

#[test]
fn an_unsafe_main() {
    one(
        "#[unikernel(console)]\n\
         unsafe fn main(console: Console) {}",
        "2:1-2:7 `main` cannot be `unsafe`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn an_extern_c_main() {
    one(
        "#[unikernel]\n\
         extern \"C\" fn main() {}",
        "2:1-2:11 `main` cannot be `extern \"C\"`\n\
         help: write `fn main()`",
    );
}

#[test]
fn an_extern_main() {
    one(
        "#[unikernel]\n\
         extern fn main() {}",
        "2:1-2:7 `main` cannot be `extern`\n\
         help: write `fn main()`",
    );
}

#[test]
fn a_const_main() {
    one(
        "#[unikernel]\n\
         const fn main() {}",
        "2:1-2:6 `main` cannot be `const`\n\
         help: write `fn main()`",
    );
}

#[test]
fn another_name() {
    one(
        "#[unikernel(console)]\n\
         fn start(console: Console) {}",
        "2:4-2:9 the function under `#[unikernel]` must be called `main`, not `start`\n\
         help: write `fn main(console: Console)`",
    );
}

#[test]
fn an_integer_returned() {
    one(
        "#[unikernel(console)]\n\
         fn main(console: Console) -> u32 { 0 }",
        "2:30-2:33 `main` cannot return `u32`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main(console: Console) -> ExitCode`",
    );
}

#[test]
fn a_reference_returned() {
    one(
        "#[unikernel]\n\
         fn main() -> &'static str { \"\" }",
        "2:14-2:26 `main` cannot return `&'static str`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main() -> ExitCode`",
    );
}

#[test]
fn a_tuple_returned() {
    one(
        "#[unikernel]\n\
         fn main() -> (u8, u8) { (0, 0) }",
        "2:14-2:22 `main` cannot return `(u8, u8)`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main() -> ExitCode`",
    );
}

#[test]
fn an_option_returned() {
    one(
        "#[unikernel]\n\
         fn main() -> Option<()> { None }",
        "2:14-2:24 `main` cannot return `Option<()>`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main() -> ExitCode`",
    );
}

#[test]
fn a_result_with_a_value() {
    one(
        "#[unikernel]\n\
         async fn main() -> Result<u8, Error> { Ok(0) }",
        "2:20-2:37 `main` cannot return `Result<u8, Error>`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `async fn main() -> Result<(), Error>`",
    );
}

#[test]
fn an_impl_returned() {
    one(
        "#[unikernel]\n\
         fn main() -> impl Termination {}",
        "2:14-2:30 `main` cannot return `impl Termination`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main() -> ExitCode`",
    );
}

#[test]
fn a_struct() {
    one(
        "#[unikernel(console)]\n\
         struct Main;",
        "2:1-2:7 `#[unikernel]` belongs on a function, not on `struct`\n\
         help: write `#[unikernel(console)]` above `fn main(console: Console)`",
    );
}

#[test]
fn a_module() {
    one(
        "#[unikernel(console)]\n\
         pub mod main { fn f() {} }",
        "2:5-2:8 `#[unikernel]` belongs on a function, not on `mod`\n\
         help: write `#[unikernel(console)]` above `fn main(console: Console)`",
    );
}

#[test]
fn an_impl() {
    one(
        "#[unikernel(console)]\n\
         unsafe impl X for Y {}",
        "2:1-2:7 `#[unikernel]` belongs on a function, not on `unsafe`\n\
         help: write `#[unikernel(console)]` above `fn main(console: Console)`",
    );
}

#[test]
fn a_constant() {
    one(
        "#[unikernel(console)]\n\
         const MAIN: u8 = 3;",
        "2:1-2:6 `#[unikernel]` belongs on a function, not on `const`\n\
         help: write `#[unikernel(console)]` above `fn main(console: Console)`",
    );
}

#[test]
fn a_static() {
    one(
        "#[unikernel(console)]\n\
         static MAIN: u8 = 3;",
        "2:1-2:7 `#[unikernel]` belongs on a function, not on `static`\n\
         help: write `#[unikernel(console)]` above `fn main(console: Console)`",
    );
}

#[test]
fn a_function_that_cannot_be_read() {
    one(
        "#[unikernel(console)]\n\
         fn main(console) {}",
        "2:16-2:17 expected `:`",
    );
}

#[test]
fn everything_wrong_at_once() {
    let source = "#[unikernel]\n\
                  const unsafe extern \"C\" fn start<T>(port: T) -> u8 {}";
    let expected = [
        "2:28-2:33 the function under `#[unikernel]` must be called `main`, not `start`\n\
         help: write `fn main() -> ExitCode`",
        "2:1-2:6 `main` cannot be `const`\n\
         help: write `fn main() -> ExitCode`",
        "2:7-2:13 `main` cannot be `unsafe`\n\
         help: write `fn main() -> ExitCode`",
        "2:14-2:24 `main` cannot be `extern \"C\"`\n\
         help: write `fn main() -> ExitCode`",
        "2:33-2:36 `main` cannot be generic\n\
         help: write `fn main() -> ExitCode`",
        "2:49-2:51 `main` cannot return `u8`: it returns nothing, `!`, `Result<(), E>` or `ExitCode`\n\
         help: write `fn main() -> ExitCode`",
        "2:37-2:41 `port` is not declared\n\
         help: write `args(port)`",
    ];
    assert_eq!(faults(source), expected);
}

#[test]
fn no_fault() {
    none(
        "#[unikernel]\n\
         fn main() -> () {}",
    );
    none(
        "#[unikernel]\n\
         fn main() -> ! { loop {} }",
    );
    none(
        "#[unikernel]\n\
         fn main() -> Result<(), E> { loop {} }",
    );
    none(
        "#[unikernel]\n\
         fn main() -> io::Result<()> { loop {} }",
    );
    none(
        "#[unikernel]\n\
         fn main() -> unikernel_rt::ExitCode { loop {} }",
    );
}
