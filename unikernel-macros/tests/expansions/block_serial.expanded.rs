#[allow(dead_code)]
fn main(data: Block, log: Block, block: Block) {}
::core::compile_error! {
    "`log` is reserved: it cannot name a device\nhelp: write `block(name = \"lan\")`"
}
::core::compile_error! {
    "duplicate device `block`\nhelp: remove one of them, or tell them apart: write `block(name = \"lan\")`"
}
const _: () = {
    #[cfg(not(test))]
    #[panic_handler]
    fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
        loop {}
    }
};
