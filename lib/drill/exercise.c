/* The loop of a drill. */
#include "lib/drill/exercise.h"

#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/decoy/registry.h"
#include "lib/drill/crate.h"
#include "lib/drill/lookout.h"
#include "lib/drill/timekeeper.h"
#include "lib/engine/lastuse.h"
#include "lib/store/seat.h"

#include <poll.h>

#define SLICE_MS 200             /* the facilitator is looked for so often */
#define TICK_MS (5 * 60 * KS_TIME_SECOND)        /* of the drill's time: IAM is asked */

struct exercise {
	const struct ks_exercise_config *config;
	const struct ks_script *script;
	struct ks_exercise_summary summary;
	struct ks_timekeeper keeper;
	struct ks_watchlist watchlist;
	struct ks_lookout lookout;
	struct ks_lastuse *lastuse;      /* NULL: the scenario has none of IAM's answers */
	char *trail;                     /* directory that the engine reads */
	size_t delivery, inject;         /* the next ones */
	int64_t tick_ms;                 /* when IAM is asked next */
	bool is_pending;                 /* files came that the engine did not read */
	int64_t skip_ms;                 /* until then nothing is waited for; KS_TIME_NONE: it is */
	bool *seen;                      /* a flag for each step: a file had one of its records */
	bool stops;
	struct ks_seat *seat;            /* by which others know that the drill runs */
	bool has_raised;                 /* a use that no event explains: people are to be told */
	struct ks_arena arena;
};

/* ---- what comes next ------------------------------------------------------------------------------ */

static int64_t next_delivery(const struct exercise *e)
{
	return e->delivery == e->script->deliveries.n ? INT64_MAX :
		KS_VEC_AT(&e->script->deliveries, struct ks_script_delivery, e->delivery)->at_ms;
}

static int64_t next_inject(const struct exercise *e)
{
	const struct ks_scenario *scenario = e->script->order.scenario;

	return e->inject == scenario->injects.n ? INT64_MAX : e->script->order.start_ms +
		KS_VEC_AT(&scenario->injects, struct ks_scenario_inject, e->inject)->at_ms;
}

static int64_t next_tick(const struct exercise *e)
{
	return e->lastuse == NULL || e->tick_ms > e->script->end_ms ? INT64_MAX : e->tick_ms;
}

/* ---- the facilitator ----------------------------------------------------------------------------- */

static int note(struct exercise *e, const char *kind, struct ks_str subject, struct ks_str body,
	struct ks_err *err)
{
	return ks_lookout_note(&e->lookout, (struct ks_drillbook_moment){ .kind = ks_str_of(kind),
		.subject = subject, .body = body }, err);
}

/* Whether a file has something of a step that no file had before. */
static bool has_new_step(const struct exercise *e, const struct ks_script_delivery *delivery)
{
	for (size_t i = 0; i < delivery->n; i++) {
		size_t step = KS_VEC_AT(&e->script->records, struct ks_script_record, delivery->records[i])->step;

		if (step != KS_SCENARIO_NOBODY && !e->seen[step])
			return true;
	}
	return false;
}

/* When IAM is asked for the first time after it has learned something that it did not know yet. */
static int64_t next_answer(const struct exercise *e)
{
	const struct ks_scenario *scenario = e->script->order.scenario;
	int64_t tick = next_tick(e);

	for (size_t i = 0; tick != INT64_MAX && i < scenario->uses.n; i++) {
		int64_t at = e->script->order.start_ms +
			KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i)->at_ms;

		if (at <= tick - TICK_MS)
			continue;
		tick += at <= tick ? 0 : (at - tick + TICK_MS - 1) / TICK_MS * TICK_MS;
		return tick <= e->script->end_ms ? tick : INT64_MAX;
	}
	return INT64_MAX;
}

