/* One request, counted and logged. */
#include "lib/aws/callnote.h"

#include "lib/aws/fault.h"
#include "lib/base/metrics.h"

static const char *outcome_of(const struct ks_callnote *note, const struct ks_err *err)
{
	if (err == NULL)
		return "ok";
	if (note->status == 0)
		return "unanswered";
	if (ks_fault_is_throttling(err))
		return "throttled";
	return err->code == KS_ERR_DENIED || err->code == KS_ERR_AUTH ? "denied" : "failed";
}

static struct ks_str text(const char *s)
{
	return ks_str_of(s != NULL ? s : "");
}

void ks_callnote_add(const struct ks_ctx *ctx, const struct ks_callnote *note, const struct ks_err *err)
{
	const char *outcome = outcome_of(note, err);
	const struct ks_log_field fields[] = {
		{ "service", text(note->service), 0 },
		{ "operation", text(note->operation), 0 },
		{ "region", text(note->region), 0 },
		{ "account", text(note->account), 0 },
		{ "attempt", { NULL, 0 }, note->attempt },
		{ "outcome", text(outcome), 0 },
		{ "status", { NULL, 0 }, note->status },
		{ "error", text(err != NULL ? err->aws_code : NULL), 0 },
		{ "request_id", note->request_id.p != NULL ? note->request_id : KS_STR(""), 0 },
		{ "milliseconds", { NULL, 0 }, note->took_ms },
	};

	ks_log_event(&ctx->log, "aws-call", fields, sizeof(fields) / sizeof(fields[0]));
	ks_metrics_add(ctx->metrics, KS_METRIC_AWS_CALLS, KS_METRICS_OF(note->service, note->operation, outcome),
		1);
	ks_metrics_observe(ctx->metrics, KS_METRIC_AWS_SECONDS, KS_METRICS_OF(note->service), note->took_ms);
	if (note->attempt > 1)
		ks_metrics_add(ctx->metrics, KS_METRIC_AWS_RETRIES, KS_METRICS_OF(note->service), 1);
	if (err != NULL && note->status != 0 && ks_fault_is_throttling(err))
		ks_metrics_add(ctx->metrics, KS_METRIC_AWS_THROTTLED, KS_METRICS_OF(note->service), 1);
}
