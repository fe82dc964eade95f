//! Hands requests on to another server, and its answers back.

use std::net::IpAddr;
use std::time::Duration;

use http_body_util::Either;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Response, StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use crate::Body;
use crate::site::reason;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTOCOL: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The fields of one connection alone, besides those that `Connection` names (RFC 9110, section 7.6.1).
const OF_A_CONNECTION: [HeaderName; 5] = [
    CONNECTION,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

pub(crate) struct Proxy {
    client: Client<HttpConnector, Incoming>,
    upstream: Authority,
    patience: Duration,
}

impl Proxy {
    /// # Errors
    /// A line for people.
    pub(crate) fn new(upstream: &str, patience: Duration) -> Result<Self, String> {
        let upstream =
            upstream.parse().ok().filter(|authority: &Authority| authority.port_u16().is_some()).ok_or_else(|| {
                format!(
                    "`{upstream}` is no server\nhelp: write a name or an address, and a port: upstream=10.0.0.1:8080"
                )
            })?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(patience));
        connector.set_nodelay(true);
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder.pool_timer(TokioTimer::new()).build(connector);
        Ok(Self { client, upstream, patience })
    }

    /// The answer of the other server, or why there is none.
    pub(crate) async fn forward(&self, mut request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        self.address(&mut request, peer);
        let (status, error) = match timeout(self.patience, self.client.request(request)).await {
            Ok(Ok(mut answer)) => {
                strip(answer.headers_mut());
                return answer.map(Either::Left);
            }
            Ok(Err(error)) => (StatusCode::BAD_GATEWAY, format!("{error}: {}", cause(&error))),
            Err(_) => (StatusCode::GATEWAY_TIMEOUT, format!("no answer in {:?}", self.patience)),
        };
        println!("upstream {}: {error}", self.upstream);
        reason(status).map(Either::Right)
    }

    /// Makes a request of a client one to the other server, which is told whose it was.
    fn address<B>(&self, request: &mut Request<B>, peer: IpAddr) {
        let mut uri = Uri::default().into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(self.upstream.clone());
        let path = request.uri().path_and_query().cloned();
        uri.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        // A target with an authority of its own says which host is meant (RFC 9112, section 3.2.2).
        if let Some(host) = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
            request.headers_mut().insert(HOST, host);
        }
        *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
        *request.version_mut() = Version::HTTP_11;
        let headers = request.headers_mut();
        strip(headers);
        // What a client says of that is its own invention.
        headers.remove(FORWARDED_FOR);
        headers.extend(HeaderValue::try_from(peer.to_canonical().to_string()).ok().map(|peer| (FORWARDED_FOR, peer)));
        headers.insert(FORWARDED_PROTOCOL, HeaderValue::from_static("https"));
    }
}

/// Removes what is of one connection.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_A_CONNECTION) {
        headers.remove(name);
    }
}

/// The innermost reason.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_made_one_to_the_other_server() {
        let _runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let proxy = Proxy::new("10.0.0.1:8080", Duration::from_secs(1)).expect("a server");
        let mut request = Request::get("/api/notes?done=true")
            .header("host", "example.org")
            .header("connection", "keep-alive, x-secret")
            .header("x-secret", "1")
            .header("x-forwarded-for", "192.0.2.1")
            .body(())
            .expect("a request");
        proxy.address(&mut request, "::ffff:10.0.0.9".parse().expect("an address"));
        assert_eq!(request.uri(), "http://10.0.0.1:8080/api/notes?done=true");
        let mut fields: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        fields.sort();
        assert_eq!(fields, ["host: example.org", "x-forwarded-for: 10.0.0.9", "x-forwarded-proto: https"]);
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for upstream in ["http://10.0.0.1:80/", "a b:80", "nobody", "nobody:port"] {
            let fault = Proxy::new(upstream, Duration::ZERO).err().expect("it is none");
            assert!(fault.starts_with(&format!("`{upstream}` is no server\nhelp: ")), "{fault}");
        }
    }
}
