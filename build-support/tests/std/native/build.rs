//! Links the program as a kernel, where it is built for an image; and compiles functions in C.

fn main() {
    unikernel_build::link_std();
    let source = "src/c/functions.c";
    cc::Build::new().file(source).define("NAME", "plain").define("_GNU_SOURCE", None).compile("plain");
    let mut fortified = cc::Build::new();
    fortified.opt_level(2).define("_FORTIFY_SOURCE", "2").define("_GNU_SOURCE", None);
    fortified.file(source).define("NAME", "fortified").compile("fortified");
}
