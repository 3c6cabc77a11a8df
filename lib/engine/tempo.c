/* The responder's counts. */
#include "lib/engine/tempo.h"

#include "lib/base/metrics.h"
#include "lib/base/time.h"

static void count_steps(struct ks_metrics *metrics, const struct ks_executor_summary *summary)
{
	ks_metrics_add(metrics, KS_METRIC_STEPS, KS_METRICS_OF("done"), summary->done);
	ks_metrics_add(metrics, KS_METRIC_STEPS, KS_METRICS_OF("skipped"), summary->skipped);
	ks_metrics_add(metrics, KS_METRIC_STEPS, KS_METRICS_OF("failed"), summary->failed);
	ks_metrics_add(metrics, KS_METRIC_STEPS, KS_METRICS_OF("lost"), summary->lost);
	ks_metrics_add(metrics, KS_METRIC_STEPS, KS_METRICS_OF("left"), summary->left);
}

void ks_tempo_count(const struct ks_ctx *ctx, const struct ks_responder_news *news)
{
	static const char *const outcomes[] = {
		[KS_RESPONDER_WAITS] = "waits",
		[KS_RESPONDER_ACTS] = "begun",
		[KS_RESPONDER_ACTED] = "acted",
		[KS_RESPONDER_REFUSED] = "refused",
		[KS_RESPONDER_SHOWN] = "shown",
		[KS_RESPONDER_LEFT] = "left",
		[KS_RESPONDER_GONE] = "gone",
		[KS_RESPONDER_FAILED] = "failed",
	};

	if ((size_t)news->what < sizeof(outcomes) / sizeof(outcomes[0]))
		ks_metrics_add(ctx->metrics, KS_METRIC_PLANS, KS_METRICS_OF(outcomes[news->what]), 1);
	if (news->summary != NULL)
		count_steps(ctx->metrics, news->summary);
}

void ks_tempo_contained(const struct ks_ctx *ctx, struct ks_db *db, int64_t plan, int64_t since_ms)
{
	struct ks_vec steps = KS_VEC_OF(struct ks_ledger_step);
	struct ks_err ignored = { 0 };
	int64_t first = KS_TIME_NONE;
	struct ks_arena arena;

	if (ctx->metrics == NULL)
		return;
	ks_arena_init(&arena);
	if (ks_ledger_steps(db, plan, &arena, &steps, &ignored) == 0)
		for (size_t i = 0; i < steps.n; i++) {
			int64_t sent = KS_VEC_AT(&steps, struct ks_ledger_step, i)->sent_ms;

			if (sent != KS_TIME_NONE && (first == KS_TIME_NONE || sent < first))
				first = sent;
		}
	if (first != KS_TIME_NONE)
		ks_metrics_observe(ctx->metrics, KS_METRIC_CONTAIN_DELAY, NULL, first - since_ms);
	ks_vec_release(&steps);
	ks_arena_release(&arena);
}
