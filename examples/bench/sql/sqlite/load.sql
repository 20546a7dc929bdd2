CREATE TABLE ideal.regions (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.topics (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.programs (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.officials (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, name TEXT, slug TEXT, office TEXT);
CREATE TABLE ideal.events (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, title TEXT, slug TEXT UNIQUE, starts_at TEXT, ends_at TEXT, venue TEXT, region_id INT);
CREATE TABLE ideal.participants (event_id INT, official_id INT, role TEXT, sort INT);
CREATE TABLE ideal.articles (id INTEGER PRIMARY KEY, uuid BLOB UNIQUE, title TEXT, slug TEXT UNIQUE, summary TEXT, status TEXT, published_at TEXT, byline TEXT, program_id INT, region_id INT, body TEXT);
CREATE TABLE ideal.article_topics (article_id INT, topic_id INT, sort INT, PRIMARY KEY (article_id, topic_id)) WITHOUT ROWID;
CREATE TABLE ideal.comments (id INTEGER PRIMARY KEY, article_id INT, author_name TEXT, author_email TEXT, body TEXT, status TEXT, created_at TEXT);
CREATE VIRTUAL TABLE ideal.articles_fts USING fts5(title, body, content='articles', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
INSERT INTO ideal.regions (uuid, name, slug) SELECT id, name, slug FROM main.regions;
INSERT INTO ideal.topics (uuid, name, slug) SELECT id, name, slug FROM main.topics;
INSERT INTO ideal.programs (uuid, name, slug) SELECT id, name, slug FROM main.programs;
INSERT INTO ideal.officials (uuid, name, slug, office)
  SELECT o.id, coalesce(o.honorific_before || ' ', '') || o.name || coalesce(', ' || o.honorific_after, ''), o.slug, t.office
  FROM main.officials o JOIN main.terms t ON t.official_id = o.id;
INSERT INTO ideal.events (uuid, title, slug, starts_at, ends_at, venue, region_id)
  SELECT e.id, e.title, e.slug, strftime('%Y-%m-%dT%H:%M:%SZ', e.starts_at / 1000, 'unixepoch'),
    strftime('%Y-%m-%dT%H:%M:%SZ', e.ends_at / 1000, 'unixepoch'), e.venue, r.id
  FROM main.events e JOIN ideal.regions r ON r.uuid = e.region_id;
INSERT INTO ideal.participants SELECT e.id, o.id, upper(p.role), p.position
  FROM main.participants p JOIN ideal.events e ON e.uuid = p.event_id JOIN ideal.officials o ON o.uuid = p.official_id;
INSERT INTO ideal.articles (uuid, title, slug, summary, status, published_at, byline, program_id, region_id, body)
  SELECT a.id, a.title, a.slug, a.summary, a.status, strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at / 1000, 'unixepoch'), a.byline, p.id, r.id, a.body
  FROM main.articles a
  JOIN main.article_programs ap ON ap.article_id = a.id JOIN ideal.programs p ON p.uuid = ap.program_id
  JOIN main.article_regions ar ON ar.article_id = a.id JOIN ideal.regions r ON r.uuid = ar.region_id;
INSERT INTO ideal.article_topics SELECT a.id, t.id, x.position
  FROM main.article_topics x JOIN ideal.articles a ON a.uuid = x.article_id JOIN ideal.topics t ON t.uuid = x.topic_id;
INSERT INTO ideal.comments (article_id, author_name, author_email, body, status, created_at)
  SELECT a.id, c.author_name, c.author_email, c.body, c.status, strftime('%Y-%m-%dT%H:%M:%SZ', c.created_at / 1000, 'unixepoch')
  FROM main.comments c JOIN ideal.articles a ON a.uuid = c.article_id ORDER BY c.id;
CREATE INDEX ideal.a1 ON articles (status, published_at DESC);
CREATE INDEX ideal.a2 ON articles (region_id, status, published_at DESC);
CREATE INDEX ideal.at1 ON article_topics (topic_id, article_id);
CREATE INDEX ideal.c1 ON comments (article_id, status, created_at);
CREATE INDEX ideal.p1 ON participants (event_id, sort);
INSERT INTO ideal.articles_fts (articles_fts) VALUES ('rebuild');
ANALYZE ideal;
