#[allow(dead_code)]
fn main(console: Console) {}
::core::compile_error! {
    "unknown device `consol`\nknown: `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `args`\nhelp: write `console`"
}
::core::compile_error! {
    "`heap` has no option `sise`\nknown: `size`\nhelp: write `size`"
}
const _: () = {
    #[panic_handler]
    fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
        loop {}
    }
};
