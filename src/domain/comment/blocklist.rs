//! The blocklist: words, senders and sites that put a comment with the spam.

use std::collections::HashMap;
use std::net::IpAddr;

use entity::blocklist_entry;
use entity::enums::{BlockKind, Kind};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Write, insert_row};
use crate::domain::error::{Error, Expected, Problem, Result};
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::user::is_email;
use crate::domain::validate::{LONGEST_SUMMARY, Problems, trimmed};
use crate::domain::{Domain, history, idempotency, require, throttle};
use crate::text::disguise::{PlainWord, compared, plain_words};

/// Most entries, so that each comment is compared with all of them in no time.
const MOST_ENTRIES: u64 = 5_000;

/// The blocklist in the form that comments are compared with.
#[derive(Clone, Debug, Default)]
pub struct Blocklist {
    /// By their first word, the words of each entry and the entry as it was written.
    phrases: HashMap<String, Vec<(Vec<String>, String)>>,
    emails: Vec<String>,
    domains: Vec<String>,
    networks: Vec<String>,
}

/// What of a comment the blocklist looks at.
pub struct Looked<'a> {
    pub words: &'a [PlainWord<'a>],
    pub text: &'a str,
    pub website: Option<&'a str>,
    pub email: &'a str,
    pub address: Option<&'a str>,
}

impl Blocklist {
    /// Reads all of it.
    pub async fn load(domain: &Domain) -> Result<Self> {
        let mut blocklist = Self::default();
        for row in Rows::<blocklist_entry::Entity>::all().rows(domain.db.read()).await? {
            match row.kind {
                BlockKind::Word => {
                    let words: Vec<String> = plain_words(&row.value).iter().map(|word| compared(&word.text)).collect();
                    if let Some(first) = words.first() {
                        blocklist.phrases.entry(first.clone()).or_default().push((words, row.value));
                    }
                }
                BlockKind::Email => blocklist.emails.push(row.value),
                BlockKind::Domain => blocklist.domains.push(row.value),
                BlockKind::Network => blocklist.networks.push(row.value),
            }
        }
        Ok(blocklist)
    }

    /// The first entry that a comment runs against. Who wrote it and from where is not repeated: findings are kept longer than that.
    pub fn find(&self, comment: &Looked<'_>) -> Option<String> {
        let words: Vec<String> =
            if self.phrases.is_empty() { Vec::new() } else { comment.words.iter().map(|word| compared(&word.text)).collect() };
        let phrase = words.iter().enumerate().find_map(|(at, word)| {
            let phrases = self.phrases.get(word)?;
            phrases.iter().find(|(listed, _)| words[at..].starts_with(listed)).map(|(_, value)| value)
        });
        let email = || {
            let is_it =
                |listed: &&String| comment.email == listed.as_str() || listed.starts_with('@') && comment.email.ends_with(listed.as_str());
            self.emails.iter().find(is_it)
        };
        let domain = || {
            let hosts = hosts(comment.text).chain(comment.website.into_iter().flat_map(hosts)).collect::<Vec<_>>();
            self.domains.iter().find(|listed| hosts.iter().any(|host| is_below(host, listed)))
        };
        let network = || {
            let network = throttle::network(comment.address?);
            self.networks.iter().find(|listed| **listed == network)
        };
        let listed = phrase.or_else(domain).cloned();
        listed.or_else(|| email().map(|_| "the e-mail address".to_owned())).or_else(|| network().map(|_| "the network".to_owned()))
    }
}

