//! A newsroom at its busiest: fifty editors save, publish, schedule, take back and trash the same twenty entries for a minute.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use entity::enums::{JobKind, Role};
use entity::{outbox_job, revision};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;
use warta::db::Read;
use warta::domain::search::drift;
use warta::domain::search_index;
use warta::worker::lane::{self, Lane};
use warta::worker::work_once;

use crate::support::{TestApp, id_of, mutation, user_errors};

const EDITORS: u64 = 50;
const ENTRIES: usize = 20;
const TOPICS: usize = 5;
const WORKING_TIME: Duration = Duration::from_secs(60);
/// How long somebody thinks between reading and writing, in milliseconds.
const THINKING_MS: u64 = 250;

/// Numbers that look random and are the same each time: xorshift (Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

struct Newsroom {
    app: TestApp,
    entries: Vec<String>,
    topics: Vec<String>,
    is_open: AtomicBool,
}

/// What one editor brought about.
#[derive(Default)]
struct Work {
    /// Saves that went well: the entry, the number of its revision, and what was written.
    saved: Vec<(usize, i64, String)>,
    conflicts: usize,
    published: usize,
    scheduled: usize,
    read: usize,
}

impl Newsroom {
    fn noun(at: usize) -> &'static str {
        if at < 15 { "article" } else { "event" }
    }

    /// All fields of one save say the same, so that half of one would be seen.
    fn fields(&self, at: usize, text: &str, number: u64) -> Value {
        let mut fields = json!({"title": text, "summary": text, "body": text});
        if at < 15 {
            fields["topicIds"] = json!([self.topics[number as usize % TOPICS]]);
            // Articles refer to events that others are saving.
            fields["eventIds"] = json!([self.entries[15 + number as usize % 5]]);
        } else {
            fields["venue"] = json!(text);
        }
        fields
    }

    async fn change(&self, name: &str, selection: &str, input: Value) -> Value {
        let answer = self.app.answer(Some(Role::Editor), &mutation(name, selection), json!({"input": input})).await;
        assert!(answer["errors"].is_null(), "{name}: {answer}");
        answer["data"][name].clone()
    }

    async fn revision(&self, at: usize) -> i64 {
        let noun = Self::noun(at);
        let query = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ revision }} }}");
        self.app.editor(&query, json!({"id": self.entries[at]})).await[noun]["revision"].as_i64().unwrap()
    }

    async fn work(&self, editor: u64) -> Work {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (editor + 1));
        let mut work = Work::default();
        let mut number = 0;
        while self.is_open.load(Ordering::SeqCst) {
            let at = dice.roll(ENTRIES as u64) as usize;
            let (noun, id) = (Self::noun(at), &self.entries[at]);
            let payload = match dice.roll(20) {
                0..9 => {
                    number += 1;
                    let text = format!("naskah {editor} {number}");
                    let based_on = self.revision(at).await;
                    tokio::time::sleep(Duration::from_millis(dice.roll(THINKING_MS))).await;
                    let mut input = self.fields(at, &text, number);
                    (input["id"], input["basedOnRevision"]) = (json!(id), json!(based_on));
                    let payload = self.change(&format!("{noun}Update"), &format!("{noun} {{ revision }}"), input).await;
                    if let Some(revision) = payload[noun]["revision"].as_i64() {
                        assert_eq!(revision, based_on + 1);
                        work.saved.push((at, revision, text));
                    }
                    payload
                }
                9..12 => {
                    work.published += 1;
                    self.change(&format!("{noun}Publish"), &format!("{noun} {{ id }}"), json!({"id": id})).await
                }
                12 => {
                    let ids: Vec<&String> = (0..5).map(|_| &self.entries[dice.roll(ENTRIES as u64) as usize]).collect();
                    self.change("entriesPublish", "results { id }", json!({"ids": ids})).await
                }
                13..15 => {
                    work.scheduled += 1;
                    let at = self.app.domain.clock.now() + 500 + dice.roll(1_500) as i64;
                    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).unwrap();
                    let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
                    self.change(&format!("{noun}Schedule"), &format!("{noun} {{ id }}"), json!({"id": id, "at": at})).await
                }
                15 => self.change(&format!("{noun}Unpublish"), &format!("{noun} {{ id }}"), json!({"id": id})).await,
                16 => {
                    self.change(&format!("{noun}Trash"), &format!("{noun} {{ id }}"), json!({"id": id})).await;
                    self.change(&format!("{noun}Restore"), &format!("{noun} {{ id }}"), json!({"id": id})).await
                }
                _ => {
                    work.read += 1;
                    self.read(at).await;
                    json!({})
                }
            };
            for (field, code) in user_errors(&payload) {
                match code.as_str() {
                    "CONFLICT" => work.conflicts += 1,
                    // In the trash, not published, or a moment that has come while it was thought of.
                    "NOT_ALLOWED" => {}
                    "INVALID" if field == "at" => {}
                    _ => panic!("{field}: {code}: {payload}"),
                }
            }
            tokio::time::sleep(Duration::from_millis(dice.roll(THINKING_MS))).await;
        }
        work
    }

    /// What the public sees is all of one revision or nothing.
    async fn read(&self, at: usize) {
        let noun = Self::noun(at);
        let more = if at < 15 { "topics { id }" } else { "venue" };
        let query = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ title summary body {{ markdown }} {more} }} }}");
        let seen = self.app.public(&query, json!({"id": self.entries[at]})).await[noun].clone();
        let Some(title) = seen["title"].as_str() else { return };
        assert_eq!((&seen["summary"], &seen["body"]["markdown"]), (&json!(title), &json!(title)), "half a revision: {seen}");
        let number: usize = title.rsplit(' ').next().unwrap().parse().unwrap();
        if at < 15 {
            assert_eq!(seen["topics"], json!([{"id": self.topics[number % TOPICS]}]), "half a revision: {seen}");
        } else {
            assert_eq!(seen["venue"], title, "half a revision: {seen}");
        }
    }

    /// Time goes by, and two processes' workers do what is due.
    async fn run_workers(&self) {
        let mut before = Instant::now();
        while self.is_open.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.app.clock.advance(i64::try_from(before.elapsed().as_millis()).unwrap());
            before = Instant::now();
            let publish = |owner| lane::work_once(&self.app.domain, Lane::Publications, Uuid::from_u128(owner));
            let (one, other, index) = tokio::join!(publish(1), publish(2), work_once(&self.app.domain, Uuid::from_u128(3)));
            one.and(other).and(index).unwrap();
        }
    }
}

