/* The templates' parser and renderer. */
#include "lib/decoy/bait.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/opt.h"
#include "lib/codec/base64.h"
#include "lib/decoy/minter.h"

#include <string.h>

#define RANDOM_DEFAULT 16
#define RANDOM_LONGEST 256
#define MOST_PICKS 16

enum part_kind {
	PART_TEXT, PART_ACCESS_KEY_ID, PART_SECRET_ACCESS_KEY, PART_REGION, PART_SMTP_USERNAME,
		PART_SMTP_PASSWORD,
	PART_ACCOUNT_ID, PART_USER_NAME, PART_DATE, PART_RANDOM, PART_PICK,
};

static const struct {
	const char *name;
	enum part_kind kind;
} placeholders[] = {
	{ "access_key_id", PART_ACCESS_KEY_ID },
	{ "secret_access_key", PART_SECRET_ACCESS_KEY },
	{ "region", PART_REGION },
	{ "smtp_username", PART_SMTP_USERNAME },
	{ "smtp_password", PART_SMTP_PASSWORD },
	{ "account_id", PART_ACCOUNT_ID },
	{ "user_name", PART_USER_NAME },
	{ "date", PART_DATE },
	{ "random", PART_RANDOM },
};

struct part {
	enum part_kind kind;
	struct ks_str text;      /* of PART_TEXT */
	size_t count;            /* of PART_RANDOM; of PART_PICK which one */
	bool is_base64;
};

struct pick {
	struct ks_str name;
	struct ks_str words;     /* parted by bars */
	uint32_t n;              /* how many */
};

/* Where the parser stands; text is the arena's copy. */
struct parser {
	struct ks_bait *bait;
	struct ks_str text;      /* what is left */
	int line;                /* of what is left */
	struct ks_err *err;
	unsigned seen;           /* header keys that may come once */
	bool has_mode;
};

static const char *const names[] = {
#define KS_BAIT(name) name,
#include "lib/decoy/baits.def"
#undef KS_BAIT
};

const char *const *ks_bait_names(size_t *out_count)
{
	*out_count = sizeof(names) / sizeof(names[0]);
	return names;
}

void ks_bait_release(struct ks_bait *bait)
{
	if (bait == NULL)
		return;
	ks_vec_release(&bait->paths);
	ks_vec_release(&bait->users);
	ks_vec_release(&bait->picks);
	ks_vec_release(&bait->parts);
	ks_arena_release(&bait->arena);
	*bait = (struct ks_bait){ .mode = 0 };
}

static int parse_mode(struct parser *p, struct ks_str value, int column)
{
	mode_t mode = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '7' || value.n > 4)
			return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column, "mode is octal, as in 0600");
		mode = mode << 3 | (mode_t)(value.p[i] - '0');
	}
	if ((mode & 07000) != 0 || (mode & 0400) == 0)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"mode lets the owner read, and has no bits above 0777");
	p->bait->mode = mode;
	p->has_mode = true;
	return 0;
}

static int parse_merge(struct parser *p, struct ks_str value, int column)
{
	if (ks_str_is(value, "ini-section"))
		p->bait->merge = KS_BAIT_INI_SECTION;
	else if (ks_str_is(value, "history"))
		p->bait->merge = KS_BAIT_HISTORY;
	else if (ks_str_is(value, "own"))
		p->bait->merge = KS_BAIT_OWN;
	else
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"merge is own, ini-section or history");
	return 0;
}

/* Names of picks are words that no placeholder has. */
static bool is_pick_name(const struct parser *p, struct ks_str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || name.p[i] == '_'))
			return false;
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		if (ks_str_is(name, placeholders[i].name))
			return false;
	for (size_t i = 0; i < p->bait->picks.n; i++)
		if (ks_str_is_equal(name, KS_VEC_AT(&p->bait->picks, struct pick, i)->name))
			return false;
	return name.n > 0 && !ks_str_is(name, "base64");
}

static int parse_pick(struct parser *p, struct ks_str value, int column)
{
	struct ks_str rest = value, name = value, word;
	struct pick *pick;

	ks_str_next(&rest, '=', &name);
	name = ks_str_trim(name);
	if (rest.p == NULL || !is_pick_name(p, name))
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"pick is 'word = one | another', with a word of its own of small letters");
	if (p->bait->picks.n == MOST_PICKS)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, 1, "more than %d picks", MOST_PICKS);
	pick = ks_vec_push(&p->bait->picks);
	*pick = (struct pick){ .name = name, .words = rest };
	while (ks_str_next(&rest, '|', &word)) {
		if (ks_str_trim(word).n == 0)
			return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column, "an empty word to pick");
		pick->n++;
	}
	return 0;
}

