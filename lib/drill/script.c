/* From steps to records, and from records to files. */
#include "lib/drill/script.h"

#include "lib/base/time.h"
#include "lib/drill/noise.h"
#include "lib/incident/drillmark.h"

#include <string.h>

#define WINDOW_MS (5 * 60 * KS_TIME_SECOND)      /* that CloudTrail collects */
#define LATENCY_LEAST_MS (30 * KS_TIME_SECOND)   /* from there to the file */
#define LATENCY_SPREAD_S 120
#define RECORD_SIZE (1u << 16)

/* ---- who is who ---------------------------------------------------------------------------------- */

static struct ks_str copy_key(struct ks_script *script, const char *key)
{
	return ks_arena_copy(&script->arena, ks_str_of(key));
}

static int find_account(struct ks_script *script, struct ks_err *err)
{
	const struct ks_scenario *scenario = script->order.scenario;
	const struct ks_scenario_actor *first = KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, 0);
	struct ks_keyid id;

	script->account = scenario->account;
	if (script->order.key.p == NULL)
		script->order.key = first->key;
	if (script->order.key.p == NULL)
		return 0;
	if (ks_keyid_parse(script->order.key, &id, err) != 0)
		return -1;
	if (!id.kind->is_access_key || !ks_str_has_prefix(script->order.key, KS_STR("AKIA")) ||
		first->kind != KS_SCENARIO_USER)
		return ks_err_set(err, KS_ERR_USAGE, "the key of a drill's first actor is a long-term one, 'AKIA…'");
	if (id.has_account)
		script->account = ks_arena_copy(&script->arena, ks_str_of(id.account));
	return 0;
}

static void add_caller(struct ks_script *script, const struct ks_scenario_actor *actor, struct ks_dice *dice)
{
	struct ks_record_caller *caller = ks_vec_push(&script->callers);
	char key[KS_KEYID_SIZE + 1];

	caller->kind = actor->kind;
	caller->name = actor->user;
	caller->session = actor->session.n > 0 ? actor->session : KS_STR("session");
	caller->unique_id = ks_dice_unique_id(dice, actor->kind == KS_SCENARIO_ROLE ? "AROA" : "AIDA",
		&script->arena);
	ks_dice_key_id(dice, actor->kind == KS_SCENARIO_USER ? "AKIA" : "ASIA", script->account, key);
	caller->key_id = actor->key.p != NULL ? actor->key : copy_key(script, key);
	caller->created_ms = script->order.start_ms;
	if (script->callers.n == 1 && script->order.key.p != NULL)
		caller->key_id = script->order.key;
}

static void add_callers(struct ks_script *script)
{
	const struct ks_scenario *scenario = script->order.scenario;
	struct ks_dice dice;

	ks_dice_init(&dice, script->order.seed, "actors");
	for (size_t i = 0; i < scenario->actors.n; i++)
		add_caller(script, KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, i), &dice);
	for (size_t i = 0; i < scenario->actors.n; i++) {
		const struct ks_scenario_actor *actor = KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, i);
		struct ks_record_caller *caller = KS_VEC_AT(&script->callers, struct ks_record_caller, i);

		if (actor->kind == KS_SCENARIO_FEDERATED && actor->of != KS_SCENARIO_NOBODY) {
			const struct ks_record_caller *holder = KS_VEC_AT(&script->callers, struct ks_record_caller,
				actor->of);

			caller->issuer_name = holder->name;
			caller->issuer_id = holder->unique_id;
		}
	}
	/* A session is as old as the call that handed it out. */
	for (size_t i = 0; i < scenario->steps.n; i++) {
		const struct ks_scenario_step *step = KS_VEC_AT(&scenario->steps, struct ks_scenario_step, i);

		if (step->grants != KS_SCENARIO_NOBODY)
			KS_VEC_AT(&script->callers, struct ks_record_caller, step->grants)->created_ms =
				script->order.start_ms + step->at_ms;
	}
}

/* ---- records ------------------------------------------------------------------------------------- */

void ks_script_add(struct ks_script *script, struct ks_record *record, struct ks_dice *dice, size_t actor,
	size_t step)
{
	struct ks_script_record *out = ks_vec_push(&script->records);
	char id[KS_DRILLMARK_SIZE + 1];
	struct ks_buf text;

	ks_drillmark_make(script->order.drill, ks_dice_next(dice), id);
	record->event_id = id;
	record->partition = script->partition;
	record->account = script->account;
	ks_buf_init(&text, RECORD_SIZE);
	ks_record_write(record, dice, &text);
	*out = (struct ks_script_record){ record->time_ms,
		ks_arena_copy(&script->arena, ks_record_region(record->call, script->partition, record->region)),
		ks_arena_copy(&script->arena, ks_buf_str(&text)), actor, step };
	ks_buf_release(&text);
	record->event_id = NULL;
}

static void add_step(struct ks_script *script, size_t number, size_t *calls, struct ks_dice *dice)
{
	const struct ks_scenario *scenario = script->order.scenario;
	const struct ks_scenario_step *step = KS_VEC_AT(&scenario->steps, struct ks_scenario_step, number);
	const struct ks_scenario_actor *actor = KS_VEC_AT(&scenario->actors, struct ks_scenario_actor,
		step->actor);
	struct ks_record record = { .call = step->call, .with = step->with, .with_count = step->with_count,
		.agent = actor->agent, .error = step->error,
		.caller = KS_VEC_AT(&script->callers, struct ks_record_caller, step->actor),
		.granted = step->grants == KS_SCENARIO_NOBODY ? NULL :
			KS_VEC_AT(&script->callers, struct ks_record_caller, step->grants) };

	for (int64_t again = 0; again < step->repeat; again++)
		for (size_t i = 0; i < step->region_count; i++) {
			int64_t spread = step->region_count < 2 ? 0 :
				step->within_ms * (int64_t)i / (int64_t)(step->region_count - 1);

			record.region = step->regions[i];
			record.time_ms = script->order.start_ms + step->at_ms + again * step->every_ms + spread;
			record.ip = actor->ip_count == 0 ? actor->user :
				actor->ips[calls[step->actor]++ % actor->ip_count];
			ks_script_add(script, &record, dice, step->actor, number);
		}
}

