//! Holds the house to its own rules: who may name whom, how large a room is, that documents and the schema are current.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets what it does not expect has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

/// Most lines of a file of ours.
const LONGEST_FILE: usize = 400;
/// Most lines of `docs/architecture.md`.
const LONGEST_MAP: usize = 200;

/// For each module of `src`, the modules of ours that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("clock", &[]),
    ("config", &["text"]),
    ("db", &["config"]),
    ("auth", &[]),
    ("search", &["text", "config"]),
    ("eval", &["text"]),
    ("mail", &["config"]),
    ("akismet", &["config"]),
    ("domain", &["akismet", "auth", "clock", "config", "db", "mail", "search", "text"]),
    ("graphql", &["auth", "config", "domain", "search", "text"]),
    ("http", &["auth", "config", "domain", "graphql"]),
    ("worker", &["domain"]),
    ("sample", &["auth", "clock", "domain", "text"]),
    ("app", &["akismet", "auth", "clock", "config", "db", "domain", "graphql", "http", "mail", "search"]),
    ("cli", &["app", "auth", "config", "db", "domain", "eval", "graphql", "http", "sample", "worker"]),
];

/// Crates that only some modules may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("async_graphql", &["graphql", "http"]),
    ("async_graphql_axum", &["http"]),
    ("axum", &["http"]),
    ("tower_http", &["http"]),
    ("hyper", &["http"]),
    ("tokio_rustls", &["http"]),
    ("meilisearch_sdk", &["search"]),
    ("tantivy", &["search"]),
    ("lettre", &["mail"]),
    ("argon2", &["auth"]),
    ("reqwest", &["akismet", "search"]),
    ("totp_rs", &["auth"]),
    ("zxcvbn", &["auth"]),
    ("clap", &["cli"]),
    ("sea_orm", &["domain", "db", "app"]),
    ("rusqlite", &["db"]),
    ("tokio_postgres", &["db"]),
    ("deadpool_postgres", &["db"]),
    ("quick_cache", &["domain", "graphql"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|found| found == ending) {
                found.push(entry);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The module of `src` that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The code of a file: no comments, and no tests, which may name anything.
fn code(path: &Path) -> String {
    let text = read(path);
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules of ours that a file names: `crate::a::…`, and each of `crate::{a, b::…}`.
fn named(code: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(rest.split(|c| !is_name(c)).next().unwrap());
            continue;
        };
        let mut depth = 0;
        let mut begins = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && is_name(c) => {
                    names.insert(group[at..].split(|c| !is_name(c)).next().unwrap());
                    begins = false;
                }
                _ => {}
            }
        }
    }
    names.remove("");
    names
}

#[test]
fn grouped_imports_are_seen() {
    let names = named("use crate::{http, domain::{self, error}, sample}; use crate::text::slug;");
    assert_eq!(names, BTreeSet::from(["domain", "http", "sample", "text"]));
}

#[test]
fn nothing_names_what_is_above_it() {
    for path in files("src", "rs") {
        let module = module(&path);
        if matches!(module.as_str(), "main" | "lib") {
            continue;
        }
        let (_, allowed) = MAY_NAME.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("src/{module} has no rule"));
        let code = code(&path);
        for name in named(&code).into_iter().filter(|name| *name != module) {
            assert!(allowed.contains(&name), "{} names {name}", shown(&path));
        }
        for (crate_name, modules) in CONFINED {
            let is_named = code.contains(&format!("{crate_name}::"));
            // A path such as `crate::search::tantivy::` is ours.
            let is_ours = code.replace(&format!("search::{crate_name}::"), "").matches(&format!("{crate_name}::")).count() == 0;
            assert!(!is_named || is_ours || modules.contains(&module.as_str()), "{} names {crate_name}", shown(&path));
        }
    }
}

#[test]
fn no_room_is_too_large() {
    for folder in ["src", "entity", "migration", "tests"] {
        for path in files(folder, "rs") {
            let lines = read(&path).lines().count();
            assert!(lines <= LONGEST_FILE, "{} has {lines} lines", shown(&path));
        }
    }
    let map = read(&root().join("docs/architecture.md")).lines().count();
    assert!(map <= LONGEST_MAP, "docs/architecture.md has {map} lines");
}

#[test]
fn every_module_says_what_it_is() {
    for path in files("src", "rs").into_iter().filter(|path| !path.ends_with("main.rs")) {
        assert!(read(&path).starts_with("//! "), "{} has no first sentence", shown(&path));
    }
}

#[test]
fn the_schema_is_current() {
    let committed = read(&root().join("schema.graphql"));
    assert!(committed == warta::graphql::sdl(), "schema.graphql is stale: run `cargo run -- schema > schema.graphql`");
}

#[test]
fn every_element_of_the_schema_is_described() {
    let mut bare = Vec::new();
    for definition in parse_schema(warta::graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let (name, definition) = (definition.node.name.node.to_string(), definition.node);
        let mut check = |path: String, is_described: bool| {
            if !is_described {
                bare.push(path);
            }
        };
        check(name.clone(), definition.description.is_some() || matches!(name.as_str(), "Query" | "Mutation" | "Subscription"));
        match definition.kind {
            TypeKind::Object(object) => fields(&name, object.fields, &mut check),
            TypeKind::Interface(interface) => fields(&name, interface.fields, &mut check),
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    check(format!("{name}.{}", field.node.name.node), field.node.description.is_some());
                }
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    check(format!("{name}.{}", value.node.value.node), value.node.description.is_some());
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

fn fields(
    of: &str,
    fields: Vec<async_graphql::Positioned<async_graphql::parser::types::FieldDefinition>>,
    check: &mut impl FnMut(String, bool),
) {
    for field in fields {
        let path = format!("{of}.{}", field.node.name.node);
        check(path.clone(), field.node.description.is_some());
        for argument in field.node.arguments {
            check(format!("{path}({}:)", argument.node.name.node), argument.node.description.is_some());
        }
    }
}

#[test]
fn every_setting_is_documented() {
    let operations = read(&root().join("docs/operations.md"));
    for setting in warta::config::settings() {
        let row = format!("| `{}` | `{}` |", setting.key, setting.variable());
        assert!(operations.contains(&row) && operations.contains(setting.help), "docs/operations.md lacks {row} {}", setting.help);
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = files("docs", "md");
    documents.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|name| root().join(name)));
    for document in documents {
        let text = read(&document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let target = document.parent().unwrap().join(path);
            assert!(target.exists(), "{} links to {link}", shown(&document));
        }
    }
}

#[test]
fn the_readme_shows_the_queries_that_the_explorer_opens_with() {
    let readme = read(&root().join("README.md"));
    for name in ["workshop.graphql", "publish.graphql"] {
        let query = read(&root().join("src/http/explorer/samples").join(name));
        assert!(readme.contains(query.trim()), "README.md does not show {name} as it is");
    }
}