static int set_key(struct parser *p, struct ks_str key, struct ks_str value, int column)
{
	static const char *const keys[] = { "about", "mode", "merge", "path", "user", "pick" };
	size_t i = 0;

	while (i < 6 && !ks_str_is(key, keys[i]))
		i++;
	if (i == 6)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, 1, "unknown key '" KS_STR_FMT
			"', known are about, path, mode, merge, user, pick", KS_STR_ARG(key));
	if (value.n == 0)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column, "'%s' has no value", keys[i]);
	if (i < 3 && (p->seen & 1u << i) != 0)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, 1, "'%s' is given twice", keys[i]);
	p->seen |= 1u << i;
	switch (i) {
	case 0:
		p->bait->about = value;
		return 0;
	case 1:
		return parse_mode(p, value, column);
	case 2:
		return parse_merge(p, value, column);
	case 5:
		return parse_pick(p, value, column);
	default:
		*(struct ks_str *)ks_vec_push(i == 3 ? &p->bait->paths : &p->bait->users) = value;
		return 0;
	}
}

static int parse_header_line(struct parser *p, struct ks_str raw)
{
	struct ks_str rest = raw, key, value;
	int column;

	if (ks_str_trim(raw).n == 0 || raw.p[0] == '#')
		return 0;
	if (!ks_str_next(&rest, ':', &key) || rest.p == NULL)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, 1, "a line of the header is 'key: value'");
	value = ks_str_trim(rest);
	column = (int)((value.n > 0 ? value.p : raw.p + raw.n) - raw.p) + 1;
	return set_key(p, key, value, column);
}

static int parse_header(struct parser *p)
{
	struct ks_str line;

	for (; ks_str_next(&p->text, '\n', &line); p->line++) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (ks_str_is(line, "---")) {
			if (p->bait->about.n == 0 || p->bait->paths.n == 0 || !p->has_mode)
				return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, 1, "the header lacks '%s'",
					p->bait->about.n == 0 ? "about" : p->bait->paths.n == 0 ? "path" : "mode");
			p->line++;
			return 0;
		}
		if (parse_header_line(p, line) != 0)
			return -1;
	}
	return ks_err_set_at(p->err, KS_ERR_PARSE, p->line > 1 ? p->line - 1 : 1, 1,
		"the header does not end: a line '---' and the body follow it");
}

static struct part *add_part(struct ks_bait *bait, enum part_kind kind, struct ks_str text)
{
	struct part *part;

	if (kind == PART_TEXT && text.n == 0)
		return NULL;
	part = ks_vec_push(&bait->parts);
	*part = (struct part){ .kind = kind, .text = text, .count = RANDOM_DEFAULT };
	return part;
}

/* The kind that a word between braces names, and which pick it is. */
static bool find_kind(const struct ks_bait *bait, struct ks_str name, enum part_kind *out, size_t *out_pick)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (ks_str_is(name, placeholders[i].name)) {
			*out = placeholders[i].kind;
			return true;
		}
	}
	for (size_t i = 0; i < bait->picks.n; i++) {
		if (ks_str_is_equal(name, KS_VEC_AT(&bait->picks, struct pick, i)->name)) {
			*out = PART_PICK;
			*out_pick = i;
			return true;
		}
	}
	return false;
}

/* word is what stands between the braces. */
static int add_placeholder(struct parser *p, struct ks_str word, int column)
{
	bool is_base64 = ks_str_has_prefix(word, KS_STR("base64:"));
	struct ks_str rest = is_base64 ? ks_str_sub(word, 7, word.n) : word, name = rest;
	enum part_kind kind = PART_TEXT;
	int64_t count = RANDOM_DEFAULT;
	struct part *part;
	size_t pick = 0;

	ks_str_next(&rest, ':', &name);
	if (!find_kind(p->bait, name, &kind, &pick))
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"unknown placeholder '{{" KS_STR_FMT "}}'", (int)(word.n < 64 ? word.n : 64), word.p);
	if (rest.p != NULL && (kind != PART_RANDOM || is_base64 || !ks_str_parse_int(rest, &count) ||
		count < 1 || count > RANDOM_LONGEST))
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"only {{random:N}} takes a number, 1 to %d", RANDOM_LONGEST);
	if (kind == PART_RANDOM && is_base64)
		return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, column,
			"there is no base64 of {{random}}, write {{random:N}}");
	part = add_part(p->bait, kind, (struct ks_str){ NULL, 0 });
	part->count = kind == PART_PICK ? pick : (size_t)count;
	part->is_base64 = is_base64;
	return 0;
}

