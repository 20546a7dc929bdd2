//! The table of all keys: what each is called, what it means, and how its value is read.

use std::net::IpAddr;

use entity::enums::SearchEngineKind;
use ipnet::IpNet;

use super::{Config, LogFormat, Secret};

/// One key.
pub struct Setting {
    /// As in `warta.toml`, with a dot between section and name.
    pub key: &'static str,
    /// What it means, for the reference in the documentation.
    pub help: &'static str,
    read: fn(&mut Config, &str) -> Result<(), String>,
}

impl Setting {
    /// The environment variable of this key.
    pub fn variable(&self) -> String {
        format!("WARTA_{}", self.key.replace('.', "_").to_uppercase())
    }
}

macro_rules! number {
    ($($field:ident).+, $range:expr) => {
        |config, value| {
            let number = value.parse().map_err(|_| format!("`{value}` is not a whole number"))?;
            if !$range.contains(&number) {
                return Err(format!("{number} is out of range; give {} to {}", $range.start(), $range.end()));
            }
            config.$($field).+ = number;
            Ok(())
        }
    };
}

macro_rules! yes_or_no {
    ($($field:ident).+) => {
        |config, value| {
            config.$($field).+ = value.parse().map_err(|_| format!("`{value}` is neither true nor false"))?;
            Ok(())
        }
    };
}

fn web_address(value: &str) -> Result<String, String> {
    let parsed = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    parsed.map(|_| value.to_owned()).ok_or_else(|| format!("`{value}` is no web address, such as https://redaksi.contoh.id/"))
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| format!("`{text}` is no address or network, such as 10.0.0.0/8"))
}

