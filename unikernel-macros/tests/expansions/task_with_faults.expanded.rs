#[allow(dead_code, unused)]
fn serve(
    net: Net,
    number: u8,
) -> ::core::result::Result<
    ::unikernel_rt::__private::embassy_executor::SpawnToken<()>,
    ::unikernel_rt::__private::embassy_executor::SpawnError,
> {
    async fn serve(net: Net, number: u8) {
        net.poll(number).await
    }
    loop {}
}
::core::compile_error! {
    "`task` has no option `pool`\nexpected `pool_size`"
}
