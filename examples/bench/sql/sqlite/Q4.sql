SELECT json_object('data', json_object('articles', json_object('nodes', json_group_array(json(z)))))
FROM (SELECT json_object('slug', a.slug, 'title', a.title,
    'topics', json((SELECT json_group_array(json_object('name', name)) FROM (SELECT t.name FROM article_topics x JOIN topics t ON t.id = x.topic_id WHERE x.article_id = a.id ORDER BY x.sort))),
    'comments', json_object('nodes', json((SELECT json_group_array(json_object('authorName', author_name, 'body', body, 'createdAt', created_at)) FROM (SELECT author_name, body, created_at FROM comments c WHERE c.article_id = a.id AND c.status = 'approved' ORDER BY c.created_at DESC LIMIT 5))))) AS z
  FROM articles a WHERE a.status = 'published' ORDER BY a.published_at DESC LIMIT 50)
