//! How well a search ranks: a collection of documents, queries and what is relevant to them, and the measures over it. And comments
//! that are known to be spam or not.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::text::gambling::{PROMOTES, Written, gambling};

pub mod measure;

/// A document.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    pub id: String,
    pub title: String,
    pub text: String,
}

/// Something that is searched for.
#[derive(Clone, Debug, Deserialize)]
pub struct Query {
    pub id: String,
    pub text: String,
    /// The set that its measures are averaged in.
    pub set: String,
}

/// What a comment is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// An honest one.
    Ham,
    /// An honest one that speaks of gambling.
    Borderline,
    /// Promotion of gambling.
    Gambling,
    /// Other spam.
    Spam,
}

/// A comment that is known to be spam or not.
#[derive(Clone, Debug, Deserialize)]
pub struct Comment {
    pub label: Label,
    pub name: String,
    pub website: Option<String>,
    pub body: String,
}

impl Comment {
    /// Whether it is taken for promotion of gambling.
    pub fn is_found(&self) -> bool {
        let written = Written { name: &self.name, website: self.website.as_deref(), text: &self.body };
        gambling(written).points >= PROMOTES
    }
}

/// Reads a file of one JSON object a line.
pub fn read_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let mut items = Vec::new();
    for (line, number) in lines(path)?.zip(1..) {
        let item = line.map_err(anyhow::Error::from).and_then(|line| Ok(serde_json::from_str(&line)?));
        items.push(item.with_context(|| format!("{}, line {number}", path.display()))?);
    }
    Ok(items)
}

/// Reads what is relevant: lines of a query's id, a document's id and a grade, divided by tabs. A grade of 0 is not relevant.
pub fn read_relevant(path: &Path) -> anyhow::Result<HashMap<String, HashSet<String>>> {
    let mut relevant: HashMap<String, HashSet<String>> = HashMap::new();
    for (line, number) in lines(path)?.zip(1..) {
        let line = line?;
        let parts: Vec<&str> = line.split('\t').collect();
        let [query, document, grade] = parts[..] else {
            anyhow::bail!("{}, line {number}: give a query, a document and a grade, divided by tabs", path.display());
        };
        if grade.trim() != "0" {
            relevant.entry(query.to_owned()).or_default().insert(document.to_owned());
        }
    }
    Ok(relevant)
}

fn lines(path: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = BufReader::new(file).lines();
    Ok(lines.filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty())))
}
