//! The real binary, for what only a process of its own can show.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

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
        let mut child =
            command.args(["serve", "--sample", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
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
