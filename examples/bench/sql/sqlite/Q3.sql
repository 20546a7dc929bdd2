SELECT json_object('data', json_object('event', json_object('slug', e.slug, 'title', e.title, 'startsAt', e.starts_at, 'endsAt', e.ends_at,
  'venue', e.venue, 'region', json_object('name', r.name),
  'participants', json((SELECT json_group_array(json_object('role', role, 'name', name, 'office', office, 'official', json_object('slug', slug)))
    FROM (SELECT x.role, o.name, o.office, o.slug FROM participants x JOIN officials o ON o.id = x.official_id WHERE x.event_id = e.id ORDER BY x.sort))))))
FROM events e JOIN regions r ON r.id = e.region_id WHERE e.slug = ?1
