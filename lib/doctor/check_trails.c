/* CloudTrail's trails in each account: without one that records enough, S3 and EventBridge get nothing. */
#include "lib/doctor/check.h"

#include "lib/aws/cloudtrail.h"
#include "lib/base/time.h"
#include "lib/engine/vigil.h"

#include <stdarg.h>
#include <stdio.h>

#define LATE_MS (INT64_C(6) * 3600 * 1000)   /* a trail in use delivers every few minutes */

struct seen {
	struct ks_cloudtrail_trail trail;
	struct ks_cloudtrail_status status;
	struct ks_cloudtrail_selection selection;
	const char *name, *region;
	bool has_status, has_selection;
	bool is_good;                /* nothing is to be said against it */
};

/* One account. */
struct look {
	struct ks_check_state *state;
	const struct ks_check_account *one;
	const char *const *regions;
	struct ks_vec trails;        /* struct seen */
	size_t asked;                /* Regions that answered */
	bool is_refused;
	bool has_good;
};

__attribute__((format(printf, 4, 5)))
static void say(struct look *look, enum ks_check_outcome outcome, const char *advice, const char *format,
	...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ks_check_add(look->state, outcome, advice, "%s", text)->account = look->one->account->id;
}

/* ---- what is asked ------------------------------------------------------------------------------- */

static void say_error(struct look *look, const char *permission, const struct ks_err *err)
{
	bool is_denied = err->code == KS_ERR_DENIED;

	say(look, is_denied ? KS_CHECK_UNKNOWN : KS_CHECK_FAILED, is_denied ?
		ks_arena_printf(&look->state->arena, "allow %s to whoever runs doctor", permission) :
		ks_check_advice(err), "%s", err->message);
}

static void add_trail(struct look *look, const struct ks_cloudtrail_trail *trail, const char *region)
{
	struct ks_arena *arena = &look->state->arena;
	struct seen seen = { .trail = *trail, .name = ks_arena_strdup(arena, trail->name), .region = region };
	const char *arn = ks_arena_strdup(arena, trail->arn.n > 0 ? trail->arn : trail->name);
	struct ks_err err = { 0 };

	for (size_t i = 0; i < look->trails.n; i++)
		if (ks_str_is_equal(KS_VEC_AT(&look->trails, struct seen, i)->trail.arn, trail->arn))
			return;
	if (ks_partition_of_region(trail->home_region) != NULL)
		seen.region = ks_arena_strdup(arena, trail->home_region);
	if (ks_cloudtrail_get_status(look->one->client, seen.region, arn, arena, &seen.status, &err) == 0)
		seen.has_status = true;
	else
		say_error(look, "cloudtrail:GetTrailStatus", &err);
	err = (struct ks_err){ 0 };
	if (ks_cloudtrail_get_selectors(look->one->client, seen.region, arn, arena, &seen.selection, &err) == 0)
		seen.has_selection = true;
	else
		say_error(look, "cloudtrail:GetEventSelectors", &err);
	*(struct seen *)ks_vec_push(&look->trails) = seen;
}

/* Whether a trail of all Regions is at work: then no other Region has to be asked. */
static bool is_everywhere(const struct look *look)
{
	for (size_t i = 0; i < look->trails.n; i++) {
		const struct seen *seen = KS_VEC_AT(&look->trails, struct seen, i);

		if (seen->trail.is_multi_region && seen->status.is_logging)
			return true;
	}
	return false;
}

static void ask(struct look *look, const char *region)
{
	struct ks_vec trails = KS_VEC_OF(struct ks_cloudtrail_trail);
	struct ks_err err = { 0 };

	if (ks_cloudtrail_describe_trails(look->one->client, region, &look->state->arena, &trails, &err) == 0) {
		look->asked++;
		for (size_t i = 0; i < trails.n; i++)
			add_trail(look, KS_VEC_AT(&trails, struct ks_cloudtrail_trail, i), region);
	} else if (!ks_check_is_region_off(&err)) {
		say_error(look, "cloudtrail:DescribeTrails", &err);
		look->is_refused = true;
	}
	ks_vec_release(&trails);
}

/* ---- what is said of one ------------------------------------------------------------------------- */

static const char *ago(struct look *look, int64_t ms)
{
	int64_t now = ks_ctx_now(look->state->ctx);

	return ks_vigil_stretch(now > ms ? now - ms : 0, &look->state->arena);
}

