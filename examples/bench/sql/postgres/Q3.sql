SELECT json_build_object('data', json_build_object('event', json_build_object('slug', e.slug, 'title', e.title,
  'startsAt', to_char(e.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'endsAt', to_char(e.ends_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'venue', e.venue, 'region', json_build_object('name', r.name),
  'participants', (SELECT json_agg(json_build_object('role', x.role, 'name', o.name, 'office', o.office, 'official', json_build_object('slug', o.slug)) ORDER BY x.sort)
    FROM ideal.participants x JOIN ideal.officials o ON o.id = x.official_id WHERE x.event_id = e.id))))::text
FROM ideal.events e JOIN ideal.regions r ON r.id = e.region_id WHERE e.slug = $1
