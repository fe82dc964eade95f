#[task(pool_size = crate::NET_SOCKETS)]
async fn serve(stream: TcpStream) {
    drop(stream);
}
