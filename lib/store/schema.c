/* The migrations. A row that was released is never changed; what is wrong with it is mended by a later
 * one. */
#include "lib/store/schema.h"

#include <string.h>

struct migration {
	const char *sql;
	int (*fill)(struct ks_db *db, const struct ks_ctx *ctx, struct ks_err *err);   /* or NULL */
};

static int add_hash_key(struct ks_db *db, const struct ks_ctx *ctx, struct ks_err *err)
{
	unsigned char key[KS_SCHEMA_HASH_KEY_SIZE];
	struct ks_db_query *query = NULL;
	int rc = ks_ctx_random(ctx, key, sizeof(key), err);

	if (rc == 0)
		rc = ks_db_prepare(db, "INSERT INTO meta (name, value) VALUES ('hash-key', $1)", &query, err);
	if (rc == 0) {
		ks_db_bind_blob(query, 1, (struct ks_str){ (const char *)key, sizeof(key) });
		rc = ks_db_run(query, err);
	}
	ks_db_finish(query);
	explicit_bzero(key, sizeof(key));
	return rc;
}

/* Row i takes a store from version i to i + 1. */
static const struct migration migrations[] = {
	{
		"CREATE TABLE meta ("
		"  name TEXT PRIMARY KEY,"
		"  value BLOB NOT NULL"
		");"
		/* One decoy in one place. form says how it got there: a file of its own, bytes appended to a
		 * file that was there (at written_offset), or printed only. The hashes are keyed, so nothing
		 * can be tried against a stolen store: of the bytes written (what retire may take away), of the
		 * secret, of the SMTP password. */
		"CREATE TABLE decoys ("
		"  id BIGINT PRIMARY KEY,"
		"  name TEXT NOT NULL UNIQUE,"
		"  key_id TEXT NOT NULL UNIQUE,"
		"  kind TEXT NOT NULL CHECK (kind IN ('offline', 'live')),"
		"  state TEXT NOT NULL CHECK (state IN ('planned', 'planted', 'printed', 'retired')),"
		"  account TEXT NOT NULL,"
		"  user_name TEXT NOT NULL,"
		"  region TEXT NOT NULL,"
		"  label TEXT NOT NULL,"
		"  bait TEXT NOT NULL,"
		"  placement TEXT NOT NULL,"
		"  form TEXT NOT NULL CHECK (form IN ('file', 'section', 'printed')),"
		"  made_dir TEXT,"
		"  file_mode BIGINT NOT NULL,"
		"  written_offset BIGINT NOT NULL,"
		"  written_size BIGINT NOT NULL,"
		"  written_hash BLOB NOT NULL,"
		"  secret_hash BLOB NOT NULL,"
		"  smtp_hash BLOB NOT NULL,"
		"  created_ms BIGINT NOT NULL,"
		"  changed_ms BIGINT NOT NULL"
		");"
		"CREATE INDEX decoys_placement ON decoys (placement);",
		add_hash_key,
	},
	{
		/* Evidence: every event that a rule cared for, once, as the bytes of its record. */
		"CREATE TABLE events ("
		"  identity TEXT PRIMARY KEY,"
		"  event_id TEXT,"
		"  time_ms BIGINT,"
		"  source TEXT, name TEXT, region TEXT, error TEXT,"
		"  actor_type TEXT, actor_arn TEXT, account TEXT, key_id TEXT, key_kind TEXT NOT NULL,"
		"  actor TEXT NOT NULL,"
		"  ip TEXT, user_agent TEXT,"
		"  decoy_key TEXT, decoy_match TEXT,"
		"  raw BLOB NOT NULL,"
		"  where_source TEXT NOT NULL, where_offset BIGINT NOT NULL,"
		"  copies BIGINT NOT NULL,"
		"  received_ms BIGINT NOT NULL"
		");"
		"CREATE INDEX events_time ON events (time_ms);"
		"CREATE INDEX events_key ON events (key_id);"
		/* One actor's story. actor is 'key:AKIA…' or 'principal:arn…'. muted counts what came during a
		 * snooze; pending says that people are still to be told (1 of its level, 2 that it was reopened,
		 * 3 that something came during a snooze). */
		"CREATE TABLE incidents ("
		"  id BIGINT PRIMARY KEY,"
		"  actor TEXT NOT NULL,"
		"  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'snoozed', 'closed')),"
		"  level BIGINT NOT NULL,"
		"  stages BIGINT NOT NULL,"
		"  decoy_key TEXT,"
		"  account TEXT,"
		"  first_ms BIGINT, last_ms BIGINT,"
		"  opened_ms BIGINT NOT NULL, changed_ms BIGINT NOT NULL,"
		"  events BIGINT NOT NULL,"
		"  assignee TEXT,"
		"  snoozed_until_ms BIGINT,"
		"  muted BIGINT NOT NULL,"
		"  notified_level BIGINT NOT NULL,"
		"  notified_ms BIGINT,"
		"  pending BIGINT NOT NULL,"
		"  suppressed_by BIGINT,"
		"  merged_into BIGINT"
		");"
		"CREATE INDEX incidents_actor ON incidents (actor, last_ms);"
		"CREATE TABLE findings ("
		"  id TEXT PRIMARY KEY,"
		"  incident_id BIGINT NOT NULL REFERENCES incidents (id),"
		"  rule_id TEXT NOT NULL, rule_title TEXT NOT NULL, level BIGINT NOT NULL,"
		"  time_ms BIGINT,"
		"  event_identity TEXT REFERENCES events (identity),"
		"  json BLOB NOT NULL"
		");"
		"CREATE INDEX findings_incident ON findings (incident_id, time_ms);"
		/* The events of a finding: one, or those that a correlation put together. */
		"CREATE TABLE finding_events ("
		"  finding_id TEXT NOT NULL REFERENCES findings (id),"
		"  event_identity TEXT NOT NULL REFERENCES events (identity),"
		"  PRIMARY KEY (finding_id, event_identity)"
		");"
		"CREATE INDEX finding_events_event ON finding_events (event_identity);"
		/* Which addresses an incident came from: what links incidents. */
		"CREATE TABLE incident_addresses ("
		"  incident_id BIGINT NOT NULL REFERENCES incidents (id),"
		"  address TEXT NOT NULL,"
		"  PRIMARY KEY (incident_id, address)"
		");"
		"CREATE INDEX addresses_incident ON incident_addresses (address, incident_id);"
		/* What the rules that a correlation builds on were met by, for as long as its window needs. */
		"CREATE TABLE hits ("
		"  rule TEXT NOT NULL, group_key TEXT NOT NULL,"
		"  event_identity TEXT NOT NULL REFERENCES events (identity),"
		"  time_ms BIGINT NOT NULL, value TEXT,"
		"  PRIMARY KEY (rule, group_key, event_identity)"
		");"
		"CREATE INDEX hits_window ON hits (rule, group_key, time_ms);"
		/* Temporary keys that the holder of a decoy was given. */
		"CREATE TABLE sessions ("
		"  key_id TEXT PRIMARY KEY, parent_key TEXT NOT NULL, learned_ms BIGINT NOT NULL"
		");"
		/* All that was done about an incident, in order, each entry bound to the one before it by its
		 * hash. */
		"CREATE TABLE journal ("
		"  incident_id BIGINT NOT NULL REFERENCES incidents (id),"
		"  number BIGINT NOT NULL,"
		"  time_ms BIGINT NOT NULL,"
		"  who TEXT NOT NULL,"
		"  kind TEXT NOT NULL,"
		"  body BLOB NOT NULL,"
		"  hash BLOB NOT NULL,"
		"  PRIMARY KEY (incident_id, number)"
		");"
		"CREATE TABLE suppressions ("
		"  id BIGINT PRIMARY KEY,"
		"  field TEXT NOT NULL CHECK (field IN ('actor', 'address', 'rule', 'decoy', 'user_agent')),"
		"  value TEXT NOT NULL,"
		"  reason TEXT NOT NULL, owner TEXT NOT NULL,"
		"  created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL"
		");"
		/* What is to be told, and what became of it. */
		"CREATE TABLE outbox ("
		"  id BIGINT PRIMARY KEY,"
		"  incident_id BIGINT NOT NULL REFERENCES incidents (id),"
		"  notifier TEXT NOT NULL,"
		"  kind TEXT NOT NULL,"
		"  body BLOB NOT NULL,"
		"  created_ms BIGINT NOT NULL,"
		"  state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead')),"
		"  attempts BIGINT NOT NULL,"
		"  next_ms BIGINT NOT NULL,"
		"  error TEXT"
		");"
		"CREATE INDEX outbox_waiting ON outbox (state, next_ms);"
		/* How far each source was read. */
		"CREATE TABLE checkpoints ("
		"  source TEXT NOT NULL, part TEXT NOT NULL, value BLOB NOT NULL,"
		"  PRIMARY KEY (source, part)"
		");",
		NULL,
	},
	{
		/* Decoys that others made and put somewhere. SQLite cannot widen a check, so the table is laid
		 * anew. */
		"CREATE TABLE decoys_wider ("
		"  id BIGINT PRIMARY KEY,"
		"  name TEXT NOT NULL UNIQUE,"
		"  key_id TEXT NOT NULL UNIQUE,"
		"  kind TEXT NOT NULL CHECK (kind IN ('offline', 'live')),"
		"  state TEXT NOT NULL"
		"    CHECK (state IN ('planned', 'planted', 'printed', 'retired', 'imported')),"
		"  account TEXT NOT NULL,"
		"  user_name TEXT NOT NULL,"
		"  region TEXT NOT NULL,"
		"  label TEXT NOT NULL,"
		"  bait TEXT NOT NULL,"
		"  placement TEXT NOT NULL,"
		"  form TEXT NOT NULL CHECK (form IN ('file', 'section', 'printed', 'elsewhere')),"
		"  made_dir TEXT,"
		"  file_mode BIGINT NOT NULL,"
		"  written_offset BIGINT NOT NULL,"
		"  written_size BIGINT NOT NULL,"
		"  written_hash BLOB NOT NULL,"
		"  secret_hash BLOB NOT NULL,"
		"  smtp_hash BLOB NOT NULL,"
		"  created_ms BIGINT NOT NULL,"
		"  changed_ms BIGINT NOT NULL"
		");"
		"INSERT INTO decoys_wider SELECT id, name, key_id, kind, state, account, user_name, region,"
		"  label, bait, placement, form, made_dir, file_mode, written_offset, written_size,"
		"  written_hash, secret_hash, smtp_hash, created_ms, changed_ms FROM decoys;"
		"DROP TABLE decoys;"
		"ALTER TABLE decoys_wider RENAME TO decoys;"
		"CREATE INDEX decoys_placement ON decoys (placement);",
		NULL,
	},
	{
		/* Who is sending a notice, and until when that is his; when it was tried first. */
		"ALTER TABLE outbox ADD owner BIGINT;"
		"ALTER TABLE outbox ADD lease_ms BIGINT;"
		"ALTER TABLE outbox ADD tried_ms BIGINT;"
		"CREATE INDEX outbox_order ON outbox (incident_id, notifier, id);",
		NULL,
	},
	{
		/* Sessions of any key: when they were handed out and how long they last, by the time of events,
		 * so that they can be forgotten. parent_key may be a temporary key of which nothing is known yet. */
		"ALTER TABLE sessions ADD COLUMN given_ms BIGINT;"
		"ALTER TABLE sessions ADD COLUMN expires_ms BIGINT;"
		"UPDATE sessions SET given_ms = learned_ms;"
		"CREATE INDEX sessions_parent ON sessions (parent_key, given_ms);"
		"CREATE INDEX sessions_given ON sessions (given_ms);",
		NULL,
	},
	{
		/* A hit says which rule of the correlation was met (part; '' in stores of before, whose types did
		 * not care). Where that is a correlation itself, origin is the group in which it held, and finding
		 * what it makes there. chains are the findings of correlations, as far as late hits need to know. */
		"CREATE TABLE hits_by_part ("
		"  rule TEXT NOT NULL, part TEXT NOT NULL,"
		"  event_identity TEXT NOT NULL REFERENCES events (identity),"
		"  origin TEXT NOT NULL,"
		"  group_key TEXT NOT NULL, time_ms BIGINT NOT NULL, value TEXT NOT NULL,"
		"  finding TEXT,"
		"  PRIMARY KEY (rule, part, event_identity, origin)"
		");"
		"INSERT INTO hits_by_part SELECT rule, '', event_identity, '', min(group_key), min(time_ms),"
		"  coalesce(min(value), ''), NULL FROM hits GROUP BY rule, event_identity;"
		"CREATE TABLE chains ("
		"  finding TEXT PRIMARY KEY,"
		"  rule TEXT NOT NULL, group_key TEXT NOT NULL,"
		"  anchor_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL,"
		"  digest TEXT NOT NULL"
		");"
		"INSERT INTO chains SELECT f.id, f.rule_id, min(h.group_key), min(h.time_ms), max(h.time_ms), ''"
		"  FROM findings f JOIN finding_events fe ON fe.finding_id = f.id"
		"  JOIN hits h ON h.rule = f.rule_id AND h.event_identity = fe.event_identity "
		"  GROUP BY f.id, f.rule_id;"
		"DROP TABLE hits;"
		"ALTER TABLE hits_by_part RENAME TO hits;"
		"CREATE INDEX hits_window ON hits (rule, group_key, time_ms);"
		"CREATE INDEX hits_origin ON hits (part, origin, time_ms);"
		"CREATE INDEX chains_group ON chains (rule, group_key, last_ms);",
		NULL,
	},
	{
		/* What actors usually do: for each the services, Regions and addresses that it was seen with
		 * (kind 'service', 'region', 'ip'; value '' says that there were more than can be kept), and when it
		 * was active ('active', the value being the first time once more). The row without an actor
		 * ('since') holds the first and the last event of all. */
		"CREATE TABLE novelty ("
		"  actor TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,"
		"  first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL,"
		"  PRIMARY KEY (actor, kind, value)"
		");"
		"CREATE INDEX novelty_last ON novelty (last_ms);",
		NULL,
	},
	{
		/* What can be forgotten, and how to find it: when a hit was put there by the clock (NULL: by a
		 * version that did not say), and since when the file of a checkpoint has been gone. */
		"ALTER TABLE hits ADD COLUMN put_ms BIGINT;"
		"CREATE INDEX hits_event ON hits (event_identity);"
		"CREATE INDEX hits_time ON hits (time_ms);"
		"CREATE INDEX hits_finding ON hits (finding);"
		"CREATE INDEX findings_event ON findings (event_identity);"
		"ALTER TABLE checkpoints ADD COLUMN gone_ms BIGINT;",
		NULL,
	},
	{
		/* Plans to contain, as they were shown, and how far each of their steps came. */
		"CREATE TABLE plans ("
		"  id BIGINT PRIMARY KEY,"
		"  incident_id BIGINT NOT NULL REFERENCES incidents (id),"
		"  digest TEXT NOT NULL, policy TEXT NOT NULL, mode TEXT NOT NULL,"
		"  account TEXT NOT NULL, actor TEXT NOT NULL, key_id TEXT NOT NULL,"
		"  is_decoy BIGINT NOT NULL,"
		"  state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'running', 'done', 'partly',"
		"    'undoing', 'undone', 'undone-partly', 'expired', 'refused')),"
		"  made_ms BIGINT NOT NULL,"
		"  approved_by TEXT, approved_ms BIGINT, expires_ms BIGINT,"
		"  begun_ms BIGINT, ended_ms BIGINT,"
		"  owner BIGINT"
		");"
		"CREATE INDEX plans_incident ON plans (incident_id, id);"
		"CREATE INDEX plans_state ON plans (state);"
		"CREATE TABLE steps ("
		"  plan_id BIGINT NOT NULL REFERENCES plans (id),"
		"  number BIGINT NOT NULL,"
		"  step TEXT NOT NULL,"
		"  state TEXT NOT NULL CHECK (state IN ('planned', 'intended', 'sent', 'done', 'skipped',"
		"    'conflict', 'failed', 'lost', 'undoing', 'undone', 'moved', 'kept', 'notice')),"
		"  state_before TEXT, effect TEXT,"
		"  sent_ms BIGINT, done_ms BIGINT,"
		"  attempts BIGINT NOT NULL,"
		"  request_id TEXT, note TEXT,"
		"  PRIMARY KEY (plan_id, number)"
		");"
		"CREATE INDEX steps_sent ON steps (sent_ms);",
		NULL,
	},
	{
		/* Live decoys: whose key it is, and what was made for it in AWS. A minting is one user with its key
		 * in one place; goal says what is under way with it, stage how far that is known to have come, and
		 * mark is the value of a tag of the user, by which it is told from one that others made. owner is
		 * the seat of the process at work. */
		"ALTER TABLE decoys ADD COLUMN user_id TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE decoys ADD COLUMN user_arn TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE decoys ADD COLUMN rights TEXT NOT NULL DEFAULT '';"
		"ALTER TABLE decoys ADD COLUMN minting BIGINT NOT NULL DEFAULT 0;"
		"ALTER TABLE decoys ADD COLUMN replaces TEXT NOT NULL DEFAULT '';"
		"CREATE TABLE mintings ("
		"  id BIGINT PRIMARY KEY,"
		"  name TEXT NOT NULL,"
		"  goal TEXT NOT NULL CHECK (goal IN ('settled', 'plant', 'rotate', 'retire')),"
		"  stage TEXT NOT NULL"
		"    CHECK (stage IN ('start', 'user', 'policy', 'key', 'placed', 'removed')),"
		"  owner BIGINT NOT NULL,"
		"  account TEXT NOT NULL, region TEXT NOT NULL,"
		"  user_name TEXT NOT NULL, user_id TEXT NOT NULL, user_arn TEXT NOT NULL,"
		"  is_user_made BIGINT NOT NULL,"
		"  mark TEXT NOT NULL, rights TEXT NOT NULL, policy TEXT NOT NULL,"
		"  keys_before TEXT NOT NULL,"
		"  label TEXT NOT NULL, bait TEXT NOT NULL, template TEXT NOT NULL, path TEXT NOT NULL,"
		"  keeps_old BIGINT NOT NULL,"
		"  trouble TEXT NOT NULL,"
		"  created_ms BIGINT NOT NULL, changed_ms BIGINT NOT NULL"
		");"
		/* One harmless call made with a decoy on purpose, so that its record is known again. */
		"CREATE TABLE trips ("
		"  id BIGINT PRIMARY KEY,"
		"  key_id TEXT NOT NULL, call TEXT NOT NULL, request_id TEXT NOT NULL,"
		"  sent_ms BIGINT NOT NULL"
		");"
		"CREATE INDEX trips_request ON trips (request_id);",
		NULL,
	},
	{
		/* Whether a record can be believed, by the source that was opened for it, and whether it was read in
		 * the first run over that. mixed: copies in different bytes came, of which none was trusted, so that
		 * nobody knows from which of them findings were made. A session is trusted when every record is that
		 * leads to its long-term key. What is there already was read before anybody could say. */
		"ALTER TABLE events ADD COLUMN trust TEXT NOT NULL DEFAULT 'none'"
		"  CHECK (trust IN ('none', 'declared', 'aws', 'drill'));"
		"ALTER TABLE events ADD COLUMN backlog BIGINT NOT NULL DEFAULT 1;"
		"ALTER TABLE events ADD COLUMN mixed BIGINT NOT NULL DEFAULT 0;"
		"UPDATE events SET mixed = 1 WHERE copies > 1;"
		"ALTER TABLE sessions ADD COLUMN trusted BIGINT NOT NULL DEFAULT 0;",
		NULL,
	},
	{
		/* When it was found that the incident's actor had taken a step back, so that it is applied again:
		 * once. */
		"ALTER TABLE steps ADD COLUMN again_ms BIGINT;",
		NULL,
	},
	{
		/* Calls that we made ourselves, by AWS's request id, and whom we were then: what the trail says of
		 * these is ours, and any other use of these identities is not. */
		"CREATE TABLE own_identities ("
		"  id BIGINT PRIMARY KEY,"
		"  arn TEXT NOT NULL, unique_id TEXT NOT NULL,"
		"  first_ms BIGINT NOT NULL,"
		"  UNIQUE (arn, unique_id)"
		");"
		"CREATE TABLE own_keys ("
		"  key_id TEXT PRIMARY KEY,"
		"  number BIGINT NOT NULL UNIQUE,"
		"  identity BIGINT NOT NULL REFERENCES own_identities (id),"
		"  seen_ms BIGINT NOT NULL"
		");"
		"CREATE TABLE own_calls ("
		"  id BIGINT PRIMARY KEY,"
		"  request_id TEXT NOT NULL UNIQUE,"
		"  key_id TEXT NOT NULL,"
		"  service TEXT NOT NULL, operation TEXT NOT NULL,"
		"  made_ms BIGINT NOT NULL"
		");"
		"CREATE INDEX own_calls_made ON own_calls (made_ms);"
		"ALTER TABLE events ADD COLUMN own BIGINT NOT NULL DEFAULT 0;"
		"CREATE INDEX events_own ON events (decoy_key) WHERE own = 1;",
		NULL,
	},
	{
		/* Notices that are about no incident, in the order of their topic, and such that another one is told
		 * in place of (folded_into). */
		"CREATE TABLE outbox_wider ("
		"  id BIGINT PRIMARY KEY,"
		"  incident_id BIGINT REFERENCES incidents (id),"
		"  topic TEXT NOT NULL DEFAULT '',"
		"  notifier TEXT NOT NULL,"
		"  kind TEXT NOT NULL,"
		"  body BLOB NOT NULL,"
		"  created_ms BIGINT NOT NULL,"
		"  state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead', 'folded')),"
		"  attempts BIGINT NOT NULL,"
		"  next_ms BIGINT NOT NULL,"
		"  error TEXT,"
		"  owner BIGINT, lease_ms BIGINT, tried_ms BIGINT,"
		"  folded_into BIGINT"
		");"
		"INSERT INTO outbox_wider (id, incident_id, notifier, kind, body, created_ms, state, attempts, "
		"next_ms,  error, owner, lease_ms, tried_ms) SELECT id, incident_id, notifier, kind, body, "
		"created_ms, state,  attempts, next_ms, error, owner, lease_ms, tried_ms FROM outbox;"
		"DROP TABLE outbox;"
		"ALTER TABLE outbox_wider RENAME TO outbox;"
		"CREATE INDEX outbox_waiting ON outbox (state, next_ms);"
		"CREATE INDEX outbox_order ON outbox (COALESCE(incident_id, 0), topic, notifier, id);"
		"CREATE INDEX outbox_kind ON outbox (kind, created_ms);"
		/* What does not work as it should, and what did not: raised_ms says when people were told. owner is
		 * the seat of the process that sees it. */
		"CREATE TABLE outages ("
		"  name TEXT NOT NULL, subject TEXT NOT NULL,"
		"  since_ms BIGINT NOT NULL, raised_ms BIGINT NOT NULL, ended_ms BIGINT,"
		"  owner BIGINT NOT NULL, why TEXT NOT NULL,"
		"  PRIMARY KEY (name, subject)"
		");"
		/* When records came from a source, by the clock, and the longest time that passed between two. */
		"CREATE TABLE feeds ("
		"  source TEXT PRIMARY KEY,"
		"  first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL, gap_ms BIGINT NOT NULL"
		");"
		/* A plan whose time ran out is told of once. */
		"ALTER TABLE plans ADD COLUMN untold BIGINT NOT NULL DEFAULT 0;",
		NULL,
	},
	{
		/* What IAM said of each live decoy's last use, and the use that still waits for an event to explain
		 * it (wait_…); then the uses that none explained, and the event that did so after all. */
		"CREATE TABLE silent_keys ("
		"  key_id TEXT PRIMARY KEY,"
		"  ask_ms BIGINT NOT NULL,"
		"  asked_ms BIGINT, used_ms BIGINT, service TEXT, region TEXT, error TEXT,"
		"  wait_used_ms BIGINT, wait_service TEXT, wait_region TEXT, wait_until_ms BIGINT"
		");"
		"CREATE INDEX silent_keys_ask ON silent_keys (ask_ms);"
		"CREATE INDEX silent_keys_wait ON silent_keys (wait_until_ms);"
		"CREATE TABLE silent_uses ("
		"  id BIGINT PRIMARY KEY,"
		"  key_id TEXT NOT NULL,"
		"  used_ms BIGINT NOT NULL,"
		"  service TEXT, region TEXT,"
		"  raised_ms BIGINT NOT NULL,"
		"  incident BIGINT NOT NULL,"
		"  explained_by TEXT"
		");"
		"CREATE INDEX silent_uses_key ON silent_uses (key_id);"
		"CREATE INDEX silent_uses_incident ON silent_uses (incident);",
		NULL,
	},
	{
		/* What a source handed over and nobody can read, kept for people. */
		"CREATE TABLE asides ("
		"  id BIGINT PRIMARY KEY,"
		"  source TEXT NOT NULL, name TEXT NOT NULL,"
		"  why TEXT NOT NULL,"
		"  body BLOB NOT NULL,"
		"  size BIGINT NOT NULL,"
		"  set_ms BIGINT NOT NULL,"
		"  UNIQUE (source, name)"
		");",
		NULL,
	},
	{
		/* What was read lately from sources that cannot be read again. */
		"CREATE TABLE keepsakes ("
		"  source TEXT NOT NULL, place BIGINT NOT NULL,"
		"  read_ms BIGINT NOT NULL,"
		"  name TEXT NOT NULL, account TEXT NOT NULL,"
		"  bytes BLOB NOT NULL,"
		"  PRIMARY KEY (source, place)"
		");"
		"CREATE INDEX keepsakes_time ON keepsakes (read_ms);",
		NULL,
	},
	{
		/* What each batch, answer and plan asks for: it is found among few rows, however many incidents and
		 * plans there are. The conditions are those of the statements, word for word. */
		"CREATE INDEX incidents_waiting ON incidents (pending DESC, level DESC, id) WHERE pending <> 0 AND "
		"  state IN ('open', 'acknowledged') AND suppressed_by IS NULL AND merged_into IS NULL;"
		"CREATE INDEX incidents_untold ON incidents (id) WHERE pending = 0 AND ((notified_ms IS NULL AND "
		"  state = 'open') OR (notified_ms IS NOT NULL AND level > notified_level AND state IN ('open', "
		"  'acknowledged'))) AND merged_into IS NULL AND suppressed_by IS NULL;"
		"CREATE INDEX incidents_told ON incidents (notified_ms) WHERE state = 'open' AND pending = 0 AND "
		"  merged_into IS NULL AND suppressed_by IS NULL;"
		"CREATE INDEX incidents_snoozed ON incidents (snoozed_until_ms, id) WHERE state = 'snoozed';"
		"CREATE INDEX incidents_suppressed ON incidents (suppressed_by) WHERE suppressed_by IS NOT NULL;"
		"CREATE INDEX incidents_merged ON incidents (merged_into) WHERE merged_into IS NOT NULL;"
		"CREATE INDEX plans_expiry ON plans (state, expires_ms);"
		"CREATE INDEX plans_approved ON plans (state) WHERE approved_by IS NOT NULL;"
		"CREATE INDEX plans_untold ON plans (state) WHERE untold = 1;",
		NULL,
	},
	{
		/* A store that has a drill is for nothing else. */
		"CREATE TABLE drills ("
		"  id BIGINT PRIMARY KEY,"
		"  number BIGINT NOT NULL,"
		"  scenario TEXT NOT NULL,"
		"  seed BIGINT NOT NULL, noise BIGINT NOT NULL,"
		"  key_id TEXT,"
		"  pace TEXT NOT NULL,"
		"  start_ms BIGINT NOT NULL,"
		"  real_ms BIGINT NOT NULL,"
		"  ended_ms BIGINT"
		");"
		/* What happened when, by the drill's clock and by ours. */
		"CREATE TABLE drill_moments ("
		"  id BIGINT PRIMARY KEY,"
		"  at_ms BIGINT NOT NULL, real_ms BIGINT NOT NULL,"
		"  kind TEXT NOT NULL,"
		"  incident BIGINT,"
		"  level BIGINT NOT NULL,"
		"  subject TEXT NOT NULL, body TEXT NOT NULL"
		");"
		/* What the facilitator wants of the drill that runs. */
		"CREATE TABLE drill_orders ("
		"  id BIGINT PRIMARY KEY,"
		"  what TEXT NOT NULL, body TEXT NOT NULL,"
		"  done_ms BIGINT"
		");",
		NULL,
	},
	{
		/* Who did what, for inquiries: by address, principal, actor and agent. */
		"CREATE INDEX events_ip ON events (ip);"
		"CREATE INDEX events_arn ON events (actor_arn);"
		"CREATE INDEX events_actor ON events (actor);"
		"CREATE INDEX events_agent ON events (user_agent);",
		NULL,
	},
	{
		/* Attempts that may have arrived: begun, and not known to have ended before anything was sent. */
		"ALTER TABLE outbox ADD COLUMN maybe_sent BIGINT NOT NULL DEFAULT 0;"
		"UPDATE outbox SET maybe_sent = 1 WHERE attempts > 0 OR tried_ms IS NOT NULL;",
		NULL,
	},
	{
		/* Which rules and values a group has, without reading its hits. Most hits come from no other
		 * correlation: the two indexes of those that do leave them out. */
		"CREATE INDEX hits_value ON hits (rule, group_key, part, value, time_ms);"
		"DROP INDEX hits_origin;"
		"CREATE INDEX hits_origin ON hits (part, origin, time_ms) WHERE origin <> '';"
		"DROP INDEX hits_finding;"
		"CREATE INDEX hits_finding ON hits (finding) WHERE finding IS NOT NULL;",
		NULL,
	},
	{
		/* A part of a name may stand for many principals: all that an inquiry adds up of their events is in
		 * the index, and the evidence is not turned over for it. */
		"DROP INDEX events_arn;"
		"CREATE INDEX events_arn ON events (actor_arn, time_ms, source, name, region, error, key_id, ip,"
		"  user_agent, decoy_key, actor);",
		NULL,
	},
	{
		/* Whether there is anything of a drill at all, which every notice asks. */
		"CREATE INDEX events_drill ON events (identity) WHERE trust = 'drill';",
		NULL,
	},
	{
		/* What an event adds stands side by side: its hits under its identity, and those of its group, which
		 * several rules share. In the order of the rules each was a page of its own to read and write. */
		"CREATE TABLE hits_by_event ("
		"  rule TEXT NOT NULL, part TEXT NOT NULL,"
		"  event_identity TEXT NOT NULL REFERENCES events (identity),"
		"  origin TEXT NOT NULL,"
		"  group_key TEXT NOT NULL, time_ms BIGINT NOT NULL, value TEXT NOT NULL,"
		"  finding TEXT, put_ms BIGINT,"
		"  PRIMARY KEY (event_identity, rule, part, origin)"
		");"
		"INSERT INTO hits_by_event SELECT rule, part, event_identity, origin, group_key, time_ms, value,"
		"  finding, put_ms FROM hits;"
		"DROP TABLE hits;"
		"ALTER TABLE hits_by_event RENAME TO hits;"
		"CREATE INDEX hits_window ON hits (group_key, rule, time_ms);"
		"CREATE INDEX hits_value ON hits (group_key, rule, part, value, time_ms);"
		"CREATE INDEX hits_time ON hits (time_ms);"
		"CREATE INDEX hits_origin ON hits (part, origin, time_ms) WHERE origin <> '';"
		"CREATE INDEX hits_finding ON hits (finding) WHERE finding IS NOT NULL;",
		NULL,
	},
};

