//! What every search engine must do: one set of cases, run on tantivy, on a live Meilisearch where one is named, and on
//! what a real Meilisearch answered once.

use entity::enums::Kind;
use uuid::Uuid;
use warta::config::Config;
use warta::search::document::{Document, DocumentKey};
use warta::search::meilisearch::MeilisearchEngine;
use warta::search::query::{Forgiven, Order, SearchFilter, SearchQuery, SearchResult};
use warta::search::tantivy::TantivyEngine;
use warta::search::{Batch, SearchEngine, SearchError};
use warta::text::glossary::Glossary;
use warta::text::query::ParsedQuery;

use crate::support::tape::{Tape, live_meilisearch};

const GENERATION: Uuid = Uuid::from_u128(0x5741);
const OTHER: Uuid = Uuid::from_u128(0x5742);

#[tokio::test]
async fn tantivy_passes() {
    let folder = tempfile::tempdir().unwrap();
    contract(&TantivyEngine::new(folder.path().to_owned())).await;
}

#[tokio::test]
async fn what_a_real_meilisearch_answered_passes() {
    let tape = Tape::replay(include_str!("data/meilisearch.jsonl")).await;
    contract(&meilisearch(&tape.address, "")).await;
}

#[tokio::test]
async fn a_live_meilisearch_passes() {
    let Some((url, key)) = live_meilisearch() else { return };
    let engine = meilisearch(&url, &key);
    for generation in [GENERATION, OTHER] {
        engine.remove(generation).await.unwrap();
    }
    if std::env::var("WARTA_TEST_RECORD").is_ok() {
        let tape = Tape::record(&url).await;
        contract(&meilisearch(&tape.address, &key)).await;
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/data/meilisearch.jsonl"), tape.recorded()).unwrap();
    } else {
        contract(&engine).await;
    }
}

fn meilisearch(url: &str, key: &str) -> MeilisearchEngine {
    let flags = [("search.url", url), ("search.key", key), ("search.prefix", "contract")];
    let flags = flags.map(|(name, value)| (name.to_owned(), value.to_owned()));
    MeilisearchEngine::new(&Config::from_layers("", [], &flags).unwrap().search).unwrap()
}

/// A searchable thing in few words.
/// A document to be found.
pub fn document(number: u128, kind: Kind, title: &str, body: &str) -> Document {
    Document {
        key: DocumentKey { kind, id: Uuid::from_u128(number) },
        title: title.to_owned(),
        names: String::new(),
        body: body.to_owned(),
        topics: Vec::new(),
        programs: Vec::new(),
        regions: Vec::new(),
        organizations: Vec::new(),
        year: None,
        at: i64::try_from(number).unwrap() * 1_000,
    }
}

fn article(number: u128, title: &str, body: &str) -> Document {
    document(number, Kind::Article, title, body)
}

fn corpus() -> Vec<Document> {
    let topic = |number| vec![Uuid::from_u128(number)];
    let regions = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    vec![
        Document {
            topics: topic(100),
            regions: regions(&["73", "73.03"]),
            year: Some(2011),
            ..article(1, "Panen jagung", "Pertanian lahan kering di desa.")
        },
        Document {
            topics: topic(100),
            regions: regions(&["73", "73.03", "73.03.05"]),
            year: Some(2012),
            ..article(2, "Kabar desa", "Seorang petani menanam padi.")
        },
        Document {
            topics: topic(101),
            regions: regions(&["73", "73.04"]),
            year: Some(2012),
            ..article(3, "Garam rakyat", "Petambak menjemur air laut.")
        },
        Document { programs: topic(200), year: Some(2011), ..document(4, Kind::Event, "Lokakarya tani", "Digelar di Sulawesi Selatan.") },
        Document {
            organizations: topic(300),
            ..document(5, Kind::Official, "Bupati Rahman", "Memimpin di pesisir selatan pulau Sulawesi.")
        },
        document(6, Kind::Organization, "Kantor Kelurahan", "Melayani warga kelurahan."),
        document(7, Kind::Program, "Peternakan Sulsel", "Program bagi peternak sapi."),
        article(8, "Anak sekolah", "Perpustakaan dan taman."),
        article(9, "Sapi perah", "Sapi betina dan susu sapi."),
        article(10, "Kandang", "Peternak sapi merawat ternak di kandang."),
        article(11, "Pasar tani", "Sayur segar."),
        article(12, "Tanda \"kutip\" & <tag>", "Emoji 😀 dan C++ \\ garis miring."),
    ]
}

