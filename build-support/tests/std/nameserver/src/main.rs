//! A zone by hickory-dns' server, and its resolver, which asks it by both protocols: over the loopback, or another machine's.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::rdata::{A, MX, SOA, TXT};
use hickory_proto::rr::{LowerName, Name, RData, Record};
use hickory_proto::xfer::Protocol;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::name_server::TokioConnectionProvider;
use hickory_resolver::{ResolveError, TokioResolver};
use hickory_server::ServerFuture;
use hickory_server::authority::{Catalog, ZoneType};
use hickory_server::store::in_memory::InMemoryAuthority;
use unikernel_rt::unikernel;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[unikernel(std, console, net(ip = "10.0.0.2/24"), args(port = 5300, asks = "", serves = false))]
#[tokio::main]
async fn main(port: u16, asks: &'static str, serves: bool) -> Outcome<()> {
    if !asks.is_empty() {
        return ask(asks.parse()?).await;
    }
    let mut server = ServerFuture::new(catalog()?);
    let address = (Ipv4Addr::UNSPECIFIED, port);
    server.register_socket_std(UdpSocket::bind(address)?)?;
    server.register_listener_std(TcpListener::bind(address)?, Duration::from_secs(5))?;
    ask((Ipv4Addr::LOCALHOST, port).into()).await?;
    if serves {
        println!("listening");
        server.block_until_done().await?;
    }
    Ok(())
}

fn catalog() -> Outcome<Catalog> {
    let zone: Name = "example.test.".parse()?;
    let name = |name: &str| Name::parse(name, Some(&zone));
    let mut authority = InMemoryAuthority::empty(zone.clone(), ZoneType::Primary, false);
    let soa = SOA::new(name("ns")?, name("admin")?, 1, 60, 60, 60, 60);
    let long = "long ".repeat(40);
    let records = [
        (zone.clone(), RData::SOA(soa)),
        (zone.clone(), RData::MX(MX::new(10, name("mail")?))),
        (name("one")?, RData::A(A::new(192, 0, 2, 1))),
        (name("two")?, RData::A(A::new(192, 0, 2, 2))),
        (name("two")?, RData::A(A::new(192, 0, 2, 3))),
        (name("alias")?, RData::CNAME(hickory_proto::rr::rdata::CNAME(name("one")?))),
        (name("*.any")?, RData::A(A::new(192, 0, 2, 9))),
        // The server answers with the first 4,096 bytes, in fragments; it is asked for again by TCP.
        (name("long")?, RData::TXT(TXT::new(vec![long; 30]))),
    ];
    for (name, data) in records {
        authority.upsert_mut(Record::from_rdata(name, 60, data), 1);
    }
    let mut catalog = Catalog::new();
    catalog.upsert(LowerName::from(zone), vec![Arc::new(authority)]);
    Ok(catalog)
}

async fn ask(server: SocketAddr) -> Outcome<()> {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut config = ResolverConfig::new();
        config.add_name_server(NameServerConfig::new(server, protocol));
        if protocol == Protocol::Udp {
            config.add_name_server(NameServerConfig::new(server, Protocol::Tcp));
        }
        let mut builder = TokioResolver::builder_with_config(config, TokioConnectionProvider::default());
        builder.options_mut().use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
        let resolver = builder.build();
        println!("by {protocol}");
        for name in ["one", "two", "alias", "x.any", "none"] {
            let found = resolver.lookup_ip(format!("{name}.example.test.")).await;
            println!("{name} {}", shown(found.map(|found| found.iter().collect())));
        }
        let exchange = resolver.mx_lookup("example.test.").await?;
        println!(
            "{:?}",
            exchange.iter().map(|mx| format!("{} {}", mx.preference(), mx.exchange())).collect::<Vec<_>>()
        );
        let text = resolver.txt_lookup("long.example.test.").await?;
        println!("{} bytes", text.iter().flat_map(|text| text.txt_data()).map(|part| part.len()).sum::<usize>());
    }
    println!("done");
    Ok(())
}

fn shown(found: Result<Vec<IpAddr>, ResolveError>) -> String {
    match found {
        Ok(mut addresses) => {
            addresses.sort();
            format!("{addresses:?}")
        }
        Err(error) if error.is_nx_domain() => "does not exist".into(),
        Err(error) => error.to_string(),
    }
}
