//! The table of all keys: what each is called, what it means, and how its value is read.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Config, LogFormat, Secret};

mod server;
mod site;

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

use {number, yes_or_no};

fn web_address(value: &str) -> Result<String, String> {
    let parsed = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    parsed.map(|_| value.to_owned()).ok_or_else(|| format!("`{value}` is no web address, such as https://redaksi.contoh.id/"))
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| format!("`{text}` is no address or network, such as 10.0.0.0/8"))
}

/// The origin of a page, as browsers name it.
fn origin(value: &str) -> Result<String, String> {
    let parsed = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let origin = parsed.map(|url| url.origin().ascii_serialization()).filter(|origin| origin == value);
    if value == "*" {
        Ok(value.to_owned())
    } else {
        origin.ok_or_else(|| format!("`{value}` is no origin, such as https://kabar.contoh.id"))
    }
}

/// Every key that `warta.toml`, the environment and `--set` know.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    server::SETTINGS.iter().chain(site::SETTINGS)
}

/// Reads one value into `config`; a problem is reported under `source`.
pub(super) fn apply(config: &mut Config, key: &str, value: &str, source: &str, problems: &mut Vec<String>) {
    match settings().find(|setting| setting.key == key) {
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
    settings()
        .find(|setting| crate::text::highlight::is_within(key, setting.key, 2))
        .map_or_else(|| "see docs/operations.md for the keys".to_owned(), |setting| format!("did you mean {}?", setting.key))
}
