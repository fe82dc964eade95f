//! Sends back what it receives, by tokio; one task for each connection.

use tokio::net::TcpListener;
use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, shutdown, net(ip = "10.0.0.2/24"), args(port = 7))]
#[tokio::main(flavor = "current_thread")]
async fn main(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("listening");
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let (mut reader, mut writer) = stream.split();
            tokio::io::copy(&mut reader, &mut writer).await
        });
    }
}
