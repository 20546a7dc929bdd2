SELECT json_build_object('data', json_build_object('articles', json_build_object('nodes', coalesce(json_agg(z), '[]'))))::text
FROM (SELECT a.slug, a.title, a.summary, to_char(a.published_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "publishedAt", a.byline,
    (SELECT json_agg(json_build_object('name', t.name) ORDER BY x.sort) FROM ideal.article_topics x JOIN ideal.topics t ON t.id = x.topic_id WHERE x.article_id = a.id) AS topics
  FROM ideal.articles a WHERE a.status = 'published' ORDER BY a.published_at DESC LIMIT 20) z