/* Moves over n bytes, counting lines; *line_start is where the line began that the parser then stands
 * in. */
static void move_to(struct parser *p, const char *to, const char **line_start)
{
	for (const char *c = p->text.p; c < to; c++) {
		if (*c == '\n') {
			p->line++;
			*line_start = c + 1;
		}
	}
	p->text = ks_str_sub(p->text, (size_t)(to - p->text.p), p->text.n);
}

static int parse_body(struct parser *p)
{
	const char *line_start = p->text.p;
	ptrdiff_t at;

	while ((at = ks_str_find(p->text, KS_STR("{{"))) >= 0) {
		bool is_escaped = at > 0 && p->text.p[at - 1] == '\\';
		const char *open;
		struct ks_str word;
		ptrdiff_t end;

		/* Of three braces the last two open, as in "${{{region}}}". */
		while (!is_escaped && (size_t)at + 2 < p->text.n && p->text.p[at + 2] == '{')
			at++;
		open = p->text.p + at;
		add_part(p->bait, PART_TEXT, ks_str_sub(p->text, 0, (size_t)(at - is_escaped)));
		move_to(p, open, &line_start);
		if (is_escaped) {
			add_part(p->bait, PART_TEXT, ks_str_sub(p->text, 0, 2));
			move_to(p, open + 2, &line_start);
			continue;
		}
		end = ks_str_find(p->text, KS_STR("}}"));
		word = ks_str_sub(p->text, 2, end < 2 ? 0 : (size_t)end - 2);
		if (end < 2 || memchr(word.p, '\n', word.n) != NULL)
			return ks_err_set_at(p->err, KS_ERR_PARSE, p->line, (int)(open - line_start) + 1,
				"a placeholder that does not end; for plain braces write '\\{{'");
		if (add_placeholder(p, word, (int)(open - line_start) + 1) != 0)
			return -1;
		move_to(p, open + end + 2, &line_start);
	}
	add_part(p->bait, PART_TEXT, p->text);
	return 0;
}

static int check_body(const struct parser *p, int first_line)
{
	const struct part *first = p->bait->parts.n > 0 ? p->bait->parts.p : NULL;
	bool has_key = false;

	for (size_t i = 0; i < p->bait->parts.n; i++) {
		enum part_kind kind = KS_VEC_AT(&p->bait->parts, struct part, i)->kind;

		has_key = has_key || kind == PART_ACCESS_KEY_ID || kind == PART_SMTP_USERNAME;
	}
	if (!has_key)
		return ks_err_set_at(p->err, KS_ERR_PARSE, first_line, 1,
			"the body holds neither {{access_key_id}} nor {{smtp_username}}");
	if (p->bait->merge == KS_BAIT_INI_SECTION && (first->kind != PART_TEXT || first->text.p[0] != '['))
		return ks_err_set_at(p->err, KS_ERR_PARSE, first_line, 1,
			"a body for ini-section begins with the header of its section, as in [{{user_name}}]");
	return 0;
}

int ks_bait_parse(struct ks_str name, struct ks_str text, struct ks_bait *out, struct ks_err *err)
{
	struct ks_bait bait = { .paths = KS_VEC_OF(struct ks_str), .users = KS_VEC_OF(struct ks_str),
		.picks = KS_VEC_OF(struct pick), .parts = KS_VEC_OF(struct part) };
	struct parser p = { .bait = &bait, .line = 1, .err = err };
	int body_line;

	if (text.n > KS_LIMIT_BAIT)
		return ks_err_set(err, KS_ERR_LIMIT, "a template has at most %u bytes", KS_LIMIT_BAIT);
	bait.name = ks_arena_copy(&bait.arena, name);
	p.text = ks_arena_copy(&bait.arena, text);
	if (parse_header(&p) != 0)
		goto fail;
	body_line = p.line;
	if (parse_body(&p) != 0 || check_body(&p, body_line) != 0)
		goto fail;
	*out = bait;
	return 0;
fail:
	ks_bait_release(&bait);
	return -1;
}

int ks_bait_load(struct ks_str name, const char *path, struct ks_bait *out, struct ks_err *err)
{
	struct ks_buf text;
	int rc;

	ks_buf_init(&text, KS_LIMIT_BAIT);
	rc = ks_file_load(path, &text, err);
	if (rc == 0 && ks_bait_parse(name, ks_buf_str(&text), out, err) != 0)
		rc = ks_err_set_file(err, path);
	ks_buf_release(&text);
	return rc;
}

