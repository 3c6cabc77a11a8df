/* One record, member by member. */
#include "lib/drill/record.h"

#include "lib/base/text.h"
#include "lib/base/time.h"

#include <string.h>

#define SESSION_MS (12 * 3600 * KS_TIME_SECOND)
#define TOKEN_SIZE 64u           /* real ones are longer, and nobody reads them */

/* What a record's templates can ask for. */
struct writing {
	const struct ks_record *record;
	const struct ks_callbook_service *service;
	struct ks_dice *dice;
	struct ks_arena arena;
	struct ks_str request_id;
};

/* ---- identities ---------------------------------------------------------------------------------- */

static struct ks_str role_path(const struct ks_record_caller *caller)
{
	return caller->path.n > 0 ? caller->path : KS_STR("/");
}

static void add_arn_of(const char *what, const char *service, const struct ks_partition *partition,
	struct ks_str account, struct ks_buf *out)
{
	ks_buf_addf(out, "arn:%s:%s::" KS_STR_FMT ":%s", partition->name, service, KS_STR_ARG(account), what);
}

void ks_record_add_arn(const struct ks_record_caller *caller, const struct ks_partition *partition,
	struct ks_str account, struct ks_buf *out)
{
	switch (caller->kind) {
	case KS_SCENARIO_USER:
		add_arn_of("user/", "iam", partition, account, out);
		ks_buf_add(out, caller->name);
		break;
	case KS_SCENARIO_ROLE:
		add_arn_of("assumed-role/", "sts", partition, account, out);
		ks_buf_addf(out, KS_STR_FMT "/" KS_STR_FMT, KS_STR_ARG(caller->name), KS_STR_ARG(caller->session));
		break;
	case KS_SCENARIO_FEDERATED:
		add_arn_of("federated-user/", "sts", partition, account, out);
		ks_buf_add(out, caller->name);
		break;
	case KS_SCENARIO_SERVICE:
		break;
	}
}

/* What AWS shows as the id of a caller. */
static void add_principal_id(const struct ks_record_caller *caller, struct ks_str account,
	struct ks_buf *out)
{
	if (caller->kind == KS_SCENARIO_FEDERATED)
		ks_buf_addf(out, KS_STR_FMT ":" KS_STR_FMT, KS_STR_ARG(account), KS_STR_ARG(caller->name));
	else if (caller->kind == KS_SCENARIO_ROLE)
		ks_buf_addf(out, KS_STR_FMT ":" KS_STR_FMT, KS_STR_ARG(caller->unique_id),
			KS_STR_ARG(caller->session));
	else
		ks_buf_add(out, caller->unique_id);
}

static void add_pair(struct ks_buf *out, const char *name, struct ks_str value)
{
	ks_buf_addf(out, "\"%s\":\"", name);
	ks_text_add_json(out, value);
	ks_buf_adds(out, "\"");
}

static void add_context(const struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	const struct ks_record_caller *caller = r->caller;
	bool is_role = caller->kind == KS_SCENARIO_ROLE;
	char time[KS_TIME_TEXT];

	ks_buf_addf(out, ",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"%s\",", is_role ? "Role" :
		"IAMUser");
	add_pair(out, "principalId", is_role ? caller->unique_id : caller->issuer_id);
	ks_buf_adds(out, ",\"arn\":\"");
	add_arn_of(is_role ? "role" : "user/", "iam", r->partition, r->account, out);
	if (is_role)
		ks_text_add_json(out, role_path(caller));
	ks_text_add_json(out, is_role ? caller->name : caller->issuer_name);
	ks_buf_adds(out, "\",");
	add_pair(out, "accountId", r->account);
	ks_buf_addc(out, ',');
	add_pair(out, "userName", is_role ? caller->name : caller->issuer_name);
	ks_buf_addf(out, "},%s\"attributes\":{\"creationDate\":\"%s\",\"mfaAuthenticated\":\"false\"}",
		is_role ? "" : "\"webIdFederationData\":{},",
		ks_time_render(caller->created_ms - caller->created_ms % KS_TIME_SECOND, time));
	if (caller->is_instance)
		ks_buf_adds(out, ",\"ec2RoleDelivery\":\"2.0\"");
	ks_buf_addc(out, '}');
}

