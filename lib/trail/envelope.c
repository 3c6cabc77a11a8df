/* Shapes of messages. */
#include "lib/trail/envelope.h"

#include "lib/aws/arn.h"
#include "lib/base/limits.h"
#include "lib/codec/base64.h"
#include "lib/codec/uri.h"
#include "lib/trail/lookup.h"
#include "lib/trail/shapes.h"

#include <string.h>

#define KEY_MOST 1024u               /* bytes of a key, of S3 */
#define VERSION_MOST 1024u
#define GZIP "\x1f\x8b"
#define GZIP_BASE64 "H4sI"           /* how gzip begins in base64 */

/* One message on its way. A text in a text has an index of its own. */
struct walk {
	struct ks_arena *arena;
	struct ks_envelope *out;
	struct ks_str text;          /* that is looked at: what holds the records, if it does */
	unsigned level;
	bool is_inside;              /* behind an envelope in which others may write */
	bool is_known;               /* some part of it is of a known shape */
	bool has_text;               /* it is to be read */
};

static void read_text(struct walk *walk, struct ks_str text);
static void read_value(struct walk *walk, const struct ks_index *index, uint32_t node);

static void set_form(struct walk *walk, const char *form)
{
	walk->is_known = true;
	if (walk->out->form == NULL)
		walk->out->form = form;
}

static void set_poison(struct walk *walk, const char *why)
{
	walk->is_known = true;
	if (walk->out->poison == NULL)
		walk->out->poison = why;
}

static void add_text(struct walk *walk, struct ks_str text)
{
	*(struct ks_str *)ks_vec_push(&walk->out->texts) = text;
}

/* The text at hand is to be read, once. */
static void add_own_text(struct walk *walk, const char *form)
{
	set_form(walk, form);
	if (!walk->has_text)
		add_text(walk, walk->text);
	walk->has_text = true;
}

/* ---- members ---- */

static uint32_t member(const struct ks_index *index, uint32_t object, const char *name,
	enum ks_value_kind kind)
{
	uint32_t node = ks_index_node(index, object)->kind == KS_VALUE_OBJECT ?
		ks_lookup_member(index, object, ks_str_of(name)) : KS_INDEX_NONE;

	return node != KS_INDEX_NONE && ks_index_node(index, node)->kind == kind ? node : KS_INDEX_NONE;
}

static bool has(const struct ks_index *index, uint32_t object, const char *name, enum ks_value_kind kind)
{
	return member(index, object, name, kind) != KS_INDEX_NONE;
}

/* A string; p NULL when it is none. */
static struct ks_str text_of(const struct walk *walk, const struct ks_index *index, uint32_t object,
	const char *name)
{
	uint32_t node = member(index, object, name, KS_VALUE_STRING);

	return node != KS_INDEX_NONE ? ks_lookup_value(index, node, walk->arena).text :
		(struct ks_str){ NULL, 0 };
}

static int64_t size_of(const struct walk *walk, const struct ks_index *index, uint32_t object)
{
	uint32_t node = member(index, object, "size", KS_VALUE_NUMBER);
	int64_t size;

	return node != KS_INDEX_NONE &&
		ks_str_parse_int(ks_lookup_value(index, node, walk->arena).text, &size) && size >= 0 ? size : -1;
}

/* ---- objects ---- */

bool ks_envelope_is_bucket(struct ks_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = ks_str_lower(name.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || strchr("-._", c) == NULL ||
			c == '\0'))
			return false;
	}
	return name.n >= 3 && name.n <= 63 && ks_str_find(name, KS_STR("..")) < 0;
}

bool ks_envelope_is_key(struct ks_str key)
{
	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] < ' ' || key.p[i] == 0x7F)
			return false;
	return key.n > 0 && key.n <= KEY_MOST;
}

static bool is_version(struct ks_str version)
{
	for (size_t i = 0; i < version.n; i++)
		if (version.p[i] <= ' ' || version.p[i] >= 0x7F)
			return false;
	return version.n <= VERSION_MOST;
}

/* "a+b%2Fc" is "a b/c". */
static struct ks_str decoded(const struct walk *walk, struct ks_str key)
{
	struct ks_buf out;
	struct ks_str copy;
	char *plain = ks_arena_strdup(walk->arena, key);

