SELECT json_object('data', json_object('search', json_object('hits', json_group_array(json(z)))))
FROM (SELECT json_object('node', json_object('slug', a.slug, 'title', a.title)) AS z
  FROM articles_fts f JOIN articles a ON a.id = f.rowid
  WHERE articles_fts MATCH ?1 AND a.status = 'published' ORDER BY bm25(articles_fts, 10.0, 1.0) LIMIT 20)
