//! Certificates for a test, made by `openssl`: an authority, and servers that it vouches for.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::tool;

/// A folder with `ca.pem`, and `NAME.pem` and `NAME.key` of each server.
pub(crate) struct Authority(TempDir);

/// Elliptic curves: an RSA key takes seconds.
const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

impl Authority {
    pub(crate) fn new() -> Self {
        let authority = Self(tempfile::tempdir().expect("a temporary folder"));
        let request =
            tool("openssl", "openssl").args(["req", "-x509", "-days", "30", "-subj", "/CN=authority"]).args(KEY);
        let request = request.args(["-addext", "keyUsage=critical,keyCertSign"]);
        request.arg("-out").arg(authority.path("ca.pem")).arg("-keyout").arg(authority.path("ca.key")).run();
        authority
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// A server with these names in its certificate, such as `DNS:localhost,IP:127.0.0.1`, which ends after so many days.
    pub(crate) fn vouch(&self, server: &str, names: &str, days: i32) {
        let [certificate, key, wish] = ["pem", "key", "csr"].map(|end| self.path(&format!("{server}.{end}")));
        let request = tool("openssl", "openssl").args(["req", "-subj", "/CN=server"]).args(KEY).arg("-keyout").arg(key);
        request.args(["-addext", &format!("subjectAltName={names}")]).arg("-out").arg(&wish).run();
        let sign = tool("openssl", "openssl").args(["x509", "-req", "-copy_extensions", "copy"]).arg("-in").arg(wish);
        let sign = sign.args(["-days", &days.to_string()]).arg("-CA").arg(self.path("ca.pem"));
        sign.arg("-CAkey").arg(self.path("ca.key")).arg("-out").arg(certificate).run();
    }
}
