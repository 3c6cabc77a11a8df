/* The clock of a drill. */
#include "lib/drill/timekeeper.h"

#include <stdlib.h>

static int64_t now(void *arg)
{
	return ks_timekeeper_now(arg);
}

static int draw(void *arg, void *out, size_t n)
{
	const struct ks_timekeeper *keeper = arg;

	return keeper->world->random(keeper->world->arg, out, n);
}

static const char *env(void *arg, const char *name)
{
	const struct ks_timekeeper *keeper = arg;

	return keeper->world->env(keeper->world->arg, name);
}

int ks_timekeeper_parse(struct ks_str text, int64_t *out_pace, struct ks_err *err)
{
	struct ks_str digits = ks_str_sub(text, 0, text.n > 0 ? text.n - 1 : 0), whole, part = { NULL, 0 };
	int64_t before = 0, behind = 0, unit = KS_TIMEKEEPER_UNIT;

	if (ks_str_is(text, "instant")) {
		*out_pace = KS_TIMEKEEPER_INSTANT;
		return 0;
	}
	if (ks_str_is(text, "real"))
		digits = KS_STR("1");
	else if (!ks_str_has_suffix(text, KS_STR("x")))
		digits.n = 0;
	if (digits.n > 0 && digits.n < 10 && ks_str_next(&digits, '.', &whole)) {
		part = digits;
		if (ks_str_parse_int(whole, &before) && before >= 0 &&
			(part.p == NULL || (ks_str_parse_int(part, &behind) && behind >= 0 && part.n <= 3))) {
			for (size_t i = 0; i < part.n; i++)
				unit /= 10;
			*out_pace = before * KS_TIMEKEEPER_UNIT + behind * unit;
			if (*out_pace > 0 && *out_pace <= KS_TIMEKEEPER_MOST)
				return 0;
		}
	}
	return ks_err_set(err, KS_ERR_USAGE, "option '--pace' takes instant, real, or how many times as fast as "
		"the clock it goes, such as 60x, not '" KS_STR_FMT "'", KS_STR_ARG(text));
}

void ks_timekeeper_start(struct ks_timekeeper *keeper, const struct ks_ctx *world, int64_t pace,
	int64_t at_ms)
{
	*keeper = (struct ks_timekeeper){ .ctx = *world, .world = world, .pace = pace, .at_ms = at_ms,
		.since_ms = ks_ctx_now(world) };
	keeper->ctx.now = now;
	keeper->ctx.random = draw;
	keeper->ctx.env = env;
	keeper->ctx.arg = keeper;
}

int64_t ks_timekeeper_now(const struct ks_timekeeper *keeper)
{
	if (keeper->pace == KS_TIMEKEEPER_INSTANT || keeper->is_paused)
		return keeper->at_ms;
	return keeper->at_ms +
		(ks_ctx_now(keeper->world) - keeper->since_ms) * keeper->pace / KS_TIMEKEEPER_UNIT;
}

int64_t ks_timekeeper_left(const struct ks_timekeeper *keeper, int64_t at_ms)
{
	int64_t left = at_ms - ks_timekeeper_now(keeper);

	if (left <= 0 || keeper->pace == KS_TIMEKEEPER_INSTANT)
		return 0;
	return left * KS_TIMEKEEPER_UNIT / keeper->pace + 1;
}

void ks_timekeeper_pause(struct ks_timekeeper *keeper, bool is_paused)
{
	keeper->at_ms = ks_timekeeper_now(keeper);
	keeper->since_ms = ks_ctx_now(keeper->world);
	keeper->is_paused = is_paused;
}

void ks_timekeeper_jump(struct ks_timekeeper *keeper, int64_t at_ms)
{
	if (at_ms <= ks_timekeeper_now(keeper))
		return;
	keeper->at_ms = at_ms;
	keeper->since_ms = ks_ctx_now(keeper->world);
}
