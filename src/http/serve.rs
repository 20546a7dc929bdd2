//! The life of the server: it takes connections within their number, each in a task, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Service;
use super::connection::{self, Patience};
use super::front::Front;
use super::tls::Tls;
use crate::config::ServerConfig;
use crate::domain::throttle::network;
use crate::graphql::budget::Spender;

/// How long nothing is accepted after that has failed, as it does without free descriptors.
const RECOVERY: Duration = Duration::from_millis(100);
/// What a connection is told that there is no place for.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A server that can be started.
pub struct Server {
    listener: TcpListener,
    service: Arc<Service>,
    front: Arc<Front>,
    tls: Option<Arc<Tls>>,
    /// Their connections are those of many.
    proxies: Vec<IpNet>,
    patience: Patience,
    grace: Duration,
}

impl Server {
    /// Serves what comes to `listener`. It fails when the certificate can't be used.
    pub fn new(listener: TcpListener, service: Arc<Service>, config: &ServerConfig) -> anyhow::Result<Self> {
        let is_encrypted = config.is_encrypted();
        let tls = if is_encrypted { Some(Arc::new(Tls::open(&config.tls_certificate, &config.tls_key)?)) } else { None };
        Ok(Self {
            listener,
            front: Arc::new(Front::new(Arc::clone(&service), config)),
            service,
            tls,
            proxies: config.trusted_proxies.clone(),
            patience: Patience(Duration::from_secs(config.client_seconds)),
            grace: Duration::from_secs(config.shutdown_seconds),
        })
    }

    /// Serves until `shutdown`, then lets requests in flight finish for as long as the configuration says.
    /// Returns false when some had to be cut off.
    pub async fn run(self, shutdown: CancellationToken) -> bool {
        let open = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, &open, &shutdown),
                // A client that has gone again is no failure.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(RECOVERY).await;
                }
            }
        }
        // From here on nobody can connect any more.
        drop(self.listener);
        let conversations = &self.service.conversations;
        open.close();
        conversations.close();
        let all = async { tokio::join!(open.wait(), conversations.wait()) };
        tokio::time::timeout(self.grace, all).await.is_ok()
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr, open: &TaskTracker, shutdown: &CancellationToken) {
        let address = peer.ip().to_canonical();
        // Each connection of a proxy of ours counts for itself.
        let holder =
            if self.proxies.iter().any(|network| network.contains(&address)) { peer.to_string() } else { network(&address.to_string()) };
        let Some(place) = self.service.connections.take(Spender::Network(holder)) else {
            tracing::debug!(%peer, "there is no place for a connection");
            // As much as goes without waiting, which is all of it.
            let _ = stream.try_write(FULL);
            return;
        };
        // Answers are written whole: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        // Of its own, for a token is locked each time that it is asked, and all connections ask at each request.
        let shutdown = shutdown.child_token();
        let (front, patience) = (Arc::clone(&self.front), self.patience);
        match self.tls.as_ref().map(|tls| tls.acceptor()) {
            None => drop(open.spawn(async move {
                connection::serve(stream, peer, front, patience, shutdown).await;
                drop(place);
            })),
            Some(acceptor) => drop(open.spawn(async move {
                if let Ok(Ok(stream)) = tokio::time::timeout(patience.0, acceptor.accept(stream)).await {
                    connection::serve(stream, peer, front, patience, shutdown).await;
                }
                drop(place);
            })),
        }
    }
}
