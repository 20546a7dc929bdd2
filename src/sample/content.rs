//! The form of the sample files, and how they are read.

use entity::enums::{CommentStatus, EventKind, EventOutcome, OrganizationKind, ParticipantRole, ProgramStage, RegionLevel, SiteStatus};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use time::Date;
use time::macros::format_description;

/// Everything there is.
pub struct Content {
    pub regions: Vec<RegionItem>,
    pub topics: Vec<TopicItem>,
    pub organizations: Vec<OrganizationItem>,
    pub glossary: Vec<GlossaryItem>,
    pub officials: Vec<OfficialItem>,
    pub programs: Vec<ProgramItem>,
    pub events: Vec<EventItem>,
    pub articles: Vec<ArticleItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct References {
    region: Vec<RegionItem>,
    topic: Vec<TopicItem>,
    organization: Vec<OrganizationItem>,
    glossary: Vec<GlossaryItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Officials {
    official: Vec<OfficialItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    program: Vec<ProgramItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    event: Vec<EventItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Articles {
    article: Vec<ArticleItem>,
}

impl Content {
    /// Reads the files that are built in.
    pub fn read() -> anyhow::Result<Self> {
        let references: References = parse("references.toml", include_str!("data/references.toml"))?;
        let officials: Officials = parse("officials.toml", include_str!("data/officials.toml"))?;
        let programs: Programs = parse("programs.toml", include_str!("data/programs.toml"))?;
        let events: Events = parse("events.toml", include_str!("data/events.toml"))?;
        let mut articles = Vec::new();
        for (name, text) in [
            ("articles-klaster-mandiri.toml", include_str!("data/articles-klaster-mandiri.toml")),
            ("articles-news.toml", include_str!("data/articles-news.toml")),
        ] {
            articles.extend(parse::<Articles>(name, text)?.article);
        }
        Ok(Self {
            regions: references.region,
            topics: references.topic,
            organizations: references.organization,
            glossary: references.glossary,
            officials: officials.official,
            programs: programs.program,
            events: events.event,
            articles,
        })
    }
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| anyhow::anyhow!("sample file {name}: {error}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionItem {
    pub code: String,
    pub slug: String,
    pub name: String,
    pub level: RegionLevel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicItem {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationItem {
    pub slug: String,
    pub name: String,
    pub abbreviation: Option<String>,
    pub kind: OrganizationKind,
    pub description: String,
    pub parent: Option<String>,
    /// Code of a region.
    pub region: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlossaryItem {
    pub term: String,
    pub expansion: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficialItem {
    pub slug: String,
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub biography: String,
    #[serde(rename = "term", default)]
    pub terms: Vec<TermItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermItem {
    pub office: String,
    pub organization: Option<String>,
    pub region: Option<String>,
    #[serde(deserialize_with = "day")]
    pub from: Date,
    #[serde(default, deserialize_with = "optional_day")]
    pub until: Option<Date>,
    #[serde(default)]
    pub acting: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramItem {
    pub slug: String,
    pub name: String,
    pub summary: String,
    pub description: String,
    #[serde(default, deserialize_with = "optional_day")]
    pub starts: Option<Date>,
    #[serde(default, deserialize_with = "optional_day")]
    pub ends: Option<Date>,
    pub stage: ProgramStage,
    pub organization: String,
    #[serde(deserialize_with = "moment")]
    pub published: i64,
    #[serde(rename = "site")]
    pub sites: Vec<SiteItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteItem {
    pub region: String,
    pub sector: String,
    pub status: SiteStatus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventItem {
    pub slug: String,
    pub title: String,
    pub summary: Option<String>,
    pub body: String,
    pub kind: EventKind,
    #[serde(deserialize_with = "moment")]
    pub starts: i64,
    #[serde(default, deserialize_with = "optional_moment")]
    pub ends: Option<i64>,
    pub zone: String,
    #[serde(default)]
    pub all_day: bool,
    pub venue: Option<String>,
    pub region: String,
    pub program: Option<String>,
    pub organizers: Vec<String>,
    pub outcome: EventOutcome,
    pub audience: Option<String>,
    #[serde(deserialize_with = "moment")]
    pub published: i64,
    #[serde(rename = "session", default)]
    pub sessions: Vec<SessionItem>,
    #[serde(rename = "participant", default)]
    pub participants: Vec<ParticipantItem>,
    #[serde(rename = "comment", default)]
    pub comments: Vec<CommentItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionItem {
    pub title: String,
    pub summary: Option<String>,
    #[serde(default, deserialize_with = "optional_moment")]
    pub starts: Option<i64>,
    #[serde(default, deserialize_with = "optional_moment")]
    pub ends: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantItem {
    pub role: ParticipantRole,
    pub official: Option<String>,
    pub guest: Option<String>,
    pub office: Option<String>,
    pub session: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleItem {
    pub slug: String,
    pub kicker: Option<String>,
    pub title: String,
    pub summary: String,
    pub body: String,
    pub byline: Option<String>,
    #[serde(deserialize_with = "moment")]
    pub published: i64,
    #[serde(default)]
    pub draft: bool,
    pub topics: Vec<String>,
    #[serde(default)]
    pub programs: Vec<String>,
    #[serde(default)]
    pub regions: Vec<String>,
    #[serde(default)]
    pub events: Vec<String>,
    #[serde(rename = "comment", default)]
    pub comments: Vec<CommentItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentItem {
    pub name: String,
    pub body: String,
    #[serde(default = "approved")]
    pub status: CommentStatus,
    #[serde(rename = "reply", default)]
    pub replies: Vec<CommentItem>,
}

fn approved() -> CommentStatus {
    CommentStatus::Approved
}

fn optional_moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<jiff::Timestamp>().map(|at| Some(at.as_millisecond())).map_err(D::Error::custom)
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    optional_moment(deserializer).map(Option::unwrap_or_default)
}

fn optional_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Date::parse(&text, format_description!("[year]-[month]-[day]")).map(Some).map_err(D::Error::custom)
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    optional_day(deserializer)?.ok_or_else(|| D::Error::custom("a day is missing"))
}

#[cfg(test)]
mod tests {
    use super::Content;

    #[test]
    fn the_files_are_well_formed_and_as_large_as_promised() {
        let content = Content::read().unwrap();
        assert!(content.articles.len() >= 40, "{} articles", content.articles.len());
        assert_eq!((content.events.len(), content.officials.len(), content.programs.len()), (12, 25, 6));
        let threads = content.articles.iter().flat_map(|item| &item.comments).chain(content.events.iter().flat_map(|item| &item.comments));
        let comments: usize = threads.map(|thread| 1 + thread.replies.len()).sum();
        assert!(comments >= 60, "{comments} comments");
    }
}
