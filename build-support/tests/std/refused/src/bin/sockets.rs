//! Listens, which is not supported yet.

use unikernel_rt::unikernel;

#[unikernel(std, console)]
fn main() {
    println!("{:?}", std::net::TcpListener::bind("0.0.0.0:80"));
}
