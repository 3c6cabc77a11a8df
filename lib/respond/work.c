/* What carrying out and taking back share. */
#include "lib/respond/work.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/incident/drillcase.h"
#include "lib/incident/incident.h"
#include "lib/incident/outbox.h"
#include "lib/respond/pause.h"
#include "lib/respond/stepnotice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_STEP 50 /* ms between looks at the stop flag */
#define NOTE_MOST 1024
#define MERGES_MOST 64

struct ks_str ks_work_note(struct ks_work *work, const char *format, ...)
{
	struct ks_buf text;
	struct ks_str copy;
	va_list args;

	ks_buf_init(&text, SIZE_MAX / 2);
	va_start(args, format);
	ks_buf_addv(&text, format, args);
	va_end(args);
	copy = ks_arena_copy(&work->arena, ks_str_sub(ks_buf_str(&text), 0, NOTE_MOST));
	ks_buf_release(&text);
	return copy;
}

struct ks_str ks_work_note_err(struct ks_work *work, const struct ks_err *err)
{
	return ks_work_note(work, "%s", err->message);
}

/* ---- opening ---- */

static int check_digest(const struct ks_work *work, struct ks_err *err)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_step);
	char digest[KS_HASH_HEX], mode[32];

	snprintf(mode, sizeof(mode), KS_STR_FMT, KS_STR_ARG(work->plan.mode));
	for (size_t i = 0; i < work->steps.n; i++)
		*(struct ks_step *)ks_vec_push(&steps) = KS_VEC_AT(&work->steps, struct ks_ledger_step, i)->step;
	ks_plan_digest(&(struct ks_plan_name){ work->plan.incident, work->plan.account, work->plan.policy,
		mode },
		&steps, digest);
	ks_vec_release(&steps);
	if (ks_str_is(work->plan.digest, digest))
		return 0;
	return ks_err_set(err, KS_ERR_PARSE, "the stored plan %" PRId64 " is damaged: it does not have the "
		"digest that it was stored with", work->plan.id);
}

static int load(struct ks_work *work, struct ks_err *err)
{
	bool is_found = false;

	if (ks_ledger_find(work->db, work->request->plan, &work->arena, &work->plan, &is_found, err) != 0)
		return -1;
	if (!is_found)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no plan %" PRId64, work->request->plan);
	ks_vec_clear(&work->steps);
	if (ks_ledger_steps(work->db, work->plan.id, &work->arena, &work->steps, err) != 0)
		return -1;
	return check_digest(work, err);
}

/* Any thread. */
static bool may_write(void *arg)
{
	const struct ks_work *work = arg;
	struct ks_arena arena = { NULL };
	bool is_paused = work->mandate->pause_path != NULL &&
		ks_pause_read(work->mandate->pause_path, &arena) != NULL;

	ks_arena_release(&arena);
	return !is_paused;
}

static int open_account(struct ks_work *work, struct ks_err *err)
{
	const struct ks_mandate *mandate = work->mandate;
	const struct ks_account *account = ks_account_find(mandate->accounts, mandate->account_count,
		work->plan.account);
	int64_t pace_ms = work->request->pace_ms;

	if (account == NULL)
		return ks_err_set(err, KS_ERR_GUARD, "account '" KS_STR_FMT "' of plan %" PRId64 " is not in the "
			"config: nothing is done there", KS_STR_ARG(work->plan.account), work->plan.id);
	if (ks_pool_take(mandate->pool, mandate->settings, account, &work->account, err) != 0)
		return -1;
	ks_crew_open(&(struct ks_crew_config){ mandate->settings, work->account.client,
		pace_ms != 0 ? pace_ms : KS_CREW_PACE_MS, may_write, work }, &work->crew);
	return 0;
}

static int begin(struct ks_work *work, struct ks_err *err)
{
	bool is_of_drill = false;

	work->steps = KS_VEC_OF(struct ks_ledger_step);
	ks_arena_init(&work->arena);
	if (load(work, err) != 0 || ks_drillcase_is_of_drill(work->db, &is_of_drill, err) != 0)
		return -1;
	/* Whatever its records say, and before an account is opened. */
	return !is_of_drill ? 0 : ks_err_set(err, KS_ERR_GUARD, "plan %" PRId64 " is of an exercise: the store "
		"is a drill's, and nothing of it may reach AWS", work->plan.id);
}

