/* Hosts of services. */
#include "lib/aws/endpoint.h"

#include <string.h>

const char *ks_endpoint_host(const struct ks_service *service, const struct ks_partition *partition,
	struct ks_str region, bool is_fips, struct ks_arena *arena)
{
	/* In some partitions a service's ordinary host is the FIPS one. */
	if (is_fips && partition->fips_same != NULL && strcmp(partition->fips_same, service->id) == 0)
		is_fips = false;
	if (service->is_global)
		return is_fips ? partition->iam_fips_host : partition->iam_host;
	return ks_arena_printf(arena, "%s%s." KS_STR_FMT ".%s", service->host, is_fips ? "-fips" : "",
		KS_STR_ARG(region), partition->dns_suffix);
}

/* "https://host:443" has the header "host": what is signed must be what is sent. */
static const char *host_header(struct ks_str host, bool is_tls, struct ks_arena *arena)
{
	struct ks_str usual = is_tls ? KS_STR(":443") : KS_STR(":80");

	if (ks_str_has_suffix(host, usual))
		host.n -= usual.n;
	return ks_arena_strdup(arena, host);
}

int ks_endpoint_move(struct ks_endpoint *endpoint, const char *url, struct ks_arena *arena,
	struct ks_err *err)
{
	struct ks_str text = ks_str_of(url), rest, host;
	bool is_tls = ks_str_has_prefix(text, KS_STR("https://"));
	size_t scheme = is_tls ? strlen("https://") : strlen("http://");

	if (!is_tls && !ks_str_has_prefix(text, KS_STR("http://")))
		return ks_err_set(err, KS_ERR_CONFIG, "the endpoint '%s' is no URL for http or https", url);
	rest = ks_str_sub(text, scheme, text.n);
	if (!ks_str_next(&rest, '/', &host) || host.n == 0 || strpbrk(url, "?#@ \t\r\n") != NULL)
		return ks_err_set(err, KS_ERR_CONFIG, "the endpoint '%s' is no URL of host, port and path", url);
	while (rest.n > 0 && rest.p[rest.n - 1] == '/')
		rest.n--;
	endpoint->origin = ks_arena_strdup(arena, ks_str_sub(text, 0, scheme + host.n));
	endpoint->host = host_header(host, is_tls, arena);
	endpoint->path = rest.n > 0 ? ks_arena_printf(arena, "/" KS_STR_FMT, KS_STR_ARG(rest)) : "";
	endpoint->is_custom = true;
	return 0;
}

int ks_endpoint_find(struct ks_settings *settings, const struct ks_service *service,
	const struct ks_partition *partition, struct ks_str region, struct ks_arena *arena,
	struct ks_endpoint *out, struct ks_err *err)
{
	const char *url = ks_settings_endpoint(settings, service->id);
	struct ks_endpoint endpoint = { .path = "" };

	endpoint.signing_region = service->is_global ? partition->iam_region : ks_arena_strdup(arena, region);
	if (url != NULL) {
		if (ks_endpoint_move(&endpoint, url, arena, err) != 0)
			return -1;
	} else {
		endpoint.host = ks_endpoint_host(service, partition, region, settings->is_fips, arena);
		endpoint.origin = ks_arena_printf(arena, "https://%s", endpoint.host);
	}
	*out = endpoint;
	return 0;
}

/* One label: a wildcard in a certificate stands for no more. */
static bool is_label(const char *name)
{
	size_t n = strlen(name);

	return n >= 3 && n <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
		name[0] != '-' && name[n - 1] != '-';
}

bool ks_endpoint_take_bucket(struct ks_endpoint *endpoint, const char *bucket, struct ks_arena *arena)
{
	if (endpoint->is_custom || !is_label(bucket))
		return false;
	endpoint->host = ks_arena_printf(arena, "%s.%s", bucket, endpoint->host);
	endpoint->origin = ks_arena_printf(arena, "https://%s", endpoint->host);
	return true;
}