async fn ask(engine: &dyn SearchEngine, text: &str, filter: SearchFilter, offset: usize, limit: usize) -> SearchResult {
    let glossary = Glossary::new([("Sulsel", "Sulawesi Selatan"), ("UMKM", "usaha mikro kecil menengah")]);
    let query = SearchQuery { filter, offset, limit, with_facets: true, ..parsed(text) };
    let expansions = glossary.expand(&query.terms);
    engine.search(GENERATION, &SearchQuery { expansions, ..query }).await.unwrap()
}

fn parsed(text: &str) -> SearchQuery {
    let ParsedQuery { terms, phrases, excluded, .. } = ParsedQuery::new(text);
    SearchQuery { terms, phrases, excluded, limit: 100, ..SearchQuery::default() }
}

fn numbers(result: &SearchResult) -> Vec<u128> {
    result.hits.iter().map(|key| key.id.as_u128()).collect()
}

/// What is found, in no order.
async fn found(engine: &dyn SearchEngine, text: &str) -> Vec<u128> {
    let result = ask(engine, text, SearchFilter::default(), 0, 100).await;
    let mut numbers = numbers(&result);
    assert_eq!(numbers.len(), result.total, "{text}");
    numbers.sort_unstable();
    numbers
}

async fn contract(engine: &dyn SearchEngine) {
    generations(engine).await;
    words(engine).await;
    ranking(engine).await;
    operators(engine).await;
    typing(engine).await;
    dates(engine).await;
    filters_and_facets(engine).await;
    suggestions(engine).await;
    changes(engine).await;
}

async fn generations(engine: &dyn SearchEngine) {
    assert!(!engine.exists(GENERATION).await.unwrap());
    let missing = engine.search(OTHER, &SearchQuery { limit: 1, ..SearchQuery::default() }).await;
    assert!(matches!(missing, Err(SearchError::Missing(OTHER))), "{missing:?}");
    engine.create(GENERATION).await.unwrap();
    assert!(engine.exists(GENERATION).await.unwrap());
    assert_eq!(ask(engine, "tani", SearchFilter::default(), 0, 10).await.total, 0);
    engine.apply(GENERATION, Batch { put: corpus(), delete: Vec::new() }).await.unwrap();
    let mut expected: Vec<(DocumentKey, u64)> = corpus().iter().map(|document| (document.key, document.fingerprint())).collect();
    expected.sort_unstable();
    assert_eq!(engine.fingerprints(GENERATION).await.unwrap(), expected);
}

async fn words(engine: &dyn SearchEngine) {
    for (text, expected) in [
        // Any form finds any other.
        ("bertani", &[1, 2, 4, 11][..]),
        ("PETANI", &[1, 2, 4, 11]),
        ("peternakan", &[7, 10]),
        ("anak-anak", &[8]),
        ("anak2", &[8]),
        // An abbreviation finds what it stands for, side by side only, and is found by it.
        ("sulsel", &[4, 7]),
        ("Sulawesi Selatan", &[4, 5, 7]),
        // Typing errors are forgiven, more of them in longer words, where the word is unknown as it stands.
        ("kelurahn", &[6]),
        ("perpustakan", &[8]),
        ("prpustakan", &[8]),
        ("jagng", &[1]),
        ("xyzzy", &[]),
        ("padu", &[2]),
        // Common words do not count, unless there is nothing else.
        ("di mana petani", &[1, 2, 4, 11]),
        ("dan", &[8, 9, 12]),
        // Signs of a query language are signs.
        ("\"kutip\" OR (a:b) \\ 😀", &[12]),
        ("' UNION SELECT", &[]),
    ] {
        assert_eq!(found(engine, text).await, expected, "{text}");
    }
    // Whether a word is known does not depend on the filter.
    let events = SearchFilter { kinds: vec![Kind::Event], ..SearchFilter::default() };
    let result = ask(engine, "sapi", events, 0, 10).await;
    assert_eq!((result.total, result.forgiven.len()), (0, 0));
    let result = ask(engine, "bertani kelurahn", SearchFilter::default(), 0, 10).await;
    assert_eq!(result.forgiven, [Forgiven { at: 1, nearest: Some("kelurahan".to_owned()) }]);
    assert_eq!(found(engine, "2019").await, Vec::<u128>::new(), "numbers are not forgiven");
    let long = "jagung ".repeat(60);
    assert_eq!(found(engine, &long).await, [1]);
}