int ks_work_peek(struct ks_work *work, struct ks_err *err)
{
	if (begin(work, err) != 0)
		return -1;
	work->efforts = ks_mem_alloc((work->steps.n + 1) * sizeof(*work->efforts));
	return open_account(work, err);
}

static int refuse_state(const struct ks_ledger_plan *plan, struct ks_err *err)
{
	bool needs_approval = plan->state == KS_LEDGER_WAITING || plan->state == KS_LEDGER_EXPIRED ||
		plan->state == KS_LEDGER_REFUSED;

	ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " is %s", plan->id, ks_ledger_state_name(plan->state));
	if (needs_approval)
		ks_err_set(err, KS_ERR_STATE, "plan %" PRId64 " is %s: 'keysnare respond approve %" PRId64
			"' makes the "
			"plan as it is now and approves it", plan->id, ks_ledger_state_name(plan->state),
			plan->incident);
	return -1;
}

int ks_work_open(struct ks_work *work, unsigned from, enum ks_ledger_state to, struct ks_err *err)
{
	struct ks_ledger_claim claim = { .plan = work->request->plan, .from = from, .to = to,
		.who = work->mandate->who };

	if (ks_ledger_expire(work->db, ks_ctx_now(work->mandate->ctx), err) != 0 || begin(work, err) != 0)
		return -1;
	if ((from & 1u << work->plan.state) == 0)
		return refuse_state(&work->plan, err);
	if (open_account(work, err) != 0 ||
		ks_seat_open(work->mandate->ctx, ks_db_path(work->db), &work->seat, err) != 0)
		return -1;
	claim.seat = work->seat;
	claim.now_ms = ks_ctx_now(work->mandate->ctx);
	work->was = work->plan.state;
	if (ks_ledger_claim(work->db, &claim, err) != 0)
		return -1;
	work->is_claimed = true;
	/* As it is now that nobody else can change it. */
	if (load(work, err) != 0)
		return -1;
	work->efforts = ks_mem_alloc((work->steps.n + 1) * sizeof(*work->efforts));
	return 0;
}

int ks_work_find_incident(struct ks_work *work, int64_t *out, struct ks_err *err)
{
	int64_t id = work->plan.incident;

	for (int i = 0; i < MERGES_MOST; i++) {
		struct ks_incident incident = { 0 };
		bool is_found = false;

		if (ks_incident_find(work->db, id, &work->arena, &incident, &is_found, err) != 0)
			return -1;
		if (!is_found || incident.merged_into == 0)
			break;
		id = incident.merged_into;
	}
	*out = id;
	return 0;
}

void ks_work_close(struct ks_work *work)
{
	ks_crew_close(work->crew);
	ks_pool_give(work->mandate->pool, &work->account);
	ks_seat_close(work->seat);
	ks_vec_release(&work->steps);
	free(work->efforts);
	ks_arena_release(&work->arena);
}

static struct ks_ledger_change change_of(const struct ks_work *work)
{
	return (struct ks_ledger_change){ &work->plan, ks_seat_number(work->seat), work->mandate->who,
		ks_ctx_now(work->mandate->ctx) };
}

int ks_work_end(struct ks_work *work, enum ks_ledger_state state, int64_t expires_ms, const char *why,
	struct ks_err *err)
{
	struct ks_ledger_change change = change_of(work);

	if (ks_ledger_end(work->db, &change, state, expires_ms, why, err) != 0)
		return -1;
	work->is_claimed = false;
	return 0;
}

/* ---- people ---- */

/* Somebody works against us: that is for people, at the highest level. */
static int tell_lost(struct ks_work *work, const struct ks_ledger_step *step, struct ks_err *err)
{
	const struct ks_mandate *mandate = work->mandate;
	const struct ks_outbox_post post = { .incident_id = work->plan.incident, .kind = "lost",
		.level = KS_LEVEL_CRITICAL, .notifiers = mandate->notifiers,
		.notifier_count = mandate->notifier_count, .now_ms = ks_ctx_now(mandate->ctx) };
	struct ks_json *json = ks_outbox_body(&post);

	ks_json_add_str(json, "actor", work->plan.actor);
	ks_json_add_str(json, "account", work->plan.account);
	ks_json_add_int(json, "plan", work->plan.id);
	ks_json_add_int(json, "step", step->number);
	ks_json_add_text(json, "action", step->step.action);
	ks_json_add_text(json, "target", step->step.target);
	ks_json_add_str(json, "why", step->note);
	return ks_outbox_post(work->db, &post, json, err);
}

