/* Error replies. */
#include "lib/aws/fault.h"

#include "lib/codec/json.h"
#include "lib/codec/xml.h"

#include <stdio.h>
#include <string.h>

enum { THROTTLING = 1, TRANSIENT = 2, SKEW = 4, EXPIRED = 8 };

static const struct row {
	const char *aws_code;
	enum ks_err_code code;
	unsigned kind;
} rows[] = {
	{ "AccessDenied", KS_ERR_DENIED, 0 },
	{ "AccessDeniedException", KS_ERR_DENIED, 0 },
	{ "AuthFailure", KS_ERR_AUTH, 0 },
	{ "ExpiredToken", KS_ERR_AUTH, EXPIRED },
	{ "ExpiredTokenException", KS_ERR_AUTH, EXPIRED },
	{ "IncompleteSignature", KS_ERR_AUTH, 0 },
	{ "InvalidAccessKeyId", KS_ERR_AUTH, 0 },
	{ "InvalidClientTokenId", KS_ERR_AUTH, 0 },
	{ "InvalidSignatureException", KS_ERR_AUTH, 0 },
	{ "MissingAuthenticationToken", KS_ERR_AUTH, 0 },
	{ "OptInRequired", KS_ERR_AUTH, 0 },
	{ "SignatureDoesNotMatch", KS_ERR_AUTH, 0 },
	{ "UnrecognizedClientException", KS_ERR_AUTH, 0 },
	{ "RequestExpired", KS_ERR_AUTH, SKEW },
	{ "RequestTimeTooSkewed", KS_ERR_AUTH, SKEW },
	{ "RequestInTheFuture", KS_ERR_AUTH, SKEW },

	{ "NoSuchBucket", KS_ERR_NOTFOUND, 0 },
	{ "NoSuchEntity", KS_ERR_NOTFOUND, 0 },
	{ "NotFoundException", KS_ERR_NOTFOUND, 0 },
	{ "AWS.SimpleQueueService.NonExistentQueue", KS_ERR_NOTFOUND, 0 },
	{ "QueueDoesNotExist", KS_ERR_NOTFOUND, 0 },
	{ "NoSuchKey", KS_ERR_NOTFOUND, 0 },
	{ "NoSuchResourceException", KS_ERR_NOTFOUND, 0 },
	{ "ResourceNotFoundException", KS_ERR_NOTFOUND, 0 },
	{ "ConfigurationSetDoesNotExist", KS_ERR_NOTFOUND, 0 },
	{ "EntityAlreadyExists", KS_ERR_EXISTS, 0 },
	{ "AlreadyExistsException", KS_ERR_EXISTS, 0 },
	{ "ConcurrentModification", KS_ERR_CONFLICT, 0 },
	{ "ConcurrentModificationException", KS_ERR_CONFLICT, 0 },
	{ "ConflictException", KS_ERR_CONFLICT, 0 },
	{ "DeleteConflict", KS_ERR_CONFLICT, 0 },
	{ "EntityTemporarilyUnmodifiable", KS_ERR_CONFLICT, 0 },
	{ "UnmodifiableEntity", KS_ERR_CONFLICT, 0 },
	{ "PreconditionFailed", KS_ERR_CONFLICT, 0 },
	{ "AllAccessDisabled", KS_ERR_DENIED, 0 },
	{ "InvalidObjectState", KS_ERR_STATE, 0 }, /* S3: it lies in an archive */
	{ "LimitExceeded", KS_ERR_LIMIT, 0 }, /* IAM's quota: waiting does not help */
	{ "AccountSuspendedException", KS_ERR_STATE, 0 },
	{ "SendingPausedException", KS_ERR_STATE, 0 },

	{ "BandwidthLimitExceeded", KS_ERR_THROTTLED, THROTTLING },
	{ "EC2ThrottledException", KS_ERR_THROTTLED, THROTTLING },
	{ "LimitExceededException", KS_ERR_THROTTLED, THROTTLING },
	{ "PriorRequestNotComplete", KS_ERR_THROTTLED, THROTTLING },
	{ "ProvisionedThroughputExceededException", KS_ERR_THROTTLED, THROTTLING },
	{ "RequestLimitExceeded", KS_ERR_THROTTLED, THROTTLING },
	{ "RequestThrottled", KS_ERR_THROTTLED, THROTTLING },
	{ "RequestThrottledException", KS_ERR_THROTTLED, THROTTLING },
	{ "SlowDown", KS_ERR_THROTTLED, THROTTLING },
	{ "ThrottledException", KS_ERR_THROTTLED, THROTTLING },
	{ "Throttling", KS_ERR_THROTTLED, THROTTLING },
	{ "ThrottlingException", KS_ERR_THROTTLED, THROTTLING },
	{ "TooManyRequestsException", KS_ERR_THROTTLED, THROTTLING },
	{ "TransactionInProgressException", KS_ERR_THROTTLED, THROTTLING },
	{ "IDPCommunicationError", KS_ERR_REMOTE, TRANSIENT },
	{ "InternalError", KS_ERR_REMOTE, TRANSIENT },
	{ "InternalFailure", KS_ERR_REMOTE, TRANSIENT },
	{ "RequestTimeout", KS_ERR_REMOTE, TRANSIENT },
	{ "RequestTimeoutException", KS_ERR_REMOTE, TRANSIENT },
	{ "ServiceFailure", KS_ERR_REMOTE, TRANSIENT },
	{ "ServiceUnavailable", KS_ERR_REMOTE, TRANSIENT },
};

