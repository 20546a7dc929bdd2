//! What this machine can do at most: a server that hands out bytes it has, and one that runs a single prepared statement a request
//! and hands out the JSON that the database made of it. Neither knows GraphQL.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::Outcome;

/// Connections to PostgreSQL.
const CONNECTIONS: usize = 8;

macro_rules! statements {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("sql/sqlite/", $name, ".sql")), include_str!(concat!("sql/postgres/", $name, ".sql")))),*]
    };
}

/// Name, statement for SQLite, statement for PostgreSQL.
const STATEMENTS: [(&str, &str, &str); 7] = statements!("Q1", "Q2", "Q3", "Q4", "Q5", "S1", "M1");

thread_local! {
    static CONNECTION: RefCell<Option<rusqlite::Connection>> = const { RefCell::new(None) };
}

/// A connection with its statements, prepared.
struct Prepared {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

struct Limits {
    /// Answers by query, handed out in turn.
    fixed: HashMap<String, (Vec<Bytes>, AtomicUsize)>,
    sqlite: PathBuf,
    postgres: Vec<Prepared>,
    next: AtomicUsize,
}

/// Serves both until the process is ended. `fixed` is a folder with a file of answers a query, one a line.
pub async fn serve(port: u16, fixed: &std::path::Path, sqlite: PathBuf, postgres: Option<&str>) -> Outcome<()> {
    let mut answers = HashMap::new();
    for (name, ..) in STATEMENTS {
        if let Ok(text) = std::fs::read_to_string(fixed.join(name)) {
            answers.insert(name.to_owned(), (text.lines().map(|line| Bytes::from(line.to_owned())).collect(), AtomicUsize::new(0)));
        }
    }
    if postgres.is_none() {
        // What a run before has written would otherwise be read beside the file, which takes longer.
        rusqlite::Connection::open(&sqlite)?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    let mut connections = Vec::new();
    if let Some(url) = postgres {
        for _ in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute("SET TimeZone = 'UTC'").await?;
            let mut statements = HashMap::new();
            for (name, _, sql) in STATEMENTS {
                statements.insert(name, client.prepare(sql).await?);
            }
            connections.push(Prepared { client, statements });
        }
    }
    let limits = Limits { fixed: answers, sqlite, postgres: connections, next: AtomicUsize::new(0) };
    let routes = Router::new()
        .route("/bytes/{query}", post(bytes))
        .route("/sqlite/{query}", post(in_sqlite))
        .route("/postgres/{query}", post(in_postgres));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), routes.with_state(Arc::new(limits)))
        .await?;
    Ok(())
}

fn json(body: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn failed(error: impl std::fmt::Display) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

async fn bytes(State(limits): State<Arc<Limits>>, Path(query): Path<String>, _body: Bytes) -> Response {
    match limits.fixed.get(&query) {
        Some((answers, next)) => json(answers[next.fetch_add(1, Ordering::Relaxed) % answers.len()].clone()),
        None => failed("no such query"),
    }
}

async fn in_sqlite(State(limits): State<Arc<Limits>>, Path(query): Path<String>, body: Bytes) -> Response {
    let Some((_, sql, _)) = STATEMENTS.iter().find(|(name, ..)| *name == query) else { return failed("no such query") };
    let values: Vec<Value> = serde_json::from_slice(&body).unwrap_or_default();
    let answer = CONNECTION.with(|slot| -> rusqlite::Result<String> {
        let mut slot = slot.borrow_mut();
        let connection = match slot.take() {
            Some(connection) => connection,
            None => {
                let connection = rusqlite::Connection::open(&limits.sqlite)?;
                connection.execute_batch(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA mmap_size=1000000000; PRAGMA cache_size=-65536;",
                )?;
                connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
                connection
            }
        };
        let values: Vec<rusqlite::types::Value> = values
            .iter()
            .map(|value| match value {
                Value::Number(number) => number.as_i64().unwrap_or_default().into(),
                Value::String(text) => text.clone().into(),
                _ => rusqlite::types::Value::Null,
            })
            .collect();
        let answer = connection.prepare_cached(sql)?.query_row(rusqlite::params_from_iter(values), |row| row.get(0));
        *slot = Some(connection);
        answer
    });
    match answer {
        Ok(text) => json(text),
        Err(error) => failed(error),
    }
}

async fn in_postgres(State(limits): State<Arc<Limits>>, Path(query): Path<String>, body: Bytes) -> Response {
    let Some(prepared) = limits.postgres.get(limits.next.fetch_add(1, Ordering::Relaxed) % limits.postgres.len().max(1)) else {
        return failed("no database");
    };
    let Some(statement) = prepared.statements.get(query.as_str()) else { return failed("no such query") };
    let values: Vec<Value> = serde_json::from_slice(&body).unwrap_or_default();
    let owned: Vec<Box<dyn ToSql + Sync + Send>> = values
        .iter()
        .map(|value| match value {
            Value::Number(number) => Box::new(number.as_i64().unwrap_or_default() as i32) as Box<dyn ToSql + Sync + Send>,
            Value::String(text) => Box::new(text.clone()),
            _ => Box::new(None::<String>),
        })
        .collect();
    let values: Vec<&(dyn ToSql + Sync)> = owned.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync)).collect();
    match prepared.client.query_one(statement, &values).await {
        Ok(row) => json(row.get::<_, String>(0)),
        Err(error) => failed(error),
    }
}
