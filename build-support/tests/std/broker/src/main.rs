//! An MQTT broker by rumqttd, and two clients by rumqttc, over the loopback; then it serves others.

use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, TcpStream};
use std::thread;
use std::time::Duration;

use rumqttc::{Client, Connection, Event, MqttOptions, NetworkOptions, Packet, QoS};
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use unikernel_rt::unikernel;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Every tenth is on a topic that nobody has subscribed to.
const MESSAGES: usize = 50;

#[unikernel(std, console, net(ip = "10.0.0.2/24"), args(port = 1883))]
fn main(port: u16) -> Outcome<()> {
    let mut broker = Broker::new(config(port));
    let broker = thread::spawn(move || broker.start());
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        thread::sleep(Duration::from_millis(5));
    }
    ask(port)?;
    println!("listening");
    broker.join().expect("it does not panic")?;
    Ok(())
}

fn config(port: u16) -> Config {
    let router = RouterConfig {
        max_connections: 100,
        max_outgoing_packet_count: 200,
        max_segment_size: 64 << 10,
        max_segment_count: 10,
        ..RouterConfig::default()
    };
    let connections = ConnectionSettings {
        connection_timeout_ms: 60_000,
        max_payload_size: 32 << 10,
        max_inflight_count: 100,
        auth: None,
        external_auth: None,
        dynamic_filters: true,
    };
    let server = ServerSettings {
        name: "v4".into(),
        listen: (Ipv4Addr::UNSPECIFIED, port).into(),
        tls: None,
        next_connection_delay_ms: 1,
        connections,
    };
    Config { router, v4: Some(HashMap::from([("1".into(), server)])), ..Config::default() }
}

fn client(name: &str, port: u16) -> (Client, Connection) {
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    // An emulated machine may be slow.
    options.set_keep_alive(Duration::from_secs(60));
    let mut network = NetworkOptions::new();
    network.set_connection_timeout(60);
    let (client, mut connection) = Client::new(options, 100);
    connection.eventloop.set_network_options(network);
    (client, connection)
}

fn ask(port: u16) -> Outcome<()> {
    let (listener, mut listened) = client("listener", port);
    listener.subscribe("rooms/+/warmth", QoS::AtLeastOnce)?;
    let mut events = listened.iter();
    while !matches!(events.next().ok_or("it ended")??, Event::Incoming(Packet::SubAck(_))) {}
    println!("subscribed");
    let (teller, mut told) = client("teller", port);
    let teller = thread::spawn(move || {
        for number in 0..MESSAGES {
            let quality = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][number % 3];
            let topic = format!("rooms/{}/{}", number % 5, if number % 10 == 9 { "light" } else { "warmth" });
            teller.publish(topic, quality, false, number.to_string())?;
        }
        // Its connection ends with it.
        Ok::<_, rumqttc::ClientError>(teller)
    });
    let told = thread::spawn(move || told.iter().take_while(Result::is_ok).count());
    let mut received = BTreeSet::new();
    while received.len() < MESSAGES - MESSAGES / 10 {
        if let Event::Incoming(Packet::Publish(message)) = events.next().ok_or("it ended")?? {
            let number: usize = str::from_utf8(&message.payload)?.parse()?;
            assert_eq!(message.topic, format!("rooms/{}/warmth", number % 5));
            received.insert(number);
        }
    }
    println!("received {} of {MESSAGES}", received.len());
    teller.join().expect("it does not panic")?.disconnect()?;
    println!("told {}", told.join().expect("it does not panic") >= MESSAGES);
    Ok(())
}