async fn ranking(engine: &dyn SearchEngine) {
    let order = async |text: &str| numbers(&ask(engine, text, SearchFilter::default(), 0, 100).await);
    assert_eq!(order("petani padi").await[0], 2, "both words before one");
    assert_eq!(order("peternak sapi").await[0], 7, "both words side by side, one of them in the title");
    let sapi = order("sapi").await;
    assert_eq!(sapi[0], 9, "a title before a body: {sapi:?}");
    assert_eq!(order("").await, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], "without words the newest come first");
    let all = order("bertani").await;
    let page = ask(engine, "bertani", SearchFilter::default(), 1, 2).await;
    assert_eq!((numbers(&page), page.total), (all[1..3].to_vec(), all.len()));
    let beyond = ask(engine, "bertani", SearchFilter::default(), 50, 10).await;
    assert_eq!((numbers(&beyond).len(), beyond.total), (0, all.len()));
}

async fn operators(engine: &dyn SearchEngine) {
    for (text, expected) in [
        // Side by side and as it stands.
        ("\"petani menanam\"", &[2][..]),
        ("\"menanam petani\"", &[]),
        ("\"pertanian\"", &[1]),
        ("\"lahan kering di desa\" padi", &[1]),
        ("tani \"pasar tani\"", &[11]),
        // Not there, in no form; in no place, side by side.
        ("petani -padi", &[1, 4, 11]),
        ("petani -menanam -pasar", &[1, 4]),
        ("tani -\"lahan kering\"", &[2, 4, 11]),
        ("-tani -sapi", &[3, 5, 6, 8, 12]),
        ("-\"lahan kering\" -sapi -tani", &[3, 5, 6, 8, 12]),
        ("petani -dan", &[1, 2, 4, 11]),
    ] {
        assert_eq!(found(engine, text).await, expected, "{text}");
    }
    let hidden = SearchFilter { hidden: vec![corpus()[10].key], ..SearchFilter::default() };
    let result = ask(engine, "petani", hidden.clone(), 0, 10).await;
    assert_eq!((result.total, numbers(&result).contains(&11)), (3, false));
    assert_eq!(ask(engine, "", hidden, 0, 100).await.total, 11);
}

async fn typing(engine: &dyn SearchEngine) {
    let unfinished = async |text: &str| {
        let query = SearchQuery { is_unfinished: true, ..parsed(text) };
        let result = engine.search(GENERATION, &query).await.unwrap();
        let mut numbers = numbers(&result);
        numbers.sort_unstable();
        numbers
    };
    for (text, expected) in [("kel", &[6][..]), ("perpus", &[8]), ("susu", &[9]), ("zzz", &[]), ("jagung perpus", &[1, 8])] {
        assert_eq!(unfinished(text).await, expected, "{text}");
    }
    assert_eq!(found(engine, "perpus").await, Vec::<u128>::new(), "a finished word is not a beginning");
}

async fn dates(engine: &dyn SearchEngine) {
    let ordered = async |text: &str, order| {
        let query = SearchQuery { order, ..parsed(text) };
        numbers(&engine.search(GENERATION, &query).await.unwrap())
    };
    assert_eq!(ordered("petani", Order::Newest).await, [11, 4, 2, 1]);
    assert_eq!(ordered("petani", Order::Oldest).await, [1, 2, 4, 11]);
    assert_eq!(ordered("kelurahn", Order::Newest).await, [6]);
    assert_eq!(ordered("", Order::Oldest).await[..3], [1, 2, 3]);
    let key = |number| DocumentKey { kind: Kind::Article, id: Uuid::from_u128(number) };
    let day = 86_400_000;
    let now = 1_000 * day;
    let put =
        [(21, now - 900 * day), (22, now - day)].map(|(number, at)| Document { at, ..article(number, "Musim kemarau", "Sumur kering.") });
    engine.apply(GENERATION, Batch { put: put.to_vec(), delete: Vec::new() }).await.unwrap();
    assert_eq!(ordered("kemarau", Order::Best { now: Some(now) }).await, [22, 21], "the newer of equals");
    let longer = Document { at: now - 900 * day, ..article(21, "Musim kemarau", "Kemarau panjang membuat sumur kering.") };
    engine.apply(GENERATION, Batch { put: vec![longer], delete: Vec::new() }).await.unwrap();
    assert_eq!(ordered("kemarau panjang", Order::Best { now: Some(now) }).await, [21, 22], "a better fit before a newer one");
    engine.apply(GENERATION, Batch { put: Vec::new(), delete: vec![key(21), key(22)] }).await.unwrap();
}

