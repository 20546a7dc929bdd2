SELECT json_build_object('data', json_build_object('articles', json_build_object('nodes', coalesce(json_agg(z), '[]'))))::text
FROM (SELECT a.slug, a.title, a.summary, to_char(a.published_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "publishedAt", json_build_array(json_build_object('name', r.name)) AS regions,
    (SELECT json_agg(json_build_object('name', t.name) ORDER BY x.sort) FROM ideal.article_topics x JOIN ideal.topics t ON t.id = x.topic_id WHERE x.article_id = a.id) AS topics
  FROM ideal.articles a JOIN ideal.regions r ON r.id = a.region_id
  WHERE a.status = 'published' AND r.slug = $2
    AND EXISTS (SELECT 1 FROM ideal.article_topics y WHERE y.article_id = a.id AND y.topic_id = (SELECT id FROM ideal.topics WHERE slug = $1))
  ORDER BY a.published_at DESC LIMIT 20 OFFSET $3::int) z
