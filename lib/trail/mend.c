/* Damage: reported with its place, and gone around. */
#include "lib/trail/mend.h"

#include "lib/base/limits.h"

#include <string.h>

#define NONE SIZE_MAX
#define OPENER "{\"eventVersion\":"              /* how records begin */
#define OPENER_ROOM 64u                        /* no longer is that, blanks and all */
#define REREAD_LIMIT (1024u * 1024 * 1024)     /* text gone over again, before a file is given up */

static void report(struct ks_cutter *c, size_t p, const struct ks_err *err)
{
	c->sink->problem(c->sink->arg, c->base + p, err);
}

/* Starts the walk anew at p, at this depth. */
static void restart(struct ks_cutter *c, size_t p, int64_t depth)
{
	if (c->pos > p)
		c->reread += c->pos - p;
	c->pos = p;
	c->depth = depth;
	c->gap = p;
	if (depth == 0) {
		c->list_depth = 0;
		c->top = c->base + p;
	}
	c->record = c->suspect = NONE;
	c->is_skipping = c->is_lost = false;
	c->state = (struct ks_mask_state){ 0 };
	ks_vec_clear(&c->hits);
}

/* The next object in text that begins like a record: its first member is eventVersion. NULL when there
 * is none. */
static const char *find_opener(const char *text, size_t n)
{
	static const char name[] = "\"eventVersion\"";
	const char *p = text, *end = text + n;

	while ((p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1)) != NULL) {
		const char *brace = p;

		while (brace > text &&
			(brace[-1] == ' ' || brace[-1] == '\t' || brace[-1] == '\r' || brace[-1] == '\n'))
			brace--;
		if (brace > text && brace[-1] == '{')
			return brace - 1;
		p += sizeof(name) - 1;
	}
	return NULL;
}

/* Where to look on behind an error at bad. The last string before it may be none, but what stands
 * between two; then its end was the beginning of a record. */
static size_t behind(const char *text, size_t bad)
{
	return bad > 2 && memcmp(text + bad - 2, "{\"", 2) == 0 ? bad - 2 : bad;
}

static void report_cut(struct ks_cutter *c, size_t p)
{
	struct ks_err err;

	ks_err_set(&err, KS_ERR_PARSE, "a record is cut off at the end of its line");
	report(c, p, &err);
}

/* A record at p is no JSON, as err says with its column. It was cut off at a line break that could have
 * been one of its own, or: behind the error, nothing is believed until something begins like a record;
 * before it, the text was sound and what it nests is part of the record. */
static void give_up_record(struct ks_cutter *c, size_t p, struct ks_err *err)
{
	size_t bad = behind(c->buf, p + (size_t)err->column - 1);

	if (c->suspect != NONE && c->suspect < bad) {
		report_cut(c, p);
		restart(c, c->suspect + 1, c->list_depth);
		return;
	}
	ks_err_wrap(err, "a record is no JSON at byte %d of it", err->column);
	err->column = 0;
	report(c, p, err);
	restart(c, bad, c->list_depth);
	c->is_lost = true;
}

