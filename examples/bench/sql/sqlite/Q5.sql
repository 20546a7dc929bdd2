SELECT json_object('data', json_object('articles', json_object('nodes', json_group_array(json(z)))))
FROM (SELECT json_object('slug', a.slug, 'title', a.title, 'summary', a.summary, 'publishedAt', a.published_at,
    'regions', json_array(json_object('name', r.name)),
    'topics', json((SELECT json_group_array(json_object('name', name)) FROM (SELECT t.name FROM article_topics x JOIN topics t ON t.id = x.topic_id WHERE x.article_id = a.id ORDER BY x.sort)))) AS z
  FROM articles a JOIN regions r ON r.id = a.region_id
  WHERE a.status = 'published' AND a.region_id = (SELECT id FROM regions WHERE slug = ?2)
    AND EXISTS (SELECT 1 FROM article_topics y WHERE y.article_id = a.id AND y.topic_id = (SELECT id FROM topics WHERE slug = ?1))
  ORDER BY a.published_at DESC LIMIT 20 OFFSET ?3)
