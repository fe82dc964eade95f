#[::unikernel_rt::__private::embassy_executor::task(
    pool_size = 4,
    embassy_executor = ::unikernel_rt::__private::embassy_executor
)]
pub(crate) async fn blink(mut count: u32) -> ! {
    loop {}
}
