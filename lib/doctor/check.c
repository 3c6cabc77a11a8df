/* What the checks have in common. */
#include "lib/doctor/check.h"

#include "lib/aws/arn.h"
#include "lib/aws/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct ks_check_finding *ks_check_add(struct ks_check_state *state, enum ks_check_outcome outcome,
	const char *advice, const char *format, ...)
{
	struct ks_check_finding *finding = ks_vec_push(&state->findings);
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*finding = (struct ks_check_finding){ .check = state->check->name, .outcome = outcome };
	finding->text = ks_arena_strdup(&state->arena, ks_str_of(text));
	if (advice != NULL)
		finding->advice = ks_arena_strdup(&state->arena, ks_str_of(advice));
	return finding;
}

const char *ks_check_outcome_name(enum ks_check_outcome outcome)
{
	static const char *const names[] = { "ok", "unknown", "warning", "failed" };

	return names[outcome];
}

const struct ks_partition *ks_check_partition(const struct ks_check_state *state,
	const struct ks_check_account *account)
{
	const struct ks_partition *partition = NULL;
	struct ks_arn arn;

	if (ks_arn_parse(account->self.acting.arn, &arn))
		partition = ks_partition_find(arn.partition);
	return partition != NULL ? partition : ks_partition_of_region(ks_str_of(state->region));
}

const char *const *ks_check_account_regions(struct ks_check_state *state,
	const struct ks_check_account *account)
{
	size_t n = account->account->region_count;
	const char **regions;

	if (n == 0)
		return ks_check_partition(state, account)->ses_regions;
	regions = ks_arena_alloc(&state->arena, (n + 1) * sizeof(*regions));
	for (size_t i = 0; i < n; i++)
		regions[i] = ks_arena_strdup(&state->arena, account->account->regions[i]);
	regions[n] = NULL;
	return regions;
}

bool ks_check_is_region_off(const struct ks_err *err)
{
	return strcmp(err->aws_code, "UnrecognizedClientException") == 0 ||
		strcmp(err->aws_code, "InvalidClientTokenId") == 0 || strcmp(err->aws_code, "OptInRequired") == 0;
}

bool ks_check_has_source(const struct ks_check_state *state, const char *prefix)
{
	for (size_t i = 0; i < state->config->source_count; i++)
		if (strncmp(state->config->sources[i].spec, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

const char *ks_check_advice(const struct ks_err *err)
{
	if (strstr(err->message, "certificate") != NULL || strstr(err->message, "SSL") != NULL)
		return "if a proxy of yours opens TLS, name its certificate with AWS_CA_BUNDLE; else somebody may "
			   "be listening";
	if (ks_fault_is_skew(err))
		return "set the clock";
	if (ks_fault_is_expired(err))
		return "get new keys: these have expired";
	if (ks_fault_is_throttling(err))
		return "AWS is busy with this account: try again";
	switch (err->code) {
	case KS_ERR_NET:
		return "see whether this machine reaches AWS: name resolution, firewall, proxy";
	case KS_ERR_REMOTE:
		return "AWS failed, or what answers is not AWS: try again";
	case KS_ERR_AUTH:
		return "AWS does not know these keys, or not any more: give others";
	case KS_ERR_DENIED:
		return "give whoever signs this permission";
	default:
		return NULL;
	}
}
