//! The real binary, for what only a process of its own can show.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http_client;

/// The binary over a data folder and a database. Variables of the tester's own are kept out.
pub fn warta(folder: &Path, database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warta"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WARTA_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("WARTA_DATA_DIR", folder).env("WARTA_DATABASE_URL", database);
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server in a process of its own, killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub address: String,
    pub token: Option<String>,
}

impl Server {
    /// Starts `warta serve --sample` on a free port and waits until it says where it is.
    pub fn start(command: &mut Command) -> Self {
        Self::start_logging_to(command, Stdio::null())
    }

    /// The same, with its log going somewhere.
    pub fn start_logging_to(command: &mut Command, log: Stdio) -> Self {
        let mut child = command.args(["serve", "--sample", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut address, mut token) = (None, None);
        for line in lines.map_while(Result::ok) {
            if let Some(rest) = line.strip_prefix("Warta is at ") {
                address = Some(rest.trim_end_matches('/').to_owned());
            } else if let Some(rest) = line.trim().strip_prefix("editor's token ") {
                token = Some(rest.trim().to_owned());
            } else if line.starts_with("Stop with") {
                break;
            }
        }
        Self { child, address: address.expect("the server ended before it served"), token }
    }

    /// Asks the process to end, and waits until it has.
    #[cfg(unix)]
    pub fn stop(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Ends the process without a chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An editor at a server of its own process.
pub struct Client {
    pub http: reqwest::Client,
    pub address: String,
    token: String,
}

impl Client {
    /// With the token that the server has printed.
    pub fn new(server: &Server) -> Self {
        Self { http: http_client(), address: server.address.clone(), token: server.token.clone().unwrap() }
    }

    /// What the server says, if it does.
    pub async fn ask(&self, query: &str, variables: Value) -> Option<Value> {
        let request =
            self.http.post(format!("{}/graphql", self.address)).header("content-type", "application/json").bearer_auth(&self.token);
        let response = request.body(json!({"query": query, "variables": variables}).to_string()).send().await.ok()?;
        serde_json::from_str(&response.text().await.ok()?).ok()
    }

    /// Creates and publishes an article; its slug, if the server said that it did.
    pub async fn publish(&self, number: usize) -> Option<String> {
        self.publish_with(number, "Vanili").await
    }

    /// The same with a body.
    pub async fn publish_with(&self, number: usize, body: &str) -> Option<String> {
        let create = "mutation($input: ArticleCreateInput!) { articleCreate(input: $input) { article { id slug } } }";
        let created = self.ask(create, json!({"input": {"title": format!("Berita {number}"), "body": body}})).await?;
        let article = &created["data"]["articleCreate"]["article"];
        let publish = "mutation($input: PublishInput!) { articlePublish(input: $input) { article { slug } } }";
        let published = self.ask(publish, json!({"input": {"id": article["id"]}})).await?;
        published["data"]["articlePublish"]["article"]["slug"].as_str().map(str::to_owned)
    }

    /// Whether the index is in step, as far as the server knows.
    pub async fn is_settled(&self) -> bool {
        let status = self.ask("{ searchStatus { waiting failed } search(query: \"vanili\") { totalCount } }", json!({})).await;
        status.is_some_and(|status| {
            status["data"]["searchStatus"] == json!({"waiting": 0, "failed": 0}) && !status["data"]["search"].is_null()
        })
    }

    /// Waits until the index is in step.
    pub async fn settle(&self) {
        // A job that was leased when a process was killed waits for the end of its lease.
        let deadline = Instant::now() + Duration::from_secs(150);
        while !self.is_settled().await {
            assert!(Instant::now() < deadline, "the index does not catch up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asserts that what was acknowledged is there.
    pub async fn assert_published(&self, slugs: &[String]) {
        for slug in slugs {
            let found = self.ask("query($slug: String!) { article(by: {slug: $slug}) { status } }", json!({"slug": slug})).await.unwrap();
            assert_eq!(found["data"]["article"]["status"], "PUBLISHED", "{slug}: {found}");
        }
    }
}
