#[allow(dead_code)]
fn main(console: Console) {}
::core::compile_error! {
    "unknown device `consol`\nexpected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\nhelp: write `console`"
}
::core::compile_error! {
    "`heap` has no option `sise`\nexpected `size`\nhelp: write `size`"
}
const _: () = {
    #[allow(dead_code)]
    struct Nothing;
    unsafe impl ::core::alloc::GlobalAlloc for Nothing {
        unsafe fn alloc(&self, _: ::core::alloc::Layout) -> *mut u8 {
            ::core::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: ::core::alloc::Layout) {}
    }
    #[cfg(not(test))]
    #[global_allocator]
    static __UNIKERNEL_HEAP: Nothing = Nothing;
};
const _: () = {
    #[cfg(not(test))]
    #[panic_handler]
    fn __unikernel_panic(_: &::core::panic::PanicInfo<'_>) -> ! {
        loop {}
    }
};