/* When nothing comes any more: the last files arrive behind the end of the records. */
static int64_t last_ms(const struct exercise *e)
{
	const struct ks_vec *deliveries = &e->script->deliveries;
	int64_t last = deliveries->n == 0 ? INT64_MIN :
		KS_VEC_AT(deliveries, struct ks_script_delivery, deliveries->n - 1)->at_ms;

	return last > e->script->end_ms ? last : e->script->end_ms;
}

/* The next step, inject or answer of IAM's that is new; else the end. Noise on the way there is played at
 * once. */
static int64_t find_skip(const struct exercise *e)
{
	int64_t inject = next_inject(e), answer = next_answer(e), at = answer < inject ? answer : inject;

	for (size_t i = e->delivery; i < e->script->deliveries.n; i++) {
		const struct ks_script_delivery *delivery = KS_VEC_AT(&e->script->deliveries,
			struct ks_script_delivery, i);

		if (delivery->at_ms >= at)
			break;
		if (has_new_step(e, delivery))
			return delivery->at_ms;
	}
	return at != INT64_MAX ? at : last_ms(e);
}

static int follow(struct exercise *e, const struct ks_drillbook_order *order, struct ks_err *err)
{
	bool is_toggle = ks_str_is(order->what, "toggle");

	if (ks_str_is(order->what, "stop")) {
		e->stops = true;
	} else if (ks_str_is(order->what, "inject")) {
		return note(e, "inject", KS_STR("all"), order->body, err);
	} else if (ks_str_is(order->what, "skip")) {
		e->skip_ms = find_skip(e);
		return note(e, "skip", KS_STR(""), KS_STR(""), err);
	} else if (is_toggle || e->keeper.is_paused != ks_str_is(order->what, "pause")) {
		ks_timekeeper_pause(&e->keeper, !e->keeper.is_paused);
		return note(e, e->keeper.is_paused ? "pause" : "resume", KS_STR(""), KS_STR(""), err);
	}
	return 0;
}

static int obey(struct exercise *e, struct ks_err *err)
{
	struct ks_vec orders = KS_VEC_OF(struct ks_drillbook_order);
	struct ks_drillbook_order typed;
	int rc = ks_drillbook_take(e->config->db, ks_ctx_now(e->config->ctx), &e->arena, &orders, err);

	for (size_t i = 0; rc == 0 && i < orders.n; i++)
		rc = follow(e, KS_VEC_AT(&orders, struct ks_drillbook_order, i), err);
	while (rc == 0 && e->config->typed != NULL && e->config->typed(e->config->arg, &typed))
		rc = follow(e, &typed, err);
	ks_vec_release(&orders);
	return rc;
}

static bool is_over(const struct exercise *e)
{
	return e->stops || ks_ctx_is_stopping(e->config->ctx);
}

/* Waits until the drill's clock shows at_ms, or somebody skips to it or beyond. */
static int wait_until(struct exercise *e, int64_t at_ms, struct ks_err *err)
{
	int rc = obey(e, err);

	while (rc == 0 && !is_over(e) && at_ms > e->skip_ms &&
		(e->keeper.is_paused || ks_timekeeper_left(&e->keeper, at_ms) > 0)) {
		int64_t left = ks_timekeeper_left(&e->keeper, at_ms);

		poll(NULL, 0, e->keeper.is_paused || left > SLICE_MS ? SLICE_MS : (int)left);
		rc = obey(e, err);
	}
	if (rc == 0 && !is_over(e))
		ks_timekeeper_jump(&e->keeper, at_ms);
	/* Where the skip leads: what people do from here on is timed by this. */
	if (rc == 0 && !is_over(e) && e->skip_ms != KS_TIME_NONE && at_ms >= e->skip_ms) {
		e->skip_ms = KS_TIME_NONE;
		rc = note(e, "clock", KS_STR(""), KS_STR(""), err);
	}
	return rc;
}

/* ---- the engine ---------------------------------------------------------------------------------- */

static void ignore_news(void *arg, enum ks_watch_news what, int64_t n)
{
	(void)arg;
	(void)what;
	(void)n;
}

