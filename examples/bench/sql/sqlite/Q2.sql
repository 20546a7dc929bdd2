SELECT json_object('data', json_object('article', json_object('slug', a.slug, 'title', a.title, 'body', json_object('markdown', a.body),
  'publishedAt', a.published_at, 'byline', a.byline, 'programs', json_array(json_object('name', p.name)), 'regions', json_array(json_object('name', r.name)),
  'topics', json((SELECT json_group_array(json_object('name', name)) FROM (SELECT t.name FROM article_topics x JOIN topics t ON t.id = x.topic_id WHERE x.article_id = a.id ORDER BY x.sort))),
  'comments', json_object('nodes', json((SELECT json_group_array(json_object('authorName', author_name, 'body', body, 'createdAt', created_at)) FROM (SELECT author_name, body, created_at FROM comments c WHERE c.article_id = a.id AND c.status = 'approved' ORDER BY c.created_at ASC LIMIT 20)))))))
FROM articles a JOIN programs p ON p.id = a.program_id JOIN regions r ON r.id = a.region_id WHERE a.slug = ?1
