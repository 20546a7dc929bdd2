INSERT INTO comments (article_id, author_name, author_email, body, status, created_at)
VALUES (?1, ?2, ?3, ?4, 'pending', strftime('%Y-%m-%dT%H:%M:%fZ'))
RETURNING json_object('data', json_object('commentSubmit', json_object('comment', json_object('id', id), 'userErrors', json_array())))
