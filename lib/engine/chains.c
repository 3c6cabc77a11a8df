/* Hits into the sorter, chains out of it. The windows are lib/sigma/window. */
#include "lib/engine/chains.h"

#include "lib/base/limits.h"
#include "lib/sigma/window.h"

#include <assert.h>
#include <string.h>

/* Where things stand in a sorting key: number of the correlation, group, time, identity, then what tells
 * copies of an event apart. */
#define AT_GROUP 4u
#define AT_TIME (AT_GROUP + KS_CORRELATION_HASH - 1)
#define AT_IDENTITY (AT_TIME + 8u)
#define AT_PASS (AT_IDENTITY + KS_EVENT_ID - 1)
#define PASSES 255u

/* What is kept of a finding, in this order. */
enum {
	EVENT_ID,
	SOURCE,
	NAME,
	REGION,
	ERROR_CODE,
	TYPE,
	ARN,
	ACCOUNT,
	KEY_ID,
	IP,
	AGENT,
	TIME_TEXT,
	KIND,
	DECOY,
	PLACEMENT,
	PATH,
	TEXTS
};

/* A payload starts with this; value, note and texts follow. */
struct head {
	uint64_t offset;
	uint32_t note_n, value_n;
	uint32_t texts[TEXTS]; /* length + 1; 0: there is none */
	int read_only;
};

/* One evaluation. */
struct run {
	struct ks_chains *chains;
	const struct ks_chains_sink *sink;
	struct ks_window_sink window_sink;
	struct ks_window window;
	const struct ks_correlation *correlation; /* of the group at hand; NULL before the first */
	struct ks_buf last; /* key and payload of the hit that was added last */
	struct ks_buf met; /* of the one that opened the chain */
};

void ks_chains_init(struct ks_chains *chains, const struct ks_program *program, const char *dir)
{
	*chains = (struct ks_chains){ .program = program };
	ks_sorter_init(&chains->sorter, KS_LIMIT_HITS, dir);
	ks_map_init(&chains->again);
	ks_buf_init(&chains->key, KS_LIMIT_LINE);
	ks_buf_init(&chains->payload, KS_LIMIT_LINE);
}

void ks_chains_release(struct ks_chains *chains)
{
	if (chains == NULL || chains->program == NULL)
		return;
	ks_sorter_release(&chains->sorter);
	ks_map_release(&chains->again);
	ks_buf_release(&chains->key);
	ks_buf_release(&chains->payload);
}

static void add_big_endian(struct ks_buf *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		ks_buf_addc(out, (char)(unsigned char)(value >> 8 * bytes));
}

static uint64_t read_big_endian(const char *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | (unsigned char)*p++;
	return value;
}

static void list_texts(const struct ks_finding *finding, struct ks_str out[TEXTS])
{
	const struct ks_event *event = finding->event;
	const struct ks_str texts[TEXTS] = { event->event_id, event->source, event->name, event->region,
		event->error, event->actor_type, event->actor_arn, event->actor_account, event->key_id, event->ip,
		event->user_agent, event->time_text, ks_str_of(finding->key_kind), ks_str_of(finding->decoy_name),
		ks_str_of(finding->decoy_placement), ks_str_of(finding->source) };

	memcpy(out, texts, sizeof(texts));
}

static void make_payload(struct ks_chains *chains, const struct ks_chains_hit *hit, struct ks_str value)
{
	const struct ks_finding *finding = hit->finding;
	struct head head = { .offset = finding->offset,
		.note_n = (uint32_t)hit->note_n,
		.value_n = (uint32_t)value.n,
		.read_only = finding->event->read_only };
	struct ks_str texts[TEXTS];

	list_texts(finding, texts);
	for (size_t i = 0; i < TEXTS; i++)
		head.texts[i] = texts[i].p != NULL ? (uint32_t)texts[i].n + 1 : 0;
	ks_buf_clear(&chains->payload);
	ks_buf_add(&chains->payload, (struct ks_str){ (const char *)&head, sizeof(head) });
	ks_buf_add(&chains->payload, value);
	ks_buf_add(&chains->payload, (struct ks_str){ hit->note, hit->note_n });
	for (size_t i = 0; i < TEXTS; i++) {
		ks_buf_add(&chains->payload, texts[i]);
		ks_buf_addc(&chains->payload, '\0');
	}
}

