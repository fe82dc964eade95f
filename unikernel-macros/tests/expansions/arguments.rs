#[unikernel(console, args(port = 80, greeting = "hello", wait = "250ms", color = "red", verbose = false, peer, name))]
fn main(
    name: &str,
    greeting: &str,
    _port: u16,
    color: Color,
    wait: Duration,
    mut console: Console,
    verbose: bool,
    peer: Option<Ipv4Addr>,
) -> Result<(), Error> {
    run(name)
}
