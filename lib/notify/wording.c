/* Notices in words: a table of kinds, and the facts out of the notice's object. */
#include "lib/notify/wording.h"

#include "lib/base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ELLIPSIS "\xE2\x80\xA6"
#define LISTED_MOST 8u                 /* elements of a list that are shown */
#define NAME_MOST 96u                  /* of whoever it is about, in a title */

/* In these texts {who} is the decoy or actor, {n} the incident; any other word in braces is the member of
 * that name. What is missing is left out. */
struct row {
	const char *kind;
	const char *title;
	const char *text;
	const char *next;
	enum ks_wording_turn turn;
};

#define SHOW "keysnare incident show {n}"

static const struct row rows[] = {
	{ "opened", "{who} {what}", "{story}", SHOW "   then: keysnare respond plan {n}", KS_WORDING_NEWS },
	{ "escalated", "{who}: graver than it was", "{story}", SHOW "   then: keysnare respond plan {n}",
		KS_WORDING_NEWS },
	{ "linked", "{who}: more incidents belong to it", "{story}", SHOW, KS_WORDING_NEWS },
	{ "reopened", "{who}: it goes on, and is open again", "{story}", SHOW, KS_WORDING_NEWS },
	{ "resumed", "{who}: it goes on, while it was put aside", "{story}", SHOW, KS_WORDING_NEWS },
	{ "reminder", "{who}: nobody has acknowledged it yet", "{story}",
		"keysnare incident ack {n}   (says that you have it)", KS_WORDING_NEWS },
	{ "acknowledged", "{who}: acknowledged", "{by} looks after it. {reason}", SHOW, KS_WORDING_NEWS },
	{ "closed", "{who}: closed", "The incident was closed{by_whom}. {reason}", SHOW, KS_WORDING_OVER },
	{ "approval", "{who}: a plan waits for your approval",
		"Plan {plan} of policy {policy} ({steps} steps) is carried out only once somebody has approved "
		"exactly this plan, digest {digest}. {why}",
		"{approve_with}   (on keysnare's host: it shows the plan and asks)", KS_WORDING_NEWS },
	{ "acting", "{who}: it is being contained",
		"Plan {plan} of policy {policy} ({steps} steps) is being carried out. {why}",
		"keysnare respond status {n}", KS_WORDING_NEWS },
	{ "limit", "{who}: containment is held back by a limit",
		"More keys were to be acted on than the limit allows: either many keys are stolen, or a policy is "
		"too wide. {why}", "{approve_with}   (on keysnare's host: it shows the plan and asks)",
		KS_WORDING_NEWS },
	{ "refused", "{who}: a guard refuses to contain",
		"Policy {policy} would have acted, and a guard does not let it. {why}",
		SHOW "   and by hand: keysnare contain KEY", KS_WORDING_NEWS },
	{ "expired", "{who}: a plan expired, and nothing was done",
		"Plan {plan} of policy {policy} was not approved or not carried out in time. {why}",
		"keysnare respond plan {n}   (makes a new one)", KS_WORDING_NEWS },
	{ "lost", "{who}: somebody took back what was done",
		"Step {step} ({action} {target}) of plan {plan} no longer holds. {why}",
		"keysnare respond status {n}", KS_WORDING_NEWS },
	{ "storm", "{count} incidents within a minute",
		"More incidents were opened than are told one by one. Each of them is in the store.",
		"keysnare incident list", KS_WORDING_NEWS },
	{ "alarm", "keysnare: {trouble} {subject}", "{why}", "{do}", KS_WORDING_NEWS },
	{ "recovered", "keysnare: over: {trouble} {subject}", "It works again. {why}", "", KS_WORDING_OVER },
	{ "heartbeat", "keysnare is running", "A sign of life. Look after keysnare when these stop.", "",
		KS_WORDING_SIGN },
	{ "test", "test of notifier {notifier}",
		"This is a test, and nothing has happened: notices of keysnare reach you here.", "",
		KS_WORDING_NEWS },
};

static const struct row stranger = { NULL, "{who}: {kind}", "{why}", SHOW, KS_WORDING_NEWS };

/* What an alarm is about, in words. */
static const struct { const char *name, *text; } troubles[] = {
	{ "stale", "no news from" },
	{ "failing", "cannot read" },
	{ "queue", "falling behind with" },
	{ "denied", "AWS denies what is needed in" },
	{ "responder", "containment fails in" },
	{ "full", "the disk is full" },
	{ "locked", "the store is locked" },
	{ "aside", "messages were set aside from" },
	{ "dead-letters", "notices reached nobody through" },
	{ "undecided", "events could not be judged" },
};