	for (size_t i = 0; i < key.n; i++)
		if (plain[i] == '+')
			plain[i] = ' ';
	ks_buf_init(&out, key.n + 1);
	ks_uri_decode(&out, (struct ks_str){ plain, key.n });
	copy = ks_arena_copy(walk->arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return copy;
}

static void add_object(struct walk *walk, const struct ks_envelope_object *object)
{
	if (!ks_envelope_is_bucket(object->bucket))
		set_poison(walk, "it names an object in a bucket that cannot be one");
	else if (!ks_envelope_is_key(object->key) || !is_version(object->version))
		set_poison(walk, "it names an object by a key or version that S3 does not have");
	else
		*(struct ks_envelope_object *)ks_vec_push(&walk->out->objects) = *object;
}

static struct ks_str or_empty(struct ks_str text)
{
	return text.p != NULL ? text : KS_STR("");
}

/* One element of a notification. What is not about a new object is of no interest. */
static void read_notification(struct walk *walk, const struct ks_index *index, uint32_t node)
{
	uint32_t s3 = member(index, node, "s3", KS_VALUE_OBJECT);
	struct ks_str name = text_of(walk, index, node, "eventName"), key;
	struct ks_envelope_object object = { .size = -1 };
	uint32_t bucket, at;

	set_form(walk, "S3 notification");
	if (ks_str_has_prefix(name, KS_STR("s3:")))
		name = ks_str_sub(name, 3, name.n);
	if (name.p != NULL && !ks_str_has_prefix(name, KS_STR("ObjectCreated")))
		return;
	bucket = s3 != KS_INDEX_NONE ? member(index, s3, "bucket", KS_VALUE_OBJECT) : KS_INDEX_NONE;
	at = s3 != KS_INDEX_NONE ? member(index, s3, "object", KS_VALUE_OBJECT) : KS_INDEX_NONE;
	if (bucket == KS_INDEX_NONE || at == KS_INDEX_NONE) {
		set_poison(walk, "it is a notification of S3 that names no object");
		return;
	}
	key = text_of(walk, index, at, "key");
	object.bucket = or_empty(text_of(walk, index, bucket, "name"));
	object.key = decoded(walk, or_empty(key));
	object.version = or_empty(text_of(walk, index, at, "versionId"));
	object.region = or_empty(text_of(walk, index, node, "awsRegion"));
	object.size = size_of(walk, index, at);
	add_object(walk, &object);
}

/* CloudTrail's own word: a list of keys, or one. */
static void read_announcement(struct walk *walk, const struct ks_index *index, uint32_t node)
{
	struct ks_envelope_object object = { .size = -1, .version = KS_STR(""), .region = KS_STR("") };
	uint32_t keys = member(index, node, "s3ObjectKey", KS_VALUE_ARRAY);

	set_form(walk, "CloudTrail notification");
	object.bucket = text_of(walk, index, node, "s3Bucket");
	if (keys == KS_INDEX_NONE) {
		object.key = or_empty(text_of(walk, index, node, "s3ObjectKey"));
		add_object(walk, &object);
		return;
	}
	for (uint32_t at = ks_index_node(index, keys)->first; at != KS_INDEX_NONE;
		at = ks_index_node(index, at)->next) {
		object.key = ks_index_node(index, at)->kind == KS_VALUE_STRING ?
			ks_lookup_value(index, at, walk->arena).text : KS_STR("");
		add_object(walk, &object);
	}
}

/* ---- EventBridge ---- */

static void read_created(struct walk *walk, const struct ks_index *index, uint32_t node, uint32_t detail)
{
	uint32_t bucket = member(index, detail, "bucket", KS_VALUE_OBJECT);
	uint32_t at = member(index, detail, "object", KS_VALUE_OBJECT);

	if (bucket == KS_INDEX_NONE || at == KS_INDEX_NONE) {
		set_poison(walk, "it is an event of S3 that names no object");
		return;
	}
	add_object(walk, &(struct ks_envelope_object){ .bucket = or_empty(text_of(walk, index, bucket, "name")),
		.key = or_empty(text_of(walk, index, at, "key")),
		.version = or_empty(text_of(walk, index, at, "version-id")),
		.region = or_empty(text_of(walk, index, node, "region")),
		.size = size_of(walk, index, at) });
}

/* Only AWS may send what says "aws." for its source, but for what a rule of somebody's made of it. */
static void read_eventbridge(struct walk *walk, const struct ks_index *index, uint32_t node, uint32_t detail)
{
	struct ks_str type = text_of(walk, index, node, "detail-type");
	struct ks_str source = or_empty(text_of(walk, index, node, "source"));
	struct ks_str account = text_of(walk, index, node, "account");
	bool is_trail = ks_str_has_suffix(type, KS_STR(" via CloudTrail"));

	set_form(walk, "EventBridge");
	if (ks_str_is(source, "aws.s3") && ks_str_is(type, "Object Created")) {
		read_created(walk, index, node, detail);
		return;
	}
	if (!is_trail && !ks_shapes_is_record(index, detail))
		return;
	add_own_text(walk, "EventBridge");
	if (is_trail && !walk->is_inside && account.p != NULL && ks_arn_is_account(account) &&
		ks_str_has_prefix(source, KS_STR("aws.")))
		walk->out->account = account;
}

/* ---- what is packed in something else ---- */

/* CloudTrail says so when a topic is given to it, in words. */
static bool is_validation(struct ks_str text)
{
	struct ks_str words = KS_STR("CloudTrail validation message");

	return ks_str_is_equal_nocase(ks_str_sub(text, 0, words.n), words);
}

static void read_base64(struct walk *walk, struct ks_str text)
{
	struct ks_err err;
	struct ks_buf out;

	ks_buf_init(&out, text.n + 1);
	if (ks_base64_decode(text, &out, &err) != 0)
		set_poison(walk, "it should hold base64 and does not");
	else if (ks_str_has_prefix(ks_buf_str(&out), KS_STR(GZIP)))
		add_text(walk, ks_arena_copy(walk->arena, ks_buf_str(&out)));
	else
		set_poison(walk, "it should hold gzip in base64 and does not");
	ks_buf_release(&out);
}

/* A text in the text: it may be anything that a body may be. */
static void read_inside(struct walk *walk, struct ks_str text)
{
	struct walk inner = { .arena = walk->arena, .out = walk->out, .level = walk->level + 1,
		.is_inside = true };

	walk->is_known = true;
	if (inner.level >= KS_LIMIT_NESTING)
		set_poison(walk, "it is packed in itself too often");
	else
		read_text(&inner, text);
}

/* ---- lists ---- */

/* An element of "Records": S3's word, a message that another queue or topic packed up, or a record. */
static void read_element(struct walk *walk, const struct ks_index *index, uint32_t node, bool *has_records)
{
	struct ks_str source;
	uint32_t sns;

	if (ks_index_node(index, node)->kind != KS_VALUE_OBJECT)
		return;
	source = text_of(walk, index, node, "eventSource");
	if (source.p == NULL)
		source = text_of(walk, index, node, "EventSource");
	sns = member(index, node, "Sns", KS_VALUE_OBJECT);
	if (source.p != NULL && ks_str_is(source, "aws:s3"))
		read_notification(walk, index, node);
	else if (sns != KS_INDEX_NONE && has(index, sns, "Message", KS_VALUE_STRING))
		read_inside(walk, text_of(walk, index, sns, "Message"));
	else if (source.p != NULL && ks_str_is(source, "aws:sqs") && has(index, node, "body", KS_VALUE_STRING))
		read_inside(walk, text_of(walk, index, node, "body"));
	else if (ks_shapes_is_record(index, node))
		*has_records = true;
}

static void read_list(struct walk *walk, const struct ks_index *index, uint32_t list)
{
	bool has_records = false;

	for (uint32_t at = ks_index_node(index, list)->first; at != KS_INDEX_NONE;
		at = ks_index_node(index, at)->next)
		read_element(walk, index, at, &has_records);
	if (ks_index_node(index, list)->first == KS_INDEX_NONE)
		set_form(walk, "an empty list");
	if (has_records)
		add_own_text(walk, "records");
}

/* ---- any value ---- */

static bool is_text(const struct walk *walk, const struct ks_index *index, uint32_t node, const char *name,
	const char *value)
{
	struct ks_str text = text_of(walk, index, node, name);

	return text.p != NULL && ks_str_is(text, value);
}

/* What SNS says; false when it is not SNS. */
static bool read_topic(struct walk *walk, const struct ks_index *index, uint32_t node)
{
	struct ks_str type = text_of(walk, index, node, "Type");

	if (type.p != NULL && (ks_str_is(type, "SubscriptionConfirmation") ||
		ks_str_is(type, "UnsubscribeConfirmation"))) {
		set_form(walk, "SNS");
		return true;
	}
	if (!has(index, node, "Message", KS_VALUE_STRING) || ((type.p == NULL ||
		!ks_str_is(type, "Notification")) && !has(index, node, "TopicArn", KS_VALUE_STRING)))
		return false;
	set_form(walk, "SNS");
	read_inside(walk, text_of(walk, index, node, "Message"));
	return true;
}

/* What is there and has nothing for us. */
static const char *name_idle(const struct walk *walk, const struct ks_index *index, uint32_t node)
{
	if (ks_shapes_is_record(index, node))
		return NULL;
	if (is_text(walk, index, node, "Event", "s3:TestEvent"))
		return "S3's test message";
	if (is_text(walk, index, node, "messageType", "CONTROL_MESSAGE"))
		return "CloudWatch Logs' test message";
	if (has(index, node, "mail", KS_VALUE_OBJECT) && (has(index, node, "notificationType",
		KS_VALUE_STRING) ||
		has(index, node, "eventType", KS_VALUE_STRING)))
		return "an event of SES";
	return NULL;
}

static bool is_readable(const struct ks_index *index, uint32_t node)
{
	return ks_shapes_is_record(index, node) || has(index, node, "CloudTrailEvent", KS_VALUE_STRING) ||
		has(index, node, "Events", KS_VALUE_ARRAY) || has(index, node, "logEvents", KS_VALUE_ARRAY);
}

static void read_object(struct walk *walk, const struct ks_index *index, uint32_t node)
{
	uint32_t inside;
	const char *idle;

	if ((idle = name_idle(walk, index, node)) != NULL) {
		set_form(walk, idle);
	} else if (is_readable(index, node)) {
		add_own_text(walk, has(index, node, "logEvents", KS_VALUE_ARRAY) ? "CloudWatch Logs" : "records");
	} else if (has(index, node, "detail-type", KS_VALUE_STRING) &&
		(inside = member(index, node, "detail", KS_VALUE_OBJECT)) != KS_INDEX_NONE) {
		read_eventbridge(walk, index, node, inside);
	} else if ((inside = member(index, node, "Records", KS_VALUE_ARRAY)) != KS_INDEX_NONE) {
		read_list(walk, index, inside);
	} else if (has(index, node, "s3Bucket", KS_VALUE_STRING) &&
		ks_lookup_member(index, node, KS_STR("s3ObjectKey")) != KS_INDEX_NONE) {
		read_announcement(walk, index, node);
	} else if ((inside = member(index, node, "awslogs", KS_VALUE_OBJECT)) != KS_INDEX_NONE) {
		set_form(walk, "CloudWatch Logs");
		read_base64(walk, or_empty(text_of(walk, index, inside, "data")));
	} else {
		read_topic(walk, index, node);
	}
}

/* A list may hold anything that stands alone elsewhere. */
static void read_value(struct walk *walk, const struct ks_index *index, uint32_t node)
{
	enum ks_value_kind kind = (enum ks_value_kind)ks_index_node(index, node)->kind;

	if (kind == KS_VALUE_OBJECT) {
		read_object(walk, index, node);
	} else if (kind == KS_VALUE_STRING) {
		read_inside(walk, ks_lookup_value(index, node, walk->arena).text);
	} else if (kind == KS_VALUE_ARRAY) {
		bool has_records = false;

		walk->is_inside = true;
		for (uint32_t at = ks_index_node(index, node)->first; at != KS_INDEX_NONE;
			at = ks_index_node(index, at)->next) {
			read_element(walk, index, at, &has_records);
			if (ks_index_node(index, at)->kind == KS_VALUE_OBJECT)
				read_object(walk, index, at);
		}
	}
	if (!walk->is_known)
		set_poison(walk, "it is JSON, and neither records nor a message that is known here");
}

/* Whether it begins with a line that is a JSON object: the rest is read as well as it goes. */
static bool is_lines(struct ks_index *index, struct ks_str text)
{
	struct ks_str rest = text, line;
	struct ks_err err;

	ks_str_next(&rest, '\n', &line);
	return rest.p != NULL && ks_str_has_prefix(ks_str_trim(line), KS_STR("{")) &&
		ks_index_build(index, line, NULL, &err) == 0 &&
		(is_readable(index, 0) || has(index, 0, "detail", KS_VALUE_OBJECT));
}

static void read_text(struct walk *walk, struct ks_str text)
{
	struct ks_index index;
	struct ks_err err = { 0 };

	text = ks_str_trim(text);
	if (ks_str_has_prefix(text, KS_STR("\xEF\xBB\xBF")))
		text = ks_str_trim(ks_str_sub(text, 3, text.n));
	walk->text = text;
	if (text.n == 0) {
		set_poison(walk, "it is empty");
		return;
	}
	if (is_validation(text)) {
		set_form(walk, "CloudTrail's test message");
		return;
	}
	if (ks_str_has_prefix(text, KS_STR(GZIP_BASE64))) {
		set_form(walk, "gzip in base64");
		read_base64(walk, text);
		return;
	}
	ks_index_init(&index);
	if (text.n > KS_LIMIT_RECORD) {
		set_poison(walk, "it is too large");
	} else if (ks_index_build(&index, text, NULL, &err) == 0) {
		read_value(walk, &index, 0);
	} else if (is_lines(&index, text)) {
		add_own_text(walk, "records");
	} else {
		set_poison(walk, err.code == KS_ERR_LIMIT ? "it is too large" : "it is not JSON");
	}
	ks_index_release(&index);
}

void ks_envelope_read(struct ks_str body, struct ks_arena *arena, struct ks_envelope *out)
{
	struct walk walk = { .arena = arena, .out = out };

	*out = (struct ks_envelope){ .texts = KS_VEC_OF(struct ks_str),
		.objects = KS_VEC_OF(struct ks_envelope_object) };
	/* What an index hands out may be a part of the text: it must live as long. */
	read_text(&walk, ks_arena_copy(arena, body));
}

void ks_envelope_release(struct ks_envelope *envelope)
{
	if (envelope == NULL)
		return;
	ks_vec_release(&envelope->texts);
	ks_vec_release(&envelope->objects);
}
