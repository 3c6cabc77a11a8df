/*
 * The API operations that keysnare uses, one row each: how the request is made and which IAM permission
 * it needs. Only what a plan names is here. From the service models of botocore.
 */
#ifndef KS_AWS_OPERATION_H
#define KS_AWS_OPERATION_H

#include "lib/base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ks_operation_style {
	KS_OPERATION_QUERY, /* a form: Action, Version and the parameters; the reply is XML */
	KS_OPERATION_REST_JSON, /* a method and a path; parameters are a JSON object */
	KS_OPERATION_REST_XML, /* a method and a path; parameters are in the query or in headers; XML or bytes */
	KS_OPERATION_JSON, /* JSON 1.0 or 1.1: a target in a header, parameters are a JSON object */
};

struct ks_operation {
	const char *service; /* "iam", "ses", "sesv2": as AWS's SDKs call the API */
	const char *name; /* "UpdateAccessKey" */
	enum ks_operation_style style;
	const char *version; /* QUERY: the API's version; else NULL */
	const char *method;
	/* "/a/{Name}": Name stands for the parameter of that name, "{Name+}" for one whose slashes stay. What is
	 * behind "?" goes before the parameters. */
	const char *path;
	const char *permission; /* "iam:UpdateAccessKey" */
	bool is_read; /* changes nothing */
	bool is_unsigned; /* needs no keys */
};

/* NULL when there is no such row. */
const struct ks_operation *ks_operation_find(const char *service, const char *name);

#endif
