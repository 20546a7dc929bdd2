//! What can be set of the server, of requests and of the GraphQL endpoint.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

/// The HTTP server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    /// Threads that requests are answered on; 0 for twice as many as there are processors.
    pub threads: usize,
    /// How long requests in flight may take to finish on shutdown, in seconds.
    pub shutdown_seconds: u64,
    /// Proxies that are believed where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// Most connections at a time.
    pub connections: usize,
    /// Most connections at a time from one network; trusted proxies may have all.
    pub connections_per_address: usize,
    /// How long a client may take over the head or body of a request, and be silent between two, in seconds.
    pub client_seconds: u64,
    /// Whether there is an API explorer.
    pub explorer: bool,
    /// Whether `/metrics` tells numbers to whoever asks.
    pub metrics: bool,
    /// Files with certificate and key, both or neither; without them no TLS is served.
    pub tls_certificate: PathBuf,
    pub tls_key: PathBuf,
    /// Origins of pages that may use the API from a browser; `*` for all.
    pub cors_origins: Vec<String>,
}

impl ServerConfig {
    /// Whether it serves TLS itself.
    pub fn is_encrypted(&self) -> bool {
        !self.tls_certificate.as_os_str().is_empty()
    }

    /// How its addresses begin.
    pub fn scheme(&self) -> &'static str {
        if self.is_encrypted() { "https" } else { "http" }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8000)),
            threads: 0,
            shutdown_seconds: 20,
            trusted_proxies: Vec::new(),
            connections: 4_096,
            connections_per_address: 1_024,
            client_seconds: 30,
            explorer: true,
            metrics: false,
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            cors_origins: Vec::new(),
        }
    }
}

/// What a GraphQL request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub body_bytes: usize,
    pub query_bytes: usize,
    pub query_tokens: usize,
    pub query_depth: usize,
    /// Fields after fragments are expanded.
    pub query_fields: usize,
    /// Fields at the root of an operation.
    pub root_fields: usize,
    pub aliases: usize,
    pub directives: usize,
    /// Points that a request of the public may cost: one a field, multiplied by the sizes of the lists it stands in.
    pub query_cost: u64,
    /// The same for whoever has a session or token.
    pub query_cost_signed_in: u64,
    /// Points that the public may spend in a minute from one network; 0 for any number.
    pub points_per_minute: u64,
    /// The same for a user, or a token without one.
    pub points_per_minute_signed_in: u64,
    /// Sockets open at a time, in all and of one user, token or network.
    pub sockets: usize,
    pub sockets_per_actor: usize,
    /// Subscriptions followed at a time, in all and by one user, token or network.
    pub subscriptions: usize,
    pub subscriptions_per_actor: usize,
    pub request_timeout_ms: u64,
    /// Most tries to sign in to one account within a quarter of an hour.
    pub sign_ins_per_account: u64,
    /// Most tries to sign in from one address within a quarter of an hour.
    pub sign_ins_per_address: u64,
}

/// What one class of actors may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Points for one request.
    pub query_cost: u64,
    /// Points in a minute; 0 for any number.
    pub points_per_minute: u64,
}

impl Limits {
    /// What the public may spend, or whoever has a session or token.
    pub fn allowance(&self, is_public: bool) -> Allowance {
        let (query_cost, points_per_minute) = if is_public {
            (self.query_cost, self.points_per_minute)
        } else {
            (self.query_cost_signed_in, self.points_per_minute_signed_in)
        };
        Allowance { query_cost, points_per_minute }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1_048_576,
            query_bytes: 65_536,
            query_tokens: 8_000,
            query_depth: 15,
            query_fields: 1_000,
            root_fields: 20,
            aliases: 100,
            directives: 50,
            query_cost: 50_000,
            query_cost_signed_in: 100_000,
            points_per_minute: 2_000_000,
            points_per_minute_signed_in: 10_000_000,
            sockets: 1_000,
            sockets_per_actor: 100,
            subscriptions: 5_000,
            subscriptions_per_actor: 500,
            request_timeout_ms: 10_000,
            sign_ins_per_account: 10,
            sign_ins_per_address: 50,
        }
    }
}

/// The GraphQL endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlConfig {
    /// Whether the schema may be asked for; the explorer needs it.
    pub introspection: bool,
    /// Memory for answers to the public that are handed out again.
    pub answer_cache_mib: u64,
    /// Folder of trusted documents; empty for none.
    pub documents: PathBuf,
    /// Whether the public may run trusted documents only.
    pub documents_only: bool,
    /// Memory for documents that clients register themselves.
    pub registered_kib: u64,
}

impl Default for GraphqlConfig {
    fn default() -> Self {
        Self { introspection: true, answer_cache_mib: 16, documents: PathBuf::new(), documents_only: false, registered_kib: 1_024 }
    }
}
