#[::unikernel_rt::__private::embassy_executor::task(
    pool_size = crate::NET_SOCKETS,
    embassy_executor = ::unikernel_rt::__private::embassy_executor
)]
async fn serve(stream: TcpStream) {
    drop(stream);
}
