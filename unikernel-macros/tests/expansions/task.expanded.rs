#[::unikernel_rt::__private::embassy_executor::task(
    embassy_executor = ::unikernel_rt::__private::embassy_executor
)]
async fn blink() {}
