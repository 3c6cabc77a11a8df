/*
 * A notice in words, made in one place for every receiver that people read: what happened, what to do
 * next, and the facts. Rows of notifiers only bring it into their format.
 *
 * Everything here is safe as text: one line a field, nothing that controls, hides or turns around, no
 * "://" out of a record (it stands as "[:]//": nothing becomes a link), and no longer than said. What a
 * format gives a meaning to (& < > in Slack, HTML) is still for the row to escape.
 */
#ifndef KS_NOTIFY_WORDING_H
#define KS_NOTIFY_WORDING_H

#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/codec/json.h"
#include "lib/sigma/rule.h"

#include <stdbool.h>

#define KS_WORDING_TITLE 180u          /* bytes at most */
#define KS_WORDING_TEXT 2400u
#define KS_WORDING_VALUE 600u
#define KS_WORDING_FIELDS 24u

/* What a notice means for something that is open or closed. */
enum ks_wording_turn {
	KS_WORDING_NEWS,                   /* something is wrong, or still is */
	KS_WORDING_OVER,                   /* it no longer is */
	KS_WORDING_SIGN,                   /* nothing is: a sign of life */
};

struct ks_wording_field {
	const char *label;                 /* "Actor" */
	const char *value;
};

struct ks_wording {
	const char *title;                 /* "[HIGH] decoy web01 was used (incident 7)" */
	const char *text;                  /* a paragraph, one line */
	const char *next;                  /* what to do now, one line; a command where there is one */
	struct ks_wording_field fields[KS_WORDING_FIELDS];
	size_t field_count;
	enum ks_level level;
	enum ks_wording_turn turn;
	bool is_test;
	bool is_exercise;                  /* nothing of it is real: title and text say so */
};

/* body: the notice's object. Kinds that are not known are told as well as can be. Texts live in arena. */
void ks_wording_make(const struct ks_json *body, const char *kind, bool is_repeated, struct ks_arena *arena,
	struct ks_wording *out);

/* Title, text, next and fields as lines of plain text, each ended by newline. */
void ks_wording_add_plain(const struct ks_wording *wording, const char *newline, struct ks_buf *out);

/* Cleans one text from outside, at most so many bytes; "…" where it was cut. */
const char *ks_wording_clean(struct ks_str text, size_t most, struct ks_arena *arena);

/* The part of a clean text that fits into so many bytes, never half a character. */
struct ks_str ks_wording_cut(const char *text, size_t most);

#endif
