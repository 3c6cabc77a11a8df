/* The permissions of whoever signs in each account, against what its duties there need. */
#include "lib/doctor/check.h"

#include "lib/aws/arn.h"
#include "lib/doctor/rehearsal.h"
#include "lib/engine/duty.h"

#include <inttypes.h>
#include <string.h>

/* Whoever keeps a duty to somebody else's keys gets a warning for it. */
static const struct row {
	enum ks_duty duty;
	const char *name;
	const char *lack; /* what does not work without */
	bool is_vital;
} rows[] = {
	{ KS_DUTY_RESPONDER, "containing", "some actions will be refused", true },
	{ KS_DUTY_PLANTER, "planting", "live decoys cannot be planted or kept", false },
	{ KS_DUTY_WATCHER, "watching", "use that no record shows is not noticed", false },
};

/* One duty in one account. */
struct work {
	const struct row *row;
	const struct ks_check_account *account;
	struct ks_rehearsal_wish *wishes;
	size_t n;
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

static void list_wishes(struct ks_check_state *state, struct work *work)
{
	struct ks_vec needs = KS_VEC_OF(struct ks_duty_need);
	struct ks_duty_place place = { .account = work->account->account->id,
		.accounts = state->accounts,
		.account_count = state->account_count };
	struct ks_arn arn;

	if (ks_arn_parse(work->account->self.acting.arn, &arn))
		place.partition = ks_partition_find(arn.partition);
	if (place.partition == NULL)
		place.partition = ks_partition_of_region(ks_str_of(state->region));
	ks_duty_list(work->row->duty, state->policies, &place, &state->arena, &needs);
	work->n = needs.n;
	work->wishes = ks_arena_alloc(&state->arena, (needs.n + 1) * sizeof(*work->wishes));
	for (size_t i = 0; i < needs.n; i++) {
		const char *permission = KS_VEC_AT(&needs, struct ks_duty_need, i)->permission;

		work->wishes[i] =
			(struct ks_rehearsal_wish){ permission, ks_duty_resource(permission, &place, &state->arena),
				KS_REHEARSAL_UNKNOWN, "not asked any more" };
	}
	ks_vec_release(&needs);
}

/* IAM's simulation where it is allowed, else one by one. */
static void find_out(struct ks_check_state *state, const struct ks_rehearsal_request *request,
	struct work *work)
{
	struct ks_err err = { 0 };

	work->method = "by IAM's simulation";
	if (ks_rehearsal_simulate(request, work->wishes, work->n, &err) == 0) {
		for (size_t i = 0; i < work->n; i++)
			work->wishes[i].why = "IAM's simulation says nothing about it";
		return;
	}
	work->method = "by trying on names that do not exist";
	for (size_t i = 0; i < work->n && !ks_ctx_is_stopping(state->ctx); i++) {
		struct ks_rehearsal_wish *wish = &work->wishes[i];

		err = (struct ks_err){ 0 };
		wish->answer = ks_rehearsal_try(request, wish->permission, &err);
		wish->why = ks_arena_strdup(&state->arena, ks_str_of(err.message));
	}
}

/* "a, b, c" of those with that answer, and of them those with that reason. */
static const char *list(struct ks_check_state *state, const struct work *work,
	enum ks_rehearsal_answer answer, const char *why, size_t *out_n)
{
	const char *text = "";

	*out_n = 0;
	for (size_t i = 0; i < work->n; i++)
		if (work->wishes[i].answer == answer && (why == NULL || strcmp(work->wishes[i].why, why) == 0))
			text = ks_arena_printf(&state->arena, "%s%s%s", text, (*out_n)++ > 0 ? ", " : "",
				work->wishes[i].permission);
	return text;
}

static void report_unknown(struct ks_check_state *state, const struct work *work)
{
	for (size_t i = 0; i < work->n; i++) {
		const struct ks_rehearsal_wish *wish = &work->wishes[i];
		bool is_first = wish->answer == KS_REHEARSAL_UNKNOWN;
		const char *text;
		size_t n;

		for (size_t j = 0; is_first && j < i; j++)
			is_first = work->wishes[j].answer != KS_REHEARSAL_UNKNOWN ||
				strcmp(wish->why, work->wishes[j].why) != 0;
		if (!is_first)
			continue;
		text = list(state, work, KS_REHEARSAL_UNKNOWN, wish->why, &n);
		ks_check_add(state, KS_CHECK_UNKNOWN, "allow iam:SimulatePrincipalPolicy, and IAM tells",
			"for %s: %s: %s", work->row->name, text, wish->why)
			->account = work->account->account->id;
	}
}

static void report(struct ks_check_state *state, const struct work *work)
{
	size_t denied, allowed;
	const char *text = list(state, work, KS_REHEARSAL_DENIED, NULL, &denied);
	struct ks_check_finding *finding;

	list(state, work, KS_REHEARSAL_ALLOWED, NULL, &allowed);
	if (denied > 0)
		finding = ks_check_add(state, work->row->is_vital ? KS_CHECK_FAILED : KS_CHECK_WARNING,
			ks_arena_printf(&state->arena,
				"allow what 'keysnare perms --for %s' prints; what is allowed for some names or paths "
				"only shows as denied here",
				ks_duty_name(work->row->duty)),
			"%s: " KS_STR_FMT " lacks %s", work->row->lack, KS_STR_ARG(work->account->self.acting.arn),
			text);
	else
		finding = ks_check_add(state, KS_CHECK_OK, NULL, "for %s: %zu of %zu are there, %s", work->row->name,
			allowed, work->n, work->method);
	finding->account = work->account->account->id;
	report_unknown(state, work);
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
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct work work = { .row = &rows[i], .account = account };

		list_wishes(state, &work);
		if (work.n == 0)
			continue;
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

static const char *const permissions[] = { "iam:SimulatePrincipalPolicy", NULL };

const struct ks_check ks_check_permissions = {
	.name = "permissions",
	.summary = "what containing, planting and watching need is allowed in each account",
	.is_online = true,
	.needs_keys = true,
	.permissions = permissions,
	.run = run,
};
