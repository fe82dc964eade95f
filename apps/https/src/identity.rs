//! The certificate of the server and its key, from two files.

use std::sync::Arc;

use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig};

/// TLS 1.2 and 1.3 with the certificates of one file, the server's first, and the key of another.
///
/// # Errors
/// A line for people, with one on how to mend it where that is known.
pub(crate) fn load(certificates: &str, key: &str) -> Result<Arc<ServerConfig>, String> {
    let of_server: Vec<_> = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable("certificate", certificates, &error))?;
    if of_server.is_empty() {
        return Err(unreadable("certificate", certificates, &PemError::NoItemsFound));
    }
    let of_key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("key", key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let configuration = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(of_server, of_key));
    let mut configuration = configuration.map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => format!(
            "the key in `{key}` is not that of the first certificate in `{certificates}`\n\
             help: the server's own certificate comes first, those of its issuers follow"
        ),
        error => format!("`{certificates}` and `{key}` cannot be used: {error}"),
    })?;
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(configuration))
}

fn unreadable(what: &str, path: &str, error: &PemError) -> String {
    match error {
        PemError::Io(error) => format!(
            "cannot read the {what} `{path}`: {error}\n\
             help: make one to try it with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
             -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out certificate.pem -keyout key.pem"
        ),
        PemError::NoItemsFound => {
            format!("there is no {what} in `{path}`\nhelp: PEM is expected: `-----BEGIN ...-----`")
        }
        error => format!("the {what} in `{path}` is damaged: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::load;

    #[test]
    fn what_is_missing_is_named() {
        let fault = load("nowhere/certificate.pem", "nowhere/key.pem").expect_err("there is none");
        assert!(fault.starts_with("cannot read the certificate `nowhere/certificate.pem`: No such file"), "{fault}");
        assert!(fault.contains("\nhelp: make one to try it with: openssl req "), "{fault}");
        let fault = load("site/index.html", "nowhere/key.pem").expect_err("it is a page");
        assert!(fault.starts_with("there is no certificate in `site/index.html`\nhelp: PEM "), "{fault}");
    }
}
