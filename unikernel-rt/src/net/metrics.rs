//! Liveness, readiness and metrics, served over HTTP on a port of their own, for Kubernetes and Prometheus.
//!
//! ```no_run
//! # use unikernel_rt::prelude::*;
//! # use unikernel_rt::net::Error;
//! use unikernel_rt::metrics::{self, Counter, Metric};
//!
//! static ORDERS: Counter = Counter::new("shop_orders_total", "Orders that were taken");
//! static METRICS: &[&dyn Metric] = &[&ORDERS];
//!
//! # async fn example(net: Net, spawner: Spawner) -> Result<(), Error> {
//! metrics::serve(spawner, net, 9090, METRICS)?;
//! ORDERS.increment();
//! # Ok(())
//! # }
//! ```
//!
//! | path | answers |
//! |---|---|
//! | `/livez` | 200 as long as tasks run |
//! | `/readyz` | 200, or 503 after [`set_ready`]`(false)` |
//! | `/metrics` | the [runtime's metrics](self#metrics) and the application's, in Prometheus' text format 0.0.4 |
//!
//! Each connection is closed after its answer. Four are served at the same time, each for five seconds at the most; others wait. The
//! port is for probes and scrapers: it has no access control, and nobody else should reach it.
//!
//! # Metrics
//!
//! Those of a network have the label `net`, its name in the declaration.
//!
//! | name | kind | what |
//! |---|---|---|
//! | `unikernel_build_info` | gauge, 1 | labels `application`, `version` and `runtime` |
//! | `unikernel_uptime_seconds` | gauge | since boot |
//! | `unikernel_ready` | gauge | 1, or 0 after `set_ready(false)` |
//! | `unikernel_tcp_connections` | gauge | open connections |
//! | `unikernel_tcp_accepted_total` | counter | connections that others have opened |
//! | `unikernel_tcp_connecting_total` | counter | connections that this machine has begun to open |
//! | `unikernel_tcp_turned_away_total` | counter | attempts of others for which there was no room; they try again |
//! | `unikernel_tcp_retransmitted_segments_total` | counter | segments that were sent again |
//! | `unikernel_net_received_bytes_total`, `unikernel_net_sent_bytes_total` | counter | bytes of frames; sent ones before the card cuts them |
//! | `unikernel_net_received_frames_total`, `unikernel_net_sent_frames_total` | counter | frames, those to itself included |
//! | `unikernel_net_dropped_packets_total` | counter | label `reason`: `malformed`, `checksum`, `fragment`, `not_for_us`, `unresolved`, `error_limit` |
//! | `unikernel_net_neighbours` | gauge | hosts of the same network that are known, or asked for |
//! | `unikernel_net_pool_bytes`, `unikernel_net_pool_used_bytes` | gauge | the `pool` of the declaration |
//! | `unikernel_heap_bytes`, `unikernel_heap_used_bytes` | gauge | where a `heap` is declared |
//!
//! Requests are the application's own to count: a [`Counter`].

mod families;
mod head;
mod ready;
mod server;
mod text;
mod value;

pub use ready::{is_ready, set_ready};
pub use value::{Counter, Gauge, Metric};

use crate::net::{BindAddress, Error, Net, TcpListener};
use embassy_executor::Spawner;

/// Serves liveness, readiness, and the metrics of the runtime and of the application, from now on.
///
/// The metrics of one name with several labels stand side by side in the list.
///
/// # Errors
/// As [`TcpListener::bind`]; [`Error::NoFreeSocket`], too, where they are served already.
pub fn serve(
    spawner: Spawner,
    net: Net,
    address: impl Into<BindAddress>,
    own: &'static [&'static dyn Metric],
) -> Result<(), Error> {
    let listener = TcpListener::bind(net, address)?;
    let task = server::run(listener, own).map_err(|_| Error::NoFreeSocket)?;
    spawner.spawn(task);
    Ok(())
}
