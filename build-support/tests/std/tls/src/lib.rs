//! What the programs of this package share.

use std::error::Error;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The provider of cryptography of a name.
pub fn provider(name: &str) -> Arc<CryptoProvider> {
    match name {
        "ring" => Arc::new(rustls::crypto::ring::default_provider()),
        "aws-lc" => Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
        "graviola" => Arc::new(rustls_graviola::default_provider()),
        _ => panic!("there is no provider `{name}`"),
    }
}

/// What is trusted: the certificates in `tls/ca.pem`.
pub fn roots() -> Result<RootCertStore, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter("tls/ca.pem")? {
        roots.add(certificate?)?;
    }
    Ok(roots)
}
