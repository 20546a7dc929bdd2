//! TLS by rustls, from files that are read again when they change, as those do that renew themselves.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Longest file of certificates or keys.
const LONGEST_FILE: u64 = 1_048_576;

/// What connections are encrypted with.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    changed_at: [Option<SystemTime>; 2],
    looked_at: Instant,
}

impl Tls {
    /// Reads certificate and key. Both are named when something is wrong with them.
    pub fn open(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let changed_at = [modified(certificate), modified(key)];
        let current = Current { acceptor: acceptor(certificate, key)?, changed_at, looked_at: Instant::now() };
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), current: Mutex::new(current) })
    }

    /// What the next connection is encrypted with. Files that can't be used leave the old ones in force.
    pub fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked_at.elapsed() >= LOOK_EVERY {
            current.looked_at = Instant::now();
            let changed_at = [modified(&self.certificate), modified(&self.key)];
            if changed_at != current.changed_at {
                match acceptor(&self.certificate, &self.key) {
                    Ok(acceptor) => {
                        tracing::info!("the certificate was read again");
                        (current.acceptor, current.changed_at) = (acceptor, changed_at);
                    }
                    Err(error) => tracing::warn!(error = format!("{error:#}"), "the certificate has changed and can't be used"),
                }
            }
        }
        current.acceptor.clone()
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST_FILE).read_to_end(&mut bytes)).with_context(|| format!("{}", path.display()))?;
    Ok(bytes)
}

fn acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(certificate).context("server.tls_certificate")?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("server.tls_certificate: {} holds no certificates in PEM", certificate.display()))?;
    anyhow::ensure!(!chain.is_empty(), "server.tls_certificate: {} holds no certificate in PEM", certificate.display());
    let secret = PrivateKeyDer::from_pem_slice(&read(key).context("server.tls_key")?)
        .with_context(|| format!("server.tls_key: {} holds no private key in PEM", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .context("server.tls_certificate, server.tls_key: they do not belong together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