static void tell_problem(void *arg, const char *name, uint64_t offset, const struct ks_err *err)
{
	const struct exercise *e = arg;

	(void)offset;
	e->config->problem(e->config->arg, name, err);
}

static void tell_undecided(void *arg, const struct ks_rule *rule, struct ks_str event_id, const char *source,
	uint64_t offset)
{
	const struct exercise *e = arg;
	struct ks_err err = { 0 };

	(void)event_id;
	(void)offset;
	ks_err_set(&err, KS_ERR_LIMIT, "rule '" KS_STR_FMT "' could not judge an event",
		KS_STR_ARG(ks_str_sub(rule->title, 0, 80)));
	e->config->problem(e->config->arg, source, &err);
}

static int read_trail(struct exercise *e, struct ks_err *err)
{
	static const enum ks_evidence_trust trust = KS_EVIDENCE_DRILL;
	static const char *const notifier = KS_EXERCISE_NOTIFIER;
	const char *spec = e->trail;
	struct ks_watch_summary summary = { 0 };
	struct ks_watch_config config = { .ctx = &e->keeper.ctx, .db = e->config->db,
		.program = e->config->program, .watchlist = &e->watchlist, .specs = &spec, .spec_count = 1,
		.trusts = &trust, .notifiers = &notifier, .notifier_count = 1, .sources = e->config->sources,
		.poll_ms = KS_TIME_SECOND, .is_once = true };
	const struct ks_watch_sink sink = { .news = ignore_news, .problem = tell_problem,
		.undecided = tell_undecided, .arg = e };

	e->is_pending = false;
	e->summary.looks++;
	if (ks_watch_run(&config, &sink, &summary, err) != 0)
		return -1;
	return ks_lookout_look(&e->lookout, err);
}

/* What IAM would say of a key by now. */
static int answer(void *arg, const struct ks_silentuse_key *key, struct ks_arena *arena,
	struct ks_iam_last_used *out, struct ks_err *err)
{
	const struct exercise *e = arg;
	const struct ks_scenario *scenario = e->script->order.scenario;
	int64_t now = ks_timekeeper_now(&e->keeper);

	(void)arena;
	(void)err;
	*out = (struct ks_iam_last_used){ .time_ms = KS_TIME_NONE, .service = KS_STR("N/A"),
		.region = KS_STR("N/A") };
	for (size_t i = 0; i < scenario->uses.n; i++) {
		const struct ks_scenario_use *use = KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i);
		int64_t at = e->script->order.start_ms + use->at_ms;

		if (at > now || !ks_str_is_equal(key->key_id,
				KS_VEC_AT(&e->script->callers, struct ks_record_caller, use->actor)->key_id))
			continue;
		*out = (struct ks_iam_last_used){ .time_ms = at, .service = use->service, .region = use->region };
	}
	return 0;
}

static void cannot_ask(void *arg, struct ks_str account, const struct ks_err *err)
{
	const struct exercise *e = arg;

	(void)account;
	e->config->problem(e->config->arg, "last use", err);
}

static void silent_use(void *arg, const struct ks_silentuse_verdict *verdict)
{
	struct exercise *e = arg;
	struct ks_err err = { 0 };

	e->has_raised = true;
	if (verdict->raised > 0 && ks_lookout_note(&e->lookout, (struct ks_drillbook_moment){
			.kind = KS_STR("silent-use"), .incident = verdict->incident }, &err) != 0)
		e->config->problem(e->config->arg, "store", &err);
}

static int ask_iam(struct exercise *e, struct ks_err *err)
{
	int64_t wait = 0;

	/* One step asks about one key at most; how long it would wait for the next one is not waited for. */
	for (int i = 0; i < 64 && wait == 0; i++)
		if (ks_lastuse_step(e->lastuse, &wait, err) != 0)
			return -1;
	e->tick_ms += TICK_MS;
	if (!e->has_raised)
		return 0;
	/* A watch that runs tells people of it at once. */
	e->has_raised = false;
	return read_trail(e, err);
}

