//! One generation: its schema, its writer, and how a document becomes fields.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tantivy::collector::DocSetCollector;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::query::AllQuery;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::sections::{END_OF_SECTION, SECTIONS, SectionTokenizer};
use crate::search::document::{Document, DocumentKey};
use crate::search::rank::{NAMES, TITLE};
use crate::search::{Batch, SearchError};
use crate::text::analyzer::{Analyzer, Term as AnalyzedTerm};

/// Memory in bytes that a writer of changes may fill before it writes a segment: tantivy's least.
const WRITER_MEMORY: usize = 15_000_000;
/// The same for a writer that loads a whole generation: each segment costs as much as its vocabulary, so that a few large ones are
/// made in half the time of many small ones.
const LOADER_MEMORY: usize = 30_000_000;

/// Bytes of what is stored of documents that are read together.
const STORED_BLOCK: usize = 2_048;

/// The fields of a document. Texts are stored in no form: what is shown is read from the database.
#[derive(Clone, Copy)]
pub struct Fields {
    pub key: Field,
    pub fingerprint: Field,
    pub kind: Field,
    /// Words of the title, for suggestions.
    pub title: Field,
    /// All words as they stand, and all stems, those of title and names several times, as they count.
    pub words: Field,
    pub stems: Field,
    pub topics: Field,
    pub programs: Field,
    pub regions: Field,
    pub organizations: Field,
    pub year: Field,
    pub at: Field,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // Terms are analysed beforehand and joined by blanks.
    let text = |option| {
        let indexing = TextFieldIndexing::default().set_tokenizer(SECTIONS).set_fieldnorms(true).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        key: schema.add_text_field("key", STRING | STORED),
        fingerprint: schema.add_u64_field("fingerprint", STORED),
        kind: schema.add_text_field("kind", STRING | FAST),
        title: schema.add_text_field("title", text(IndexRecordOption::Basic)),
        words: schema.add_text_field("words", text(IndexRecordOption::WithFreqsAndPositions)),
        stems: schema.add_text_field("stems", text(IndexRecordOption::WithFreqsAndPositions)),
        topics: schema.add_text_field("topics", STRING | FAST),
        programs: schema.add_text_field("programs", STRING | FAST),
        regions: schema.add_text_field("regions", STRING | FAST),
        organizations: schema.add_text_field("organizations", STRING | FAST),
        year: schema.add_text_field("year", STRING | FAST),
        at: schema.add_i64_field("at", FAST | INDEXED),
    };
    (schema.build(), fields)
}