async fn filters_and_facets(engine: &dyn SearchEngine) {
    let filtered = async |text: &str, filter: SearchFilter| {
        let result = ask(engine, text, filter, 0, 100).await;
        let mut numbers = numbers(&result);
        numbers.sort_unstable();
        assert_eq!(numbers.len(), result.total);
        numbers
    };
    let id = |number| vec![Uuid::from_u128(number)];
    let region = |code: &str| SearchFilter { regions: vec![code.to_owned()], ..SearchFilter::default() };
    assert_eq!(filtered("", SearchFilter { kinds: vec![Kind::Event, Kind::Program], ..SearchFilter::default() }).await, [4, 7]);
    assert_eq!(filtered("", SearchFilter { topics: id(100), ..SearchFilter::default() }).await, [1, 2]);
    assert_eq!(filtered("", SearchFilter { programs: id(200), ..SearchFilter::default() }).await, [4]);
    assert_eq!(filtered("", SearchFilter { organizations: id(300), ..SearchFilter::default() }).await, [5]);
    assert_eq!(filtered("", region("73.03")).await, [1, 2]);
    assert_eq!(filtered("", region("73")).await, [1, 2, 3]);
    assert_eq!(filtered("bertani", SearchFilter { year: Some(2011), ..SearchFilter::default() }).await, [1, 4]);
    assert_eq!(filtered("bertani", SearchFilter { year: Some(2011), topics: id(100), ..SearchFilter::default() }).await, [1]);
    assert_eq!(filtered("sulsel", SearchFilter { kinds: vec![Kind::Event], ..SearchFilter::default() }).await, [4]);
    assert_eq!(filtered("jagng", SearchFilter { kinds: vec![Kind::Article], ..SearchFilter::default() }).await, [1]);
    assert_eq!(filtered("", region("99")).await, Vec::<u128>::new());

    let facets = ask(engine, "bertani", SearchFilter::default(), 0, 1).await.facets;
    let plain = |values: &[(String, usize)]| values.iter().map(|(value, count)| format!("{value} {count}")).collect::<Vec<_>>();
    assert_eq!(plain(&facets.kinds), ["article 3", "event 1"]);
    assert_eq!(plain(&facets.years), ["2011 2", "2012 1"]);
    assert_eq!(plain(&facets.topics), [format!("{} 2", Uuid::from_u128(100).simple())]);
    assert_eq!(plain(&facets.programs), [format!("{} 1", Uuid::from_u128(200).simple())]);
    assert_eq!(plain(&facets.regions), ["73 2", "73.03 2", "73.03.05 1"]);
    let organizations = ask(engine, "bupati", SearchFilter::default(), 0, 1).await.facets.organizations;
    assert_eq!(plain(&organizations), [format!("{} 1", Uuid::from_u128(300).simple())]);
    let none = ask(engine, "xyzzy", SearchFilter::default(), 0, 1).await.facets;
    assert_eq!(none.kinds, []);
}

async fn suggestions(engine: &dyn SearchEngine) {
    let suggest = async |text: &str| {
        let found = engine.suggest(GENERATION, text, 10).await.unwrap();
        found.iter().map(|key| key.id.as_u128()).collect::<Vec<_>>()
    };
    for (text, expected) in [
        ("pas", &[11][..]),
        ("Pasar t", &[11]),
        ("ka", &[10, 6, 2]),
        ("kantor kel", &[6]),
        ("tani pas", &[11]),
        ("zz", &[]),
        ("", &[]),
        ("kutip", &[12]),
    ] {
        assert_eq!(suggest(text).await, expected, "{text}");
    }
    assert_eq!(engine.suggest(GENERATION, "ka", 2).await.unwrap().len(), 2);
    let stems = ["tani", "sapi", "xyzzy"].map(str::to_owned);
    assert_eq!(engine.holding(GENERATION, &stems).await.unwrap(), (12, vec![4, 3, 0]));
}

async fn changes(engine: &dyn SearchEngine) {
    let changed = article(1, "Panen kopi", "Kebun di lereng.");
    let batch = Batch { put: vec![changed.clone()], delete: vec![corpus()[1].key, DocumentKey { kind: Kind::Article, id: OTHER }] };
    for _ in 0..2 {
        engine.apply(GENERATION, batch.clone()).await.unwrap();
        assert_eq!(found(engine, "jagung").await, Vec::<u128>::new());
        // A word that only deleted documents had is neither known nor told.
        let mistyped = ask(engine, "menannam", SearchFilter::default(), 0, 10).await;
        assert!(mistyped.forgiven.iter().all(|forgiven| forgiven.nearest.is_none()), "{:?}", mistyped.forgiven);
        assert_eq!(found(engine, "kopi").await, [1]);
        assert_eq!(found(engine, "petani").await, [4, 11]);
    }
    assert_eq!(engine.fingerprints(GENERATION).await.unwrap().len(), 11);
    engine.apply(GENERATION, Batch::default()).await.unwrap();
    engine.remove(GENERATION).await.unwrap();
    assert!(!engine.exists(GENERATION).await.unwrap());
    engine.remove(GENERATION).await.unwrap();
}