static int open_lastuse(struct exercise *e, struct ks_err *err)
{
	struct ks_lastuse_config config = { .ctx = &e->keeper.ctx, .store_path = e->config->store_path,
		.problem = cannot_ask, .changed = silent_use, .ask = answer, .arg = e };

	e->tick_ms = e->script->begin_ms;
	return e->script->order.scenario->uses.n == 0 ? 0 : ks_lastuse_open(&config, &e->lastuse, err);
}

/* ---- decoys -------------------------------------------------------------------------------------- */

static bool has_uses(const struct ks_scenario *scenario, size_t actor)
{
	for (size_t i = 0; i < scenario->uses.n; i++)
		if (KS_VEC_AT(&scenario->uses, struct ks_scenario_use, i)->actor == actor)
			return true;
	return false;
}

static int add_decoy(struct exercise *e, size_t number, struct ks_err *err)
{
	const struct ks_scenario *scenario = e->script->order.scenario;
	const struct ks_scenario_actor *actor = KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, number);
	const struct ks_record_caller *caller = KS_VEC_AT(&e->script->callers, struct ks_record_caller, number);
	struct ks_decoy decoy = { .name = actor->user, .key_id = caller->key_id, .kind = KS_DECOY_OFFLINE,
		.state = KS_DECOY_IMPORTED, .account = e->script->account, .user_name = caller->name,
		.region = scenario->home, .bait = KS_STR("drill"), .label = KS_STR(""), .placement = actor->decoy,
		.form = KS_PLACEMENT_ELSEWHERE, .created_ms = e->script->begin_ms,
		.changed_ms = e->script->begin_ms };
	struct ks_buf arn;
	int rc;

	if (has_uses(scenario, number))
		decoy.kind = KS_DECOY_LIVE;
	ks_buf_init(&arn, 1u << 12);
	ks_record_add_arn(caller, e->script->partition, e->script->account, &arn);
	if (decoy.kind == KS_DECOY_LIVE) {
		decoy.user_id = caller->unique_id;
		decoy.user_arn = ks_buf_str(&arn);
		decoy.rights = KS_STR("none");
	}
	rc = ks_registry_add(e->config->db, &e->arena, &decoy, err);
	ks_buf_release(&arn);
	return rc;
}

static int add_decoys(struct exercise *e, struct ks_err *err)
{
	const struct ks_scenario *scenario = e->script->order.scenario;

	for (size_t i = 0; i < scenario->actors.n; i++)
		if (KS_VEC_AT(&scenario->actors, struct ks_scenario_actor, i)->decoy.p != NULL &&
			add_decoy(e, i, err) != 0)
			return -1;
	return 0;
}

/* ---- the loop ------------------------------------------------------------------------------------ */

static bool is_quiet(const struct exercise *e, const struct ks_script_delivery *delivery)
{
	for (size_t i = 0; i < delivery->n; i++)
		if (KS_VEC_AT(&e->script->records, struct ks_script_record, delivery->records[i])->actor !=
			KS_SCENARIO_NOBODY)
			return false;
	return true;
}

static int deliver(struct exercise *e, struct ks_err *err)
{
	const struct ks_script_delivery *delivery = KS_VEC_AT(&e->script->deliveries, struct ks_script_delivery,
		e->delivery);
	const struct ks_script_delivery *next = e->delivery + 1 < e->script->deliveries.n ? delivery + 1 : NULL;
	bool is_hurried = e->config->pace == KS_TIMEKEEPER_INSTANT || delivery->at_ms < e->skip_ms;

	if (ks_crate_write(e->config->directory, e->script, delivery, err) != 0 ||
		(e->config->post != NULL && e->config->post(e->config->arg, delivery, err) != 0))
		return -1;
	for (size_t i = 0; i < delivery->n; i++) {
		size_t step = KS_VEC_AT(&e->script->records, struct ks_script_record, delivery->records[i])->step;

		if (step != KS_SCENARIO_NOBODY)
			e->seen[step] = true;
	}
	e->delivery++;
	e->summary.files++;
	e->summary.records += delivery->n;
	/* What is only noise can wait for the next thing that is not, where nobody watches the clock; but it is
	 * read before, as it would have been. */
	e->is_pending = true;
	if (e->summary.looks > 0 && is_hurried && next != NULL && (next->at_ms == delivery->at_ms ||
			(is_quiet(e, delivery) && is_quiet(e, next))))
		return 0;
	return read_trail(e, err);
}

