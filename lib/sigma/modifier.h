/*
 * Value modifiers (Sigma 2.1, appendix "Modifiers"). A modifier is a row in a file of its own and a
 * line in modifiers.def; it changes a draft, the values of one item before they are compiled, in the
 * order in which the rule names the modifiers.
 */
#ifndef KS_SIGMA_MODIFIER_H
#define KS_SIGMA_MODIFIER_H

#include "lib/sigma/item.h"

/* One value on its way to a test. */
struct ks_draft_value {
	enum ks_test_kind kind;
	const struct ks_yaml_node *node;     /* where it stands */
	struct ks_str text;                  /* a Sigma string with its escapes; of REGEX the expression */
	struct ks_str shown;                 /* for people: as the rule has it, placeholders filled in */
	bool is_or;                          /* another form of the value before it: see ks_test */
	bool has_front, has_back;            /* FIELD: widened by startswith, endswith, contains */
	bool has_mark;                       /* utf16 put a byte order mark before it */
	unsigned regex_flags;                /* REGEX: of enum ks_regex_flag */
	enum ks_compare compare;             /* COMPARE */
	enum ks_timepart part;               /* NUMBER, COMPARE: of what a time shows, unless NONE */
};

struct ks_draft {
	struct ks_draft_value *values;
	size_t n;
	bool is_all;
	bool is_negated;
	bool is_cased;
	unsigned applied;                    /* modifiers before this one */
	struct ks_item_env *env;
};

struct ks_modifier {
	const char *name;
	const char *alias;                   /* pySigma's longer name, or NULL */
	const char *help;                    /* what it does, for lists of modifiers */
	/* Errors carry the position of the value; PARSE where value and modifier do not go together. */
	int (*apply)(struct ks_draft *draft, struct ks_err *err);
};

#define KS_MODIFIER(name) extern const struct ks_modifier ks_modifier_##name;
#include "lib/sigma/modifiers.def"
#undef KS_MODIFIER

/* The row of a name. Errors: PARSE for an unknown one, with a suggestion; without position. */
int ks_modifier_get(struct ks_str name, const struct ks_modifier **out, struct ks_err *err);

/* The modifier must be the first of its item: what others made of the value is not for it. */
int ks_modifier_expect_first(const struct ks_draft *draft, const char *modifier, struct ks_err *err);

/* Every value must be of this kind; the error says what the modifier wants. */
int ks_modifier_expect(const struct ks_draft *draft, enum ks_test_kind kind, const char *modifier,
	const char *wanted, struct ks_err *err);

/* Puts wildcards around every value: the whole of contains, startswith and endswith. */
int ks_modifier_widen(struct ks_draft *draft, bool has_front, bool has_back, const char *modifier,
	struct ks_err *err);

/* Makes numbers comparisons: lt, lte, gt, gte. */
int ks_modifier_compare(struct ks_draft *draft, enum ks_compare compare, const char *modifier,
	struct ks_err *err);

/* Adds a flag to regular expressions: i, m, s. */
int ks_modifier_flag(struct ks_draft *draft, enum ks_regex_flag flag, const char *modifier,
	struct ks_err *err);

/* Makes numbers a part of a time: minute, hour, day, week, month, year. */
int ks_modifier_time(struct ks_draft *draft, enum ks_timepart part, const char *modifier,
	struct ks_err *err);

/* Puts every form of a value on out_forms (struct ks_str, in any memory until the next one). */
typedef int ks_modifier_forms(const struct ks_draft *draft, const struct ks_draft_value *value,
	struct ks_vec *out_forms, struct ks_err *err);

/* Every value, a string, becomes all of its forms: values of their own, or (is_or) alternatives of one. */
int ks_modifier_multiply(struct ks_draft *draft, ks_modifier_forms *forms, bool is_or, struct ks_err *err);

#endif