static const struct row *row_of(const char *aws_code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].aws_code, aws_code) == 0)
			return &rows[i];
	return NULL;
}

static enum ks_err_code code_of_status(int status)
{
	switch (status) {
	case 401:
		return KS_ERR_AUTH;
	case 403:
		return KS_ERR_DENIED;
	case 409:
		return KS_ERR_CONFLICT;
	case 429:
		return KS_ERR_THROTTLED;
	default:
		return KS_ERR_REMOTE;
	}
}

/* "com.amazon.x#Code:http://…" and "aws.x#Code" are Code. */
static struct ks_str bare_code(struct ks_str text)
{
	struct ks_str rest = text, code = text;

	ks_str_next(&rest, ':', &code);
	for (size_t i = code.n; i > 0; i--)
		if (code.p[i - 1] == '#')
			return ks_str_sub(code, i, code.n);
	return code;
}

struct found {
	struct ks_str code;
	struct ks_str message;
};

/* <ErrorResponse><Error><Code>, <Response><Errors><Error><Code>, S3's <Error><Code>. */
static void read_xml(struct ks_str body, struct ks_arena *arena, struct found *found)
{
	static const char *const places[] = { "Error", "Errors/Error" };
	const struct ks_xml *root, *error = NULL;
	struct ks_err ignored = { 0 };

	if (ks_xml_parse(body, arena, &root, &ignored) != 0)
		return;
	if (ks_str_is(root->name, "Error"))
		error = root;
	for (size_t i = 0; error == NULL && i < sizeof(places) / sizeof(places[0]); i++)
		error = ks_xml_find(root, places[i]);
	found->code = ks_xml_text(error, "Code");
	found->message = ks_xml_text(error, "Message");
}

