/* The permissions of whoever signs in each account, against what the duties need. */
#include "lib/doctor/check.h"

#include "lib/base/mem.h"
#include "lib/doctor/rehearsal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One duty in one account. */
struct work {
	const struct ks_check_duty *duty;
	const struct ks_check_account *account;
	enum ks_rehearsal_answer *answers;
	const char **why; /* of what is unknown */
	const char *method;
};

static int make_name(struct ks_check_state *state, const char **out)
{
	struct ks_err err = { 0 };
	uint64_t random[2];

	if (ks_ctx_random(state->ctx, random, sizeof(random), &err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, NULL, "%s", err.message);
		return -1;
	}
	*out = ks_arena_printf(&state->arena, "ops-automation-%016" PRIx64 "%016" PRIx64, random[0], random[1]);
	return 0;
}

/* IAM's simulation where it is allowed, else one by one. */
static void find_out(struct ks_check_state *state, const struct ks_rehearsal_request *request,
	struct work *work)
{
	size_t n = work->duty->permission_count;
	struct ks_err err = { 0 };

	work->method = "by IAM's simulation";
	if (ks_rehearsal_simulate(request, work->duty->permissions, n, work->answers, &err) == 0) {
		for (size_t i = 0; i < n; i++)
			work->why[i] = "IAM's simulation says nothing about it";
		return;
	}
	work->method = "by trying on names that do not exist";
	for (size_t i = 0; i < n && !ks_ctx_is_stopping(state->ctx); i++) {
		err = (struct ks_err){ 0 };
		work->answers[i] = ks_rehearsal_try(request, work->duty->permissions[i], &err);
		work->why[i] = ks_arena_strdup(&state->arena, ks_str_of(err.message));
	}
}

/* "a, b, c" of those with that answer; n 0 when there are none. */
static const char *list(struct ks_check_state *state, const struct work *work,
	enum ks_rehearsal_answer answer, const char *why, size_t *out_n)
{
	const char *text = "";

	*out_n = 0;
	for (size_t i = 0; i < work->duty->permission_count; i++)
		if (work->answers[i] == answer && (why == NULL || strcmp(work->why[i], why) == 0))
			text = ks_arena_printf(&state->arena, "%s%s%s", text, (*out_n)++ > 0 ? ", " : "",
				work->duty->permissions[i]);
	return text;
}

static void report(struct ks_check_state *state, const struct work *work)
{
	const struct ks_check_duty *duty = work->duty;
	struct ks_str account = work->account->account->id;
	size_t denied, allowed, n;
	const char *text;

	list(state, work, KS_REHEARSAL_ALLOWED, NULL, &allowed);
	text = list(state, work, KS_REHEARSAL_DENIED, NULL, &denied);
	if (denied > 0)
		ks_check_add(state, duty->is_vital ? KS_CHECK_FAILED : KS_CHECK_WARNING,
			"give it what 'keysnare perms' prints; permissions for some names or paths only show as denied "
			"here",
			"%s: %s lacks %s", duty->lack, work->account->self.acting.arn.p, text)
			->account = account;
	else
		ks_check_add(state, KS_CHECK_OK, NULL, "for %s: %zu of %zu are there, %s", duty->name, allowed,
			duty->permission_count, work->method)
			->account = account;
	for (size_t i = 0; i < duty->permission_count; i++) {
		bool is_first = work->answers[i] == KS_REHEARSAL_UNKNOWN;

		for (size_t j = 0; is_first && j < i; j++)
			is_first = work->answers[j] != KS_REHEARSAL_UNKNOWN || strcmp(work->why[i], work->why[j]) != 0;
		if (is_first) {
			text = list(state, work, KS_REHEARSAL_UNKNOWN, work->why[i], &n);
			ks_check_add(state, KS_CHECK_UNKNOWN, "allow iam:SimulatePrincipalPolicy, and IAM tells",
				"for %s: %s: %s", duty->name, text, work->why[i])
				->account = account;
		}
	}
}

static void check_account(struct ks_check_state *state, const struct ks_check_account *account,
	const char *name)
{
	const struct ks_account_self *self = &account->self;
	struct ks_rehearsal_request request = { .client = account->client,
		.arn = self->acting.arn,
		.region = state->region,
		.name = name };

	/* Keys that are temporary have no last use. */
	if (ks_str_has_prefix(self->base_key, KS_STR("AKIA")) &&
		ks_str_is_equal(self->base.account, self->acting.account))
		request.key_id = self->base_key;
	if (account->account->region_count > 0)
		request.region = ks_arena_strdup(&state->arena, account->account->regions[0]);
	for (size_t i = 0; i < state->duty_count; i++) {
		size_t n = state->duties[i].permission_count;
		struct work work = { .duty = &state->duties[i], .account = account };

		work.answers = ks_arena_alloc(&state->arena, n * sizeof(*work.answers));
		work.why = ks_arena_alloc(&state->arena, n * sizeof(*work.why));
		for (size_t j = 0; j < n; j++) {
			work.answers[j] = KS_REHEARSAL_UNKNOWN;
			work.why[j] = "not asked any more";
		}
		find_out(state, &request, &work);
		report(state, &work);
	}
}

static void run(struct ks_check_state *state)
{
	const char *name;

	if (make_name(state, &name) != 0)
		return;
	for (size_t i = 0; i < state->entered.n; i++) {
		const struct ks_check_account *account = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (account->client != NULL && account->self.acting.arn.p != NULL)
			check_account(state, account, name);
	}
}

const struct ks_check ks_check_permissions = {
	.name = "permissions",
	.summary = "what planting and containing need is allowed in each account",
	.is_online = true,
	.needs_keys = true,
	.run = run,
};