/* Of copies of an event, the one that the last pass saw comes first, then one that knows of a decoy, then
 * the one that met the correlation's first rule, then the lowest place. */
static void make_key(struct ks_chains *chains, const struct ks_chains_hit *hit, size_t number, size_t part,
	const char *group)
{
	const struct ks_finding *finding = hit->finding;

	ks_buf_clear(&chains->key);
	add_big_endian(&chains->key, number, 4);
	ks_buf_add(&chains->key, (struct ks_str){ group, KS_CORRELATION_HASH - 1 });
	add_big_endian(&chains->key, (uint64_t)finding->event->time_ms ^ UINT64_C(1) << 63, 8);
	ks_buf_add(&chains->key, (struct ks_str){ finding->event->identity, KS_EVENT_ID - 1 });
	add_big_endian(&chains->key, PASSES - hit->pass, 1);
	add_big_endian(&chains->key, finding->decoy_name == NULL, 1);
	add_big_endian(&chains->key, part, 4);
	ks_buf_adds(&chains->key, finding->source);
	ks_buf_addc(&chains->key, '\0');
	add_big_endian(&chains->key, finding->offset, 8);
}

static size_t number_of(const struct ks_program *program, const struct ks_correlation *correlation)
{
	size_t i = 0;

	while (program->correlations[i] != correlation)
		i++;
	return i;
}

int ks_chains_add(struct ks_chains *chains, const struct ks_chains_hit *hit, struct ks_err *err)
{
	char group[KS_CORRELATION_HASH], value[KS_CORRELATION_HASH];

	assert(hit->pass >= 1 && hit->pass < PASSES && hit->note_n <= KS_CHAINS_NOTE);
	if (hit->finding->event->time_ms == KS_TIME_NONE) {
		chains->untimed += hit->finding->rule->uses != NULL;
		return 0;
	}
	for (const struct ks_rule_use *use = hit->finding->rule->uses; use != NULL; use = use->next) {
		if (!ks_correlation_read(use->correlation, use->part, hit->view, group, value))
			continue;
		make_payload(chains, hit, ks_str_of(value));
		make_key(chains, hit, number_of(chains->program, use->correlation), use->part, group);
		if (chains->payload.is_full || chains->key.is_full)
			return ks_err_set(err, KS_ERR_LIMIT, "a finding is longer than %u bytes", KS_LIMIT_LINE);
		if (ks_sorter_add(&chains->sorter, ks_buf_str(&chains->key), ks_buf_str(&chains->payload), err) != 0)
			return -1;
	}
	return 0;
}

void ks_chains_read_again(struct ks_chains *chains, const struct ks_event *event, unsigned pass)
{
	if (chains->program->correlation_count > 0)
		ks_map_put(&chains->again, ks_str_of(event->identity), (void *)(uintptr_t)pass);
}

/* A finding out of a key and a payload; all borrowed from these. */
static void read_finding(struct ks_str key, const char *payload, struct ks_finding *finding,
	struct ks_event *event, const void **out_note)
{
	struct ks_str texts[TEXTS];
	struct head head;
	const char *p = payload + sizeof(head);

	memcpy(&head, payload, sizeof(head));
	p += head.value_n;
	*out_note = p;
	p += head.note_n;
	for (size_t i = 0; i < TEXTS; i++) {
		texts[i] =
			(struct ks_str){ head.texts[i] > 0 ? p : NULL, head.texts[i] > 0 ? head.texts[i] - 1 : 0 };
		p += texts[i].n + 1;
	}
	*event = (struct ks_event){ .event_id = texts[EVENT_ID],
		.source = texts[SOURCE],
		.name = texts[NAME],
		.region = texts[REGION],
		.error = texts[ERROR_CODE],
		.actor_type = texts[TYPE],
		.actor_arn = texts[ARN],
		.actor_account = texts[ACCOUNT],
		.key_id = texts[KEY_ID],
		.ip = texts[IP],
		.user_agent = texts[AGENT],
		.time_text = texts[TIME_TEXT],
		.read_only = head.read_only,
		.time_ms = (int64_t)(read_big_endian(key.p + AT_TIME, 8) ^ UINT64_C(1) << 63) };
	memcpy(event->identity, key.p + AT_IDENTITY, KS_EVENT_ID - 1);
	*finding = (struct ks_finding){ .event = event,
		.key_kind = texts[KIND].p,
		.decoy_name = texts[DECOY].p,
		.decoy_placement = texts[PLACEMENT].p,
		.source = texts[PATH].p,
		.offset = head.offset };
}