static void add_identity(const struct writing *w, struct ks_buf *out)
{
	static const char *const types[] = { "IAMUser", "AssumedRole", "FederatedUser", "AWSService" };
	const struct ks_record *r = w->record;
	const struct ks_record_caller *caller = r->caller;

	ks_buf_addf(out, "\"userIdentity\":{\"type\":\"%s\",", types[caller->kind]);
	if (caller->kind == KS_SCENARIO_SERVICE) {
		add_pair(out, "invokedBy", caller->name);
		ks_buf_adds(out, "},");
		return;
	}
	ks_buf_adds(out, "\"principalId\":\"");
	add_principal_id(caller, r->account, out);
	ks_buf_adds(out, "\",\"arn\":\"");
	ks_record_add_arn(caller, r->partition, r->account, out);
	ks_buf_adds(out, "\",");
	add_pair(out, "accountId", r->account);
	if (r->call->kind != KS_CALLBOOK_LOGIN) {
		ks_buf_addc(out, ',');
		add_pair(out, "accessKeyId", caller->key_id);
	}
	if (caller->kind == KS_SCENARIO_USER) {
		ks_buf_addc(out, ',');
		add_pair(out, "userName", caller->name);
	} else {
		add_context(w, out);
	}
	if (caller->invoked_by.p != NULL) {
		ks_buf_addc(out, ',');
		add_pair(out, "invokedBy", caller->invoked_by);
	}
	ks_buf_adds(out, "},");
}

/* ---- templates ----------------------------------------------------------------------------------- */

static struct ks_str keep(struct writing *w, struct ks_buf *text)
{
	struct ks_str kept = ks_arena_copy(&w->arena, ks_buf_str(text));

	ks_buf_release(text);
	return kept;
}

/* "Jul 10, 2023 12:25:04 PM", with a comma behind the year where STS has one. */
static void add_words(int64_t ms, const char *comma, struct ks_buf *out)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct",
		"Nov", "Dec" };
	struct ks_time_parts t = ks_time_split(ms);

	ks_buf_addf(out, "%s %d, %d%s %d:%02d:%02d %s", months[t.month - 1], t.day, t.year, comma,
		t.hour % 12 == 0 ? 12 : t.hour % 12, t.minute, t.second, t.hour < 12 ? "AM" : "PM");
}

/* <new.…>: ids that are made here. */
static void add_new(struct writing *w, struct ks_str what, struct ks_buf *out)
{
	char key[KS_KEYID_SIZE + 1];

	if (ks_str_is(what, "key")) {
		ks_dice_key_id(w->dice, "AKIA", w->record->account, key);
		ks_buf_adds(out, key);
	} else if (ks_str_is(what, "user")) {
		ks_buf_add(out, ks_dice_unique_id(w->dice, "AIDA", &w->arena));
	} else if (ks_str_is(what, "role")) {
		ks_buf_add(out, ks_dice_unique_id(w->dice, "AROA", &w->arena));
	} else if (ks_str_is(what, "blob")) {
		ks_dice_add_word(w->dice, 54, out);
		ks_buf_adds(out, "==");
	} else {
		ks_buf_addf(out, "%08x%08x", (unsigned)(ks_dice_next(w->dice) >> 32),
			(unsigned)(ks_dice_next(w->dice) >> 32));
	}
}

static void add_session(struct writing *w, struct ks_str what, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	const struct ks_record_caller *granted = r->granted;
	char key[KS_KEYID_SIZE + 1];

	if (ks_str_is(what, "token")) {
		ks_buf_adds(out, "IQoJb3JpZ2luX2Vj");
		ks_dice_add_word(w->dice, TOKEN_SIZE, out);
		ks_buf_adds(out, "==");
	} else if (ks_str_is(what, "end")) {
		add_words(r->time_ms + SESSION_MS, ",", out);
	} else if (granted == NULL) {
		ks_dice_key_id(w->dice, "ASIA", r->account, key);
		ks_buf_adds(out, ks_str_is(what, "key") ? key : "session");
	} else if (ks_str_is(what, "key")) {
		ks_buf_add(out, granted->key_id);
	} else if (ks_str_is(what, "arn")) {
		ks_record_add_arn(granted, r->partition, r->account, out);
	} else {
		add_principal_id(granted, r->account, out);
	}
}

