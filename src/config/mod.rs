//! Configuration: defaults, then `warta.toml`, then `WARTA_…` variables, then flags. One table names every key;
//! all problems are reported together, each by its key.

mod comments;
mod server;
mod setting;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use comments::{AkismetConfig, CommentConfig};
use entity::enums::SearchEngineKind;

pub use server::{Allowance, GraphqlConfig, Limits, ServerConfig};
pub use setting::settings;

/// A secret that does not show itself in logs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded database and index live.
    pub data_dir: PathBuf,
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub search: SearchConfig,
    pub log: LogConfig,
    pub limits: Limits,
    pub graphql: GraphqlConfig,
    pub mail: MailConfig,
    pub sessions: SessionConfig,
    /// What the site is called, in mails and in programs for second factors.
    pub site_name: String,
    /// Where editors' front end is; links in mails lead there.
    pub editor_url: String,
    /// How long autosaves are kept that were never published, in days.
    pub autosave_days: i64,
    /// IANA zone in which calendar years and dates without a zone of their own are read.
    pub time_zone: String,
    pub comments: CommentConfig,
    pub akismet: AkismetConfig,
}

/// The database.
#[derive(Clone, Debug, Default)]
pub struct DatabaseConfig {
    /// `sqlite:…` or `postgres://…`; empty for SQLite in the data folder.
    pub url: String,
    /// Connections to PostgreSQL.
    pub max_connections: u32,
    /// How much of SQLite's file is read as memory of the system, in MiB.
    pub mapped_mib: u64,
}

/// The search engine.
#[derive(Clone, Debug)]
pub struct SearchConfig {
    pub engine: SearchEngineKind,
    /// Where Meilisearch answers.
    pub url: String,
    pub key: Secret,
    /// What the names of our indexes in Meilisearch begin with.
    pub prefix: String,
    /// How long Meilisearch may take to answer, in milliseconds.
    pub timeout_ms: u64,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    Human,
    Json,
}

/// The log.
#[derive(Clone, Debug)]
pub struct LogConfig {
    pub format: LogFormat,
    /// Directives such as `info,warta=debug`.
    pub filter: String,
}

/// The server that takes our mails.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `smtp:` or `smtps:` address with user and password; without one mails are printed.
    pub url: Secret,
    /// Whom mails come from.
    pub from: String,
}