/// An open generation. The writer is opened with the first change, so that reading takes no lock.
pub struct Generation {
    index: Index,
    pub reader: IndexReader,
    writer: Mutex<Option<IndexWriter>>,
    pub fields: Fields,
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => Self::Unavailable("another process is writing to the index".to_owned()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl Generation {
    /// Makes an empty generation in `path`.
    pub fn create(path: &Path) -> Result<(), SearchError> {
        std::fs::create_dir_all(path).map_err(|error| SearchError::Failed(error.to_string()))?;
        let directory = MmapDirectory::open(path).map_err(|error| SearchError::Failed(error.to_string()))?;
        // Of a document little is stored, which is read by the page of hits, each from a block of its own.
        let settings =
            IndexSettings { docstore_blocksize: STORED_BLOCK, docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        Index::builder().schema(schema().0).settings(settings).open_or_create(directory)?;
        Ok(())
    }

    /// Opens the generation in `path`.
    pub fn open(path: &Path) -> Result<Self, SearchError> {
        let index = Index::open_in_dir(path)?;
        index.tokenizers().register(SECTIONS, SectionTokenizer::default());
        let (expected, fields) = schema();
        if index.schema() != expected {
            return Err(SearchError::Failed("the index has another form; run `warta reindex`".to_owned()));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader, writer: Mutex::new(None), fields })
    }

    /// Applies a batch, commits it and lets searches see it.
    pub fn apply(&self, batch: &Batch) -> Result<(), SearchError> {
        let keys = batch.delete.iter().chain(batch.put.iter().map(|document| &document.key));
        let terms: Vec<Term> = keys.map(|key| Term::from_field_text(self.fields.key, &key.encode())).collect();
        let mut analyzer = Analyzer::default();
        let mut slot = self.slot();
        // A commit takes some milliseconds, also where there is nothing to delete, and a writer its memory and threads.
        if batch.put.is_empty() && !self.holds_any(&terms)? {
            return Ok(());
        }
        self.write(&mut slot, WRITER_MEMORY, |writer| {
            for term in terms {
                writer.delete_term(term);
            }
            for document in &batch.put {
                writer.add_document(self.fields.document(document, &mut analyzer))?;
            }
            writer.commit()?;
            Ok(())
        })?;
        self.reader.reload()?;
        Ok(())
    }

    /// Whether a document with one of these keys has been committed. The caller has the writer, so that none is on its way.
    fn holds_any(&self, terms: &[Term]) -> tantivy::Result<bool> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        for term in terms {
            if searcher.doc_freq(term)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds documents that the generation does not hold, to be committed by [`Generation::finish`]. Nothing is merged before, so
    /// that nothing is merged twice.
    pub fn load(&self, documents: &[Document]) -> Result<(), SearchError> {
        let mut analyzer = Analyzer::default();
        self.write(&mut self.slot(), LOADER_MEMORY, |writer| {
            writer.set_merge_policy(Box::new(NoMergePolicy));
            for document in documents {
                writer.add_document(self.fields.document(document, &mut analyzer))?;
            }
            Ok(())
        })
    }

    /// Commits what was loaded as one segment, which searches read fastest, and lets searches see it.
    pub fn finish(&self) -> Result<(), SearchError> {
        let mut slot = self.slot();
        self.write(&mut slot, LOADER_MEMORY, |writer| {
            writer.commit()?;
            let segments = self.index.searchable_segment_ids()?;
            if segments.len() > 1 {
                writer.merge(&segments).wait()?;
            }
            Ok(())
        })?;
        // The next one takes less memory, and merges as it goes.
        *slot = None;
        self.reader.reload()?;
        Ok(())
    }

    /// The place of the writer, for whoever is to write next.
    fn slot(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the writer, which is opened for the first, with so much memory.
    fn write<T>(
        &self,
        slot: &mut Option<IndexWriter>,
        memory: usize,
        work: impl FnOnce(&mut IndexWriter) -> tantivy::Result<T>,
    ) -> Result<T, SearchError> {
        let writer = match slot.as_mut() {
            Some(writer) => writer,
            None => {
                let options =
                    IndexWriterOptions::builder().num_worker_threads(1).memory_budget_per_thread(memory).num_merge_threads(1).build();
                slot.insert(self.index.writer_with_options(options)?)
            }
        };
        work(writer).map_err(|error| {
            // A writer that failed once refuses all further work, so the next batch opens another.
            *slot = None;
            error.into()
        })
    }

    /// Every document with its fingerprint.
    pub fn fingerprints(&self) -> Result<Vec<(DocumentKey, u64)>, SearchError> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let mut found = Vec::new();
        for address in searcher.search(&AllQuery, &DocSetCollector)? {
            let document: TantivyDocument = searcher.doc(address)?;
            let key = document.get_first(self.fields.key).and_then(|value| value.as_str().and_then(DocumentKey::decode));
            let fingerprint = document.get_first(self.fields.fingerprint).and_then(|value| value.as_u64());
            found.extend(key.zip(fingerprint));
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Fields {
    fn document(&self, document: &Document, analyzer: &mut Analyzer) -> TantivyDocument {
        let mut fields = TantivyDocument::default();
        fields.add_text(self.key, document.key.encode());
        fields.add_u64(self.fingerprint, document.fingerprint());
        fields.add_text(self.kind, document.key.kind.as_str());
        let title = analyzer.analyze(&document.title);
        let sections = [(TITLE, &title), (NAMES, &analyzer.analyze(&document.names)), (1, &analyzer.analyze(&document.body))];
        fields.add_text(self.title, joined([(1, &title)], |term| Some(&term.token.word)));
        fields.add_text(self.words, joined(sections, |term| Some(&term.token.word)));
        fields.add_text(self.stems, joined(sections, |term| Some(&term.stem).filter(|_| !term.is_stop_word)));
        for (field, ids) in
            [(self.topics, &document.topics), (self.programs, &document.programs), (self.organizations, &document.organizations)]
        {
            ids.iter().for_each(|id| fields.add_text(field, id.simple().to_string()));
        }
        document.regions.iter().for_each(|code| fields.add_text(self.regions, code));
        document.year.iter().for_each(|year| fields.add_text(self.year, year.to_string()));
        fields.add_i64(self.at, document.at);
        fields
    }
}

/// The terms of sections of a text, each section as often as it counts.
fn joined<const N: usize>(sections: [(usize, &Vec<AnalyzedTerm>); N], text: impl Fn(&AnalyzedTerm) -> Option<&String>) -> String {
    let mut all = String::new();
    for (times, terms) in sections {
        for _ in 0..times {
            for text in terms.iter().filter_map(&text) {
                all.push_str(text);
                all.push(' ');
            }
            all.push(END_OF_SECTION);
        }
    }
    all
}
