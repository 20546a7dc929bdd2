INSERT INTO ideal.comments (article_id, author_name, author_email, body, status, created_at) VALUES ($1::int, $2, $3, $4, 'pending', now())
RETURNING json_build_object('data', json_build_object('commentSubmit', json_build_object('comment', json_build_object('id', id), 'userErrors', json_build_array())))::text
