#[allow(dead_code)]
fn main(net: Net) {}
::core::compile_error! {
    "wrong value of `ip`: `10.0.0.2/99` has a prefix that is not from 0 to 32 (IPv4) or from 0 to 128 (IPv6)\nhelp: write `net(ip = \"10.0.0.2/24\")`"
}
::core::compile_error! {
    "unknown device `nett`\nexpected one of `console`, `clock`, `net`, `block`, `kv`, `entropy`, `heap`, `log`, `shutdown`, `stack`, `std`, `tmp`, `values`, `args`, `env`\nhelp: write `net`"
}
#[allow(dead_code)]
pub(crate) const LAN_SOCKETS: usize = 1;
#[allow(dead_code)]
pub(crate) const NET_SOCKETS: usize = 1;
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
