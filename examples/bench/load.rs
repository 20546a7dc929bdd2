//! A load over loopback: connections that are kept, each with one request at a time, and what it cost whom.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// Turns of a stretch. What else the machine does comes and goes, and is to meet both servers alike.
const TURNS: u32 = 8;
/// What is not counted, before the first stretch.
const WARM_UP: Duration = Duration::from_secs(1);

/// What one stretch of load came to.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    seconds: f64,
    /// Milliseconds, one a request.
    latencies: Vec<f64>,
    /// Milliseconds of processor: the server, and the database.
    processor_ms: f64,
    /// The most that the server held.
    pub memory: Memory,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// Milliseconds of processor a request.
    pub fn cpu_ms(&self) -> f64 {
        self.processor_ms / self.latencies.len().max(1) as f64
    }

    pub fn percentile(&self, share: f64) -> f64 {
        let mut latencies = self.latencies.clone();
        latencies.sort_by(f64::total_cmp);
        let at = ((latencies.len().max(1) - 1) as f64 * share).round() as usize;
        latencies.get(at).copied().unwrap_or_default()
    }
}

impl AddAssign for Measured {
    fn add_assign(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.latencies.extend(other.latencies);
        self.processor_ms += other.processor_ms;
        self.memory = self.memory.max(other.memory);
    }
}

/// What is asked of whom.
pub struct Load {
    port: u16,
    /// They are sent in turn.
    requests: Vec<Vec<u8>>,
    /// Which is next. It goes on from turn to turn, so that no comment is written twice.
    next: AtomicUsize,
    /// Whose processor time is counted: the server's, and the database's.
    server: u32,
    pub database: Vec<u32>,
    /// Whether something is left to be done when the last answer has come, such as the index after a write. It is counted, too.
    pub leaves_work: bool,
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

/// Loads two servers by turns for so many stretches, each of so long.
pub async fn by_turns(
    ours: Load,
    theirs: Load,
    stretches: usize,
    lasting: Duration,
    connections: usize,
) -> Outcome<Vec<(Measured, Measured)>> {
    let (ours, theirs, mut measured) = (Arc::new(ours), Arc::new(theirs), Vec::new());
    // Work that is left is done for many at once, as many as there are.
    let turns = if ours.leaves_work { 1 } else { TURNS };
    for stretch in 0..=stretches {
        let lasting = if stretch == 0 { WARM_UP } else { lasting };
        let (mut one, mut other) = (Measured::default(), Measured::default());
        for _ in 0..turns {
            one += run(&ours, connections, lasting / turns).await?;
            other += run(&theirs, connections, lasting / turns).await?;
        }
        if stretch > 0 {
            measured.push((one, other));
        }
    }
    Ok(measured)
}

/// Sends requests over so many connections, for so long, and checks that no answer tells of an error.
async fn run(load: &Arc<Load>, connections: usize, lasting: Duration) -> Outcome<Measured> {
    let before = load.processor_ms();
    let started = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let load = Arc::clone(load);
            tokio::spawn(async move {
                let (mut connection, mut latencies) = (Connection::open(load.port).await?, Vec::new());
                while started.elapsed() < lasting {
                    let request = &load.requests[load.next.fetch_add(1, Ordering::Relaxed) % load.requests.len()];
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
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await??);
    }
    let seconds = started.elapsed().as_secs_f64();
    if load.leaves_work {
        load.settle().await;
    }
    Ok(Measured { seconds, latencies, processor_ms: load.processor_ms() - before, memory: Memory::of(load.server) })
}

impl Load {
    /// A load of requests that write nothing, to a server that needs no database server.
    pub fn new(port: u16, requests: Vec<Vec<u8>>, server: u32) -> Self {
        Self { port, requests, next: AtomicUsize::new(0), server, database: Vec::new(), leaves_work: false }
    }

    fn processor_ms(&self) -> f64 {
        processor_ms(&[self.server]) + processor_ms(&self.database)
    }

    /// Waits until little is done any more.
    async fn settle(&self) {
        let mut before = self.processor_ms();
        loop {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let now = self.processor_ms();
            if now - before < 30.0 {
                return;
            }
            before = now;
        }
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
#[derive(Clone, Copy, Debug, Default)]
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