/* Members and their labels, in the order in which they are shown. */
static const struct { const char *member, *label; } labels[] = {
	{ "exercise", "Exercise" },
	{ "actor", "Actor" }, { "account", "Account" }, { "rules", "Rules" }, { "stages", "Stages" },
	{ "addresses", "Addresses" }, { "events", "Events" }, { "first", "First" }, { "last", "Last" },
	{ "linked", "Linked" }, { "took_over", "Took over" }, { "state", "State" }, { "plan", "Plan" },
	{ "policy", "Policy" }, { "digest", "Digest" }, { "steps", "Steps" }, { "calls", "Calls" },
	{ "expires", "Expires" }, { "step", "Step" }, { "action", "Action" }, { "target", "Target" },
	{ "why", "Why" }, { "approve_with", "Approve with" }, { "count", "Count" },
	{ "alarm", "Alarm" }, { "subject", "Subject" }, { "since", "Since" }, { "ended", "Ended" },
};

/* Members that are told otherwise, or to programs only. */
static const char *const untold[] = { "v", "kind", "incident", "level", "decoy", "journal", "notice",
	"notifier", "repeated", "linked_count", "stands_for", "do", "incidents", "told", "reminders", "id", "by",
	"reason" };

/* A wording while it is made. */
struct maker {
	const struct ks_json *body;
	const char *kind;
	struct ks_arena *arena;
	struct ks_wording *out;
};

/* ---- clean texts --------------------------------------------------------------------------------- */

struct ks_str ks_wording_cut(const char *text, size_t most)
{
	struct ks_str all = ks_str_of(text), rest = all;
	size_t taken = 0, n;
	uint32_t c;

	if (all.n <= most)
		return all;
	for (; (n = ks_text_next(rest, &c)) > 0 && taken + n <= most; rest = ks_str_sub(rest, n, rest.n))
		taken += n;
	return ks_str_sub(all, 0, taken);
}

/* A character of the text as it is shown: at most a dozen bytes. */
static void add_one(struct ks_buf *out, struct ks_str one)
{
	if (one.n == 1 && (one.p[0] == '\n' || one.p[0] == '\r' || one.p[0] == '\t'))
		ks_buf_addc(out, ' ');
	else
		ks_text_add_terminal(out, one);
}