/* Whether text holds a word that stands in every record. */
static bool looks_like_trail(const char *text, size_t n)
{
	static const char *const words[] = { "eventName", "eventVersion", "CloudTrailEvent", "logEvents" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(text, n, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

void ks_mend_garbage(struct ks_cutter *c, size_t p)
{
	struct ks_err err;
	size_t q = p;

	if (c->documents == 0 && c->base == 0 && !looks_like_trail(c->buf, c->n)) {
		restart(c, p, 0);
		c->is_unsure = c->is_lost = true;
		return;
	}
	ks_err_set(&err, KS_ERR_PARSE, "something that is no JSON stands between records");
	report(c, p, &err);
	/* Closing brackets and the like may come in numbers; all of them are one piece of garbage. */
	while (q < c->n && c->buf[q] != '{' && c->buf[q] != '[')
		q++;
	c->documents++;
	restart(c, q, 0);
}

/* The last byte before p that is not blank. */
static char before(const struct ks_cutter *c, size_t p)
{
	while (p > 0 &&
		(c->buf[p - 1] == ' ' || c->buf[p - 1] == '\t' || c->buf[p - 1] == '\r' || c->buf[p - 1] == '\n'))
		p--;
	return p > 0 ? c->buf[p - 1] : '\0';
}

enum line { SOUND, SUSPECT, CUT };

/* What the line break at p says of the value that is open. */
static enum line judge_line(const struct ks_cutter *c, size_t p, bool is_in_string)
{
	char last = before(c, p);

	/* A raw line break in a string is bad JSON, and in a line of its own a record begins like this. */
	if (is_in_string)
		return p + 2 >= c->n || c->buf[p + 2] != '"' ? SOUND : CUT;
	if (c->depth == c->list_depth)
		return SOUND;
	if (last != ',' && last != ':' && last != '[' && last != '{')
		return CUT;
	/* The first line break inside a value, right before a brace: it is laid out so, or was cut off there. */
	if (c->list_depth > 0 || c->record == NONE || memchr(c->buf + c->record, '\n', p - c->record) != NULL)
		return SOUND;
	return SUSPECT;
}

bool ks_mend_line(struct ks_cutter *c, size_t p, bool is_in_string)
{
	enum line line = c->depth > 0 ? judge_line(c, p, is_in_string) : SOUND;

	if (line == SUSPECT)
		c->suspect = p;
	if (line != CUT)
		return false;
	report_cut(c, c->record != NONE ? c->record : p);
	restart(c, (c->record != NONE && c->suspect != NONE ? c->suspect : p) + 1, c->list_depth);
	return true;
}

bool ks_mend_swallowed(struct ks_cutter *c, struct ks_str text, size_t bad, bool is_hit)
{
	const char *end = text.p + text.n, *p = text.p + behind(text.p, bad);
	struct ks_err err;
	bool is_cut;

	while ((p = find_opener(p, (size_t)(end - p))) != NULL) {
		int rc = ks_index_build(&c->index, (struct ks_str){ p, (size_t)(end - p) }, &is_cut, &err);
		const struct ks_index_node *whole = ks_index_node(&c->index, 0);

		if (rc != 0 && is_cut) {
			restart(c, (size_t)(p - c->buf), c->list_depth);
			return true;
		}
		if (whole->n > 0)
			c->sink->record(c->sink->arg, (struct ks_str){ p, whole->n },
				c->base + (uint64_t)(p - c->buf), is_hit);
		p += whole->n > 0 ? (size_t)whole->n : (size_t)err.column - 1;
	}
	return false;
}

bool ks_mend_list(struct ks_cutter *c, size_t p)
{
	const char *opener = p > c->gap ? find_opener(c->buf + c->gap, p - c->gap) : NULL;
	struct ks_err err;

	if (opener == NULL) {
		c->gap = p > c->gap + OPENER_ROOM ? p - OPENER_ROOM : c->gap;
		return false;
	}
	ks_err_set(&err, KS_ERR_PARSE, "something that is no JSON stands between records");
	report(c, c->gap, &err);
	restart(c, (size_t)(opener - c->buf), c->list_depth);
	return true;
}

void ks_mend_oversize(struct ks_cutter *c)
{
	struct ks_str text = { c->buf + c->record, c->pos - c->record };
	size_t from = c->record;
	struct ks_err err;
	bool is_cut;

	if (ks_index_build(&c->index, text, &is_cut, &err) != 0 && !is_cut) {
		give_up_record(c, from, &err);
		return;
	}
	ks_err_set(&err, KS_ERR_LIMIT, "a record is longer than %u bytes", KS_LIMIT_RECORD);
	report(c, from, &err);
	c->record = NONE;
	c->is_skipping = true;
}

bool ks_mend_search(struct ks_cutter *c, size_t limit)
{
	const char *from = c->buf + c->pos;
	const char *line = memmem(from, limit - c->pos, "\n{", 2);
	const char *record = find_opener(from, limit - c->pos);
	struct ks_err err;

	if (c->reread > REREAD_LIMIT) {
		ks_err_set(&err, KS_ERR_PARSE, "too much of it is damaged; the rest is not read");
		report(c, c->pos, &err);
		c->reread = 0;
		c->has_ended = c->has_failed = true;
		c->n = c->pos = 0;
		restart(c, 0, 0);
		return false;
	}
	if (line != NULL && (record == NULL || line < record))
		record = line + 1;
	/* A long text that is no trail: lines of its that begin with a brace are not looked at. */
	if (c->is_unsure && !looks_like_trail(from, limit - c->pos))
		record = NULL;
	if (record != NULL && c->is_unsure) {
		ks_err_set(&err, KS_ERR_PARSE, "something that is no JSON stands before the first record");
		report(c, c->pos, &err);
		c->is_unsure = false;
		c->documents++;
	}
	if (record == NULL) {
		/* The last bytes may be the beginning of what is looked for. */
		if (c->has_ended)
			c->pos = limit;
		else if (limit - c->pos > OPENER_ROOM)
			c->pos = limit - OPENER_ROOM;
		return false;
	}
	restart(c, (size_t)(record - c->buf), c->list_depth);
	return true;
}

bool ks_mend_end(struct ks_cutter *c)
{
	struct ks_str text = { c->buf + (c->record != NONE ? c->record : 0),
		c->record != NONE ? c->n - c->record : 0 };
	size_t from = c->record;
	struct ks_err err;
	bool is_cut;

	if (c->depth == 0 || c->is_lost || (c->is_live && c->suspect == NONE))
		return false;
	if (from != NONE && ks_index_build(&c->index, text, &is_cut, &err) != 0 && !is_cut) {
		give_up_record(c, from, &err);
		return c->pos < c->n;
	}
	/* What stands behind the line break does end, as a record of its own. */
	if (from != NONE && c->suspect != NONE && !c->is_live && !c->is_skipping &&
		find_opener(c->buf + c->suspect + 1, c->n - c->suspect - 1) == c->buf + c->suspect + 1) {
		report_cut(c, from);
		restart(c, c->suspect + 1, c->list_depth);
		return true;
	}
	/* A stream that ended with an error said so itself, and one that is still written has not ended. */
	if (!c->has_failed && !c->is_skipping && !c->is_live) {
		ks_err_set(&err, KS_ERR_PARSE, from != NONE ? "the text ends in the middle of a record" :
			"the text ends before its list does");
		report(c, from != NONE ? from : c->n, &err);
	}
	return false;
}