/// Every key that `warta.toml`, the environment and `--set` know.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "data_dir",
        help: "Folder of the embedded database and search index.",
        read: |config, value| {
            if value.is_empty() {
                return Err("give a folder".to_owned());
            }
            config.data_dir = value.into();
            Ok(())
        },
    },
    Setting {
        key: "server.bind",
        help: "Address and port to listen on.",
        read: |config, value| {
            config.server.bind = value.parse().map_err(|_| format!("`{value}` is no address and port, such as 127.0.0.1:8000"))?;
            Ok(())
        },
    },
    Setting {
        key: "server.threads",
        help: "Threads that requests are answered on; 0 for twice as many as there are processors.",
        read: number!(server.threads, 0..=1_024),
    },
    Setting {
        key: "server.shutdown_seconds",
        help: "How long requests in flight may take to finish on shutdown.",
        read: number!(server.shutdown_seconds, 0..=600),
    },
    Setting {
        key: "server.trusted_proxies",
        help: "Addresses or networks of proxies, divided by commas: what they say in `X-Forwarded-For` of where a request came from is believed.",
        read: |config, value| {
            let networks = value.split(',').map(str::trim).filter(|part| !part.is_empty());
            config.server.trusted_proxies = networks.map(network).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        key: "database.url",
        help: "`sqlite:` or `postgres:` address; by default SQLite in the data folder.",
        read: |config, value| {
            if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| value.starts_with(scheme)) {
                return Err("give an address that begins with sqlite: or postgres:".to_owned());
            }
            config.database.url = value.to_owned();
            Ok(())
        },
    },
    Setting {
        key: "database.max_connections",
        help: "Connections to PostgreSQL; half of them are for queries.",
        read: number!(database.max_connections, 2..=1_000),
    },
    Setting {
        key: "search.engine",
        help: "`tantivy` (embedded) or `meilisearch`.",
        read: |config, value| {
            config.search.engine =
                SearchEngineKind::from_name(value).ok_or_else(|| format!("`{value}` is unknown; give tantivy or meilisearch"))?;
            Ok(())
        },
    },
    Setting {
        key: "search.url",
        help: "Where Meilisearch answers.",
        read: |config, value| {
            config.search.url = value.trim_end_matches('/').to_owned();
            Ok(())
        },
    },
    Setting {
        key: "search.key",
        help: "API key for Meilisearch.",
        read: |config, value| {
            config.search.key = Secret(value.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "search.prefix",
        help: "What the names of our indexes in Meilisearch begin with.",
        read: |config, value| {
            if value.is_empty() || value.len() > 100 || !value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
                return Err("give 1 to 100 letters, digits, hyphens or underscores".to_owned());
            }
            config.search.prefix = value.to_owned();
            Ok(())
        },
    },
    Setting {
        key: "search.timeout_ms",
        help: "How long Meilisearch may take to answer, in milliseconds.",
        read: number!(search.timeout_ms, 50..=60_000),
    },
    Setting {
        key: "log.format",
        help: "`auto` (human on a terminal, JSON otherwise), `human` or `json`.",
        read: |config, value| {
            config.log.format = match value {
                "auto" => LogFormat::Auto,
                "human" => LogFormat::Human,
                "json" => LogFormat::Json,
                _ => return Err(format!("`{value}` is unknown; give auto, human or json")),
            };
            Ok(())
        },
    },
    Setting {
        key: "log.filter",
        help: "Directives such as `info,warta=debug`.",
        read: |config, value| {
            tracing_subscriber::EnvFilter::try_new(value).map_err(|error| error.to_string())?;
            config.log.filter = value.to_owned();
            Ok(())
        },
    },
    Setting { key: "limits.body_bytes", help: "Longest request body.", read: number!(limits.body_bytes, 1_024..=67_108_864) },
    Setting { key: "limits.query_bytes", help: "Longest GraphQL document.", read: number!(limits.query_bytes, 256..=1_048_576) },
    Setting { key: "limits.query_tokens", help: "Most tokens in a GraphQL document.", read: number!(limits.query_tokens, 10..=200_000) },
    Setting { key: "limits.query_depth", help: "Deepest nesting of fields.", read: number!(limits.query_depth, 3..=100) },
    Setting {
        key: "limits.query_fields",
        help: "Most fields after fragments are expanded.",
        read: number!(limits.query_fields, 10..=100_000),
    },
    Setting { key: "limits.root_fields", help: "Most fields at the root of an operation.", read: number!(limits.root_fields, 1..=1_000) },
    Setting { key: "limits.aliases", help: "Most aliases in a document.", read: number!(limits.aliases, 0..=10_000) },
    Setting { key: "limits.directives", help: "Most directives in a document.", read: number!(limits.directives, 0..=10_000) },
    Setting { key: "limits.query_cost", help: "Most points a query may cost.", read: number!(limits.query_cost, 10..=100_000_000) },
    Setting {
        key: "limits.request_timeout_ms",
        help: "How long a request may take, in milliseconds.",
        read: number!(limits.request_timeout_ms, 100..=600_000),
    },
    Setting {
        key: "limits.comments_per_hour",
        help: "Most comments from one address in an hour, of IPv6 from one /64.",
        read: number!(comments.per_address, 1..=1_000_000),
    },
    Setting {
        key: "limits.comments_per_email",
        help: "Most comments under one e-mail address in an hour.",
        read: number!(comments.per_email, 1..=1_000_000),
    },
    Setting {
        key: "limits.sign_ins_per_account",
        help: "Most tries to sign in to one account from one network within a quarter of an hour; ten times as many from all.",
        read: number!(limits.sign_ins_per_account, 3..=1_000),
    },
    Setting {
        key: "limits.sign_ins_per_address",
        help: "Most tries to sign in from one address within a quarter of an hour.",
        read: number!(limits.sign_ins_per_address, 3..=100_000),
    },
    Setting {
        key: "sessions.idle_minutes",
        help: "How long people stay signed in without doing anything.",
        read: number!(sessions.idle_minutes, 5..=525_600),
    },
    Setting {
        key: "sessions.longest_days",
        help: "How long people stay signed in whatever they do.",
        read: number!(sessions.longest_days, 1..=365),
    },
    Setting {
        key: "mail.url",
        help: "Server that takes mails, such as `smtps://user:password@mail.example.id`; without one they are printed.",
        read: |config, value| {
            if !value.is_empty() && !["smtp://", "smtps://"].iter().any(|scheme| value.starts_with(scheme)) {
                return Err("give an address that begins with smtp:// or smtps://".to_owned());
            }
            config.mail.url = Secret(value.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "mail.from",
        help: "Whom mails come from.",
        read: |config, value| {
            if !value.contains('@') {
                return Err(format!("`{value}` is no sender, such as Redaksi <redaksi@contoh.id>"));
            }
            config.mail.from = value.to_owned();
            Ok(())
        },
    },
    Setting {
        key: "revisions.autosave_days",
        help: "How long autosaves are kept that were never published.",
        read: number!(autosave_days, 1..=3_650),
    },
    Setting {
        key: "graphql.introspection",
        help: "Whether the schema may be asked for; the explorer needs it.",
        read: yes_or_no!(graphql.introspection),
    },
    Setting {
        key: "graphql.answer_cache_mib",
        help: "Memory for answers to the public that are handed out again, for at most a second and never after a change; 0 for none.",
        read: number!(graphql.answer_cache_mib, 0..=4_096),
    },
    Setting {
        key: "site.name",
        help: "What the site is called, in mails and in programs for second factors.",
        read: |config, value| {
            if value.trim().is_empty() || value.chars().count() > 100 || value.chars().any(char::is_control) {
                return Err("give 1 to 100 characters on one line".to_owned());
            }
            config.site_name = value.trim().to_owned();
            Ok(())
        },
    },
    Setting {
        key: "site.editor_url",
        help: "Where editors' front end is, by default the explorer; links in mails lead there, with `#token=…` added.",
        read: |config, value| {
            config.editor_url = web_address(value)?;
            Ok(())
        },
    },
    Setting {
        key: "site.time_zone",
        help: "IANA zone in which calendar years are read.",
        read: |config, value| {
            crate::text::date::zone(value).ok_or_else(|| format!("`{value}` is no IANA time zone, such as Asia/Makassar"))?;
            config.time_zone = value.to_owned();
            Ok(())
        },
    },
    Setting { key: "comments.on_articles", help: "Whether articles may be commented on.", read: yes_or_no!(comments.on_articles) },
    Setting { key: "comments.on_events", help: "Whether events may be commented on.", read: yes_or_no!(comments.on_events) },
    Setting {
        key: "comments.close_after_days",
        help: "Days after publication for which comments are taken; 0 for ever.",
        read: number!(comments.close_after_days, 0..=36_500),
    },
    Setting { key: "comments.depth", help: "How deep replies may hang; 0 for none.", read: number!(comments.depth, 0..=20) },
    Setting {
        key: "comments.edit_minutes",
        help: "How long writers may change or take back their comments.",
        read: number!(comments.edit_minutes, 0..=10_080),
    },
    Setting {
        key: "comments.approve_known",
        help: "Whether comments of writers whom moderators approved before are shown at once.",
        read: yes_or_no!(comments.approve_known),
    },
    Setting {
        key: "comments.require_form",
        help: "Whether comments are taken only with the token of `commentForm`.",
        read: yes_or_no!(comments.require_form),
    },
    Setting {
        key: "comments.least_seconds",
        help: "How long people take to fill in a form, at least; what comes sooner counts towards spam.",
        read: number!(comments.least_seconds, 0..=600),
    },
    Setting {
        key: "comments.digest_minutes",
        help: "How long mails to moderators wait for more comments; 0 for no mails.",
        read: number!(comments.digest_minutes, 0..=10_080),
    },
    Setting {
        key: "comments.discard_blatant",
        help: "Whether what Akismet is sure about goes to the trash instead of the spam.",
        read: yes_or_no!(comments.discard_blatant),
    },
    Setting {
        key: "privacy.address_days",
        help: "Days after which it is forgotten from which address a comment came.",
        read: number!(comments.address_days, 1..=3_650),
    },
    Setting {
        key: "privacy.erase_days",
        help: "Days after which the e-mail address of a comment is forgotten, too, and what tells its network; 0 for never.",
        read: number!(comments.erase_days, 0..=36_500),
    },
    Setting {
        key: "akismet.key",
        help: "API key of Akismet; without one it is not asked.",
        read: |config, value| {
            config.akismet.key = Secret(value.to_owned());
            Ok(())
        },
    },
    Setting {
        key: "akismet.url",
        help: "Where Akismet answers.",
        read: |config, value| {
            config.akismet.url = web_address(value)?;
            Ok(())
        },
    },
    Setting {
        key: "akismet.site",
        help: "Address of the site's front page, as the key was given out for.",
        read: |config, value| {
            config.akismet.site = web_address(value)?;
            Ok(())
        },
    },
    Setting { key: "akismet.test", help: "Whether what Akismet is asked teaches it nothing.", read: yes_or_no!(akismet.is_test) },
    Setting {
        key: "akismet.timeout_ms",
        help: "How long Akismet may take to answer, in milliseconds.",
        read: number!(akismet.timeout_ms, 100..=10_000),
    },
];

/// Reads one value into `config`; a problem is reported under `source`.
pub(super) fn apply(config: &mut Config, key: &str, value: &str, source: &str, problems: &mut Vec<String>) {
    match SETTINGS.iter().find(|setting| setting.key == key) {
        Some(setting) => {
            if let Err(problem) = (setting.read)(config, value) {
                problems.push(format!("{source}: {problem}"));
            }
        }
        None => problems.push(format!("{source}: unknown key; {}", nearest(key))),
    }
}

/// Points to the key whose spelling is nearest.
pub(super) fn nearest(key: &str) -> String {
    SETTINGS
        .iter()
        .find(|setting| crate::text::highlight::is_within(key, setting.key, 2))
        .map_or_else(|| "see docs/operations.md for the keys".to_owned(), |setting| format!("did you mean {}?", setting.key))
}
