/*
 * The services that keysnare calls: how each is called in settings, in the scope of a signature and in host
 * names. From the service models and endpoint rules of botocore.
 */
#ifndef KS_AWS_SERVICE_H
#define KS_AWS_SERVICE_H

#include <stdbool.h>

struct ks_service {
	const char *id; /* "sesv2": in AWS_ENDPOINT_URL_<ID>, and as AWS's SDKs call the API */
	const char *title; /* "SES v2": for people */
	const char *signing_name; /* "ses" */
	const char *host; /* "email": email.<region>.<suffix> */
	const char *target; /* JSON 1.0 and 1.1: what stands before ".<Operation>"; else NULL */
	const char *json_version; /* "1.0", "1.1"; else NULL */
	bool is_global; /* one endpoint a partition */
};

/* NULL when there is no such service. */
const struct ks_service *ks_service_find(const char *id);

#endif