/// The host names that stand in a text, in small letters.
fn hosts(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
    parts.map(|part| part.trim_matches('.').to_ascii_lowercase()).filter(|part| part.contains('.'))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The form in which a value is kept and compared; `None` when it is not of its kind.
fn normal(kind: BlockKind, value: &str) -> Option<String> {
    let value = value.trim().to_lowercase();
    match kind {
        BlockKind::Word => (!plain_words(&value).is_empty()).then_some(value),
        BlockKind::Email => {
            let is_domain = value.strip_prefix('@').is_some_and(|host| host.contains('.') && !host.contains(char::is_whitespace));
            (is_domain || is_email(&value)).then_some(value)
        }
        BlockKind::Domain => {
            let host = value.split("://").last().and_then(|rest| rest.split('/').next()).unwrap_or_default();
            let host = host.strip_prefix("www.").unwrap_or(host);
            (host.contains('.') && hosts(host).next().as_deref() == Some(host)).then(|| host.to_owned())
        }
        BlockKind::Network => value.trim_end_matches("/64").parse::<IpAddr>().ok().map(|address| throttle::network(&address.to_string())),
    }
}

/// Whether an e-mail address is listed.
pub async fn holds_email(domain: &Domain, email: &str) -> Result<bool> {
    let listed = Rows::<blocklist_entry::Entity>::all()
        .filter(blocklist_entry::Column::Kind.eq(BlockKind::Email))
        .filter(blocklist_entry::Column::Value.eq(email));
    Ok(listed.row(domain.db.read()).await?.is_some())
}

/// Adds an entry.
pub async fn create(domain: &Domain, actor: &Actor, kind: BlockKind, value: &str, note: Option<String>) -> Result<blocklist_entry::Model> {
    require(actor, Permission::ModerateComments)?;
    let note = trimmed(note);
    let mut problems = Problems::default();
    problems.line("value", value);
    problems.length("note", note.as_deref(), LONGEST_SUMMARY);
    let normal = normal(kind, value);
    if !value.trim().is_empty() && normal.is_none() {
        problems.add("value", Problem::Malformed(Expected::BlockedValue));
    }
    if Rows::<blocklist_entry::Entity>::all().number(domain.db.read()).await? >= MOST_ENTRIES {
        problems.add("value", Problem::TooLong { max: MOST_ENTRIES as usize });
    }
    problems.into_result()?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::BlocklistEntry, id).await? {
        return blocklist_entry::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::BlocklistEntry));
    }
    let row = blocklist_entry::Model { id, kind, value: normal.unwrap_or_default(), note, created_at: now };
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::BlocklistEntry, id, "").await?;
    domain.commit(txn).await?;
    domain.blocklist.forget();
    Ok(row)
}

/// Deletes an entry. What was taken for spam because of it stays there.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ModerateComments)?;
    let txn = domain.begin().await?;
    let deleted = blocklist_entry::Entity::delete_by_id(id).write(&txn).await?;
    if deleted == 0 {
        return Err(Error::NotFound(Kind::BlocklistEntry));
    }
    history::audit(&txn, domain, actor, "delete", Kind::BlocklistEntry, id, "").await?;
    domain.commit(txn).await?;
    domain.blocklist.forget();
    Ok(())
}

/// One page of the blocklist, by value.
pub async fn list(domain: &Domain, actor: &Actor, page: &PageRequest) -> Result<Page<blocklist_entry::Model>> {
    require(actor, Permission::ModerateComments)?;
    let order = Order {
        name: "value",
        column: blocklist_entry::Column::Value,
        id: blocklist_entry::Column::Id,
        descending: false,
        key: |row: &blocklist_entry::Model| (Key::Text(row.value.clone()), row.id),
    };
    page::fetch(domain.db.read(), Rows::<blocklist_entry::Entity>::all(), &order, page).await
}

/// How many entries there are.
pub async fn count(domain: &Domain, actor: &Actor) -> Result<u64> {
    require(actor, Permission::ModerateComments)?;
    Ok(Rows::<blocklist_entry::Entity>::all().number(domain.db.read()).await?)
}

#[cfg(test)]
mod tests {
    use super::{hosts, is_below, normal};
    use entity::enums::BlockKind;

    #[test]
    fn values_are_kept_in_one_form() {
        let cases = [
            (BlockKind::Word, " Obat Kuat ", Some("obat kuat")),
            (BlockKind::Word, "!!", None),
            (BlockKind::Email, "Spam@Contoh.ID", Some("spam@contoh.id")),
            (BlockKind::Email, "@sampah.example", Some("@sampah.example")),
            (BlockKind::Email, "sampah", None),
            (BlockKind::Domain, "https://www.Judi.example/daftar", Some("judi.example")),
            (BlockKind::Domain, "judi", None),
            (BlockKind::Network, "203.0.113.7", Some("203.0.113.7")),
            (BlockKind::Network, "2001:db8:1:2:3::4", Some("2001:db8:1:2::/64")),
            (BlockKind::Network, "2001:db8:1:2::/64", Some("2001:db8:1:2::/64")),
            (BlockKind::Network, "tetangga", None),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(normal(kind, value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_domain_holds_what_is_below_it_and_no_more() {
        assert!(is_below("a.judi.example", "judi.example") && is_below("judi.example", "judi.example"));
        assert!(!is_below("bukanjudi.example", "judi.example"));
        assert_eq!(hosts("Lihat (https://A.judi.example/x), ya.").collect::<Vec<_>>(), ["a.judi.example"]);
    }
}
