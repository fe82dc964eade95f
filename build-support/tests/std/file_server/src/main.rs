//! A folder of the image, served by actix-web and actix-files until the power button is pressed.

use actix_files::Files;
use actix_web::{App, HttpServer};
use unikernel_rt::unikernel;

#[unikernel(std(without = "processes"), console, shutdown, net(ip = "10.0.0.2/24"), kv(dir = "site"), args(port = 80))]
#[actix_web::main]
async fn main(port: u16) -> std::io::Result<()> {
    let server =
        HttpServer::new(|| App::new().service(Files::new("/", "site").index_file("index.html").show_files_listing()));
    let server = server.workers(2).bind(("0.0.0.0", port))?.run();
    println!("listening");
    server.await?;
    println!("stopped");
    Ok(())
}