/* What the policy wants said, while its plan is carried out. */
static int tell_step(struct ks_work *work, const struct ks_ledger_step *step, struct ks_err *err)
{
	struct ks_planpost post = { .kind = "acting", .now_ms = ks_ctx_now(work->mandate->ctx) };
	struct ks_vec calls = KS_VEC_OF(struct ks_step);
	struct ks_arena arena = { NULL };
	struct ks_stepnotice notice;
	int rc = ks_planpost_load(work->db, work->plan.id, &arena, &calls, &post, err);

	post.expires_ms = KS_TIME_NONE;
	post.why = work->plan.approved_by.p == NULL ? "Its policy enforces it: nobody has to approve it." :
		ks_arena_printf(&arena, "Approved by " KS_STR_FMT ".", KS_STR_ARG(work->plan.approved_by));
	ks_stepnotice_resolve(work->mandate, &step->step, &arena, &notice);
	if (rc == 0)
		rc = ks_stepnotice_post(work->db, &notice, &post, err);
	ks_vec_release(&calls);
	ks_arena_release(&arena);
	return rc;
}

/* ---- steps ---- */

static int put(struct ks_work *work, const struct ks_ledger_change *change,
	const struct ks_work_entry *entry, struct ks_err *err)
{
	if (entry->kind == NULL)
		return 0;
	if (ks_ledger_put(work->db, change, entry->step, entry->kind, err) != 0)
		return -1;
	if (entry->step->state == KS_LEDGER_STEP_NOTICE)
		return tell_step(work, entry->step, err);
	return entry->step->state == KS_LEDGER_STEP_LOST ? tell_lost(work, entry->step, err) : 0;
}

static bool has_any(const struct ks_work_entry *entries, size_t n)
{
	while (n > 0 && entries[n - 1].kind == NULL)
		n--;
	return n > 0;
}

/* Where nothing changed nothing is written, and the lock is not asked for. */
static int save(struct ks_work *work, const struct ks_work_entry *entries, size_t n, bool is_light,
	struct ks_err *err)
{
	struct ks_ledger_change change = change_of(work);

	if (!has_any(entries, n))
		return 0;
	if ((is_light ? ks_db_begin_light(work->db, err) : ks_db_begin(work->db, err)) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (put(work, &change, &entries[i], err) != 0) {
			ks_db_rollback(work->db);
			return -1;
		}
	if (ks_db_commit(work->db, err) != 0)
		return -1;
	for (size_t i = 0; i < n && work->request->tell != NULL; i++)
		if (entries[i].kind != NULL)
			work->request->tell(work->request->arg, &(struct ks_executor_news){ entries[i].step, 0 });
	return 0;
}

int ks_work_tell(struct ks_work *work, struct ks_ledger_step *step, struct ks_err *err)
{
	const struct ks_work_entry entry = { step, "step-told" };
	struct ks_stepnotice notice;

	ks_stepnotice_resolve(work->mandate, &step->step, &work->arena, &notice);
	step->note = notice.note;
	step->done_ms = ks_ctx_now(work->mandate->ctx);
	return ks_work_save(work, &entry, 1, err);
}

int ks_work_save(struct ks_work *work, const struct ks_work_entry *entries, size_t n, struct ks_err *err)
{
	return save(work, entries, n, false, err);
}

int ks_work_note_down(struct ks_work *work, const struct ks_work_entry *entries, size_t n,
	struct ks_err *err)
{
	return save(work, entries, n, true, err);
}

int ks_work_read(struct ks_work *work, struct ks_ledger_step *const *steps, size_t n,
	struct ks_crew_job *jobs, struct ks_err *err)
{
	for (size_t i = 0; i < n; i++)
		jobs[i] = (struct ks_crew_job){ .condition = &steps[i]->step.condition };
	return ks_crew_run(work->crew, jobs, n, err);
}

struct ks_str ks_work_fill(struct ks_arena *arena, struct ks_str text, int64_t now_ms, struct ks_str before)
{
	char now[KS_TIME_TEXT];
	struct ks_buf out;
	struct ks_str copy;

