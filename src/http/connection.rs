//! One connection: requests one after another, none of which may keep it waiting for long.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

use super::front::Front;
use super::timer::HeadTimer;

/// Most bytes of the head of a request, and of what is read ahead.
const BUFFER: usize = 65_536;

/// How long a client may take over each part of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub Duration);

/// Serves a connection to its end, or until `shutdown` and the end of what is in flight. A request may have a hundred headers, which is
/// what the library takes unless it is told.
pub async fn serve<S>(stream: S, peer: SocketAddr, front: Arc<Front>, patience: Patience, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    // A client that takes nothing in of an answer. Reading has limits of its own: a socket may be silent for long.
    stream.set_write_timeout(Some(patience.0));
    // Borrowed: to count how many hold it, at each request of each connection, costs more than much of what it does.
    let front = &*front;
    let service = service_fn(move |request| {
        // In a box of its own, so that a connection that waits for the next request keeps no room for one.
        Box::pin(async move { Ok::<_, Infallible>(front.answer(request, peer).await) })
    });
    let connection = http1::Builder::new()
        .timer(HeadTimer::new(patience.0))
        .header_read_timeout(patience.0)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended badly");
    }
}
