//! The data set: articles, events, officials and comments of a publisher that does not exist, the same for the same size and seed,
//! written into the tables of Warta and, from there, into those that the ideal statements read.

use std::path::Path;

use entity::enums::{CommentStatus, EntryStatus, EventKind, EventOutcome, ParticipantRole, ProgramStage, RegionLevel};
use entity::ids::packed;
use entity::{
    article, article_area, article_program, article_region, article_topic, comment, discussion, event, official, participant, program,
    region, term, topic,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel, TransactionTrait};
use uuid::Uuid;
use warta::app::{App, migrate, open_for_migration};
use warta::config::Config;
use warta::worker::rebuild::rebuild;

use crate::Outcome;
use crate::language::Language;

const REGIONS: u128 = 34;
const TOPICS: u128 = 24;
const PROGRAMS: u128 = 20;
const OFFICIALS: u128 = 300;
const EVENTS: u128 = 1_000;
const COMMENTS_AN_ARTICLE: u128 = 10;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// 2015-01-01.
const BEGINNING_MS: i64 = 1_420_070_400_000;
/// Days over which the articles are spread.
const DAYS: i64 = 4_160;
/// Rows of one statement and statements of one transaction.
const BATCH: usize = 250;
const SQLITE_IDEAL: &str = include_str!("sql/sqlite/load.sql");
const POSTGRES_IDEAL: &str = include_str!("sql/postgres/load.sql");

/// What a table's rows are numbered by, in the upper half of their ids.
#[derive(Clone, Copy)]
pub enum Table {
    Region = 1,
    Topic,
    Program,
    Official,
    Term,
    Event,
    Participant,
    Article,
    Comment,
}

/// The id of a row, in the order of their making as those of a real site are.
pub fn id(table: Table, number: u128) -> Uuid {
    let moment = BEGINNING_MS as u128 + number;
    Uuid::from_u128((moment << 80) | (0x7 << 76) | ((table as u128) << 48) | number)
}

/// What topics and regions are called: the titles of articles name the first of each, and readers search for them.
pub struct Names {
    pub topics: Vec<String>,
    pub regions: Vec<String>,
}

impl Names {
    /// The same in every data set.
    pub fn new() -> Self {
        let mut language = Language::new(17);
        let mut some = |most: u128| (0..most).map(|_| language.title(1)).collect();
        Self { topics: some(TOPICS), regions: some(REGIONS) }
    }
}

/// How much there is.
#[derive(Clone, Copy)]
pub struct Size {
    pub articles: u128,
    pub seed: u64,
}

/// Writes the whole data set, telling how far it has come.
pub async fn fill(config: &Config, size: Size, ideal: Option<&Path>) -> Outcome<()> {
    let db = open_for_migration(config).await?;
    migrate(&db).await?;
    let mut language = Language::new(size.seed);
    fill_taxonomy(&db, &mut language).await?;
    fill_events(&db, &mut language).await?;
    fill_articles(&db, &mut language, size.articles).await?;
    fill_comments(&db, &mut language, size.articles).await?;
    match ideal {
        Some(file) => {
            db.execute_unprepared(&format!("ATTACH '{}' AS ideal", file.display())).await?;
            db.execute_unprepared(SQLITE_IDEAL).await?;
            db.execute_unprepared("DETACH ideal").await?;
        }
        None => {
            db.execute_unprepared(POSTGRES_IDEAL).await?;
            db.execute_unprepared("VACUUM ANALYZE").await?;
        }
    }
    db.close().await?;
    eprintln!("indexing");
    let app = App::open(config.clone()).await?;
    rebuild(&app.domain, |_| {}).await.map_err(|error| error.detail())?;
    app.domain.db.close().await;
    Ok(())
}

/// A row of a noun with a workflow, made at a moment.
macro_rules! of_workflow {
    ($at:ident, $status:expr, $published_at:expr, $noun:ident { $($rest:tt)* }) => {
        $noun::Model {
            $($rest)*
            status: $status,
            published_at: $published_at,
            created_at: $at,
            updated_at: $at,
            deleted_at: None,
            revision: 1,
            live_revision: 1,
            created_by: None,
            scheduled_at: None,
            scheduled_revision: None,
            schedule_failed_at: None,
            schedule_problem: None,
            review_note: None,
            saved_at: $at,
        }
    };
}

/// The same, published then.
macro_rules! published {
    ($at:ident, $($row:tt)*) => { of_workflow!($at, EntryStatus::Published, Some($at), $($row)*) };
}

