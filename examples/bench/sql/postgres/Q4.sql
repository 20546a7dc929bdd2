SELECT json_build_object('data', json_build_object('articles', json_build_object('nodes', coalesce(json_agg(z), '[]'))))::text
FROM (SELECT a.slug, a.title,
    (SELECT json_agg(json_build_object('name', t.name) ORDER BY x.sort) FROM ideal.article_topics x JOIN ideal.topics t ON t.id = x.topic_id WHERE x.article_id = a.id) AS topics,
    json_build_object('nodes', (SELECT coalesce(json_agg(c), '[]') FROM (SELECT author_name AS "authorName", body, to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "createdAt" FROM ideal.comments c WHERE c.article_id = a.id AND c.status = 'approved' ORDER BY c.created_at DESC LIMIT 5) c)) AS comments
  FROM ideal.articles a WHERE a.status = 'published' ORDER BY a.published_at DESC LIMIT 50) z
