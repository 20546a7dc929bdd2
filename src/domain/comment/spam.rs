//! What speaks for a comment being spam: a chain of checks, each of which gives points and says why. Enough of them put a comment
//! with the spam, where moderators find it; nothing is thrown away.

use std::collections::HashSet;

use entity::comment;
use entity::enums::{CommentStatus, SpamCheck};
use sea_orm::sea_query::{Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::blocklist::{Blocklist, Looked};
use crate::db::{Known, Read, Rows, Source};
use crate::domain::Domain;
use crate::domain::error::{Error, Result};
use crate::text::disguise::{PlainWord, plain_words};
use crate::text::gambling::{self, Gambling, Written, gambling_in};
use crate::text::sketch::Pairs;

/// From so many points on a comment is spam; more are not counted.
pub const SPAM: i32 = 100;
/// Points up to which a comment of somebody known may be shown at once.
const HARMLESS: i32 = 40;
/// Points for talk of gambling that is not yet promotion, at most, and from how much of it on.
const MOST_FOR_TALK: f32 = 60.0;
const LEAST_TALK: f32 = 2.0;
/// Points for promotion in words that those also use who complain of it.
const DOUBTFUL: i32 = 80;
/// Most names of sites that moderators are told.
const MOST_SITES: usize = 10;
/// Points for each link after the first, for links written as a page or a forum has them, which readers do not write, and for a
/// comment that is mostly links.
const EACH_LINK: i32 = 25;
const MARKED_UP: i32 = 50;
const MOSTLY_LINKS: i32 = 40;
/// Points for nearly the same words as one other comment that is not approved, as a few, and as so many that nobody types them.
const REPEATED: i32 = 60;
const REPEATED_OFTEN: i32 = 90;
const MANY: usize = 4;
/// How long comments of nearly the same words are remembered, in milliseconds: a week.
const REMEMBERED_MS: i64 = 7 * 86_400_000;
/// Share of pairs of words that nearly the same comments have in common.
const NEARLY_THE_SAME: f32 = 0.6;
/// Most earlier comments that share a part of the sketch with one and that it is compared with, and how many bytes of all of them:
/// nobody else writes meanwhile.
const MOST_COMPARED: usize = 20;
const MOST_COMPARED_BYTES: usize = 50_000;
/// Points for a form that was filled in sooner than people do.
const HASTE: i32 = 60;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub check: SpamCheck,
    /// 1 to 100.
    pub points: i32,
    /// What it goes by, such as the words found.
    pub detail: String,
}

/// What speaks for a machine having filled in a form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    /// Whether something stands in a field that people do not see.
    pub is_trapped: bool,
    /// How long the form was open, where that is known.
    pub filled_in_ms: Option<i64>,
}

/// The findings that are stored with a comment.
pub fn findings(row: &comment::Model) -> Result<Vec<Finding>> {
    serde_json::from_str(&row.spam_checks).map_err(|error| Error::Internal(error.into()))
}

/// Stores findings with a comment and adds them up.
pub(super) fn put(row: &mut comment::Model, findings: &[Finding]) -> Result<()> {
    row.spam_score = findings.iter().map(|finding| finding.points).sum::<i32>().min(SPAM);
    row.spam_checks = serde_json::to_string(findings)?;
    Ok(())
}

/// What a comment says by itself, whatever others say.
pub struct Look {
    findings: Vec<Finding>,
    pairs: Pairs,
}

