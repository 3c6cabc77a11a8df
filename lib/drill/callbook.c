/* The rows, and the filling in of their templates. */
#include "lib/drill/callbook.h"

#include "lib/base/text.h"

#include <ctype.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KS_SERVICE(name, source, version, host, cli, denial, is_global, keeps) \
	{ name, source, version, host, cli, denial, is_global, keeps },
static const struct ks_callbook_service services[] = {
#include "lib/drill/services.def"
};

#define KS_CALL(service, operation, kind, request, response) \
	{ service, operation, KS_CALLBOOK_##kind, request, response, NULL, NULL, NULL },
#define KS_CALL_ON(service, operation, kind, request, response, resource) \
	{ service, operation, KS_CALLBOOK_##kind, request, response, resource, NULL, NULL },
#define KS_CALL_FULL(service, operation, kind, request, response, resource, additional, resources) \
	{ service, operation, KS_CALLBOOK_##kind, request, response, resource, additional, resources },
static const struct ks_callbook_call calls[] = {
#include "lib/drill/calls.def"
};

#define KS_AGENT(name, text) { name, text },
static const struct {
	const char *name, *text;
} agents[] = {
#include "lib/drill/agents.def"
};

const struct ks_callbook_call *ks_callbook_find(struct ks_str name)
{
	struct ks_str rest = name, service = { NULL, 0 };

	if (!ks_str_next(&rest, ':', &service) || rest.p == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (ks_str_is(service, calls[i].service) && ks_str_is(rest, calls[i].operation))
			return &calls[i];
	return NULL;
}

const struct ks_callbook_call *ks_callbook_at(size_t i)
{
	return i < COUNT(calls) ? &calls[i] : NULL;
}

const struct ks_callbook_service *ks_callbook_service(const char *name)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	return NULL;
}

const char *ks_callbook_agent(struct ks_str name)
{
	for (size_t i = 0; i < COUNT(agents); i++)
		if (ks_str_is(name, agents[i].name))
			return agents[i].text;
	return NULL;
}

const char *ks_callbook_agent_name(size_t i)
{
	return i < COUNT(agents) ? agents[i].name : NULL;
}

/* Version 2 of SES is a service of its own to the CLI; these are its calls in the book. */
static bool is_ses_2(const char *operation)
{
	static const char *const names[] = { "GetAccount", "ListEmailIdentities", "GetEmailIdentity",
		"PutAccountSendingAttributes", "PutAccountDetails", "CreateEmailIdentity", "DeleteEmailIdentity",
		"PutEmailIdentityDkimAttributes", "PutEmailIdentityMailFromAttributes", "PutAccountVdmAttributes" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(operation, names[i]) == 0)
			return true;
	return false;
}

void ks_callbook_add_command(const struct ks_callbook_call *call, struct ks_buf *out)
{
	bool is_ses = strcmp(call->service, "ses") == 0;

	ks_buf_adds(out, is_ses && is_ses_2(call->operation) ? "sesv2" :
		ks_callbook_service(call->service)->cli);
	ks_buf_addc(out, '.');
	for (const char *p = call->operation; *p != '\0'; p++) {
		/* A capital begins a word, and one of several only where a small letter follows: ListSMSThings. */
		if (isupper((unsigned char)*p) && p > call->operation &&
			(islower((unsigned char)p[-1]) || islower((unsigned char)p[1])))
			ks_buf_addc(out, '-');
		ks_buf_addc(out, (char)tolower((unsigned char)*p));
	}
}

/* The next <name> or <name=default> from *inout_at on: where it begins, its parts, *inout_at behind it. A
 * default may hold anything but '>'. */
static const char *next_slot(const char **inout_at, struct ks_str *out_name, struct ks_str *out_default)
{
	const char *from = strchr(*inout_at, '<'), *end = from != NULL ? strchr(from, '>') : NULL;
	struct ks_str inside;

	if (end == NULL)
		return NULL;
	inside = (struct ks_str){ from + 1, (size_t)(end - from) - 1 };
	*out_default = (struct ks_str){ NULL, 0 };
	*out_name = inside;
	for (size_t i = 0; i < inside.n; i++)
		if (inside.p[i] == '=') {
			*out_name = ks_str_sub(inside, 0, i);
			*out_default = ks_str_sub(inside, i + 1, inside.n);
			break;
		}
	*inout_at = end + 1;
	return from;
}

bool ks_callbook_takes(const struct ks_callbook_call *call, struct ks_str name)
{
	const char *const texts[] = { call->request, call->response, call->resource, call->additional,
		call->resources };
	struct ks_str slot, fallback;

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *at = texts[i];

		while (at != NULL && next_slot(&at, &slot, &fallback) != NULL)
			if (fallback.p != NULL && ks_str_is_equal(slot, name))
				return true;
	}
	return false;
}

void ks_callbook_fill(const char *text, const struct ks_callbook_filling *filling, struct ks_buf *out)
{
	const char *at = text, *begin = text, *from;
	struct ks_str name, fallback;

	while ((from = next_slot(&at, &name, &fallback)) != NULL) {
		struct ks_str value = filling->value(filling->arg, name);

		ks_buf_add(out, (struct ks_str){ begin, (size_t)(from - begin) });
		if (value.p == NULL)
			ks_buf_add(out, fallback);
		else if (filling->is_json)
			ks_text_add_json(out, value);
		else
			ks_buf_add(out, value);
		begin = at;
	}
	ks_buf_adds(out, begin);
}