/* What the templates of calls.def can name; p NULL: their own default. */
static struct ks_str value_of(void *arg, struct ks_str name)
{
	struct writing *w = arg;
	const struct ks_record *r = w->record;
	struct ks_buf text;

	for (size_t i = 0; i < r->with_count; i++)
		if (ks_str_is_equal(r->with[i].name, name))
			return r->with[i].value;
	if (ks_str_is(name, "account"))
		return r->account;
	if (ks_str_is(name, "partition"))
		return ks_str_of(r->partition->name);
	if (ks_str_is(name, "region"))
		return ks_record_region(r->call, r->partition, r->region);
	if (ks_str_is(name, "caller"))
		return r->caller->name;
	if (ks_str_is(name, "request.id"))
		return w->request_id;
	ks_buf_init(&text, 1u << 12);
	if (ks_str_is(name, "now"))
		add_words(r->time_ms, "", &text);
	else if (ks_str_is(name, "command"))
		ks_callbook_add_command(r->call, &text);
	else if (ks_str_is(name, "api"))
		ks_buf_adds(&text, w->service->source);
	else if (ks_str_has_prefix(name, KS_STR("new.")))
		add_new(w, ks_str_sub(name, 4, name.n), &text);
	else if (ks_str_has_prefix(name, KS_STR("session.")))
		add_session(w, ks_str_sub(name, 8, name.n), &text);
	return text.n > 0 ? keep(w, &text) : (struct ks_str){ NULL, 0 };
}

static void add_filled(struct writing *w, const char *name, const char *text, struct ks_buf *out)
{
	struct ks_callbook_filling filling = { value_of, w, true };

	ks_buf_addf(out, "\"%s\":", name);
	if (text == NULL)
		ks_buf_adds(out, "null");
	else
		ks_callbook_fill(text, &filling, out);
	ks_buf_addc(out, ',');
}

/* ---- the record ---------------------------------------------------------------------------------- */

static bool is_denied(const struct ks_record *r)
{
	return ks_str_is(r->error, "denied");
}

/* IAM's words: "User: ARN is not authorized to perform: ses:GetAccount because …". */
static void add_denial(struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	struct ks_callbook_filling filling = { value_of, w, true };

	ks_buf_addf(out, "\"errorCode\":\"%s\",\"errorMessage\":\"", w->service->denial);
	if (strcmp(w->service->name, "ec2") == 0)
		ks_buf_adds(out, "You are not authorized to perform this operation. ");
	ks_buf_adds(out, "User: ");
	ks_record_add_arn(r->caller, r->partition, r->account, out);
	ks_buf_addf(out, " is not authorized to perform: %s:%s", w->service->source, r->call->operation);
	if (r->call->resource != NULL) {
		ks_buf_adds(out, " on resource: ");
		ks_callbook_fill(r->call->resource, &filling, out);
	}
	ks_buf_addf(out, " because no identity-based policy allows the %s:%s action\",", w->service->source,
		r->call->operation);
}

static void add_error(struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;

	if (is_denied(r)) {
		add_denial(w, out);
	} else if (r->error.p != NULL) {
		add_pair(out, "errorCode", r->error);
		ks_buf_addc(out, ',');
		add_pair(out, "errorMessage", ks_str_has_prefix(r->error, KS_STR("Thrott")) ?
			KS_STR("Rate exceeded") : KS_STR("The request could not be carried out."));
		ks_buf_addc(out, ',');
	}
}

static void add_parameters(struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	bool is_silent = is_denied(r) && !w->service->keeps;

	add_filled(w, "requestParameters", is_silent ? NULL : r->call->request, out);
	add_filled(w, "responseElements", r->error.p != NULL ? NULL : r->call->response, out);
	if (r->call->additional != NULL && !is_silent)
		add_filled(w, "additionalEventData", r->call->additional, out);
}

