CREATE SCHEMA ideal;
CREATE TABLE ideal.regions (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.topics (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.programs (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, name TEXT, slug TEXT UNIQUE);
CREATE TABLE ideal.officials (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, name TEXT, slug TEXT, office TEXT);
CREATE TABLE ideal.events (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, title TEXT, slug TEXT UNIQUE, starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ, venue TEXT, region_id INT);
CREATE TABLE ideal.participants (event_id INT, official_id INT, role TEXT, sort INT);
CREATE TABLE ideal.articles (id SERIAL PRIMARY KEY, uuid UUID UNIQUE, title TEXT, slug TEXT UNIQUE, summary TEXT, status TEXT, published_at TIMESTAMPTZ, byline TEXT, program_id INT, region_id INT, body TEXT,
  words TSVECTOR GENERATED ALWAYS AS (setweight(to_tsvector('indonesian', title), 'A') || to_tsvector('indonesian', body)) STORED);
CREATE TABLE ideal.article_topics (article_id INT, topic_id INT, sort INT, PRIMARY KEY (article_id, topic_id));
CREATE TABLE ideal.comments (id SERIAL PRIMARY KEY, article_id INT, author_name TEXT, author_email TEXT, body TEXT, status TEXT, created_at TIMESTAMPTZ);
INSERT INTO ideal.regions (uuid, name, slug) SELECT id, name, slug FROM public.regions;
INSERT INTO ideal.topics (uuid, name, slug) SELECT id, name, slug FROM public.topics;
INSERT INTO ideal.programs (uuid, name, slug) SELECT id, name, slug FROM public.programs;
INSERT INTO ideal.officials (uuid, name, slug, office)
  SELECT o.id, coalesce(o.honorific_before || ' ', '') || o.name || coalesce(', ' || o.honorific_after, ''), o.slug, t.office
  FROM public.officials o JOIN public.terms t ON t.official_id = o.id;
INSERT INTO ideal.events (uuid, title, slug, starts_at, ends_at, venue, region_id)
  SELECT e.id, e.title, e.slug, to_timestamp(e.starts_at / 1000), to_timestamp(e.ends_at / 1000), e.venue, r.id
  FROM public.events e JOIN ideal.regions r ON r.uuid = e.region_id;
INSERT INTO ideal.participants SELECT e.id, o.id, upper(p.role), p.position
  FROM public.participants p JOIN ideal.events e ON e.uuid = p.event_id JOIN ideal.officials o ON o.uuid = p.official_id;
INSERT INTO ideal.articles (uuid, title, slug, summary, status, published_at, byline, program_id, region_id, body)
  SELECT a.id, a.title, a.slug, a.summary, a.status, to_timestamp(a.published_at / 1000), a.byline, p.id, r.id, a.body
  FROM public.articles a
  JOIN public.article_programs ap ON ap.article_id = a.id JOIN ideal.programs p ON p.uuid = ap.program_id
  JOIN public.article_regions ar ON ar.article_id = a.id JOIN ideal.regions r ON r.uuid = ar.region_id;
INSERT INTO ideal.article_topics SELECT a.id, t.id, x.position
  FROM public.article_topics x JOIN ideal.articles a ON a.uuid = x.article_id JOIN ideal.topics t ON t.uuid = x.topic_id;
INSERT INTO ideal.comments (article_id, author_name, author_email, body, status, created_at)
  SELECT a.id, c.author_name, c.author_email, c.body, c.status, to_timestamp(c.created_at / 1000)
  FROM public.comments c JOIN ideal.articles a ON a.uuid = c.article_id ORDER BY c.id;
CREATE INDEX ideal_a1 ON ideal.articles (status, published_at DESC);
CREATE INDEX ideal_a2 ON ideal.articles (region_id, status, published_at DESC);
CREATE INDEX ideal_a3 ON ideal.articles USING gin (words);
CREATE INDEX ideal_at1 ON ideal.article_topics (topic_id, article_id);
CREATE INDEX ideal_c1 ON ideal.comments (article_id, status, created_at);
CREATE INDEX ideal_p1 ON ideal.participants (event_id, sort);