/// Runs those checks of our own on what a comment says now that need no other comment, and stores its sketch with it.
pub async fn look(domain: &Domain, row: &mut comment::Model, signs: Signs) -> Result<Look> {
    let words = plain_words(&row.body);
    let pairs = pairs_of(&words);
    let [a, b, c] = pairs.sketch().map_or([None; 3], |sketch| sketch.map(Some));
    (row.sketch_a, row.sketch_b, row.sketch_c) = (a, b, c);
    let blocklist = domain.blocklist.get(domain, async || Blocklist::load(&domain.without_snapshot()).await).await?;
    let looked = Looked {
        words: &words,
        text: &row.body,
        website: row.author_website.as_deref(),
        email: &row.author_email,
        address: row.address.as_deref(),
    };
    let blocked = blocklist.find(&looked).map(|entry| Finding { check: SpamCheck::Blocklist, points: SPAM, detail: entry });
    let written = Written { name: &row.author_name, website: row.author_website.as_deref(), text: &row.body };
    let findings = [of_trap(signs), of_haste(domain, signs), blocked, of_gambling(&gambling_in(written, &words)), of_links(&row.body)];
    Ok(Look { findings: findings.into_iter().flatten().collect(), pairs })
}

impl Look {
    /// Compares the comment with others, stores with it what all checks found, and decides where it stands: with the spam, with those
    /// that wait, or shown at once, where the settings say so of somebody known and nobody else is to be asked.
    pub async fn judge(&self, db: &impl Source, domain: &Domain, row: &mut comment::Model) -> Result<()> {
        let mut findings = self.findings.clone();
        findings.extend(of_repetition(db, row, &self.pairs).await?);
        put(row, &findings)?;
        row.status = if row.spam_score >= SPAM {
            CommentStatus::Spam
        } else if domain.akismet.is_none() && is_welcome(db, domain, row).await? {
            CommentStatus::Approved
        } else {
            CommentStatus::Pending
        };
        Ok(())
    }
}

/// Whether a comment may be shown without a moderator: where the settings say so, of those that moderators have approved before
/// and that nobody found spam of.
pub(super) async fn is_welcome(db: &impl Source, domain: &Domain, row: &comment::Model) -> Result<bool> {
    if !domain.settings.comments.approve_known || row.spam_score > HARMLESS || row.author_email.is_empty() {
        return Ok(false);
    }
    let of_writer = |status| {
        Rows::<comment::Entity>::all()
            .filter(comment::Column::AuthorEmail.eq(&row.author_email))
            .filter(comment::Column::Id.ne(row.id))
            .filter(comment::Column::Status.eq(status))
    };
    let approved = of_writer(CommentStatus::Approved).filter(comment::Column::ModeratedAt.is_not_null()).row(db).await?;
    Ok(approved.is_some() && of_writer(CommentStatus::Spam).row(db).await?.is_none())
}

fn of_trap(signs: Signs) -> Option<Finding> {
    let detail = "a field that people do not see was filled in".to_owned();
    signs.is_trapped.then_some(Finding { check: SpamCheck::Trap, points: SPAM, detail })
}

fn of_haste(domain: &Domain, signs: Signs) -> Option<Finding> {
    let least_ms = domain.settings.comments.least_seconds * 1_000;
    let took = signs.filled_in_ms.filter(|took| *took < least_ms)?;
    Some(Finding { check: SpamCheck::Haste, points: HASTE, detail: format!("filled in within {} ms", took) })
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
    let small = body.to_lowercase();
    let links = small.matches("://").count() + small.matches("www.").count() - small.matches("://www.").count();
    let is_marked_up = ["<a ", "[url", "[link"].iter().any(|mark| small.contains(mark));
    let in_links: usize = small.split_whitespace().filter(|word| word.contains("://") || word.contains("www.")).map(str::len).sum();
    let is_mostly_links = links > 1 && in_links * 2 > small.len();
    let more = i32::try_from(links.saturating_sub(1)).unwrap_or(SPAM);
    let marks = [(is_marked_up, MARKED_UP, ", marked up"), (is_mostly_links, MOSTLY_LINKS, ", little else")];
    let marks = marks.iter().filter(|(is_so, ..)| *is_so);
    let points = marks.clone().fold(more.saturating_mul(EACH_LINK), |points, (_, more, _)| points.saturating_add(*more)).min(SPAM);
    let detail = format!("{links} links{}", marks.map(|(.., what)| *what).collect::<String>());
    (points > 0).then_some(Finding { check: SpamCheck::Links, points, detail })
}