/* Faults that matter of any trail: somebody wanted it. They are failures where no other is good. */
static void say_broken(struct look *look, const struct seen *seen)
{
	enum ks_check_outcome outcome = look->has_good ? KS_CHECK_WARNING : KS_CHECK_FAILED;
	struct ks_arena *arena = &look->state->arena;

	if (!seen->has_status)
		return;
	if (!seen->status.is_logging) {
		say(look, outcome, ks_arena_printf(arena, "see who stopped it (StopLogging in the event history), "
			"then: aws cloudtrail start-logging --region %s --name %s", seen->region, seen->name),
			"trail '%s' does not log: nothing is recorded by it", seen->name);
		return;
	}
	if (seen->status.error.n > 0)
		say(look, outcome, "let CloudTrail write there: see the bucket, its policy and its key",
			"trail '%s': the last delivery to bucket '" KS_STR_FMT "' failed: " KS_STR_FMT, seen->name,
			KS_STR_ARG(seen->trail.bucket), KS_STR_ARG(seen->status.error));
	else if (seen->status.delivered_ms == KS_TIME_NONE)
		say(look, KS_CHECK_WARNING, "where it is new, ask again in a quarter of an hour; else see the "
			"bucket's policy", "trail '%s' has delivered nothing yet", seen->name);
	else if (ks_ctx_now(look->state->ctx) - seen->status.delivered_ms > LATE_MS)
		say(look, KS_CHECK_WARNING, "see the bucket, its policy and its key",
			"trail '%s': nothing was delivered for %s", seen->name, ago(look, seen->status.delivered_ms));
}

/* Sources whose events are left out. KMS's and those of RDS's Data API usually are, for their number. */
static void say_excluded(struct look *look, const struct seen *seen)
{
	const char *list = "";

	for (size_t i = 0; i < seen->selection.excluded.n; i++) {
		struct ks_str one = *KS_VEC_AT(&seen->selection.excluded, struct ks_str, i);

		if (!ks_str_is(one, "kms.amazonaws.com") && !ks_str_is(one, "rdsdata.amazonaws.com"))
			list = ks_arena_printf(&look->state->arena, "%s%s" KS_STR_FMT, list, list[0] != '\0' ? ", " : "",
				KS_STR_ARG(one));
	}
	if (list[0] != '\0')
		say(look, KS_CHECK_WARNING, "take the exclusion out of its event selectors",
			"trail '%s' leaves out events of %s", seen->name, list);
}

/* Faults of what it records: no matter where another trail records it. */
static void say_gaps(struct look *look, const struct seen *seen)
{
	static const char *const selectors = "select all management events, read and write: aws cloudtrail "
		"put-event-selectors";

	if (!seen->trail.is_multi_region)
		say(look, KS_CHECK_WARNING, "aws cloudtrail update-trail --is-multi-region-trail",
			"trail '%s' is one of %s only: other Regions are not recorded%s", seen->name, seen->region,
			seen->trail.has_global_events ? "" : ", and IAM is not");
	else if (!seen->trail.has_global_events)
		say(look, KS_CHECK_WARNING, "aws cloudtrail update-trail --include-global-service-events",
			"trail '%s' has no events of global services: IAM is missing, and STS in part", seen->name);
	if (!seen->trail.has_validation)
		say(look, KS_CHECK_WARNING, "aws cloudtrail update-trail --enable-log-file-validation",
			"trail '%s' has no digests: nobody can tell later whether its files were changed", seen->name);
	if (!seen->has_selection)
		return;
	if (seen->selection.is_narrowed && !(seen->selection.has_reads && seen->selection.has_writes)) {
		say(look, KS_CHECK_WARNING, selectors, "trail '%s' records some management events only: its "
			"advanced selectors name sources or calls", seen->name);
		return;
	}
	if (!seen->selection.has_reads)
		say(look, KS_CHECK_WARNING, selectors, "trail '%s' records no reads: GetSendQuota and "
			"GetCallerIdentity, which thieves begin with, are reads", seen->name);
	if (!seen->selection.has_writes)
		say(look, KS_CHECK_WARNING, selectors, "trail '%s' records nothing that changes something: neither "
			"CreateUser nor VerifyEmailIdentity", seen->name);
	say_excluded(look, seen);
}

/* A fault is a line; a trail without lines is good. */
static void find_good(struct look *look)
{
	size_t before = look->state->findings.n;

	for (size_t i = 0; i < look->trails.n; i++) {
		struct seen *seen = KS_VEC_AT(&look->trails, struct seen, i);

		say_broken(look, seen);
		say_gaps(look, seen);
		seen->is_good = seen->has_status && seen->has_selection && look->state->findings.n == before;
		look->has_good |= seen->is_good;
		look->state->findings.n = before;
	}
}

