/* Asks AWS for what planning wants to know. */
#include "lib/respond/survey.h"

#include "lib/base/time.h"
#include "lib/respond/facts.h"
#include "lib/respond/sender.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOTES_MOST 40u
#define SET_NAME_MOST 64u

/* A survey under way. */
struct surveyor {
	struct ks_client *client;
	const struct ks_survey_request *request;
	const struct ks_partition *partition;
	struct ks_arena *arena;
	struct ks_survey *out;
	struct ks_vec notes;         /* const char * */
	int64_t end_ms;              /* INT64_MAX: no limit */
	bool is_over;                /* time ran out, or the program is to stop */
};

static void note(struct surveyor *s, const char *text)
{
	if (s->notes.n < NOTES_MOST)
		*(const char **)ks_vec_push(&s->notes) = text;
	else if (s->notes.n == NOTES_MOST)
		*(const char **)ks_vec_push(&s->notes) = "more could not be read; the notes end here";
}

static bool is_over(struct surveyor *s)
{
	const struct ks_ctx *ctx = s->request->ctx;

	if (s->is_over)
		return true;
	if (ks_ctx_is_stopping(ctx))
		note(s, "it was told to stop: the rest was not asked for");
	else if (ks_ctx_now(ctx) >= s->end_ms)
		note(s, "time ran out: the rest was not asked for");
	else
		return false;
	s->is_over = true;
	return true;
}

/* A call to IAM, in the partition of the subject and not of whoever asks. */
static int call_iam(struct surveyor *s, const char *operation, const char *parameter, struct ks_str value,
	struct ks_client_reply *out, struct ks_err *err)
{
	struct ks_wire_parameter one = { parameter, value, false };
	struct ks_client_request request = { .service = "iam", .operation = operation,
		.region = s->partition->iam_region, .partition = s->partition, .parameters = &one,
		.parameter_count = 1 };

	return ks_client_call(s->client, &request, out, err);
}

static struct ks_str copy(struct surveyor *s, const struct ks_xml *node, const char *path)
{
	struct ks_str found = ks_xml_text(node, path);

	return found.p != NULL ? ks_arena_copy(s->arena, found) : KS_STR("");
}

static bool read_use(struct surveyor *s, struct ks_str key_id, struct ks_iam_last_used *out)
{
	struct ks_client_reply reply = { 0 };
	struct ks_err err = { 0 };
	struct ks_str when;

	if (call_iam(s, "GetAccessKeyLastUsed", "AccessKeyId", key_id, &reply, &err) != 0) {
		note(s, ks_arena_printf(s->arena, "whose key " KS_STR_FMT " is, and when it was used last: %s",
			KS_STR_ARG(key_id), err.message));
		return false;
	}
	*out = (struct ks_iam_last_used){ .user = copy(s, reply.xml, "UserName"), .time_ms = KS_TIME_NONE,
		.service = copy(s, reply.xml, "AccessKeyLastUsed/ServiceName"),
		.region = copy(s, reply.xml, "AccessKeyLastUsed/Region") };
	when = ks_xml_text(reply.xml, "AccessKeyLastUsed/LastUsedDate");
	if (when.p != NULL)
		ks_time_parse(when, &out->time_ms);
	ks_client_release(&reply);
	return true;
}

static void read_owner(struct surveyor *s)
{
	struct ks_str key_id = s->request->facts->subject.key_id;
	struct ks_client_reply reply = { 0 };
	struct ks_err err = { 0 };

	if (key_id.n == 0 || is_over(s))
		return;
	s->out->has_use = read_use(s, key_id, &s->out->use);
	if (!s->out->has_use || s->out->use.user.n == 0)
		return;
	s->out->owner = s->out->use.user;
	if (call_iam(s, "GetUser", "UserName", s->out->owner, &reply, &err) != 0) {
		note(s, ks_arena_printf(s->arena, "the ARN of user " KS_STR_FMT ": %s", KS_STR_ARG(s->out->owner),
			err.message));
		return;
	}
	s->out->owner_arn = copy(s, ks_xml_find(reply.xml, "User"), "Arn");
	ks_client_release(&reply);
}