fn pairs_of(words: &[PlainWord<'_>]) -> Pairs {
    Pairs::of(words.iter().map(|word| &*word.text))
}

async fn of_repetition(db: &impl Source, row: &comment::Model, pairs: &Pairs) -> Result<Option<Finding>> {
    static NEWEST: Known = Known::new();
    let sketches =
        [(comment::Column::SketchA, row.sketch_a), (comment::Column::SketchB, row.sketch_b), (comment::Column::SketchC, row.sketch_c)];
    let sketches = sketches.into_iter().map(|(column, value)| value.map(|value| (column, value)));
    let Some(sketches) = sketches.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let is_alike = |body: &str| pairs.likeness(&pairs_of(&plain_words(body))) >= NEARLY_THE_SAME;
    let (mut compared, mut bytes, mut same) = (HashSet::new(), 0, 0);
    // Most comments have none like them, and of a flood the first few are enough.
    for most in [MANY, MOST_COMPARED] {
        // Of each index the newest: however many there are of a text, few are read.
        let since = row.created_at - REMEMBERED_MS;
        let query = || {
            let newest = sketches.iter().map(|(column, value)| newest_with(row.id, *column, *value, since, most));
            newest.reduce(|mut all, more| all.union(UnionType::All, more).take()).unwrap_or_default()
        };
        let values = sketches.iter().flat_map(|(_, value)| -> [Value; 5] {
            [(*value).into(), since.into(), CommentStatus::Approved.into(), row.id.into(), (most as u64).into()]
        });
        let found: Vec<(Uuid, String)> = db.rows(NEWEST.statement(db.backend(), values, query)).await?;
        for (id, body) in &found {
            if same < MANY && compared.insert(*id) {
                bytes += body.len();
                same += usize::from(bytes <= MOST_COMPARED_BYTES && is_alike(body));
            }
        }
        // Fewer than were asked for of one index: there are no more of any.
        if same >= MANY || bytes > MOST_COMPARED_BYTES || compared.len() < most {
            break;
        }
    }
    let points = match same {
        0 => return Ok(None),
        1 => REPEATED,
        few if few < MANY => REPEATED_OFTEN,
        _ => SPAM,
    };
    let detail = format!("{same}{} of nearly the same words within a week", if same >= MANY { " or more" } else { "" });
    Ok(Some(Finding { check: SpamCheck::Repeated, points, detail }))
}

/// Ids and texts of the newest comments that share a part of a sketch with another one, whose `own` id is left out, of those that are not
/// approved.
fn newest_with(own: Uuid, column: comment::Column, value: i64, since: i64, most: usize) -> SelectStatement {
    let newest = Rows::<comment::Entity>::all()
        .columns([comment::Column::Id, comment::Column::Body])
        .filter(column.eq(value))
        .filter(comment::Column::CreatedAt.gte(since))
        .filter(comment::Column::Status.ne(CommentStatus::Approved))
        .filter(comment::Column::Id.ne(own))
        .order_by_desc(comment::Column::CreatedAt)
        .limit(most as u64);
    // Part of a union may have an order of its own only within.
    Query::select().columns(["id", "body"]).from_subquery(newest.into_query(), "newest").take()
}

#[cfg(test)]
mod tests {
    use super::of_links;

    #[test]
    fn one_link_is_nobody_s_fault() {
        assert_eq!((of_links("Lihat https://www.desa.id"), of_links("www.desa.id")), (None, None));
        let many = "Rincian ada di https://a.id dan di https://b.id, juga di https://c.id untuk warga yang mau membaca lebih lanjut.";
        assert_eq!(of_links(many).unwrap().points, 50);
        assert_eq!(of_links("https://a.id https://b.id").unwrap().detail, "2 links, little else");
        assert_eq!(of_links("<a href='https://a.id'>toko</a>").unwrap().points, 50);
        assert_eq!(of_links(&"http://a.id ".repeat(500)).unwrap().points, 100);
    }
}