const char *ks_wording_clean(struct ks_str text, size_t most, struct ks_arena *arena)
{
	struct ks_str rest = text;
	const char *copy;
	struct ks_buf out;
	size_t n, whole = 0;
	uint32_t c;

	ks_buf_init(&out, most + 64);
	for (; (n = ks_text_next(rest, &c)) > 0; rest = ks_str_sub(rest, n, rest.n)) {
		if (ks_str_has_prefix(rest, KS_STR("://")))
			ks_buf_adds(&out, "[:]");
		else
			add_one(&out, ks_str_sub(rest, 0, n));
		if (out.n > most)
			break;
		if (out.n + strlen(ELLIPSIS) <= most)
			whole = out.n;
	}
	if (out.n > most)
		copy = ks_arena_printf(arena, "%.*s" ELLIPSIS, (int)whole, out.p);
	else
		copy = ks_arena_strdup(arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return copy;
}

/* ---- members ------------------------------------------------------------------------------------- */

static void add_scalar(const struct ks_json *json, struct ks_arena *arena, struct ks_buf *out)
{
	struct ks_str text = ks_json_str(json);
	struct ks_buf raw;

	if (text.p == NULL) {
		ks_buf_init(&raw, 4 * KS_WORDING_VALUE);
		ks_json_render(json, &raw);
		ks_buf_adds(out, ks_wording_clean(ks_buf_str(&raw), KS_WORDING_VALUE / 2, arena));
		ks_buf_release(&raw);
		return;
	}
	ks_buf_adds(out, ks_wording_clean(text, KS_WORDING_VALUE, arena));
}

/* A member as text: "" where it is not there, null, or an empty list. */
static const char *member(const struct maker *m, const char *name)
{
	const struct ks_json *json = ks_json_find(m->body, name), *element = NULL;
	const char *text;
	struct ks_buf out;
	size_t n = 0;

	if (json == NULL || ks_json_is_null(json))
		return "";
	ks_buf_init(&out, (LISTED_MOST + 2) * (KS_WORDING_VALUE + 8));
	if (!ks_json_is_array(json)) {
		add_scalar(json, m->arena, &out);
	} else {
		while ((element = ks_json_next_element(json, element)) != NULL) {
			if (n++ >= LISTED_MOST)
				continue;
			ks_buf_adds(&out, n > 1 ? "; " : "");
			add_scalar(element, m->arena, &out);
		}
		if (n > LISTED_MOST)
			ks_buf_addf(&out, "; and %zu more", n - LISTED_MOST);
	}
	text = ks_wording_clean(ks_buf_str(&out), KS_WORDING_VALUE, m->arena);
	ks_buf_release(&out);
	return text;
}

static bool has(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_labeled(const char *name)
{
	for (size_t i = 0; i < COUNT(labels); i++)
		if (strcmp(labels[i].member, name) == 0)
			return true;
	return false;
}

static void add_field(struct maker *m, const char *label, const char *value)
{
	if (value[0] != '\0' && m->out->field_count < KS_WORDING_FIELDS)
		m->out->fields[m->out->field_count++] = (struct ks_wording_field){ label, value };
}

static void add_decoy(struct maker *m)
{
	struct maker of = *m;

	of.body = ks_json_find(m->body, "decoy");
	add_field(m, "Decoy", member(&of, "name"));
	add_field(m, "Placement", member(&of, "placement"));
	add_field(m, "Key", member(&of, "key_id"));
}

/* What this keysnare does not know the name of is shown as it is called. */
static void add_strange(struct maker *m)
{
	const struct ks_json *cursor = NULL;
	struct ks_str name, value;

	while (ks_json_next(m->body, &cursor, &name, &value)) {
		const char *plain = ks_wording_clean(name, 40, m->arena);

		if (!is_labeled(plain) && !has(untold, COUNT(untold), plain))
			add_field(m, plain, member(m, plain));
	}
}

/* The word is ours; what it means is for whoever is woken by it. */
static const char *exercise(const struct maker *m)
{
	const char *word = member(m, "exercise");

	return word[0] == '\0' ? "" : m->out->is_exercise ? "yes: a drill made it, and nothing of it is real" :
		"only some of its records: take it in earnest";
}

static const char *warning(const struct maker *m)
{
	if (m->out->is_exercise)
		return "This is an exercise. ";
	return member(m, "exercise")[0] == '\0' ? "" : "Some of its records are of an exercise, others are not: "
		"take it in earnest. ";
}

static void add_fields(struct maker *m)
{
	add_decoy(m);
	for (size_t i = 0; i < COUNT(labels); i++)
		add_field(m, labels[i].label, strcmp(labels[i].member, "exercise") == 0 ? exercise(m) :
			member(m, labels[i].member));
	add_strange(m);
	add_field(m, "Journal", member(m, "journal"));
}

/* ---- sentences ----------------------------------------------------------------------------------- */

/* "decoy web01", "key AKIA…", "principal …", "keysnare". */
static const char *who(const struct maker *m)
{
	struct maker decoy = *m;
	const char *name, *actor = member(m, "actor"), *colon = strchr(actor, ':');

	decoy.body = ks_json_find(m->body, "decoy");
	name = member(&decoy, "name");
	if (name[0] == '\0')
		name = member(&decoy, "key_id");
	if (name[0] != '\0')
		return ks_arena_printf(m->arena, "decoy %s", ks_wording_clean(ks_str_of(name), NAME_MOST, m->arena));
	if (actor[0] == '\0')
		return "keysnare";
	if (colon == NULL)
		return ks_wording_clean(ks_str_of(actor), NAME_MOST, m->arena);
	return ks_arena_printf(m->arena, "%.*s %s", (int)(colon - actor < 16 ? colon - actor : 16), actor,
		ks_wording_clean(ks_str_of(colon + 1), NAME_MOST, m->arena));
}

/* What an incident is about: a decoy's use says all, else the gravest rule does. */
static const char *what(const struct maker *m)
{
	const struct ks_json *rule = ks_json_next_element(ks_json_find(m->body, "rules"), NULL);
	struct ks_str title = ks_json_str(rule);

	if (title.p == NULL || ks_json_is_object(ks_json_find(m->body, "decoy")))
		return "was used";
	return ks_arena_printf(m->arena, "met rule: %s", ks_wording_clean(title, NAME_MOST, m->arena));
}

static const char *story(const struct maker *m)
{
	const struct ks_json *decoy = ks_json_find(m->body, "decoy");
	const char *addresses = member(m, "addresses"), *last = member(m, "last"), *events = member(m, "events");
	struct maker of = *m;
	struct ks_buf out;
	const char *text;

	of.body = decoy;
	ks_buf_init(&out, 8 * KS_WORDING_VALUE);
	if (ks_json_is_object(decoy)) {
		ks_buf_adds(&out, "Nobody legitimate uses a decoy: whoever did has found its bait");
		if (member(&of, "placement")[0] != '\0')
			ks_buf_addf(&out, " (%s)", member(&of, "placement"));
		ks_buf_adds(&out, ". ");
	}
	if (events[0] != '\0')
		ks_buf_addf(&out, "%s event%s", events, strcmp(events, "1") == 0 ? "" : "s");
	if (events[0] != '\0' && addresses[0] != '\0')
		ks_buf_addf(&out, " from %s", addresses);
	if (events[0] != '\0' && last[0] != '\0')
		ks_buf_addf(&out, ", the last at %s", last);
	if (events[0] != '\0')
		ks_buf_adds(&out, ".");
	text = ks_arena_strdup(m->arena, ks_buf_str(&out));
	ks_buf_release(&out);
	return text;
}

static const char *trouble(const struct maker *m)
{
	const char *name = member(m, "alarm");

	for (size_t i = 0; i < COUNT(troubles); i++)
		if (strcmp(troubles[i].name, name) == 0)
			return troubles[i].text;
	return name;
}

static const char *value_of(const struct maker *m, const char *word)
{
	if (strcmp(word, "who") == 0)
		return who(m);
	if (strcmp(word, "what") == 0)
		return what(m);
	if (strcmp(word, "story") == 0)
		return story(m);
	if (strcmp(word, "by_whom") == 0)
		return member(m, "by")[0] != '\0' ? ks_arena_printf(m->arena, " by %s", member(m, "by")) : "";
	if (strcmp(word, "trouble") == 0)
		return trouble(m);
	if (strcmp(word, "kind") == 0)
		return ks_wording_clean(ks_str_of(m->kind), 40, m->arena);
	return member(m, strcmp(word, "n") == 0 ? "incident" : word);
}

static const char *fill(const struct maker *m, const char *pattern, size_t most)
{
	struct ks_str rest = ks_str_of(pattern), part;
	const char *text;
	struct ks_buf out;

	ks_buf_init(&out, 16 * KS_WORDING_VALUE);
	while (ks_str_next(&rest, '{', &part)) {
		ks_buf_add(&out, part);
		if (rest.p == NULL || !ks_str_next(&rest, '}', &part))
			break;
		ks_buf_adds(&out, value_of(m, ks_arena_strdup(m->arena, part)));
	}
	/* All of it is clean by now; this only cuts. */
	text = ks_wording_clean(ks_str_trim(ks_buf_str(&out)), most, m->arena);
	ks_buf_release(&out);
	return text;
}

static enum ks_level level_of(const struct ks_json *body)
{
	enum ks_level level;
	struct ks_str name;

	if (ks_json_find_str(body, "level", &name) && ks_rule_parse_level(name, &level))
		return level;
	return KS_LEVEL_HIGH;
}

static const char *shout(const struct maker *m)
{
	char *text = ks_arena_strdup(m->arena, ks_str_of(m->out->is_test ? "test" :
		ks_rule_level_name(m->out->level)));

	for (char *p = text; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return text;
}

static const char *entitle(const struct maker *m, const struct row *row, bool is_repeated)
{
	const char *number = member(m, "incident");

	return ks_arena_printf(m->arena, "[%s] %s%s%s%s%s%s", shout(m), m->out->is_exercise ? "EXERCISE: " : "",
		fill(m, row->title, KS_WORDING_TITLE - 70), number[0] != '\0' ? " (incident " : "", number,
		number[0] != '\0' ? ")" : "",
		is_repeated ? " (repeated)" : "");
}

void ks_wording_make(const struct ks_json *body, const char *kind, bool is_repeated, struct ks_arena *arena,
	struct ks_wording *out)
{
	struct maker m = { body, kind, arena, out };
	const struct row *row = &stranger;
	int64_t incident;

	*out = (struct ks_wording){ .level = level_of(body), .is_test = strcmp(kind, "test") == 0 };
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			row = &rows[i];
	out->turn = row->turn;
	out->is_exercise = strcmp(member(&m, "exercise"), "whole") == 0;
	out->title = entitle(&m, row, is_repeated);
	out->text = fill(&m, ks_arena_printf(arena, "%s%s", warning(&m), row->text), KS_WORDING_TEXT);
	/* Without an incident there is none to be shown. */
	out->next = row == &stranger && !ks_json_find_int(body, "incident", &incident) ? "" :
		fill(&m, row->next, KS_WORDING_VALUE);
	add_fields(&m);
}

void ks_wording_add_plain(const struct ks_wording *wording, const char *newline, struct ks_buf *out)
{
	ks_buf_addf(out, "%s%s", wording->title, newline);
	if (wording->text[0] != '\0')
		ks_buf_addf(out, "%s%s%s", newline, wording->text, newline);
	if (wording->next[0] != '\0')
		ks_buf_addf(out, "%sNext: %s%s", newline, wording->next, newline);
	ks_buf_adds(out, newline);
	for (size_t i = 0; i < wording->field_count; i++)
		ks_buf_addf(out, "%s: %s%s", wording->fields[i].label, wording->fields[i].value, newline);
}