static void read_json(struct ks_str body, struct ks_arena *arena, struct found *found)
{
	static const char *const codes[] = { "__type", "code", "Code" };
	static const char *const messages[] = { "message", "Message", "errorMessage" };
	struct ks_err ignored = { 0 };
	struct ks_json *json = NULL;
	struct ks_str text;

	if (ks_json_parse(body, &json, &ignored) != 0)
		return;
	for (size_t i = 0; found->code.n == 0 && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (ks_json_find_str(json, codes[i], &text))
			found->code = ks_arena_copy(arena, bare_code(text));
	for (size_t i = 0; found->message.n == 0 && i < sizeof(messages) / sizeof(messages[0]); i++)
		if (ks_json_find_str(json, messages[i], &text))
			found->message = ks_arena_copy(arena, text);
	ks_json_free(json);
}

/* "Code;Sender" of a service that spoke XML once, or the header of REST-JSON. */
static void read_headers(const struct ks_http_reply *reply, struct found *found)
{
	struct ks_str rest = ks_http_header(reply, "x-amzn-query-error"), code = { NULL, 0 };

	if (rest.n > 0)
		ks_str_next(&rest, ';', &code);
	if (code.n == 0)
		code = bare_code(ks_http_header(reply, "x-amzn-errortype"));
	if (code.n > 0)
		found->code = code;
}

/* What follows the first line of a message is what AWS would have signed, the session token among it. */
static struct ks_str first_line(struct ks_str message)
{
	struct ks_str rest = message, line = { NULL, 0 };

	ks_str_next(&rest, '\n', &line);
	return ks_str_trim(line);
}

int ks_fault_set(struct ks_err *err, const struct ks_http_reply *reply, const char *asked)
{
	struct ks_str body = ks_str_trim(ks_buf_str(&reply->body));
	struct found found = { { NULL, 0 }, { NULL, 0 } };
	char aws_code[sizeof(err->aws_code)];
	const struct row *row;
	struct ks_arena arena;

	ks_arena_init(&arena);
	read_headers(reply, &found);
	if (body.n > 0 && body.p[0] == '{')
		read_json(body, &arena, &found);
	else if (body.n > 0 && body.p[0] == '<')
		read_xml(body, &arena, &found);
	found.message = first_line(found.message);
	snprintf(aws_code, sizeof(aws_code), KS_STR_FMT, KS_STR_ARG(found.code));
	row = row_of(aws_code);
	if (found.code.n > 0)
		ks_err_set(err, row != NULL ? row->code : code_of_status(reply->status), "%s: %s%s" KS_STR_FMT,
			asked, aws_code, found.message.n > 0 ? ": " : "", KS_STR_ARG(found.message));
	else
		ks_err_set(err, code_of_status(reply->status), "%s: status %d, and no error of AWS's in the answer",
			asked, reply->status);
	memcpy(err->aws_code, aws_code, sizeof(aws_code));
	err->http_status = reply->status;
	ks_arena_release(&arena);
	return -1;
}

static unsigned kind_of(const struct ks_err *err)
{
	const struct row *row = row_of(err->aws_code);

	return row != NULL ? row->kind : 0;
}

bool ks_fault_is_throttling(const struct ks_err *err)
{
	return (kind_of(err) & THROTTLING) != 0 || (err->aws_code[0] == '\0' && err->http_status == 429);
}

bool ks_fault_is_transient(const struct ks_err *err)
{
	if (err->code == KS_ERR_NET || (kind_of(err) & TRANSIENT) != 0)
		return true;
	return err->http_status == 500 || (err->http_status >= 502 && err->http_status <= 504);
}

bool ks_fault_is_skew(const struct ks_err *err)
{
	if ((kind_of(err) & SKEW) != 0)
		return true;
	return err->code == KS_ERR_AUTH &&
		(strstr(err->message, "Signature expired") != NULL ||
			strstr(err->message, "Signature not yet current") != NULL);
}

bool ks_fault_is_expired(const struct ks_err *err)
{
	return (kind_of(err) & EXPIRED) != 0;
}

bool ks_fault_is_unknown(const struct ks_err *err)
{
	if (err->http_status == 0)
		return err->code == KS_ERR_NET || err->code == KS_ERR_LIMIT || err->code == KS_ERR_STATE ||
			err->code == KS_ERR_PARSE;
	return !ks_fault_is_throttling(err) &&
		(err->http_status >= 500 || (kind_of(err) & TRANSIENT) != 0 || err->http_status < 300);
}
