#[unikernel(console, args(port = 80, color = "red", wait = "250ms", peer, name))]
fn main(
    name: &str,
    _port: u16,
    color: Color,
    wait: Duration,
    mut console: Console,
    peer: Option<Ipv4Addr>,
) -> Result<(), Error> {
    run(name)
}
