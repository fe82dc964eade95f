#[unikernel]
async fn main() -> ! {
    core::future::pending().await
}