static int refuse_name(const char *name, struct ks_err *err)
{
	const char *near = ks_opt_nearest(name, names, sizeof(names) / sizeof(names[0]));
	struct ks_buf known;

	if (near != NULL)
		return ks_err_set(err, KS_ERR_USAGE, "unknown bait '%s', did you mean '%s'?", name, near);
	ks_buf_init(&known, 4096);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ks_buf_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	ks_err_set(err, KS_ERR_USAGE, "unknown bait '%s', known are %s", name, known.p);
	ks_buf_release(&known);
	return -1;
}

int ks_bait_get(const struct ks_ctx *ctx, const char *name, struct ks_bait *out, struct ks_err *err)
{
	struct ks_buf path;
	size_t i = 0;
	int rc;

	while (i < sizeof(names) / sizeof(names[0]) && strcmp(name, names[i]) != 0)
		i++;
	if (i == sizeof(names) / sizeof(names[0]))
		return refuse_name(name, err);
	ks_buf_init(&path, 1u << 16);
	ks_file_join(&path, ctx->templates_dir, name);
	ks_buf_adds(&path, ".bait");
	rc = ks_bait_load(ks_str_of(name), path.p, out, err);
	ks_buf_release(&path);
	return rc;
}

/* What one rendering stands on. */
struct rendering {
	const struct ks_bait_values *values;
	struct ks_str picked[MOST_PICKS];
};

static struct ks_str value_of(const struct part *part, const struct rendering *r)
{
	switch (part->kind) {
	case PART_ACCESS_KEY_ID:
	case PART_SMTP_USERNAME:
		return r->values->access_key_id;
	case PART_SECRET_ACCESS_KEY:
		return r->values->secret_access_key;
	case PART_REGION:
		return r->values->region;
	case PART_SMTP_PASSWORD:
		return r->values->smtp_password;
	case PART_ACCOUNT_ID:
		return r->values->account_id;
	case PART_USER_NAME:
		return r->values->user_name;
	case PART_DATE:
		return r->values->date;
	case PART_PICK:
		return r->picked[part->count];
	default:
		return part->text;
	}
}

static size_t size_of(const struct part *part, const struct rendering *r)
{
	size_t n = part->kind == PART_RANDOM ? part->count : value_of(part, r).n;

	return part->is_base64 ? (n + 2) / 3 * 4 : n;
}

static int pick_words(const struct ks_bait *bait, const struct ks_ctx *ctx, struct rendering *r,
	struct ks_err *err)
{
	for (size_t i = 0; i < bait->picks.n; i++) {
		const struct pick *pick = KS_VEC_AT(&bait->picks, struct pick, i);
		struct ks_str rest = pick->words, word = rest;
		uint32_t at;

		if (ks_minter_number(ctx, pick->n, &at, err) != 0)
			return -1;
		for (uint32_t w = 0; w <= at; w++)
			ks_str_next(&rest, '|', &word);
		r->picked[i] = ks_str_trim(word);
	}
	return 0;
}

int ks_bait_render(const struct ks_bait *bait, const struct ks_ctx *ctx,
	const struct ks_bait_values *values, struct ks_buf *out, struct ks_err *err)
{
	struct rendering r = { .values = values };
	size_t size = 0;

	if (pick_words(bait, ctx, &r, err) != 0)
		return -1;
	/* All the room at once: memory that was given back while growing would keep a copy of the secret. */
	for (size_t i = 0; i < bait->parts.n; i++)
		size += size_of(KS_VEC_AT(&bait->parts, struct part, i), &r);
	if (ks_buf_reserve(out, size) == NULL)
		return ks_err_set(err, KS_ERR_LIMIT, "bait '" KS_STR_FMT "' is too large", KS_STR_ARG(bait->name));
	for (size_t i = 0; i < bait->parts.n; i++) {
		const struct part *part = KS_VEC_AT(&bait->parts, struct part, i);
		char word[RANDOM_LONGEST + 1];

		if (part->kind == PART_RANDOM) {
			if (ks_minter_word(ctx, part->count, word, err) != 0)
				return -1;
			ks_buf_adds(out, word);
		} else if (part->is_base64) {
			ks_base64_encode(value_of(part, &r), out);
		} else {
			ks_buf_add(out, value_of(part, &r));
		}
	}
	return 0;
}