/// How long people stay signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// Without a request, in minutes.
    pub idle_minutes: i64,
    /// Whatever happens, in days.
    pub longest_days: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            server: ServerConfig::default(),
            database: DatabaseConfig { url: String::new(), max_connections: 10, mapped_mib: 2_047 },
            search: SearchConfig {
                engine: SearchEngineKind::Tantivy,
                url: "http://127.0.0.1:7700".to_owned(),
                key: Secret::default(),
                prefix: "warta".to_owned(),
                timeout_ms: 5_000,
            },
            log: LogConfig { format: LogFormat::Auto, filter: "info,sea_orm_migration=warn".to_owned() },
            limits: Limits::default(),
            graphql: GraphqlConfig::default(),
            mail: MailConfig { url: Secret::default(), from: "Warta <warta@localhost>".to_owned() },
            sessions: SessionConfig { idle_minutes: 720, longest_days: 30 },
            site_name: "Warta".to_owned(),
            editor_url: String::new(),
            autosave_days: 14,
            time_zone: "Asia/Jakarta".to_owned(),
            comments: CommentConfig::default(),
            akismet: AkismetConfig::default(),
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the configuration of this process.
    ///
    /// `file` must exist when given; otherwise `warta.toml` in the current folder is read if there is one.
    /// `flags` are pairs of a key and its value.
    pub fn load(file: Option<&Path>, flags: &[(String, String)]) -> Result<Self, ConfigError> {
        let default = Path::new("warta.toml");
        let text = match file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| ConfigError(vec![format!("{}: {error}", path.display())]))?,
            None if default.exists() => {
                std::fs::read_to_string(default).map_err(|error| ConfigError(vec![format!("warta.toml: {error}")]))?
            }
            None => String::new(),
        };
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::from_layers(&text, variables, flags)
    }

    /// Puts the layers together: the text of a `warta.toml`, environment variables, and flags.
    pub fn from_layers(
        toml: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut problems = Vec::new();
        match toml.parse::<toml::Table>() {
            Ok(table) => {
                let mut values = BTreeMap::new();
                flatten("", &table, &mut values);
                for (key, value) in values {
                    setting::apply(&mut config, &key, &value, &format!("warta.toml: {key}"), &mut problems);
                }
            }
            Err(error) => problems.push(format!("warta.toml: {}", error.to_string().trim_end())),
        }
        let mut variables: Vec<(String, String)> = variables.into_iter().collect();
        variables.sort();
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("WARTA_").filter(|rest| !rest.starts_with("TEST_")) else { continue };
            match settings().find(|setting| setting.variable() == name) {
                Some(setting) => setting::apply(&mut config, setting.key, &value, &name, &mut problems),
                None => problems.push(format!("{name}: unknown variable; {}", setting::nearest(&rest.to_lowercase().replace('_', ".")))),
            }
        }
        for (key, value) in flags {
            setting::apply(&mut config, key, value, &format!("--set {key}"), &mut problems);
        }
        config.complete(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }

    /// Fills in what follows from other keys, and checks what no key can be checked for alone.
    fn complete(&mut self, problems: &mut Vec<String>) {
        if self.database.url.is_empty() {
            self.database.url = format!("sqlite://{}", self.data_dir.join("warta.db").display());
        }
        if self.editor_url.is_empty() {
            let mut own = self.server.bind;
            if own.ip().is_unspecified() {
                // What listens everywhere is reached on this machine.
                own.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
            }
            self.editor_url = format!("{}://{own}/explorer", self.server.scheme());
        }
        if self.search.engine == SearchEngineKind::Meilisearch && url::Url::parse(&self.search.url).is_err() {
            problems.push(format!("search.url: `{}` is not a URL; give one such as http://127.0.0.1:7700", self.search.url));
        }
        if self.server.tls_certificate.as_os_str().is_empty() != self.server.tls_key.as_os_str().is_empty() {
            problems.push("server.tls_certificate, server.tls_key: give both, or neither".to_owned());
        }
        if self.graphql.documents_only && self.graphql.documents.as_os_str().is_empty() {
            problems.push("graphql.documents: give the folder of the trusted documents, or leave graphql.documents_only off".to_owned());
        }
        for (points, cost, class) in [
            (self.limits.points_per_minute, self.limits.query_cost, ""),
            (self.limits.points_per_minute_signed_in, self.limits.query_cost_signed_in, "_signed_in"),
        ] {
            if points > 0 && points < cost {
                problems.push(format!("limits.points_per_minute{class}: give at least as much as limits.query_cost{class}, {cost}, or 0"));
            }
        }
        if !self.akismet.key.expose().is_empty() && self.akismet.site.is_empty() {
            problems.push("akismet.site: give the address of the site's front page, such as https://kabar.contoh.id/".to_owned());
        }
    }
}

fn flatten(prefix: &str, table: &toml::Table, values: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, values),
            toml::Value::String(text) => drop(values.insert(key, text.clone())),
            other => drop(values.insert(key, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn later_layers_win() {
        let variables = [("WARTA_SERVER_BIND".to_owned(), "127.0.0.1:9000".to_owned()), ("HOME".to_owned(), "/".to_owned())];
        let config = Config::from_layers("[server]\nbind = \"127.0.0.1:8500\"\n", variables.clone(), &[]).unwrap();
        assert_eq!(config.server.bind.port(), 9000);
        let config = Config::from_layers("", variables, &[("server.bind".to_owned(), "127.0.0.1:9100".to_owned())]).unwrap();
        assert_eq!(config.server.bind.port(), 9100);
    }

    #[test]
    fn editors_are_sent_to_the_explorer_unless_they_have_a_front_end() {
        let url = |bind: &str| Config::from_layers("", [], &[("server.bind".to_owned(), bind.to_owned())]).unwrap().editor_url;
        assert_eq!(url("0.0.0.0:8123"), "http://127.0.0.1:8123/explorer");
        assert_eq!(url("[::1]:8123"), "http://[::1]:8123/explorer");
        let own = [("site.editor_url".to_owned(), "https://redaksi.contoh.id/masuk".to_owned())];
        assert_eq!(Config::from_layers("", [], &own).unwrap().editor_url, "https://redaksi.contoh.id/masuk");
    }

    #[test]
    fn all_problems_are_reported_at_once_by_name() {
        let variables = [("WARTA_SERVER_BINT".to_owned(), "x".to_owned()), ("WARTA_TEST_DATABASE_URL".to_owned(), "x".to_owned())];
        let error = Config::from_layers("[server]\nbind = 8\n[limits]\nquery_depht = 3\n", variables, &[]).unwrap_err().to_string();
        for part in ["3 problem(s)", "server.bind", "query_depht", "WARTA_SERVER_BINT", "did you mean"] {
            assert!(error.contains(part), "{part} is missing in {error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = Config::from_layers("[search]\nkey = \"hush\"\n", [], &[]).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
        assert_eq!(config.search.key.expose(), "hush");
    }
}