static int show_inject(struct exercise *e, struct ks_err *err)
{
	const struct ks_scenario_inject *inject = KS_VEC_AT(&e->script->order.scenario->injects,
		struct ks_scenario_inject, e->inject++);

	return note(e, "inject", inject->is_for_all ? KS_STR("all") : KS_STR("facilitator"), inject->text, err);
}

/* What comes next, until nothing does. */
static int play(struct exercise *e, struct ks_err *err)
{
	while (!is_over(e)) {
		int64_t delivery = next_delivery(e), inject = next_inject(e), tick = next_tick(e);
		int64_t at = delivery < inject ? delivery : inject;

		at = tick < at ? tick : at;
		if (at == INT64_MAX)
			return e->is_pending ? read_trail(e, err) : 0;
		if (wait_until(e, at, err) != 0)
			return -1;
		if (is_over(e))
			break;
		if ((at == delivery ? deliver(e, err) : at == inject ? show_inject(e, err) : ask_iam(e, err)) != 0)
			return -1;
	}
	e->summary.is_broken_off = true;
	return 0;
}

static int begin(struct exercise *e, struct ks_err *err)
{
	e->trail = ks_arena_printf(&e->arena, "%s/AWSLogs", e->config->directory);
	e->seen = ks_arena_alloc(&e->arena, e->script->order.scenario->steps.n * sizeof(*e->seen) + 1);
	if (ks_seat_open(e->config->ctx, e->config->store_path, &e->seat, err) != 0 ||
		ks_file_make_dirs(e->trail, 0755, err) != 0 || add_decoys(e, err) != 0 || open_lastuse(e, err) != 0)
		return -1;
	return note(e, "begin", e->script->order.scenario->name, ks_str_of(ks_arena_printf(&e->arena, "%lld",
		(long long)ks_seat_number(e->seat))), err);
}

int ks_exercise_run(const struct ks_exercise_config *config, struct ks_exercise_summary *out,
	struct ks_err *err)
{
	struct exercise e = { .config = config, .script = config->script, .skip_ms = KS_TIME_NONE };
	struct ks_lastuse_summary ignored;
	int rc;

	ks_timekeeper_start(&e.keeper, config->ctx, config->pace, config->script->begin_ms);
	ks_watchlist_init(&e.watchlist);
	ks_lookout_init(&e.lookout, &(struct ks_lookout_config){ config->db, &e.keeper.ctx, config->ctx,
		config->rules, config->policies, config->tell, config->arg });
	rc = begin(&e, err);
	if (rc == 0)
		rc = play(&e, err);
	ks_lastuse_close(e.lastuse, &ignored);
	if (rc == 0 && !e.summary.is_broken_off)
		rc = wait_until(&e, config->script->end_ms, err);
	e.summary.is_broken_off = is_over(&e);
	if (rc == 0)
		rc = note(&e, e.summary.is_broken_off ? "stop" : "end", KS_STR(""), KS_STR(""), err);
	if (rc == 0 && !e.summary.is_broken_off)
		rc = ks_drillbook_end(config->db, ks_ctx_now(config->ctx), err);
	*out = e.summary;
	ks_seat_close(e.seat);
	ks_lookout_release(&e.lookout);
	ks_watchlist_release(&e.watchlist);
	ks_arena_release(&e.arena);
	return rc;
}
