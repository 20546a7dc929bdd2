//! TLS to PostgreSQL: as much of it as `sslmode` asks for, with the meanings that PostgreSQL's own clients give it, but that `verify-full`
//! trusts the authorities that browsers know where no other is named.

use std::sync::Arc;

use anyhow::Context;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sea_orm::sqlx::postgres::PgSslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::Options;

/// What encrypts connections to the database that `options` name. Files are read where they are needed.
pub fn connector(options: &Options) -> anyhow::Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let is_encrypted = !matches!(options.mode(), PgSslMode::Disable | PgSslMode::Allow);
    let pem = |name| if is_encrypted { options.pem(name) } else { Ok(None) };
    let asks = match (options.mode(), pem("sslrootcert")?) {
        (PgSslMode::VerifyFull, roots) => Asks::Name(verifier(roots.as_deref(), &provider)?),
        (PgSslMode::VerifyCa | PgSslMode::Require, Some(roots)) => Asks::Authority(verifier(Some(&roots), &provider)?),
        (PgSslMode::VerifyCa, None) => {
            anyhow::bail!("database.url: sslmode=verify-ca needs sslrootcert, or anybody's certificate would do; or say verify-full")
        }
        _ => Asks::Nothing,
    };
    let verifier = Arc::new(Verifier { asks, provider: Arc::clone(&provider) });
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let config = match (pem("sslcert")?, pem("sslkey")?) {
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(&key).context("database.url: sslkey holds no key")?;
            builder.with_client_auth_cert(certificates(&certificate, "sslcert")?, key)?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => anyhow::bail!("database.url: sslcert and sslkey go together"),
    };
    Ok(MakeRustlsConnect::new(config))
}

/// What asks for a certificate that an authority has signed: one of `own`, otherwise one of those that browsers know.
fn verifier(own: Option<&[u8]>, provider: &Arc<CryptoProvider>) -> anyhow::Result<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    match own {
        Some(own) => {
            for certificate in certificates(own, "sslrootcert")? {
                roots.add(certificate).context("database.url: sslrootcert holds what is no certificate")?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()?)
}

fn certificates(pem: &[u8], name: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    certificates.ok().filter(|found| !found.is_empty()).with_context(|| format!("database.url: {name} holds no certificate"))
}

/// What is asked of a server's certificate.
#[derive(Debug)]
enum Asks {
    /// `prefer`, `require`: nobody can listen, but anybody may be the server.
    Nothing,
    /// `verify-ca`, and `require` with `sslrootcert`.
    Authority(Arc<WebPkiServerVerifier>),
    /// `verify-full`: it names the server, too.
    Name(Arc<WebPkiServerVerifier>),
}

#[derive(Debug)]
struct Verifier {
    asks: Asks,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};

        match &self.asks {
            Asks::Nothing => Ok(ServerCertVerified::assertion()),
            Asks::Name(verifier) => verifier.verify_server_cert(certificate, between, name, ocsp, now),
            Asks::Authority(verifier) => match verifier.verify_server_cert(certificate, between, name, ocsp, now) {
                Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => Ok(ServerCertVerified::assertion()),
                verified => verified,
            },
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
