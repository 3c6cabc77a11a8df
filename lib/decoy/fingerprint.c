/* The tells, one function each. */
#include "lib/decoy/fingerprint.h"

#include "lib/codec/ini.h"

#include <string.h>

#define UUID_SIZE 36

/* Words that say what a thing is for. Those with is_word count only between letters and digits of others:
 * "trap" is no part of "bootstrap". */
static const struct {
	const char *text;
	bool is_word;
} words[] = {
	{ "keysnare", false }, { "canary", false }, { "honey", false }, { "decoy", false },
	{ "thinkst", false }, { "spacecrab", false }, { "spacesiren", false }, { "tripwire", false },
	{ "deception", false }, { "trap", true }, { "bait", true }, { "lure", true }, { "fake", true },
	{ "snare", true }, { "token", true },
};

/* One decoy under the eyes of the lint. */
struct lint {
	const struct ks_fingerprint_request *request;
	struct ks_arena *arena;
	struct ks_vec *out;
};

const char *ks_fingerprint_severity_name(enum ks_fingerprint_severity severity)
{
	return severity == KS_FINGERPRINT_WARNING ? "warning" : "note";
}

static void tell(struct lint *lint, enum ks_fingerprint_severity severity, const char *text)
{
	struct ks_fingerprint_tell *row = ks_vec_push(lint->out);

	*row = (struct ks_fingerprint_tell){ severity, ks_str_of(text) };
}

#define TELL(lint, severity, ...) tell(lint, severity, ks_arena_printf((lint)->arena, __VA_ARGS__))

static bool is_letter(char c)
{
	c = ks_str_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool has_word(struct ks_str text, const char *word, bool is_word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++) {
		if (!ks_str_is_equal_nocase(ks_str_sub(text, i, n), (struct ks_str){ word, n }))
			continue;
		if (!is_word || ((i == 0 || !is_letter(text.p[i - 1])) &&
			(i + n == text.n || !is_letter(text.p[i + n]))))
			return true;
	}
	return false;
}

/* The first telling word of text, or NULL. In a whole bait only the unmistakable ones count. */
static const char *find_word(struct ks_str text, bool is_bait)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!(is_bait && words[i].is_word) && has_word(text, words[i].text, words[i].is_word))
			return words[i].text;
	return NULL;
}

static bool is_uuid(struct ks_str text)
{
	if (text.n != UUID_SIZE)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = ks_str_lower(text.p[i]);
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

static void lint_account(struct lint *lint)
{
	struct ks_str account = lint->request->decoy->account;
	const char *list = lint->request->canary != NULL ?
		ks_canary_find(lint->request->canary, ks_arena_strdup(lint->arena, account)) : NULL;

	if (list != NULL)
		TELL(lint, KS_FINGERPRINT_WARNING, "account " KS_STR_FMT " is on the public canary list '%s'",
			KS_STR_ARG(account), list);
}

static void lint_names(struct lint *lint)
{
	const struct ks_decoy *decoy = lint->request->decoy;
	bool is_path = decoy->form == KS_PLACEMENT_FILE || decoy->form == KS_PLACEMENT_SECTION;
	const char *word;

	if (is_uuid(decoy->user_name))
		TELL(lint, KS_FINGERPRINT_WARNING, "user '" KS_STR_FMT "' is a UUID, as services that mint "
			"canaries name their users", KS_STR_ARG(decoy->user_name));
	else if ((word = find_word(decoy->user_name, false)) != NULL)
		TELL(lint, KS_FINGERPRINT_WARNING, "user '" KS_STR_FMT "' says what it is ('%s')",
			KS_STR_ARG(decoy->user_name), word);
	if (is_path && (word = find_word(decoy->placement, false)) != NULL)
		TELL(lint, KS_FINGERPRINT_WARNING, "the path '" KS_STR_FMT "' says what lies there ('%s')",
			KS_STR_ARG(decoy->placement), word);
	if ((word = find_word(lint->request->bait, true)) != NULL)
		TELL(lint, KS_FINGERPRINT_WARNING, "the bait says what it is ('%s')", word);
	if (decoy->label.n > 0 && !ks_str_is_equal(decoy->label, decoy->placement) &&
		(word = find_word(decoy->label, false)) != NULL)
		TELL(lint, KS_FINGERPRINT_NOTE, "the label says '%s': fine as long as it stays in the store",
			word);
}

/* The value of "key = value" in one line, or p NULL. */
static struct ks_str value_of(struct ks_str line, const char *key)
{
	struct ks_str name = line;

	ks_str_next(&line, '=', &name);
	if (line.p == NULL || !ks_str_is_equal_nocase(ks_str_trim(name), ks_str_of(key)))
		return (struct ks_str){ NULL, 0 };
	return ks_str_trim(line);
}

/* What a public service hands out: one profile, [default], in us-east-2 with output json. */
static void lint_default_profile(struct lint *lint)
{
	struct ks_str text = lint->request->file.n > 0 ? lint->request->file : lint->request->bait;
	struct ks_str rest = text, first = KS_STR(""), another, line;
	bool has_region = false, has_output = false;

	if (!ks_ini_next_section(&rest, &first) || ks_ini_next_section(&rest, &another) ||
		!ks_str_is(first, "default"))
		return;
	while (ks_str_next(&text, '\n', &line)) {
		has_region = has_region || ks_str_is(value_of(line, "region"), "us-east-2");
		has_output = has_output || ks_str_is(value_of(line, "output"), "json");
	}
	if (has_region && has_output)
		TELL(lint, KS_FINGERPRINT_WARNING, "a lone [default] profile in us-east-2 with output json is "
			"what canary services hand out");
}

/* Says something of each decoy that is named, and how many more there are. */
static void tell_of(struct lint *lint, const struct ks_neighbors_list *list, const char *before,
	const char *after)
{
	for (size_t i = 0; i < list->named_count; i++)
		TELL(lint, KS_FINGERPRINT_WARNING, "%s the decoy '" KS_STR_FMT "'%s", before,
			KS_STR_ARG(list->named[i]->name), after);
	if (list->count > list->named_count)
		TELL(lint, KS_FINGERPRINT_WARNING, "%s %zu more decoy%s%s", before,
			list->count - list->named_count, list->count - list->named_count > 1 ? "s" : "", after);
}

static void lint_neighbors(struct lint *lint)
{
	const struct ks_decoy *decoy = lint->request->decoy;
	const struct ks_neighbors *neighbors = lint->request->neighbors;
	struct ks_neighbors_list in_file = ks_neighbors_in_file(neighbors, decoy);
	struct ks_neighbors_list siblings = ks_neighbors_siblings(neighbors, decoy);
	size_t relatives = ks_neighbors_in_directory(neighbors, decoy);

	tell_of(lint, &in_file, ks_arena_printf(lint->arena, "'" KS_STR_FMT "' also holds",
		KS_STR_ARG(decoy->placement)), ", better one to a place");
	tell_of(lint, &siblings, "its key id begins like that of", ", longer than one account explains");
	if (relatives > 0)
		TELL(lint, KS_FINGERPRINT_NOTE, "its directory holds %zu more of the same account, which their key "
			"ids show", relatives);
}

void ks_fingerprint_lint(const struct ks_fingerprint_request *request, struct ks_arena *arena,
	struct ks_vec *out)
{
	struct lint lint = { .request = request, .arena = arena, .out = out };

	lint_account(&lint);
	lint_names(&lint);
	lint_default_profile(&lint);
	if (request->neighbors != NULL)
		lint_neighbors(&lint);
}