int ks_schema_version(void)
{
	return (int)(sizeof(migrations) / sizeof(migrations[0]));
}

/* One step, unless somebody else has just made it. */
static int migrate(struct ks_db *db, const struct ks_ctx *ctx, int from, struct ks_err *err)
{
	const struct migration *row = &migrations[from];
	int version;

	if (ks_db_begin(db, err) != 0)
		return -1;
	if (ks_db_version(db, &version, err) != 0)
		goto fail;
	if (version == from && (ks_db_exec(db, row->sql, err) != 0 ||
		(row->fill != NULL && row->fill(db, ctx, err) != 0) || ks_db_set_version(db, from + 1, err) != 0))
		goto fail;
	return ks_db_commit(db, err);
fail:
	ks_db_rollback(db);
	return ks_err_wrap(err, "bringing the store to version %d", from + 1);
}

static int bring_up(struct ks_db *db, const struct ks_ctx *ctx, struct ks_err *err)
{
	int version;

	if (ks_db_version(db, &version, err) != 0)
		return -1;
	if (version < 0 || version > ks_schema_version())
		return ks_err_set(err, KS_ERR_UNSUPPORTED, "store '%s' has version %d and this program knows up "
			"to %d, use the newer keysnare that made it", ks_db_path(db), version, ks_schema_version());
	while (version < ks_schema_version())
		if (migrate(db, ctx, version++, err) != 0)
			return -1;
	return 0;
}