/* Whose keys and password are looked at: AWS's word first. */
static struct ks_str find_user(const struct surveyor *s)
{
	const struct ks_subject *subject = &s->request->facts->subject;

	if (s->out->owner.n > 0)
		return s->out->owner;
	return subject->kind == KS_SUBJECT_USER ? subject->name : (struct ks_str){ NULL, 0 };
}

static void read_keys(struct surveyor *s)
{
	struct ks_vec keys = KS_VEC_OF(struct ks_survey_key);
	struct ks_client_reply reply = { 0 };
	struct ks_str user = find_user(s);
	struct ks_survey_key *copies;
	struct ks_err err = { 0 };

	if (user.n == 0 || is_over(s))
		return;
	if (call_iam(s, "ListAccessKeys", "UserName", user, &reply, &err) != 0) {
		note(s, ks_arena_printf(s->arena, "the keys of user " KS_STR_FMT ": %s", KS_STR_ARG(user),
			err.message));
		return;
	}
	for (const struct ks_xml *member = ks_xml_find(reply.xml, "AccessKeyMetadata/member"); member != NULL;
		member = member->next)
		*(struct ks_survey_key *)ks_vec_push(&keys) = (struct ks_survey_key){
			.id = copy(s, member, "AccessKeyId"), .is_active = ks_str_is(ks_xml_text(member, "Status"),
				"Active") };
	ks_client_release(&reply);
	copies = ks_arena_alloc(s->arena, keys.n * sizeof(*copies) + 1);
	for (size_t i = 0; i < keys.n; i++) {
		copies[i] = *KS_VEC_AT(&keys, struct ks_survey_key, i);
		if (s->out->has_use && ks_str_is_equal(copies[i].id, s->request->facts->subject.key_id)) {
			copies[i].use = s->out->use;
			copies[i].has_use = true;
		} else if (!is_over(s)) {
			copies[i].has_use = read_use(s, copies[i].id, &copies[i].use);
		}
	}
	s->out->keys = copies;
	s->out->key_count = keys.n;
	s->out->has_keys = true;
	ks_vec_release(&keys);
}

static void read_login(struct surveyor *s)
{
	struct ks_client_reply reply = { 0 };
	struct ks_str user = find_user(s);
	struct ks_err err = { 0 };

	if (user.n == 0 || is_over(s))
		return;
	if (call_iam(s, "GetLoginProfile", "UserName", user, &reply, &err) == 0) {
		s->out->has_login = KS_SURVEY_YES;
		ks_client_release(&reply);
	} else if (err.code == KS_ERR_NOTFOUND) {
		s->out->has_login = KS_SURVEY_NO;
	} else {
		note(s, ks_arena_printf(s->arena, "whether user " KS_STR_FMT " has a password: %s", KS_STR_ARG(user),
			err.message));
	}
}

/* ---- SES ---- */

/* SES takes letters, digits, - and _. The name goes into a path. */
static bool is_set_name(struct ks_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
			c != '_')
			return false;
	}
	return name.n > 0 && name.n <= SET_NAME_MOST;
}

static void note_region(struct surveyor *s, const struct ks_survey_region *region, const char *what,
	const struct ks_err *err)
{
	note(s, ks_arena_printf(s->arena, "%s in " KS_STR_FMT ": %s", what, KS_STR_ARG(region->name),
		err->message));
}

static void read_account(struct surveyor *s, struct ks_survey_region *region)
{
	struct ks_err err = { 0 };

	region->has_account = ks_ses_get_account(s->client, ks_arena_strdup(s->arena, region->name),
		&region->account, &err) == 0;
	if (!region->has_account)
		note_region(s, region, "sending", &err);
}