async fn insert<M>(db: &DatabaseConnection, rows: impl Iterator<Item = M>) -> Outcome<()>
where
    M: IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel> + sea_orm::ModelTrait,
    <M::Entity as EntityTrait>::ActiveModel: Send,
{
    let mut rows = rows.map(|row| row.into_active_model().reset_all()).peekable();
    while rows.peek().is_some() {
        let txn = db.begin().await?;
        for _ in 0..8 {
            let batch: Vec<_> = rows.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            M::Entity::insert_many(batch).exec_without_returning(&txn).await?;
        }
        txn.commit().await?;
    }
    Ok(())
}

async fn fill_taxonomy(db: &DatabaseConnection, language: &mut Language) -> Outcome<()> {
    let at = BEGINNING_MS;
    let names = Names::new();
    let regions = (0..REGIONS).zip(names.regions).map(|(n, name)| region::Model {
        id: id(Table::Region, n),
        slug: format!("daerah-{n}"),
        code: format!("{:02}", n + 11),
        level: RegionLevel::Province,
        name,
        parent_id: None,
        created_at: at,
        updated_at: at,
    });
    insert(db, regions).await?;
    let topics = (0..TOPICS).zip(names.topics).map(|(n, name)| topic::Model {
        id: id(Table::Topic, n),
        slug: format!("topik-{n}"),
        name,
        description: None,
        parent_id: None,
        created_at: at,
        updated_at: at,
    });
    insert(db, topics).await?;
    let programs = (0..PROGRAMS).map(|n| {
        published!(
            at,
            program {
                id: id(Table::Program, n),
                slug: format!("program-{n}"),
                name: language.title(2),
                summary: None,
                description: language.text(80),
                starts_on: None,
                ends_on: None,
                stage: ProgramStage::Implementation,
                organization_id: None,
            }
        )
    });
    insert(db, programs).await
}

async fn fill_events(db: &DatabaseConnection, language: &mut Language) -> Outcome<()> {
    let at = BEGINNING_MS;
    let mut language_of_terms = Language::new(7);
    let officials = (0..OFFICIALS).map(|n| {
        published!(
            at,
            official {
                id: id(Table::Official, n),
                slug: format!("pejabat-{n}"),
                name: language.title(2),
                honorific_before: (n % 3 == 0).then(|| "Dr. Ir.".to_owned()),
                honorific_after: (n % 4 == 0).then(|| "M.Si.".to_owned()),
                biography: language.text(60),
            }
        )
    });
    insert(db, officials).await?;
    let from_on = time::Date::from_calendar_date(2010, time::Month::January, 1)?;
    let terms = (0..OFFICIALS).map(|n| term::Model {
        id: id(Table::Term, n),
        official_id: id(Table::Official, n),
        position: 0,
        office: format!("Kepala Dinas {}", language_of_terms.title(1)),
        organization_id: None,
        region_id: None,
        from_on,
        until_on: None,
        acting: false,
    });
    insert(db, terms).await?;
    let events: Vec<event::Model> = (0..EVENTS)
        .map(|n| {
            let starts_at = BEGINNING_MS + language.below(4_100) as i64 * DAY_MS + 3_600_000 * language.below(9) as i64;
            published!(
                at,
                event {
                    id: id(Table::Event, n),
                    slug: format!("acara-{n}"),
                    title: language.title(5),
                    summary: Some(language.text(20)),
                    body: language.text(150),
                    kind: EventKind::Workshop,
                    starts_at,
                    ends_at: Some(starts_at + 7_200_000),
                    time_zone: "Asia/Makassar".to_owned(),
                    all_day: false,
                    venue: Some(language.title(2)),
                    region_id: Some(id(Table::Region, language.skewed(REGIONS))),
                    program_id: Some(id(Table::Program, n % PROGRAMS)),
                    outcome: EventOutcome::Held,
                    audience: None,
                }
            )
        })
        .collect();
    let mut participants = Vec::new();
    for event in &events {
        let first = language.below(OFFICIALS as usize) as u128;
        for position in 0..2 + language.below(5) as i32 {
            participants.push(participant::Model {
                id: id(Table::Participant, participants.len() as u128),
                event_id: event.id,
                position,
                role: [ParticipantRole::Spoke, ParticipantRole::Moderated, ParticipantRole::Panelist][language.below(3)],
                official_id: Some(id(Table::Official, (first + 37 * position as u128) % OFFICIALS)),
                guest_name: None,
                guest_office: None,
                session_id: None,
            });
        }
    }
    insert(db, events.into_iter()).await?;
    insert(db, participants.into_iter()).await
}

/// When an article was published: in another order than that of their numbers.
fn published_at(number: u128, articles: u128) -> i64 {
    let place = number * 7_919 % articles;
    BEGINNING_MS + (place as i64 * (DAYS * DAY_MS / 1_000 / articles as i64)) * 1_000
}