static void keep_met(void *arg)
{
	struct run *run = arg;

	ks_buf_clear(&run->met);
	ks_buf_add(&run->met, ks_buf_str(&run->last));
}

static void give_chain(void *arg, const struct ks_window_chain *chain)
{
	struct run *run = arg;
	size_t key_n = (size_t)read_big_endian(run->met.p, 8);
	struct ks_str key = { run->met.p + 8, key_n };
	struct ks_correlated correlated = { .group = { key.p + AT_GROUP, KS_CORRELATION_HASH - 1 },
		.anchor_ms = chain->anchor_ms,
		.last_ms = chain->last_ms,
		.matched = chain->names,
		.matched_count = chain->name_count,
		.events = chain->hits };
	struct ks_finding finding;
	struct ks_event event;
	const void *note;

	read_finding(key, key.p + key_n, &finding, &event, &note);
	finding.rule = &run->correlation->head;
	finding.correlated = &correlated;
	run->chains->shortened += chain->name_count < chain->hits;
	run->sink->chain(run->sink->arg, &finding, note);
}

/* Whether a key is of the group of the last one. */
static bool is_same_group(const struct run *run, struct ks_str key)
{
	return run->correlation != NULL && memcmp(run->last.p + 8, key.p, AT_TIME) == 0;
}

static void end_group(struct run *run)
{
	if (run->correlation == NULL)
		return;
	ks_window_end(&run->window);
	run->chains->overflow += run->window.overflow;
	ks_window_release(&run->window);
}

static void take_hit(struct run *run, struct ks_str key, struct ks_str payload)
{
	const char *identity = key.p + AT_IDENTITY;
	struct ks_str name = { identity, KS_EVENT_ID - 1 };
	uintptr_t pass = (uintptr_t)ks_map_find(&run->chains->again, name);
	struct head head;
	struct ks_window_hit hit;

	if (pass > PASSES - (unsigned char)key.p[AT_PASS])
		return;
	if (!is_same_group(run, key)) {
		end_group(run);
		run->correlation = run->chains->program->correlations[read_big_endian(key.p, AT_GROUP)];
		ks_window_init(&run->window, run->correlation, &run->window_sink);
	}
	memcpy(&head, payload.p, sizeof(head));
	/* The first text is the eventID; what has none goes by its identity. */
	if (head.texts[EVENT_ID] > 1)
		name = ks_str_sub(payload, sizeof(head) + head.value_n + head.note_n, head.texts[EVENT_ID] - 1);
	hit = (struct ks_window_hit){ .identity = { identity, KS_EVENT_ID - 1 },
		.name = name,
		.time_ms = (int64_t)(read_big_endian(key.p + AT_TIME, 8) ^ UINT64_C(1) << 63),
		.value = ks_str_sub(payload, sizeof(head), head.value_n) };
	if (!ks_window_add(&run->window, &hit))
		return;
	ks_buf_clear(&run->last);
	add_big_endian(&run->last, key.n, 8);
	ks_buf_add(&run->last, key);
	ks_buf_add(&run->last, payload);
}

int ks_chains_finish(struct ks_chains *chains, const struct ks_chains_sink *sink, struct ks_err *err)
{
	struct run run = { .chains = chains, .sink = sink };
	struct ks_str key, payload;
	bool has_one;
	int rc;

	run.window_sink = (struct ks_window_sink){ keep_met, give_chain, &run };
	ks_buf_init(&run.last, SIZE_MAX / 2);
	ks_buf_init(&run.met, SIZE_MAX / 2);
	while ((rc = ks_sorter_next(&chains->sorter, &key, &payload, &has_one, err)) == 0 && has_one)
		take_hit(&run, key, payload);
	end_group(&run);
	ks_buf_release(&run.last);
	ks_buf_release(&run.met);
	return rc;
}
