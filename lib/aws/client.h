/*
 * One call to AWS: built, signed, sent, its answer read. Keys come from the chain and are renewed
 * before they expire; a clock that is wrong is corrected by the Date of a refusal; throttling is
 * waited out with jitter, within a budget; and nothing is sent twice that might take effect twice.
 * Typed calls are in iam.h, sts.h and ses.h. Connections stay open for as long as the client does. Not for
 * several threads at once: one client each.
 */
#ifndef KS_AWS_CLIENT_H
#define KS_AWS_CLIENT_H

#include "lib/aws/credentials.h"
#include "lib/aws/wire.h"
#include "lib/codec/json.h"
#include "lib/codec/xml.h"
#include "lib/net/http.h"
#include "lib/net/retry.h"

/* How the calls sign themselves in trails, which thieves read as well: it says nothing to them. */
#define KS_CLIENT_AGENT "ops-automation/1"

struct ks_client;

/* settings must outlive the client. */
struct ks_client *ks_client_new(struct ks_settings *settings);
void ks_client_free(struct ks_client *client); /* NULL is fine */

/* Signs with these keys (copied) instead of those of the chain: of a role, of a decoy. They are not
 * renewed. */
void ks_client_set_credentials(struct ks_client *client, const struct ks_credentials *credentials);

/* The same keys and the same clock as another client, for a second thread: settings are its own, and
 * nothing is asked for that the other one has. */
struct ks_client *ks_client_new_like(const struct ks_client *client, struct ks_settings *settings);

/* Where services are asked that are the same in every Region (IAM), when a request names neither Region nor
 * partition: an account may lie in another partition than the Region of the settings. */
void ks_client_set_partition(struct ks_client *client, const struct ks_partition *partition);

/* The account whose keys it signs with, once that is known: for the log. */
void ks_client_set_account(struct ks_client *client, struct ks_str account);

/* How long the pauses between attempts are; default 100 ms to 20 s, ten times that when throttled. */
void ks_client_set_retry(struct ks_client *client, const struct ks_retry *retry);

struct ks_client_request {
	const char *service; /* id of a row of service.h */
	const char *operation; /* name of a row of operation.h */
	const char *region; /* NULL: of the settings */
	const struct ks_partition *partition; /* NULL: of the region, or as set */
	const struct ks_wire_parameter *parameters;
	size_t parameter_count;
	const char *origin; /* "https://host", asked where the settings name no endpoint; NULL: AWS's own host */
	bool is_direct; /* as in http.h: no proxy is asked */
	int total_ms; /* for one attempt; 0: that of http.h */
	/* NULL: the body is read. With one it goes there as it comes, and nothing is repeated once any of it
	 * has: the caller knows how far he got. */
	ks_http_sink_fn *sink;
	void *sink_arg;
};

/* All of it lives until release. One of xml and json is set, none for an empty body. */
struct ks_client_reply {
	struct ks_arena arena;
	const struct ks_xml *xml; /* <OperationResult> where there is one, else the document */
	struct ks_json *json;
	struct ks_str request_id; /* may be empty */
	int attempts; /* 1: at once */
};

/*
 * Errors: AUTH, DENIED, NOTFOUND, EXISTS, CONFLICT, LIMIT, THROTTLED, REMOTE as AWS says (fault.h
 * tells what an error means for what was asked); NET; PARSE (a 2xx that is no answer of that service);
 * CONFIG; STATE (stopped). A read is repeated after whatever may pass. A write is repeated only after
 * an answer that says that it was not carried out: throttling, a wrong clock, expired keys.
 */
int ks_client_call(struct ks_client *client, const struct ks_client_request *request,
	struct ks_client_reply *out, struct ks_err *err);
void ks_client_release(struct ks_client_reply *reply); /* zeroed is fine */

/* Overwrites a text of a reply, once it was copied: the secret of a new key. */
void ks_client_wipe(struct ks_str secret);

/* Whether the answer is a page with others behind it: then the value to ask for the next one with, as
 * Marker (IAM) or NextToken (SES). Borrowed from the reply. */
bool ks_client_has_more(const struct ks_client_reply *reply, struct ks_str *out_token);

/*
 * Calls until the last page. each gets every page and says -1 (err filled) to stop. token_name: the
 * parameter, "Marker" or "NextToken". Errors: as ks_client_call; PARSE (a page that leads to itself).
 */
int ks_client_pages(struct ks_client *client, const struct ks_client_request *request,
	const char *token_name, int (*each)(void *arg, const struct ks_client_reply *page, struct ks_err *err),
	void *arg, struct ks_err *err);

/* The id of the keys that it signs with; "" before the chain was asked. Lives until the next call. */
const char *ks_client_key_id(const struct ks_client *client);

/* Whether the keys were no good at the last call: unknown, expired, or none were found. */
bool ks_client_is_refused(const struct ks_client *client);

/* Whether the call that just failed was not carried out for sure: nothing of it went out, or AWS refused it
 * (a status from 400 to 499). */
bool ks_client_is_unsent(const struct ks_client *client);

/* Asks the chain again when its keys are about to expire, as every call does: afterwards the key id is that
 * of the next call. Errors: as ks_credentials_get. */
int ks_client_renew(struct ks_client *client, struct ks_err *err);

/* The Region that S3 named with its last answer, whatever that was: that of the bucket; "" without one. Not
 * checked. Lives until the next call. */
const char *ks_client_told_region(const struct ks_client *client);

/* How far AWS's clock is ahead of ours, in milliseconds, by the Date of its last answer, which is in whole
 * seconds; 0 before there was one. */
int64_t ks_client_skew(const struct ks_client *client);

#endif