async fn fill_articles(db: &DatabaseConnection, language: &mut Language, articles: u128) -> Outcome<()> {
    let (mut topics, mut regions, mut areas, mut programs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut links, names) = (Language::new(11), Names::new());
    let rows = (0..articles).map(|n| {
        if n % 10_000 == 0 && n > 0 {
            eprintln!("{n} articles");
        }
        let at = published_at(n, articles);
        let article_id = id(Table::Article, n);
        let status = if n % 10 == 3 { EntryStatus::Draft } else { EntryStatus::Published };
        let published_at = (status == EntryStatus::Published).then_some(at);
        let mut of_article: Vec<u128> = (0..1 + links.below(3)).map(|_| links.skewed(TOPICS)).collect();
        of_article.dedup();
        of_article.truncate(if of_article.len() == 3 && of_article[0] == of_article[2] { 2 } else { 3 });
        let of_region = links.skewed(REGIONS);
        let region = &names.regions[of_region as usize];
        let named: Vec<&str> = of_article.iter().map(|topic| names.topics[*topic as usize].as_str()).collect();
        let title = format!("{} {region}: {}", named[0], language.title(6));
        let lead = format!("Program di {region} menaruh perhatian pada {}. ", named.join(" dan ").to_lowercase());
        let topic_ids: Vec<Uuid> = of_article.iter().map(|topic| id(Table::Topic, *topic)).collect();
        let filed = topic_ids.iter().copied().filter(|_| published_at.is_some());
        let filed = filed.chain([article_area::ANY_TOPIC]);
        let region_id = id(Table::Region, of_region);
        areas.extend(filed.map(|topic_id| article_area::Model { article_id, region_id, topic_id, published_at }));
        topics.extend((0..).zip(of_article).map(|(position, topic)| article_topic::Model {
            article_id,
            topic_id: id(Table::Topic, topic),
            position,
            published_at,
        }));
        regions.push(article_region::Model { article_id, region_id, position: 0, published_at });
        programs.push(article_program::Model { article_id, program_id: id(Table::Program, n % PROGRAMS), position: 0, published_at });
        let body = lead + &(0..5).map(|_| language.text(60 + n as usize % 100)).collect::<Vec<_>>().join("\n\n");
        of_workflow!(
            at,
            status,
            published_at,
            article {
                id: article_id,
                slug: format!("artikel-{n}"),
                kicker: None,
                title,
                summary: Some(body.split(' ').take(35).collect::<Vec<_>>().join(" ")),
                body,
                byline: Some(language.title(2)),
                language: "id".to_owned(),
                topic_ids: packed(&topic_ids),
                region_ids: packed(&[region_id]),
            }
        )
    });
    insert(db, rows).await?;
    insert(db, topics.into_iter()).await?;
    insert(db, regions.into_iter()).await?;
    insert(db, areas.into_iter()).await?;
    insert(db, programs.into_iter()).await
}

/// One tenth of the articles draws about half of the comments.
async fn fill_comments(db: &DatabaseConnection, language: &mut Language, articles: u128) -> Outcome<()> {
    let mut shown = vec![0_i64; usize::try_from(articles)?];
    let comments = articles * COMMENTS_AN_ARTICLE;
    let rows = (0..comments).map(|n| {
        if n % 100_000 == 0 && n > 0 {
            eprintln!("{n} comments");
        }
        let any = language.below(articles as usize) as u128;
        let article = if language.below(2) == 0 { any } else { any / 10 * 10 };
        let status = match language.below(100) {
            0..85 => CommentStatus::Approved,
            85..95 => CommentStatus::Pending,
            _ => CommentStatus::Spam,
        };
        let is_shown = status == CommentStatus::Approved;
        shown[article as usize] += i64::from(is_shown);
        let at = published_at(article, articles) + 60_000 * (n as i64 % 100_000);
        comment::Model {
            id: id(Table::Comment, n),
            article_id: Some(id(Table::Article, article)),
            event_id: None,
            parent_id: None,
            depth: 0,
            author_name: language.title(2),
            author_email: format!("pembaca{}@contoh.id", n % 5_000),
            author_website: None,
            body: language.text(30),
            status,
            is_shown,
            status_reason: None,
            spam_score: 0,
            spam_checks: "[]".to_owned(),
            sketch_a: None,
            sketch_b: None,
            sketch_c: None,
            consent_at: at,
            consent_notice: "1".to_owned(),
            address: None,
            network_hash: None,
            user_agent: None,
            author_user_id: None,
            created_at: at,
            updated_at: at,
            edited_at: None,
            moderated_at: None,
            erased_at: None,
        }
    });
    insert(db, rows).await?;
    let discussions = shown.into_iter().zip(0..).filter(|(count, _)| *count > 0).map(|(count, n)| discussion::Model {
        id: id(Table::Article, n),
        article_id: Some(id(Table::Article, n)),
        event_id: None,
        is_open: None,
        threads: count,
        comments: count,
    });
    insert(db, discussions).await
}
