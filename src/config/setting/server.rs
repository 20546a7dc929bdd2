//! The keys of what runs: server, database, search engine, log, limits, endpoint.

use entity::enums::SearchEngineKind;

use super::{LogFormat, Secret, Setting, network, number, origin, yes_or_no};

/// The keys, in the order of the documentation.
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
    Setting { key: "server.connections", help: "Most connections at a time.", read: number!(server.connections, 8..=1_000_000) },
    Setting {
        key: "server.connections_per_address",
        help: "Most connections at a time from one address, of IPv6 from one /64; trusted proxies may have all.",
        read: number!(server.connections_per_address, 1..=1_000_000),
    },
    Setting {
        key: "server.client_seconds",
        help: "How long a client may take over the head or the body of a request, over taking the next part of an answer, and be silent between requests.",
        read: number!(server.client_seconds, 1..=3_600),
    },
    Setting { key: "server.explorer", help: "Whether there is an API explorer.", read: yes_or_no!(server.explorer) },
    Setting {
        key: "server.metrics",
        help: "Whether `/metrics` tells numbers for a monitor (Prometheus) to whoever asks.",
        read: yes_or_no!(server.metrics),
    },
    Setting {
        key: "server.tls_certificate",
        help: "File with the certificate and those that it rests on (PEM), to serve TLS; read again when it changes.",
        read: |config, value| {
            config.server.tls_certificate = value.into();
            Ok(())
        },
    },
    Setting {
        key: "server.tls_key",
        help: "File with the certificate's private key (PEM).",
        read: |config, value| {
            config.server.tls_key = value.into();
            Ok(())
        },
    },
    Setting {
        key: "server.cors_origins",
        help: "Origins of pages that may use the API from a browser, divided by commas, such as `https://kabar.contoh.id`; `*` for all. Never with cookies.",
        read: |config, value| {
            let origins = value.split(',').map(str::trim).filter(|part| !part.is_empty());
            config.server.cors_origins = origins.map(origin).collect::<Result<_, _>>()?;
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
        key: "database.mapped_mib",
        help: "How much of SQLite's file is read as memory of the system, which may take it back at any time: up to 2047, all that SQLite maps; 0 for nothing.",
        read: number!(database.mapped_mib, 0..=2_047),
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
    Setting {
        key: "limits.query_cost",
        help: "Most points that a request of the public may cost.",
        read: number!(limits.query_cost, 10..=100_000_000),
    },
    Setting {
        key: "limits.query_cost_signed_in",
        help: "Most points that a request of somebody with a session or token may cost.",
        read: number!(limits.query_cost_signed_in, 10..=100_000_000),
    },
    Setting {
        key: "limits.points_per_minute",
        help: "Points that the public may spend in a minute from one address, of IPv6 from one /64; 0 for any number. Kept answers cost none.",
        read: number!(limits.points_per_minute, 0..=2_000_000_000),
    },
    Setting {
        key: "limits.points_per_minute_signed_in",
        help: "Points that each user, or token without a user, may spend in a minute; 0 for any number.",
        read: number!(limits.points_per_minute_signed_in, 0..=2_000_000_000),
    },
    Setting { key: "limits.sockets", help: "Most sockets open at a time.", read: number!(limits.sockets, 0..=1_000_000) },
    Setting {
        key: "limits.sockets_per_actor",
        help: "Most sockets open at a time of one user, token or address.",
        read: number!(limits.sockets_per_actor, 0..=1_000_000),
    },
    Setting {
        key: "limits.subscriptions",
        help: "Most subscriptions followed at a time, over sockets and event streams.",
        read: number!(limits.subscriptions, 0..=1_000_000),
    },
    Setting {
        key: "limits.subscriptions_per_actor",
        help: "Most subscriptions followed at a time by one user, token or address.",
        read: number!(limits.subscriptions_per_actor, 0..=1_000_000),
    },
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
        key: "graphql.introspection",
        help: "Whether the schema may be asked for; the explorer needs it.",
        read: yes_or_no!(graphql.introspection),
    },
    Setting {
        key: "graphql.answer_cache_mib",
        help: "Memory for answers to the public that are handed out again while nothing changes; 0 for none.",
        read: number!(graphql.answer_cache_mib, 0..=4_096),
    },
    Setting {
        key: "graphql.documents",
        help: "Folder of trusted documents: `.graphql` files, or `.json` files that give a document for each SHA-256. Read again when an unknown one is asked for.",
        read: |config, value| {
            config.graphql.documents = value.into();
            Ok(())
        },
    },
    Setting {
        key: "graphql.documents_only",
        help: "Whether the public may run trusted documents only.",
        read: yes_or_no!(graphql.documents_only),
    },
    Setting {
        key: "graphql.registered_kib",
        help: "Memory for automatic persisted queries, which clients register themselves; 0 for none.",
        read: number!(graphql.registered_kib, 0..=1_048_576),
    },
];
