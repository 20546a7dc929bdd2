SELECT json_object('data', json_object('articles', json_object('nodes', json_group_array(json(z)))))
FROM (SELECT json_object('slug', a.slug, 'title', a.title, 'summary', a.summary, 'publishedAt', a.published_at, 'byline', a.byline,
    'topics', json((SELECT json_group_array(json_object('name', name)) FROM (SELECT t.name FROM article_topics x JOIN topics t ON t.id = x.topic_id WHERE x.article_id = a.id ORDER BY x.sort)))) AS z
  FROM articles a WHERE a.status = 'published' ORDER BY a.published_at DESC LIMIT 20)
