SELECT json_build_object('data', json_build_object('search', json_build_object('hits', coalesce(json_agg(json_build_object('node', z)), '[]'))))::text
FROM (SELECT a.slug, a.title FROM ideal.articles a WHERE a.status = 'published' AND a.words @@ plainto_tsquery('indonesian', $1)
  ORDER BY ts_rank(a.words, plainto_tsquery('indonesian', $1)) DESC LIMIT 20) z
