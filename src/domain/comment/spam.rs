//! What speaks for a comment being spam: a chain of checks, each of which gives points and says why. Enough of them put a comment
//! with the spam, where moderators find it; nothing is thrown away.

use entity::comment;
use entity::enums::{CommentStatus, SpamCheck};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::Domain;
use crate::domain::error::{Error, Result};
use crate::text::disguise::plain_words;
use crate::text::gambling::{self, Gambling, Written, gambling};

/// From so many points on a comment is spam; more are not counted.
const SPAM: i32 = 100;
/// Points for talk of gambling that is not yet promotion, at most, and from how much of it on.
const MOST_FOR_TALK: f32 = 60.0;
const LEAST_TALK: f32 = 2.0;
/// Points for promotion in words that those also use who complain of it.
const DOUBTFUL: i32 = 80;
/// Most names of sites that moderators are told.
const MOST_SITES: usize = 10;
/// Points for each link after the first, and for links written as a page or a forum has them, which readers do not write.
const EACH_LINK: i32 = 25;
const MARKED_UP: i32 = 50;
/// Points for the same words as one other comment that is not approved, as a few, and as so many that nobody types them.
const REPEATED: i32 = 60;
const REPEATED_OFTEN: i32 = 90;
const MANY: u64 = 4;
/// How long comments of the same words are remembered, in milliseconds: a week.
const REMEMBERED_MS: i64 = 7 * 86_400_000;
/// Fewest words that are no coincidence.
const FEWEST_WORDS: usize = 8;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub check: SpamCheck,
    /// 1 to 100.
    pub points: i32,
    /// What it goes by, such as the words found.
    pub detail: String,
}

/// The findings that are stored with a comment.
pub fn findings(row: &comment::Model) -> Result<Vec<Finding>> {
    serde_json::from_str(&row.spam_checks).map_err(|error| Error::Internal(error.into()))
}

fn score(findings: &[Finding]) -> i32 {
    findings.iter().map(|finding| finding.points).sum::<i32>().min(SPAM)
}

/// Runs all checks on a new comment, stores with it what they found, and puts it with the spam when that is enough.
pub async fn judge(domain: &Domain, row: &mut comment::Model) -> Result<()> {
    let findings = check(domain, row).await?;
    row.spam_score = score(&findings);
    row.spam_checks = serde_json::to_string(&findings).map_err(|error| Error::Internal(error.into()))?;
    if row.spam_score >= SPAM {
        row.status = CommentStatus::Spam;
    }
    Ok(())
}

async fn check(domain: &Domain, row: &comment::Model) -> Result<Vec<Finding>> {
    let found = gambling(Written { name: &row.author_name, website: row.author_website.as_deref(), text: &row.body });
    let findings = [of_gambling(&found), of_links(&row.body), of_repetition(domain, row).await?];
    Ok(findings.into_iter().flatten().collect())
}

fn of_gambling(found: &Gambling) -> Option<Finding> {
    let share = found.points / gambling::PROMOTES;
    if found.points < LEAST_TALK {
        return None;
    }
    let points = match share {
        share if share < 1.0 => (share * MOST_FOR_TALK) as i32,
        _ if found.is_doubtful => DOUBTFUL,
        _ => SPAM,
    };
    let disguised = found.is_disguised.then(|| "disguised letters".to_owned());
    let detail: Vec<String> =
        found.words.iter().map(|word| (*word).to_owned()).chain(found.sites.iter().take(MOST_SITES).cloned()).chain(disguised).collect();
    Some(Finding { check: SpamCheck::Gambling, points, detail: detail.join(", ") })
}

fn of_links(body: &str) -> Option<Finding> {
    let body = body.to_lowercase();
    let links = body.matches("://").count() + body.matches("www.").count() - body.matches("://www.").count();
    let is_marked_up = ["<a ", "[url", "[link"].iter().any(|mark| body.contains(mark));
    let more = i32::try_from(links.saturating_sub(1)).unwrap_or(SPAM);
    let points = more.saturating_mul(EACH_LINK).saturating_add(if is_marked_up { MARKED_UP } else { 0 }).min(SPAM);
    let detail = format!("{links} links{}", if is_marked_up { ", marked up" } else { "" });
    (points > 0).then_some(Finding { check: SpamCheck::Links, points, detail })
}

async fn of_repetition(domain: &Domain, row: &comment::Model) -> Result<Option<Finding>> {
    let Some(key) = row.body_key else { return Ok(None) };
    let same = comment::Entity::find()
        .filter(comment::Column::BodyKey.eq(key))
        .filter(comment::Column::Status.ne(CommentStatus::Approved))
        .filter(comment::Column::CreatedAt.gte(row.created_at - REMEMBERED_MS))
        .count(domain.db.read())
        .await?;
    let points = match same {
        0 => return Ok(None),
        1 => REPEATED,
        few if few < MANY => REPEATED_OFTEN,
        _ => SPAM,
    };
    Ok(Some(Finding { check: SpamCheck::Repeated, points, detail: format!("{same} of the same words within a week") }))
}

/// What comments of the same words have in common, whatever signs and disguises stand between: the first 64 bits of their SHA-256.
pub fn body_key(body: &str) -> Option<i64> {
    let words = plain_words(body);
    if words.len() < FEWEST_WORDS {
        return None;
    }
    let mut hash = Sha256::new();
    for word in &words {
        hash.update(&word.text);
        hash.update([0]);
    }
    Some(hash.finalize().iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::{body_key, of_links};

    #[test]
    fn signs_and_disguises_do_not_make_another_comment() {
        let key = body_key("Cara mudah dapat uang dari rumah setiap hari").unwrap();
        assert_eq!(body_key("Cara  mudah... d\u{430}pat UANG dari-rumah, setiap hari!!"), Some(key));
        assert_ne!(body_key("Cara mudah dapat uang dari kantor setiap hari"), Some(key));
        assert_eq!(body_key("Terima kasih, pak"), None);
    }

    #[test]
    fn one_link_is_nobody_s_fault() {
        assert_eq!((of_links("Lihat https://www.desa.id"), of_links("www.desa.id")), (None, None));
        assert_eq!(of_links("https://a.id https://b.id https://c.id").unwrap().points, 50);
        assert_eq!(of_links("<a href='https://a.id'>toko</a>").unwrap().points, 50);
        assert_eq!(of_links(&"http://a.id ".repeat(500)).unwrap().points, 100);
    }
}
