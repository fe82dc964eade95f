#[task(pool_size = 4)]
pub(crate) async fn blink(mut count: u32) -> ! {
    loop {}
}