/* A set that cannot be read counts as one that sends: its step reads it again. */
static void read_sets(struct surveyor *s, struct ks_survey_region *region)
{
	const char *name = ks_arena_strdup(s->arena, region->name);
	struct ks_vec sets = KS_VEC_OF(struct ks_str);
	struct ks_err err = { 0 };
	struct ks_str *sending;

	if (ks_ses_list_sets(s->client, name, s->arena, &sets, &err) != 0) {
		note_region(s, region, "configuration sets", &err);
		ks_vec_release(&sets);
		return;
	}
	sending = ks_arena_alloc(s->arena, sets.n * sizeof(*sending) + 1);
	region->has_sets = true;
	for (size_t i = 0; i < sets.n; i++) {
		struct ks_str set = *KS_VEC_AT(&sets, struct ks_str, i);
		bool is_sending = true;

		if (i == KS_SURVEY_SETS_MOST) {
			note(s, ks_arena_printf(s->arena, "configuration sets in %s: only the first %u of %zu were "
				"looked at",
				name, KS_SURVEY_SETS_MOST, sets.n));
			break;
		}
		if (!is_set_name(set)) {
			note(s, ks_arena_printf(s->arena, "configuration set '" KS_STR_FMT "' in %s: its name is "
				"none that SES takes, and it was left out", KS_STR_ARG(set), name));
			continue;
		}
		if (!is_over(s) && ks_ses_get_set_sending(s->client, name, ks_arena_strdup(s->arena, set),
			&is_sending, &err) != 0)
			note_region(s, region, ks_arena_printf(s->arena, "configuration set " KS_STR_FMT,
				KS_STR_ARG(set)), &err);
		if (is_sending)
			sending[region->set_count++] = set;
		else
			region->silent_sets++;
	}
	region->sets = sending;
	ks_vec_release(&sets);
}

/* All accounts first, then all sets: SES takes one call a second of each kind in a Region. */
static void read_regions(struct surveyor *s)
{
	const struct ks_survey_request *request = s->request;
	const char *const *all = s->partition->ses_regions;
	size_t n = request->region_count;
	struct ks_survey_region *regions;

	while (request->region_count == 0 && all[n] != NULL)
		n++;
	regions = ks_arena_alloc(s->arena, n * sizeof(*regions) + 1);
	for (size_t i = 0; i < n; i++)
		regions[i].name = request->region_count > 0 ? request->regions[i] : ks_str_of(all[i]);
	for (size_t i = 0; i < n && (request->needs & KS_SURVEY_MAIL) != 0 && !is_over(s); i++)
		read_account(s, &regions[i]);
	for (size_t i = 0; i < n && (request->needs & KS_SURVEY_SETS) != 0 && !is_over(s); i++)
		read_sets(s, &regions[i]);
	s->out->regions = regions;
	s->out->region_count = n;
}

static void read_sender(struct surveyor *s, struct ks_survey_sender *sender)
{
	struct ks_wire_parameter one = { "EmailIdentity", sender->name, false };
	struct ks_client_request request = { .service = "sesv2", .operation = "GetEmailIdentity",
		.region = ks_arena_strdup(s->arena, sender->region), .partition = s->partition, .parameters = &one,
		.parameter_count = 1 };
	struct ks_client_reply reply = { 0 };
	struct ks_err err = { 0 };
	bool is_verified;

	if (ks_client_call(s->client, &request, &reply, &err) != 0) {
		if (err.code == KS_ERR_NOTFOUND)
			sender->is_there = KS_SURVEY_NO;
		else
			note(s, ks_arena_printf(s->arena, "sender " KS_STR_FMT " in " KS_STR_FMT ": %s",
				KS_STR_ARG(sender->name), KS_STR_ARG(sender->region), err.message));
		return;
	}
	sender->is_there = KS_SURVEY_YES;
	if (ks_json_find_bool(reply.json, "VerifiedForSendingStatus", &is_verified))
		sender->is_verified = is_verified ? KS_SURVEY_YES : KS_SURVEY_NO;
	ks_client_release(&reply);
}