int ks_schema_open(const struct ks_ctx *ctx, const char *path, enum ks_db_mode mode, struct ks_db **out,
	struct ks_err *err)
{
	struct ks_db *db = NULL;
	int version = 0;

	if (ks_db_open(path, mode, KS_SCHEMA_APPLICATION, &db, err) != 0)
		return -1;
	/* A reader cannot migrate: a writer does it, and the reader comes back. */
	if (mode == KS_DB_READ && ks_db_version(db, &version, err) == 0 && version < ks_schema_version()) {
		struct ks_db *writer = NULL;

		ks_db_close(db);
		db = NULL;
		if (ks_schema_open(ctx, path, KS_DB_WRITE, &writer, err) != 0)
			return -1;
		ks_db_close(writer);
		if (ks_db_open(path, mode, KS_SCHEMA_APPLICATION, &db, err) != 0)
			return -1;
	}
	ks_db_set_turn(db, ctx->turn);
	if (bring_up(db, ctx, err) != 0) {
		ks_db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

int ks_schema_hash_key(struct ks_db *db, unsigned char out[KS_SCHEMA_HASH_KEY_SIZE], struct ks_err *err)
{
	struct ks_db_query *query = NULL;
	struct ks_str value;
	bool has_row = false;
	int rc = ks_db_prepare(db, "SELECT value FROM meta WHERE name = 'hash-key'", &query, err);

	if (rc == 0)
		rc = ks_db_step(query, &has_row, err);
	if (rc == 0) {
		value = has_row ? ks_db_column_blob(query, 0) : (struct ks_str){ NULL, 0 };
		if (value.n == KS_SCHEMA_HASH_KEY_SIZE)
			memcpy(out, value.p, value.n);
		else
			rc = ks_err_set(err, KS_ERR_PARSE, "store '%s' is damaged: its key is missing",
				ks_db_path(db));
	}
	ks_db_finish(query);
	return rc;
}
