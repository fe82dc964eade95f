#[task(pool = 4)]
async fn serve(net: Net, number: u8) {
    net.poll(number).await
}