static void read_senders(struct surveyor *s)
{
	struct ks_vec found = KS_VEC_OF(struct ks_sender);
	struct ks_survey_sender *senders;

	ks_sender_find(s->request->facts, &found);
	senders = ks_arena_alloc(s->arena, found.n * sizeof(*senders) + 1);
	for (size_t i = 0; i < found.n; i++) {
		const struct ks_sender *sender = KS_VEC_AT(&found, struct ks_sender, i);

		senders[i] = (struct ks_survey_sender){ .region = sender->region, .name = sender->name };
		if (!is_over(s))
			read_sender(s, &senders[i]);
	}
	s->out->senders = senders;
	s->out->sender_count = found.n;
	ks_vec_release(&found);
}

void ks_survey_read(struct ks_client *client, const struct ks_survey_request *request,
	struct ks_arena *arena, struct ks_survey *out)
{
	struct ks_survey survey = { .asked = request->needs };
	struct surveyor s = { .client = client, .request = request,
		.partition = request->facts->subject.partition,
		.arena = arena, .out = &survey, .notes = KS_VEC_OF(const char *), .end_ms = INT64_MAX };
	const char **notes;

	if (request->budget_ms > 0)
		s.end_ms = ks_ctx_now(request->ctx) + request->budget_ms;
	if (s.partition == NULL) {
		note(&s, "no record says in which partition of AWS to ask");
	} else {
		if ((request->needs & KS_SURVEY_OWNER) != 0)
			read_owner(&s);
		if ((request->needs & KS_SURVEY_KEYS) != 0)
			read_keys(&s);
		if ((request->needs & KS_SURVEY_LOGIN) != 0)
			read_login(&s);
		if ((request->needs & KS_SURVEY_SENDERS) != 0)
			read_senders(&s);
		if ((request->needs & (KS_SURVEY_MAIL | KS_SURVEY_SETS)) != 0)
			read_regions(&s);
	}
	notes = ks_arena_alloc(arena, s.notes.n * sizeof(*notes) + 1);
	for (size_t i = 0; i < s.notes.n; i++)
		notes[i] = *KS_VEC_AT(&s.notes, const char *, i);
	survey.notes = notes;
	survey.note_count = s.notes.n;
	ks_vec_release(&s.notes);
	*out = survey;
}

void ks_survey_apply(const struct ks_survey *survey, struct ks_arena *arena, struct ks_facts *facts)
{
	facts->survey = survey;
	if (survey->owner.n > 0)
		ks_subject_complete(&facts->subject, survey->owner, survey->owner_arn, arena);
}

const struct ks_survey_region *ks_survey_find_region(const struct ks_survey *survey, struct ks_str region)
{
	for (size_t i = 0; survey != NULL && i < survey->region_count; i++)
		if (ks_str_is_equal(survey->regions[i].name, region))
			return &survey->regions[i];
	return NULL;
}

const char *ks_survey_tell_use(const struct ks_iam_last_used *use, struct ks_arena *arena)
{
	char text[KS_TIME_TEXT];

	if (use->time_ms == KS_TIME_NONE)
		return "never used, as far as IAM knows";
	return ks_arena_printf(arena, "last used %s for " KS_STR_FMT " in " KS_STR_FMT,
		ks_time_render(use->time_ms, text), KS_STR_ARG(use->service), KS_STR_ARG(use->region));
}

/* ---- permissions ---- */

static const struct { unsigned need; const char *permission; } permissions[] = {
	{ KS_SURVEY_OWNER | KS_SURVEY_KEYS, "iam:GetAccessKeyLastUsed" },
	{ KS_SURVEY_OWNER, "iam:GetUser" },
	{ KS_SURVEY_KEYS, "iam:ListAccessKeys" },
	{ KS_SURVEY_LOGIN, "iam:GetLoginProfile" },
	{ KS_SURVEY_MAIL, "ses:GetAccount" },
	{ KS_SURVEY_SETS, "ses:GetConfigurationSet" },
	{ KS_SURVEY_SETS, "ses:ListConfigurationSets" },
	{ KS_SURVEY_SENDERS, "ses:GetEmailIdentity" },
};

void ks_survey_permissions(unsigned needs, struct ks_vec *out)
{
	for (size_t i = 0; i < COUNT(permissions); i++)
		if ((permissions[i].need & needs) != 0)
			*(const char **)ks_vec_push(out) = permissions[i].permission;
}
