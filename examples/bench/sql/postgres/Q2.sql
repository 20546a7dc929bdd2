SELECT json_build_object('data', json_build_object('article', json_build_object('slug', a.slug, 'title', a.title, 'body', json_build_object('markdown', a.body),
  'publishedAt', to_char(a.published_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'byline', a.byline, 'programs', json_build_array(json_build_object('name', p.name)), 'regions', json_build_array(json_build_object('name', r.name)),
  'topics', (SELECT json_agg(json_build_object('name', t.name) ORDER BY x.sort) FROM ideal.article_topics x JOIN ideal.topics t ON t.id = x.topic_id WHERE x.article_id = a.id),
  'comments', json_build_object('nodes', (SELECT coalesce(json_agg(c), '[]') FROM (SELECT author_name AS "authorName", body, to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "createdAt" FROM ideal.comments c WHERE c.article_id = a.id AND c.status = 'approved' ORDER BY c.created_at ASC LIMIT 20) c)))))::text
FROM ideal.articles a JOIN ideal.programs p ON p.id = a.program_id JOIN ideal.regions r ON r.id = a.region_id WHERE a.slug = $1