	if (ks_str_find(text, KS_STR("{{")) < 0)
		return text;
	ks_time_render(now_ms - now_ms % KS_TIME_SECOND, now);
	ks_buf_init(&out, SIZE_MAX / 2);
	while (text.n > 0) {
		if (ks_str_has_prefix(text, KS_STR(KS_STEP_NOW))) {
			ks_buf_adds(&out, now);
			text = ks_str_sub(text, strlen(KS_STEP_NOW), text.n);
		} else if (ks_str_has_prefix(text, KS_STR(KS_STEP_BEFORE))) {
			ks_buf_add(&out, before);
			text = ks_str_sub(text, strlen(KS_STEP_BEFORE), text.n);
		} else {
			ks_buf_addc(&out, text.p[0]);
			text = ks_str_sub(text, 1, text.n);
		}
	}
	copy = ks_arena_copy(arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return copy;
}

struct ks_wire_call ks_work_fill_call(struct ks_arena *arena, const struct ks_wire_call *call,
	int64_t now_ms, struct ks_str before)
{
	struct ks_wire_parameter *parameters = ks_arena_alloc(arena, call->parameter_count *
		sizeof(*parameters) + 1);
	struct ks_wire_call filled = *call;

	for (size_t i = 0; i < call->parameter_count; i++) {
		parameters[i] = call->parameters[i];
		parameters[i].value = ks_work_fill(arena, parameters[i].value, now_ms, before);
	}
	filled.parameters = parameters;
	return filled;
}

struct ks_str ks_work_effect(const struct ks_ledger_step *step)
{
	return step->effect.p != NULL ? step->effect : ks_str_of(step->step.condition.effect);
}

int64_t ks_work_window(const struct ks_work *work, int64_t since_ms)
{
	int64_t left = since_ms + work->mandate->settle_ms - ks_ctx_now(work->mandate->ctx);

	/* A clock that was set back must not keep us waiting for longer than the window is. */
	if (left > work->mandate->settle_ms)
		left = work->mandate->settle_ms;
	return left > 0 ? left : 0;
}

bool ks_work_wait(struct ks_work *work, int64_t wait_ms)
{
	const struct ks_ctx *ctx = work->mandate->ctx;

	if (wait_ms > 0 && work->request->tell != NULL)
		work->request->tell(work->request->arg, &(struct ks_executor_news){ NULL, wait_ms });
	while (wait_ms > 0 && !ks_ctx_is_stopping(ctx)) {
		int64_t step = wait_ms < PAUSE_STEP ? wait_ms : PAUSE_STEP;
		struct timespec t = { .tv_nsec = step * 1000000 };

		nanosleep(&t, NULL);
		wait_ms -= step;
	}
	return !ks_ctx_is_stopping(ctx);
}

bool ks_work_settle(struct ks_work *work, int64_t since_ms)
{
	return ks_work_wait(work, ks_work_window(work, since_ms));
}

size_t ks_work_wave(const struct ks_work *work, size_t first)
{
	const struct ks_ledger_step *step = KS_VEC_AT(&work->steps, struct ks_ledger_step, first);
	size_t n = 1;

	if (step->step.call.operation == NULL || step->step.call.region.n == 0)
		return 1;
	while (first + n < work->steps.n) {
		const struct ks_ledger_step *next = KS_VEC_AT(&work->steps, struct ks_ledger_step, first + n);

		if (strcmp(next->step.action, step->step.action) != 0 ||
			next->step.call.operation != step->step.call.operation || next->step.call.region.n == 0)
			break;
		n++;
	}
	return n;
}

bool ks_work_is_region_off(struct ks_work *work, const struct ks_wire_call *call, const struct ks_err *err)
{
	static const char *const codes[] = { "InvalidClientTokenId", "UnrecognizedClientException",
		"OptInRequired" };
	struct ks_err ignored = { 0 };
	struct ks_sts_identity who;
	bool is_refused = false;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		is_refused = is_refused || strcmp(err->aws_code, codes[i]) == 0;
	if (!is_refused || call->region.n == 0)
		return false;
	/* Keys that somebody has just taken away are refused in the same way: that is no matter of Regions. */
	return ks_sts_get_caller_identity_in(work->account.client, call->partition->iam_region, &work->arena,
			   &who, &ignored) == 0;
}
