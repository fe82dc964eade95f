#[unikernel(std, args(port = 80, name, ..rest), env(RUST_LOG = "info", HOME))]
#[tokio::main]
async fn main(port: u16, name: &'static str) {
    serve(port, name).await
}