#[tokio::test]
async fn fifty_editors_at_once_lose_nothing_and_see_nothing_by_halves() {
    let app = TestApp::new().await;
    app.index().await;
    let mut room = Newsroom { app, entries: Vec::new(), topics: Vec::new(), is_open: AtomicBool::new(true) };
    for number in 0..TOPICS {
        room.topics.push(room.app.create("topic", json!({"name": format!("Topik {number}")})).await);
    }
    room.entries = vec![String::new(); ENTRIES];
    for at in (0..ENTRIES).rev() {
        let mut input = room.fields(at, "awal 0", 0);
        if at >= 15 {
            input["startsAt"] = json!("2011-07-06T01:00:00Z");
        }
        let created = room.change(&format!("{}Create", Newsroom::noun(at)), &format!("{} {{ id }}", Newsroom::noun(at)), input).await;
        room.entries[at] = id_of(&created[Newsroom::noun(at)]);
    }
    let room = Arc::new(room);
    let editors: Vec<_> = (0..EDITORS)
        .map(|editor| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { room.work(editor).await })
        })
        .collect();
    let workers = tokio::spawn({
        let room = Arc::clone(&room);
        async move { room.run_workers().await }
    });
    tokio::time::sleep(WORKING_TIME).await;
    room.is_open.store(false, Ordering::SeqCst);
    let mut all = Work::default();
    for editor in editors {
        let work = editor.await.unwrap();
        all.saved.extend(work.saved);
        all.conflicts += work.conflicts;
        all.published += work.published;
        all.scheduled += work.scheduled;
        all.read += work.read;
    }
    workers.await.unwrap();
    room.app.clock.advance(5_000);
    room.app.index().await;
    println!(
        "{} saves, {} conflicts, {} publications, {} schedules, {} reads",
        all.saved.len(),
        all.conflicts,
        all.published,
        all.scheduled,
        all.read
    );
    assert!(all.saved.len() > 100 && all.conflicts > 10 && all.published > 50 && all.scheduled > 20, "it was no busy minute");
    assert_whole(&room, &all).await;
}

async fn assert_whole(room: &Newsroom, all: &Work) {
    let db = room.app.domain.db.write();
    let mut saved: HashMap<usize, BTreeMap<i64, &str>> = HashMap::new();
    for (at, number, text) in &all.saved {
        assert!(saved.entry(*at).or_default().insert(*number, text).is_none(), "two saves got the same revision");
    }
    for (at, global) in room.entries.iter().enumerate() {
        let id = Uuid::try_parse(global.rsplit('_').next().unwrap()).unwrap();
        let mut rows = revision::Entity::find().filter(revision::Column::EntryId.eq(id)).rows(db).await.unwrap();
        rows.sort_by_key(|row| row.number);
        assert!(rows.iter().map(|row| row.number).eq(1..=rows.len() as i32), "the numbers have gaps");
        let own = saved.remove(&at).unwrap_or_default();
        assert_eq!(rows.len(), own.len() + 1, "each save is a revision, and nothing else is");
        for row in rows.iter().skip(1) {
            assert_eq!(row.state["body"], own[&i64::from(row.number)], "somebody's work was overwritten");
        }
        let noun = Newsroom::noun(at);
        let fields = "revision liveRevision body { markdown } scheduledAt scheduleFailedAt";
        let query = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ {fields} }} }}");
        let entry = room.app.editor(&query, json!({"id": global})).await[noun].clone();
        assert_eq!(entry["revision"], rows.len());
        let live = &rows[entry["liveRevision"].as_u64().unwrap() as usize - 1];
        assert_eq!(entry["body"]["markdown"], live.state["body"], "the row shows its live revision");
        assert_eq!(entry["scheduledAt"].is_null(), entry["scheduleFailedAt"].is_null(), "a schedule is done, or it says why not: {entry}");
        room.read(at).await;
    }
    let left = outbox_job::Entity::find().filter(outbox_job::Column::Kind.is_in([JobKind::Publish, JobKind::Index]));
    assert_eq!(left.number(db).await.unwrap(), 0, "jobs are left");
    let index = search_index::live(&room.app.domain).await.unwrap().unwrap();
    assert!(drift(&room.app.domain, index.id).await.unwrap().is_none(), "the index is behind");
}
