/* Where calls go: to AWS, or to what a setting puts in its place. */
#include "lib/doctor/check.h"

#include "lib/aws/endpoint.h"

#include <string.h>

static bool is_near(struct ks_str host)
{
	return ks_str_has_prefix(host, KS_STR("127.")) || ks_str_has_prefix(host, KS_STR("[::1]")) ||
		ks_str_has_prefix(host, KS_STR("localhost"));
}

static void check_service(struct ks_check_state *state, const struct ks_service *service, size_t *out_own)
{
	const char *region = state->settings->region != NULL ? state->settings->region : "us-east-1";
	const struct ks_partition *partition = ks_partition_of_region(ks_str_of(region));
	struct ks_endpoint endpoint;
	struct ks_err err = { 0 };

	if (ks_endpoint_find(state->settings, service, partition, ks_str_of(region), &state->arena, &endpoint,
			&err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, "correct the setting", "%s: %s", service->title, err.message);
		return;
	}
	if (!endpoint.is_custom) {
		++*out_own;
		return;
	}
	if (ks_str_has_prefix(ks_str_of(endpoint.origin), KS_STR("http://")) &&
		!is_near(ks_str_of(endpoint.host)))
		ks_check_add(state, KS_CHECK_FAILED, "use https, or take the setting away",
			"%s IS NOT ASKED AT AWS but at %s%s, without TLS: whoever is on the way reads and changes it",
			service->title, endpoint.origin, endpoint.path);
	else
		ks_check_add(state, KS_CHECK_WARNING,
			"unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, or endpoint_url of "
			"the profile, to act on AWS",
			"%s IS NOT ASKED AT AWS but at %s%s: nothing that is done there "
			"contains anybody",
			service->title, endpoint.origin, endpoint.path);
}

static void check_proxies(struct ks_check_state *state)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ks_ctx_env(state->ctx, names[i]) != NULL) {
			ks_check_add(state, KS_CHECK_OK, NULL, "AWS is asked through the proxy of %s", names[i]);
			return;
		}
}

static void run(struct ks_check_state *state)
{
	static const char *const ids[] = { "iam", "sts", "ses", "sesv2" };
	size_t n = sizeof(ids) / sizeof(ids[0]), own = 0;

	for (size_t i = 0; i < n; i++)
		check_service(state, ks_service_find(ids[i]), &own);
	if (own == n)
		ks_check_add(state, KS_CHECK_OK, NULL, "AWS's own%s", state->settings->is_fips ? ", with FIPS" : "");
	check_proxies(state);
}

const struct ks_check ks_check_endpoints = {
	.name = "endpoints",
	.summary = "calls go to AWS itself, over TLS",
	.run = run,
};