static void say_good(struct look *look, const struct seen *seen)
{
	say(look, KS_CHECK_OK, NULL, "trail '%s' records all management events of all Regions%s, reads as well, "
		"into bucket '" KS_STR_FMT "', last %s ago", seen->name,
		seen->trail.is_organization ? " and of the whole organization" : "",
		KS_STR_ARG(seen->trail.bucket), ago(look, seen->status.delivered_ms));
}

/* ---- what is said of all ------------------------------------------------------------------------- */

static void say_none(struct look *look)
{
	bool is_needed = ks_check_has_source(look->state, "sqs:") || ks_check_has_source(look->state, "s3:");

	say(look, is_needed ? KS_CHECK_FAILED : KS_CHECK_WARNING, "make one: examples/aws/keysnare.yml does "
		"with Trail=yes; or go without: 'keysnare watch lookup:'", "there is no trail: neither S3 nor "
		"EventBridge gets anything of CloudTrail's");
}

static bool is_recorded(const struct look *look, const char *region)
{
	for (size_t i = 0; i < look->trails.n; i++) {
		const struct seen *seen = KS_VEC_AT(&look->trails, struct seen, i);

		/* Of one that could not be asked, a line says so. */
		if ((seen->status.is_logging || !seen->has_status) &&
			(seen->trail.is_multi_region || ks_str_is(ks_str_of(seen->region), region)))
			return true;
	}
	return false;
}

/* Regions in which SES is used, or could be, and no trail is. */
static void say_regions(struct look *look)
{
	const char *list = "";
	size_t n = 0, all = 0;

	for (; look->regions[all] != NULL; all++)
		if (!is_recorded(look, look->regions[all]))
			list = ks_arena_printf(&look->state->arena, "%s%s%s", list, n++ > 0 ? ", " : "",
				look->regions[all]);
	if (n > 0)
		say(look, KS_CHECK_WARNING, "make a trail of all Regions", "no trail records what happens in %zu of "
			"%zu Regions with SES: %s", n, all, list);
}

static void say_ses(struct look *look)
{
	for (size_t i = 0; i < look->trails.n; i++) {
		const struct seen *seen = KS_VEC_AT(&look->trails, struct seen, i);

		if (!seen->has_selection || (seen->status.is_logging && seen->selection.has_ses_data))
			return;
	}
	say(look, KS_CHECK_OK, NULL, "sending by SES's APIs is in no trail: its data events are not selected "
		"(they cost; sending by SMTP is never recorded)");
}

static void say_all(struct look *look)
{
	find_good(look);
	for (size_t i = 0; i < look->trails.n; i++) {
		struct seen *seen = KS_VEC_AT(&look->trails, struct seen, i);

		if (seen->is_good)
			say_good(look, seen);
		else
			say_broken(look, seen);
		if (!look->has_good)
			say_gaps(look, seen);
	}
	if (!look->is_refused)
		say_regions(look);
	say_ses(look);
}

static void look_at(struct ks_check_state *state, const struct ks_check_account *one)
{
	struct look look = { .state = state, .one = one, .regions = ks_check_account_regions(state, one),
		.trails = KS_VEC_OF(struct seen) };

	for (size_t i = 0; look.regions[i] != NULL && !look.is_refused && !is_everywhere(&look) &&
		!ks_ctx_is_stopping(state->ctx); i++)
		ask(&look, look.regions[i]);
	if (look.regions[0] == NULL)
		ask(&look, state->region);
	if (look.trails.n > 0)
		say_all(&look);
	else if (look.asked > 0 && !look.is_refused)
		say_none(&look);
	for (size_t i = 0; i < look.trails.n; i++)
		ks_vec_release(&KS_VEC_AT(&look.trails, struct seen, i)->selection.excluded);
	ks_vec_release(&look.trails);
}

static void run(struct ks_check_state *state)
{
	for (size_t i = 0; i < state->entered.n && !ks_ctx_is_stopping(state->ctx); i++) {
		const struct ks_check_account *one = KS_VEC_AT(&state->entered, struct ks_check_account, i);

		if (one->client != NULL)
			look_at(state, one);
	}
}

static const char *const permissions[] = {
	"cloudtrail:DescribeTrails",
	"cloudtrail:GetEventSelectors",
	"cloudtrail:GetTrailStatus",
	NULL,
};

const struct ks_check ks_check_trails = {
	.name = "trails",
	.summary = "a trail records reads and writes of all Regions, and delivers",
	.is_online = true,
	.needs_keys = true,
	.permissions = permissions,
	.run = run,
};