static void add_steps(struct ks_script *script)
{
	const struct ks_scenario *scenario = script->order.scenario;
	size_t *calls = ks_arena_alloc(&script->arena, scenario->actors.n * sizeof(*calls));
	struct ks_dice dice;

	ks_dice_init(&dice, script->order.seed, "steps");
	for (size_t i = 0; i < scenario->steps.n; i++)
		add_step(script, i, calls, &dice);
}

static int by_time(const void *a, const void *b)
{
	const struct ks_script_record *x = a, *y = b;

	return x->time_ms != y->time_ms ? (x->time_ms < y->time_ms ? -1 : 1) : ks_str_compare(x->text, y->text);
}

/* ---- files --------------------------------------------------------------------------------------- */

/* A record's file, to sort by. */
struct slot {
	int64_t window;
	struct ks_str region;
	size_t record;
};

static int by_file(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	int order = x->window != y->window ? (x->window < y->window ? -1 : 1) :
		ks_str_compare(x->region, y->region);

	return order != 0 ? order : (x->record > y->record) - (x->record < y->record);
}

static int by_arrival(const void *a, const void *b)
{
	const struct ks_script_delivery *x = a, *y = b;

	return x->at_ms != y->at_ms ? (x->at_ms < y->at_ms ? -1 : 1) : ks_str_compare(x->region, y->region);
}

static void add_delivery(struct ks_script *script, const struct slot *slots, size_t n, struct ks_dice *dice)
{
	struct ks_script_delivery *out = ks_vec_push(&script->deliveries);
	size_t *records = ks_arena_alloc(&script->arena, n * sizeof(*records));
	struct ks_buf tail;

	out->region = slots->region;
	out->at_ms = (slots->window + 1) * WINDOW_MS + LATENCY_LEAST_MS +
		(int64_t)ks_dice_below(dice, LATENCY_SPREAD_S) * KS_TIME_SECOND;
	for (size_t i = 0; i < n; i++)
		records[i] = slots[i].record;
	for (size_t i = n; i > 1; i--) {
		size_t other = ks_dice_below(dice, i), kept = records[i - 1];

		records[i - 1] = records[other];
		records[other] = kept;
	}
	out->records = records;
	out->n = n;
	ks_buf_init(&tail, sizeof(out->tail));
	ks_dice_add_word(dice, sizeof(out->tail) - 1, &tail);
	memcpy(out->tail, tail.p, tail.n);
	ks_buf_release(&tail);
}

static void add_deliveries(struct ks_script *script)
{
	struct ks_vec slots = KS_VEC_OF(struct slot);
	struct ks_dice dice;
	size_t from = 0;

	ks_dice_init(&dice, script->order.seed, "files");
	for (size_t i = 0; i < script->records.n; i++) {
		const struct ks_script_record *record = KS_VEC_AT(&script->records, struct ks_script_record, i);
		/* Each Region has its own beat. */
		int64_t beat = (int64_t)(ks_str_hash_same(record->region) % 60) * KS_TIME_SECOND;

		*(struct slot *)ks_vec_push(&slots) = (struct slot){ (record->time_ms + beat) / WINDOW_MS,
			record->region, i };
	}
	ks_vec_sort(&slots, by_file);
	for (size_t i = 1; i <= slots.n; i++) {
		const struct slot *one = KS_VEC_AT(&slots, struct slot, from), *next =
			i < slots.n ? KS_VEC_AT(&slots, struct slot, i) : NULL;

		if (next != NULL && next->window == one->window && ks_str_is_equal(next->region, one->region))
			continue;
		add_delivery(script, one, i - from, &dice);
		from = i;
	}
	ks_vec_release(&slots);
	ks_vec_sort(&script->deliveries, by_arrival);
}

int ks_script_make(const struct ks_script_order *order, struct ks_script *out, struct ks_err *err)
{
	int64_t rate = order->noise_rate < 0 ? order->scenario->noise_rate : order->noise_rate;

	*out = (struct ks_script){ .order = *order,
		.partition = ks_partition_of_region(order->scenario->home),
		.callers = KS_VEC_OF(struct ks_record_caller), .records = KS_VEC_OF(struct ks_script_record),
		.deliveries = KS_VEC_OF(struct ks_script_delivery) };
	if (find_account(out, err) != 0)
		return -1;
	out->begin_ms = order->start_ms - order->scenario->before_ms;
	out->end_ms = order->start_ms + ks_scenario_length(order->scenario) + order->scenario->after_ms;
	add_callers(out);
	add_steps(out);
	ks_noise_add(out, rate);
	ks_vec_sort(&out->records, by_time);
	add_deliveries(out);
	return 0;
}

void ks_script_release(struct ks_script *script)
{
	ks_vec_release(&script->callers);
	ks_vec_release(&script->records);
	ks_vec_release(&script->deliveries);
	ks_arena_release(&script->arena);
}
