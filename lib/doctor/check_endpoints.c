/* Where calls go: to AWS, or to what a setting puts in its place. */
#include "lib/doctor/check.h"

#include "lib/aws/endpoint.h"

#include <string.h>

static bool is_near(struct ks_str host)
{
	return ks_str_has_prefix(host, KS_STR("127.")) || ks_str_has_prefix(host, KS_STR("[::1]")) ||
		ks_str_has_prefix(host, KS_STR("localhost"));
}

/* The services that go to one place instead of AWS's own. */
struct place {
	const char *url;
	const char *names;               /* "IAM, STS" */
	size_t n;
	bool is_open;                    /* without TLS, and not on this machine */
};

static void look_at(struct ks_check_state *state, const struct ks_service *service, struct ks_vec *places)
{
	const char *region = state->settings->region != NULL ? state->settings->region : "us-east-1", *url;
	const struct ks_partition *partition = ks_partition_of_region(ks_str_of(region));
	struct place *place = NULL;
	struct ks_endpoint endpoint;
	struct ks_err err = { 0 };

	if (ks_endpoint_find(state->settings, service, partition, ks_str_of(region), &state->arena, &endpoint,
			&err) != 0) {
		ks_check_add(state, KS_CHECK_FAILED, "correct the setting", "%s: %s", service->title, err.message);
		return;
	}
	if (!endpoint.is_custom)
		return;
	url = ks_arena_printf(&state->arena, "%s%s", endpoint.origin, endpoint.path);
	for (size_t i = 0; i < places->n && place == NULL; i++)
		if (strcmp(KS_VEC_AT(places, struct place, i)->url, url) == 0)
			place = KS_VEC_AT(places, struct place, i);
	if (place == NULL) {
		place = ks_vec_push(places);
		*place = (struct place){ .url = url, .names = "",
			.is_open = ks_str_has_prefix(ks_str_of(endpoint.origin), KS_STR("http://")) &&
				!is_near(ks_str_of(endpoint.host)) };
	}
	place->names = ks_arena_printf(&state->arena, "%s%s%s", place->names, place->n++ > 0 ? ", " : "",
		service->title);
}

static void tell(struct ks_check_state *state, const struct place *place)
{
	const char *verb = place->n > 1 ? "ARE" : "IS";

	if (place->is_open)
		ks_check_add(state, KS_CHECK_FAILED, "use https, or take the setting away",
			"%s %s NOT ASKED AT AWS but at %s, without TLS: whoever is on the way reads and changes it",
			place->names, verb, place->url);
	else
		ks_check_add(state, KS_CHECK_WARNING,
			"unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…, or endpoint_url of "
			"the profile, to act on AWS",
			"%s %s NOT ASKED AT AWS but at %s: nothing that is done there contains anybody",
			place->names, verb, place->url);
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
	struct ks_vec places = KS_VEC_OF(struct place);
	size_t before = state->findings.n;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		look_at(state, ks_service_find(ids[i]), &places);
	for (size_t i = 0; i < places.n; i++)
		tell(state, KS_VEC_AT(&places, struct place, i));
	if (state->findings.n == before)
		ks_check_add(state, KS_CHECK_OK, NULL, "AWS's own%s", state->settings->is_fips ? ", with FIPS" : "");
	ks_vec_release(&places);
	check_proxies(state);
}

const struct ks_check ks_check_endpoints = {
	.name = "endpoints",
	.summary = "calls go to AWS itself, over TLS",
	.run = run,
};