static void add_ids(struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	bool is_login = r->call->kind == KS_CALLBOOK_LOGIN;

	if (!is_login) {
		add_pair(out, "requestID", w->request_id);
		ks_buf_addc(out, ',');
	}
	ks_buf_addf(out, "\"eventID\":\"%s\",\"readOnly\":%s,", r->event_id,
		r->call->kind == KS_CALLBOOK_READ || r->call->kind == KS_CALLBOOK_SEND ? "true" : "false");
	if (r->call->resources != NULL && (!is_denied(r) || w->service->keeps))
		add_filled(w, "resources", r->call->resources, out);
	ks_buf_addf(out, "\"eventType\":\"%s\",\"managementEvent\":%s,",
		is_login ? "AwsConsoleSignIn" : "AwsApiCall",
		r->call->kind == KS_CALLBOOK_SEND ? "false" : "true");
	add_pair(out, "recipientAccountId", r->account);
	/* A service that acts in the account has a record of its own of the call: both share an id. */
	if (r->caller->kind == KS_SCENARIO_SERVICE) {
		ks_buf_adds(out, ",\"sharedEventID\":\"");
		ks_dice_add_uuid(w->dice, out);
		ks_buf_addc(out, '"');
	}
	ks_buf_addf(out, ",\"eventCategory\":\"%s\"",
		r->call->kind == KS_CALLBOOK_SEND ? "Data" : "Management");
}

static void add_tls(struct writing *w, struct ks_buf *out)
{
	const struct ks_record *r = w->record;
	struct ks_callbook_filling filling = { value_of, w, true };

	/* What a service calls on somebody's behalf goes no way that has any. */
	if (w->service->host == NULL || r->caller->kind == KS_SCENARIO_SERVICE ||
		r->caller->invoked_by.p != NULL)
		return;
	ks_buf_adds(out,
		",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\","
		"\"clientProvidedHostHeader\":\"");
	ks_callbook_fill(w->service->host, &filling, out);
	ks_buf_adds(out, "\"}");
}

static void make_request_id(struct writing *w)
{
	struct ks_buf text;

	ks_buf_init(&text, 64);
	if (strcmp(w->service->name, "s3") == 0) {
		ks_dice_add_base32(w->dice, 16, &text);
	} else {
		ks_dice_add_uuid(w->dice, &text);
	}
	w->request_id = keep(w, &text);
}

struct ks_str ks_record_region(const struct ks_callbook_call *call, const struct ks_partition *partition,
	struct ks_str region)
{
	return ks_callbook_service(call->service)->is_global ? ks_str_of(partition->iam_region) : region;
}

void ks_record_write(const struct ks_record *record, struct ks_dice *dice, struct ks_buf *out)
{
	struct writing w = { .record = record, .service = ks_callbook_service(record->call->service),
		.dice = dice };
	struct ks_callbook_filling filling = { value_of, &w, true };
	char time[KS_TIME_TEXT];

	make_request_id(&w);
	ks_buf_addf(out, "{\"eventVersion\":\"%s\",", w.service->version);
	add_identity(&w, out);
	ks_buf_addf(out, "\"eventTime\":\"%s\",\"eventSource\":\"%s.amazonaws.com\",\"eventName\":\"%s\",",
		ks_time_render(record->time_ms - record->time_ms % KS_TIME_SECOND, time), w.service->source,
		record->call->operation);
	add_pair(out, "awsRegion", ks_record_region(record->call, record->partition, record->region));
	ks_buf_addc(out, ',');
	add_pair(out, "sourceIPAddress", record->ip);
	ks_buf_adds(out, ",\"userAgent\":\"");
	ks_callbook_fill(record->agent, &filling, out);
	ks_buf_adds(out, "\",");
	add_error(&w, out);
	add_parameters(&w, out);
	add_ids(&w, out);
	add_tls(&w, out);
	ks_buf_addc(out, '}');
	ks_arena_release(&w.arena);
}
