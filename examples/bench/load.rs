//! A load over loopback: connections that are kept, each with one request at a time, and what it cost whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// What one stretch of load came to.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub requests: usize,
    pub seconds: f64,
    /// Milliseconds, sorted.
    pub latencies: Vec<f64>,
    /// Milliseconds of processor a request: the server, and the database.
    pub server_ms: f64,
    pub database_ms: f64,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    pub fn cpu_ms(&self) -> f64 {
        self.server_ms + self.database_ms
    }

    pub fn percentile(&self, share: f64) -> f64 {
        let at = ((self.latencies.len().max(1) - 1) as f64 * share).round() as usize;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Whose processor time is counted.
pub struct Counted {
    pub server: u32,
    pub database: Vec<u32>,
}

/// A connection that takes one request after the other.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens one.
    pub async fn open(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends a request and reads the whole answer; where its body begins in the buffer.
    pub async fn ask(&mut self, request: &[u8]) -> Outcome<usize> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut end = None;
        loop {
            if end.is_none()
                && let Some(at) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")
            {
                let head = std::str::from_utf8(&self.buffer[..at])?.to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).ok_or("no content-length")?;
                if !head.starts_with("http/1.1 200") {
                    return Err(format!("{}: {}", &head[..head.len().min(40)], String::from_utf8_lossy(&self.buffer[at..])).into());
                }
                end = Some((at + 4, at + 4 + length.trim().parse::<usize>()?));
            }
            match end {
                Some((body, all)) if self.buffer.len() >= all => return Ok(body),
                _ => {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err("the server closed the connection".into());
                    }
                }
            }
        }
    }
}

impl Connection {
    /// The answer that was read last, from `body` on.
    pub fn answer(&self, body: usize) -> &[u8] {
        self.buffer.get(body..).unwrap_or_default()
    }
}

/// A request in the form that goes over the wire.
pub fn request(port: u16, path: &str, body: &str) -> Vec<u8> {
    with_head(port, path, "", body)
}

/// The same as a proxy passes it on from an address.
pub fn request_from(address: &str, port: u16, path: &str, body: &str) -> Vec<u8> {
    with_head(port, path, &format!("x-forwarded-for: {address}\r\n"), body)
}

fn with_head(port: u16, path: &str, head: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n{head}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One answer.
pub async fn ask(port: u16, request: &[u8]) -> Outcome<Vec<u8>> {
    let mut connection = Connection::open(port).await?;
    let body = connection.ask(request).await?;
    Ok(connection.buffer.split_off(body))
}

/// Sends the requests in turn over so many connections, for so long, and checks that no answer tells of an error. `next` goes on
/// from stretch to stretch, so that no comment is written twice.
pub async fn run(
    port: u16,
    requests: &Arc<Vec<Vec<u8>>>,
    connections: usize,
    lasting: Duration,
    counted: &Counted,
    next: &Arc<AtomicUsize>,
) -> Outcome<Measured> {
    let before = (processor_ms(&[counted.server]), processor_ms(&counted.database));
    let started = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next) = (Arc::clone(requests), Arc::clone(next));
            tokio::spawn(async move {
                let (mut connection, mut latencies) = (Connection::open(port).await?, Vec::new());
                while started.elapsed() < lasting {
                    let request = &requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()];
                    let asked = Instant::now();
                    let body = connection.ask(request).await?;
                    latencies.push(asked.elapsed().as_secs_f64() * 1_000.0);
                    if connection.answer(body).starts_with(br#"{"errors"#) {
                        return Err(String::from_utf8_lossy(connection.answer(body)).into());
                    }
                }
                Outcome::Ok(latencies)
            })
        })
        .collect();
    let mut measured = Measured::default();
    for client in clients {
        measured.latencies.extend(client.await??);
    }
    measured.seconds = started.elapsed().as_secs_f64();
    // What a write leaves behind to be done, such as its place in the index, is a part of what it costs.
    settle(counted).await;
    measured.requests = measured.latencies.len();
    measured.latencies.sort_by(f64::total_cmp);
    let each = measured.requests.max(1) as f64;
    measured.server_ms = (processor_ms(&[counted.server]) - before.0) / each;
    measured.database_ms = (processor_ms(&counted.database) - before.1) / each;
    Ok(measured)
}

async fn settle(counted: &Counted) {
    let all = || processor_ms(&[counted.server]) + processor_ms(&counted.database);
    let mut before = all();
    loop {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let now = all();
        if now - before < 30.0 {
            return;
        }
        before = now;
    }
}

/// Milliseconds of processor that some processes have used (Linux; in ticks of 10 ms).
fn processor_ms(processes: &[u32]) -> f64 {
    let of = |process: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        fields.iter().skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
    };
    processes.iter().map(of).sum()
}

/// The processes of the database server on this machine.
pub fn postgres_processes() -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_postgres = |process: &u32| {
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        name.trim() == "postgres"
    };
    processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_postgres).collect()
}

/// Megabytes that a process holds.
#[derive(Clone, Copy, Default)]
pub struct Memory {
    /// What it has for itself alone.
    own: f64,
    /// With what it has mapped of files, which the system takes back when it needs it, each page once.
    whole: f64,
}

impl Memory {
    pub fn of(process: u32) -> Self {
        let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        let mib = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1_024.0
        };
        Self { own: mib("Pss_Anon:"), whole: mib("Pss:") }
    }

    pub fn max(self, other: Self) -> Self {
        Self { own: self.own.max(other.own), whole: self.whole.max(other.whole) }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} MiB of its own, {:.0} with files that are mapped", self.own, self.whole)
    }
}
