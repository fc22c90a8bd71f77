//! The only room that knows sea-orm: entities, writes by flows, read views, jobs, sealer, sessions, models.
