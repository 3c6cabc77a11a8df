/*
 * What a drill's actors can call and with what: the rows of services.def, calls.def and agents.def, and the
 * little templates in them. Formats: CloudTrail User Guide, "CloudTrail record contents"; the messages of
 * denials: IAM User Guide, "Access denied error messages"; members: records of real accounts.
 */
#ifndef KS_DRILL_CALLBOOK_H
#define KS_DRILL_CALLBOOK_H

#include "lib/base/buf.h"
#include "lib/base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ks_callbook_kind {
	KS_CALLBOOK_READ,
	KS_CALLBOOK_WRITE,
	KS_CALLBOOK_SEND,        /* a data event, which says that it only reads */
	KS_CALLBOOK_LOGIN,       /* a sign-in: no API call */
};

struct ks_callbook_service {
	const char *name, *source, *version;
	const char *host;        /* NULL: no TLS details */
	const char *cli, *denial;
	bool is_global;
	bool keeps;              /* the parameters of what it denies */
};

struct ks_callbook_call {
	const char *service, *operation;
	enum ks_callbook_kind kind;
	const char *request, *response;      /* templates; NULL: null */
	const char *resource;                /* likewise; NULL: a denial names none */
	const char *additional, *resources;  /* likewise; NULL: the record has none */
};

/* "ses:GetSendQuota"; NULL when no row has it. */
const struct ks_callbook_call *ks_callbook_find(struct ks_str name);
const struct ks_callbook_service *ks_callbook_service(const char *name);     /* NULL likewise */
/* All calls, by number; NULL behind the last. */
const struct ks_callbook_call *ks_callbook_at(size_t i);

/* The template of a user agent by its name, or NULL; its name by number, NULL behind the last. */
const char *ks_callbook_agent(struct ks_str name);
const char *ks_callbook_agent_name(size_t i);

/* The CLI's name of a call: "ses.get-send-quota". */
void ks_callbook_add_command(const struct ks_callbook_call *call, struct ks_buf *out);

/* Whether a template of the call takes a member of that name from the step. */
bool ks_callbook_takes(const struct ks_callbook_call *call, struct ks_str name);

/* Fills in a template. value says what a name stands for; p NULL: the template's own default, or
 * nothing. With
 * is_json the text of a value is escaped for a string. */
struct ks_callbook_filling {
	struct ks_str (*value)(void *arg, struct ks_str name);
	void *arg;
	bool is_json;
};
void ks_callbook_fill(const char *text, const struct ks_callbook_filling *filling, struct ks_buf *out);

#endif
