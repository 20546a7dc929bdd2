//! What the address of a database says. It is read as the migrations read it, so that one address does for both.

use std::time::Duration;

use anyhow::Context;
use percent_encoding::percent_decode_str;
use sea_orm::sqlx::ConnectOptions;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use url::Url;

/// After what time without a word the system asks whether the server is still there.
const KEPT_ALIVE_AFTER: Duration = Duration::from_secs(60);
/// How long the system waits for the server to have received what was sent.
const UNANSWERED: Duration = Duration::from_secs(30);

/// Where the database is, and how it is spoken to.
pub struct Options {
    read: PgConnectOptions,
    /// What can be asked for only as an address: the password and the files of certificates.
    rest: Url,
}

/// Reads an address, with what the environment and the file of passwords add to it.
pub fn read(url: &str) -> anyhow::Result<Options> {
    let read: PgConnectOptions = url.parse()?;
    let rest = read.clone().username("any").host("localhost").database("any").to_url_lossy();
    Ok(Options { read, rest })
}

impl Options {
    /// The same for the driver, with settings with which each connection begins.
    pub fn config<const N: usize>(&self, settings: [(&str, String); N]) -> Config {
        let mut config = Config::new();
        match self.read.get_socket() {
            Some(folder) => config.host_path(folder),
            None => config.host(self.read.get_host().trim_start_matches('[').trim_end_matches(']')),
        };
        config
            .port(self.read.get_port())
            .user(self.read.get_username())
            .dbname(self.read.get_database().unwrap_or(self.read.get_username()));
        if let Some(password) = self.password() {
            config.password(password);
        }
        if let Some(name) = self.read.get_application_name() {
            config.application_name(name);
        }
        let settings = settings.map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ ")));
        config.options([self.read.get_options().unwrap_or_default(), &settings.join(" ")].join(" ").trim());
        config.keepalives_idle(KEPT_ALIVE_AFTER).tcp_user_timeout(UNANSWERED);
        config.ssl_mode(match self.mode() {
            PgSslMode::Disable | PgSslMode::Allow => SslMode::Disable,
            PgSslMode::Prefer => SslMode::Prefer,
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => SslMode::Require,
        });
        config
    }

    /// Whether to encrypt, and how much to ask of the server's certificate.
    pub fn mode(&self) -> PgSslMode {
        self.read.get_ssl_mode()
    }

    /// The PEM text, or the file with it, that the address names as `name`.
    pub fn pem(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some((_, value)) = self.rest.query_pairs().find(|(key, _)| key == name) else { return Ok(None) };
        // What sqlx puts before the name of a file, and before all that stands in an address.
        let file = value.strip_prefix("file: ").unwrap_or(&value).trim();
        if file.starts_with("-----BEGIN") {
            return Ok(Some(file.as_bytes().to_vec()));
        }
        let text = std::fs::read(file).with_context(|| format!("database.url: cannot read {name} {file}"))?;
        Ok(Some(text))
    }

    fn password(&self) -> Option<Vec<u8>> {
        self.rest.password().map(|password| percent_decode_str(password).collect())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::postgres::PgSslMode;
    use tokio_postgres::Config;
    use tokio_postgres::config::{Host, SslMode};

    use super::read;

    fn config(url: &str) -> Config {
        read(url).unwrap().config([("default_transaction_isolation", "repeatable read".to_owned())])
    }

    #[test]
    fn an_address_says_where_the_database_is_and_who_asks() {
        let config =
            config("postgres://siti%40warta:ra%2Fha%25sia%3F@db.contoh.id:6432/berita?application_name=uji&options=-c%20work_mem%3D8MB");
        assert_eq!(config.get_hosts(), [Host::Tcp("db.contoh.id".to_owned())]);
        assert_eq!((config.get_ports(), config.get_dbname(), config.get_user()), (&[6432][..], Some("berita"), Some("siti@warta")));
        assert_eq!((config.get_password(), config.get_application_name()), (Some(&b"ra/ha%sia?"[..]), Some("uji")));
        assert_eq!(config.get_options(), Some("-c work_mem=8MB -c default_transaction_isolation=repeatable\\ read"));
    }

    #[test]
    fn a_socket_and_an_address_in_numbers_are_taken() {
        let host = |url: &str| config(url).get_hosts().to_vec();
        assert_eq!(host("postgres://warta@%2Fvar%2Frun%2Fpostgresql/berita"), [Host::Unix("/var/run/postgresql".into())]);
        assert_eq!(host("postgres://warta@[::1]/berita"), [Host::Tcp("::1".to_owned())]);
        assert_eq!(config("postgres://warta@localhost").get_dbname(), Some("warta"), "by default a database is called as its user");
    }

    #[test]
    fn an_address_says_how_much_is_asked_of_the_server() {
        let asked = |mode: &str| {
            let options = read(&format!("postgres://warta@localhost/berita?sslmode={mode}")).unwrap();
            (options.mode(), options.config([]).get_ssl_mode())
        };
        assert!(matches!(asked("disable"), (PgSslMode::Disable, SslMode::Disable)));
        assert!(matches!(asked("prefer"), (PgSslMode::Prefer, SslMode::Prefer)));
        assert!(matches!(asked("require"), (PgSslMode::Require, SslMode::Require)));
        assert!(matches!(asked("verify-full"), (PgSslMode::VerifyFull, SslMode::Require)));
        assert!(read("postgres://warta@localhost/berita?sslmode=perhaps").is_err());
    }

    #[test]
    fn certificates_are_files_that_are_named_when_they_can_not_be_read() {
        let options = read("postgres://warta@localhost/berita?sslrootcert=/nowhere/ca.pem").unwrap();
        let error = options.pem("sslrootcert").unwrap_err();
        assert!(format!("{error:#}").starts_with("database.url: cannot read sslrootcert /nowhere/ca.pem"), "{error:#}");
        assert!(options.pem("sslcert").unwrap().is_none());
        let options = read("postgres://warta@localhost/berita?sslkey=%0A-----BEGIN%20PRIVATE%20KEY-----").unwrap();
        assert_eq!(options.pem("sslkey").unwrap().unwrap(), b"-----BEGIN PRIVATE KEY-----", "a key is not taken for a file, and told");
    }
}
