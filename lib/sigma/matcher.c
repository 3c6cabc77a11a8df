/* The graph of a rule over the values of a record, short-circuited. */
#include "lib/sigma/matcher.h"

#include "lib/base/limits.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PAIR_TEXT 32u           /* bytes of two values that are looked at for the price of a pair */

/* An expression of a list, by its number, and a value by its own. */
struct late {
	uint32_t test;
	uint32_t value;
};

/* The values of one field. */
struct values {
	const struct ks_value *p;
	size_t n;
};

const char *ks_matcher_verdict_name(enum ks_verdict verdict)
{
	return verdict == KS_VERDICT_YES ? "yes" : verdict == KS_VERDICT_NO ? "no" : "undecided";
}

void ks_matcher_init(struct ks_matcher *matcher, const struct ks_program *program)
{
	*matcher = (struct ks_matcher){ .program = program, .scratch = ks_regex_scratch_new() };
	for (size_t i = 0; i < 2; i++)
		ks_buf_init(&matcher->folded[i], SIZE_MAX);
	matcher->late = KS_VEC_OF(struct late);
}

void ks_matcher_release(struct ks_matcher *matcher)
{
	if (matcher == NULL)
		return;
	ks_regex_scratch_free(matcher->scratch);
	for (size_t i = 0; i < 2; i++)
		ks_buf_release(&matcher->folded[i]);
	ks_vec_release(&matcher->late);
	*matcher = (struct ks_matcher){ 0 };
}

void ks_matcher_begin(struct ks_matcher *matcher)
{
	ks_regex_scratch_begin(matcher->scratch);
	matcher->has_doubt = false;
}

static enum ks_verdict verdict_of(bool is_yes)
{
	return is_yes ? KS_VERDICT_YES : KS_VERDICT_NO;
}

static struct values fetch(const struct ks_view *view, uint32_t field)
{
	struct values values = { NULL, 0 };

	values.n = view->values(view->arg, field, &values.p);
	return values;
}

static bool is_number_met(const struct ks_test *test, const struct ks_value *value)
{
	struct ks_str text = value->text;
	struct ks_number number;
	char digits[24];
	int64_t part;
	int order;

	if (test->part != KS_TIMEPART_NONE) {
		if (value->kind != KS_VALUE_STRING || !ks_timepart_read(test->part, text, &part))
			return false;
		text = (struct ks_str){ digits, (size_t)snprintf(digits, sizeof(digits), "%" PRId64, part) };
	} else if (test->kind == KS_TEST_NUMBER && value->kind == KS_VALUE_STRING) {
		return ks_str_is_equal(text, test->text);
	}
	if (value->kind != KS_VALUE_NUMBER && value->kind != KS_VALUE_STRING)
		return false;
	if (!ks_number_parse(text, &number))
		return false;
	order = ks_number_compare(&number, &test->u.number.value);
	if (test->kind == KS_TEST_NUMBER)
		return order == 0;
	switch (test->u.number.compare) {
	case KS_COMPARE_LT:
		return order < 0;
	case KS_COMPARE_LTE:
		return order <= 0;
	case KS_COMPARE_GT:
		return order > 0;
	case KS_COMPARE_GTE:
		return order >= 0;
	}
	return false;
}

static bool is_in_net(const struct ks_value *value, const struct ks_ip_net *net)
{
	struct ks_ip ip;

	return value->kind == KS_VALUE_STRING && ks_ip_parse(value->text, &ip) && ks_ip_is_in(&ip, net);
}

/* An expression whose literal is in the text. */
static enum ks_verdict match_regex(struct ks_matcher *matcher, const struct ks_test *test,
	struct ks_str text)
{
	enum ks_regex_verdict found;

	if (matcher->is_blind)
		return KS_VERDICT_UNDECIDED;
	found = ks_regex_match(test->u.regex.code, matcher->scratch, text);
	return found == KS_REGEX_UNDECIDED ? KS_VERDICT_UNDECIDED : verdict_of(found == KS_REGEX_YES);
}

/* One test against one value of the field; absence, nulls and the other field are not asked about here. */
static enum ks_verdict test_value(struct ks_matcher *matcher, const struct ks_test *test,
	const struct ks_value *value)
{
	if (value->kind == KS_VALUE_NULL)
		return KS_VERDICT_NO;
	switch (test->kind) {
	case KS_TEST_STRING:
		return verdict_of(ks_pattern_is_match(&test->u.pattern, value->text));
	case KS_TEST_NUMBER:
	case KS_TEST_COMPARE:
		return verdict_of(is_number_met(test, value));
	case KS_TEST_BOOL:
		return verdict_of((value->kind == KS_VALUE_BOOL || value->kind == KS_VALUE_STRING) &&
			ks_str_is_equal_nocase(value->text, ks_str_of(test->u.boolean ? "true" : "false")));
	case KS_TEST_CIDR:
		return verdict_of(is_in_net(value, &test->u.net));
	case KS_TEST_REGEX:
		if (test->u.regex.literal != NULL && !ks_pattern_is_match(test->u.regex.literal, value->text))
			return KS_VERDICT_NO;
		return match_regex(matcher, test, value->text);
	case KS_TEST_NULL:
	case KS_TEST_EXISTS:
	case KS_TEST_FIELD:
		break;
	}
	return KS_VERDICT_NO;
}

static bool is_same_text(struct ks_str a, struct ks_str b, bool is_cased)
{
	return is_cased ? ks_str_is_equal(a, b) : ks_str_is_equal_nocase(a, b);
}

static struct ks_str fold(struct ks_buf *buf, struct ks_str s)
{
	char *to;

	ks_buf_clear(buf);
	to = ks_buf_reserve(buf, s.n);
	if (to == NULL)
		return (struct ks_str){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++)
		to[i] = ks_str_lower(s.p[i]);
	buf->n = s.n;
	return ks_buf_str(buf);
}

/* In time that grows with the two lengths, not with their product. */
static bool is_within(struct ks_matcher *matcher, struct ks_str text, struct ks_str part, bool is_cased)
{
	if (part.n == 0 || part.n > text.n)
		return part.n == 0;
	if (!is_cased) {
		text = fold(&matcher->folded[0], text);
		part = fold(&matcher->folded[1], part);
	}
	return memmem(text.p, text.n, part.p, part.n) != NULL;
}

/* Whether the value of a field equals the other's, or holds it, or starts or ends with it. */
static bool is_pair(struct ks_matcher *matcher, const struct ks_test *test, const struct ks_value *value,
	const struct ks_value *other)
{
	bool has_front = test->u.other.has_front, has_back = test->u.other.has_back;
	struct ks_str text = value->text, part = other->text;
	struct ks_number a, b;

	if (value->kind == KS_VALUE_NULL || other->kind == KS_VALUE_NULL)
		return false;
	if (has_front && has_back)
		return is_within(matcher, text, part, test->u.other.is_cased);
	if (!has_front && !has_back) {
		if (value->kind == KS_VALUE_NUMBER && other->kind == KS_VALUE_NUMBER &&
			ks_number_parse(text, &a) && ks_number_parse(part, &b))
			return ks_number_compare(&a, &b) == 0;
		return is_same_text(text, part, test->u.other.is_cased);
	}
	return text.n >= part.n && is_same_text(ks_str_sub(text, has_front ? text.n - part.n : 0, part.n), part,
		test->u.other.is_cased);
}

/* What is_pair looks at, at most: a search at both texts, a comparison at no more than the shorter. */
static size_t price_of(const struct ks_test *test, const struct ks_value *value,
	const struct ks_value *other)
{
	size_t a = value->text.n, b = other->text.n;

	if (test->u.other.has_front && test->u.other.has_back)
		return 1 + (a < b ? 0 : (a + b) / PAIR_TEXT);
	return 1 + (a < b ? a : b) / PAIR_TEXT;
}

/* Two hostile arrays must not cost their product. */
static enum ks_verdict test_field(struct ks_matcher *matcher, const struct ks_test *test,
	struct values values, const struct ks_view *view)
{
	struct values others = fetch(view, test->u.other.path);
	size_t left = KS_LIMIT_PAIRS;

	for (size_t i = 0; i < values.n; i++)
		for (size_t j = 0; j < others.n; j++) {
			size_t price = price_of(test, &values.p[i], &others.p[j]);

			if (price > left)
				return KS_VERDICT_UNDECIDED;
			left -= price;
			if (is_pair(matcher, test, &values.p[i], &others.p[j]))
				return KS_VERDICT_YES;
		}
	return KS_VERDICT_NO;
}

static bool is_null(struct values values)
{
	for (size_t i = 0; i < values.n; i++)
		if (values.p[i].kind == KS_VALUE_NULL)
			return true;
	return values.n == 0;
}

static enum ks_verdict eval_test(struct ks_matcher *matcher, const struct ks_test *test,
	struct values values, const struct ks_view *view)
{
	enum ks_verdict best = KS_VERDICT_NO;

	if (test->kind == KS_TEST_EXISTS)
		return verdict_of((values.n > 0) == test->u.boolean);
	if (test->kind == KS_TEST_NULL)
		return verdict_of(is_null(values));
	if (test->kind == KS_TEST_FIELD)
		return test_field(matcher, test, values, view);
	for (size_t i = 0; i < values.n; i++) {
		enum ks_verdict verdict = test_value(matcher, test, &values.p[i]);

		if (verdict == KS_VERDICT_YES)
			return verdict;
		if (verdict == KS_VERDICT_UNDECIDED)
			best = verdict;
	}
	return best;
}

static enum ks_verdict negate(enum ks_verdict verdict)
{
	return (enum ks_verdict)(KS_VERDICT_YES - verdict);
}

/* Whether the test asks for a text that the only value is not, since it is of another length or ends in
 * another letter: most names in a list are. */
static inline bool is_other_text(const struct ks_test *test, struct values values)
{
	struct ks_str text, literal;

	if (test->kind != KS_TEST_STRING || test->u.pattern.kind != KS_PATTERN_EXACT || values.n != 1)
		return false;
	text = values.p[0].text;
	literal = test->u.pattern.literal;
	return text.n != literal.n || (text.n > 0 && !test->u.pattern.is_cased &&
		ks_str_lower(text.p[text.n - 1]) != literal.p[literal.n - 1]);
}

/* A value that tests of an item are tried on. */
struct trial {
	struct ks_matcher *matcher;
	const struct ks_item *item;
	const struct ks_value *value;
	uint32_t number;             /* of the value */
};

/* Expressions come later. */
static bool try_test(void *arg, uint32_t number)
{
	struct trial *trial = arg;
	const struct ks_test *test = &trial->item->tests[number];

	if (test->kind != KS_TEST_REGEX)
		return test_value(trial->matcher, test, trial->value) == KS_VERDICT_YES;
	if (ks_pattern_is_match(test->u.regex.literal, trial->value->text))
		*(struct late *)ks_vec_push(&trial->matcher->late) = (struct late){ number, trial->number };
	return false;
}

static int compare_late(const void *a, const void *b)
{
	const struct late *x = a, *y = b;

	if (x->test != y->test)
		return x->test < y->test ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* What comes later, and the rest of the list, in the order of the rule. */
static enum ks_verdict eval_late(struct ks_matcher *matcher, const struct ks_item *item,
	struct values values, const struct ks_view *view)
{
	enum ks_verdict best = KS_VERDICT_NO;
	const struct late *late;
	const uint32_t *rest;
	size_t at = 0, n;

	if (matcher->late.n > 1)
		ks_vec_sort_unique(&matcher->late, compare_late);
	late = matcher->late.p;
	rest = ks_shortlist_rest(item->shortlist, &n);
	for (size_t i = 0; (i < n || at < matcher->late.n) && best != KS_VERDICT_YES;) {
		bool is_late = i == n || (at < matcher->late.n && late[at].test < rest[i]);
		enum ks_verdict verdict = is_late ?
			match_regex(matcher, &item->tests[late[at].test], values.p[late[at].value].text) :
			eval_test(matcher, &item->tests[rest[i]], values, view);

		at += is_late;
		i += !is_late;
		best = verdict > best ? verdict : best;
	}
	return best;
}

/* Of many tests any is enough: those that may hold, then expressions and what else nothing is known of
 * beforehand, in the order of the rule, since expressions take from what may be spent on a record. */
static enum ks_verdict eval_listed(struct ks_matcher *matcher, const struct ks_item *item,
	struct values values, const struct ks_view *view)
{
	struct trial trial = { matcher, item, NULL, 0 };

	ks_vec_clear(&matcher->late);
	for (size_t i = 0; i < values.n; i++) {
		trial.value = &values.p[i];
		trial.number = (uint32_t)i;
		if (trial.value->kind != KS_VALUE_NULL &&
			ks_shortlist_ask(item->shortlist, trial.value->text, try_test, &trial))
			return KS_VERDICT_YES;
	}
	return eval_late(matcher, item, values, view);
}

static enum ks_verdict eval_tests(struct ks_matcher *matcher, const struct ks_item *item,
	struct values values, const struct ks_view *view)
{
	enum ks_verdict settled = item->is_all ? KS_VERDICT_NO : KS_VERDICT_YES;
	enum ks_verdict out = negate(settled);

	for (size_t i = 0; i < item->test_count && out != settled; i++) {
		enum ks_verdict verdict = is_other_text(&item->tests[i], values) ? KS_VERDICT_NO :
			eval_test(matcher, &item->tests[i], values, view);

		/* Of the forms of one value the best counts. */
		while (i + 1 < item->test_count && item->tests[i + 1].is_or) {
			enum ks_verdict other = verdict == KS_VERDICT_YES ? verdict :
				eval_test(matcher, &item->tests[i + 1], values, view);

			verdict = other > verdict ? other : verdict;
			i++;
		}
		if (verdict == settled || verdict == KS_VERDICT_UNDECIDED)
			out = verdict;
	}
	return out;
}

static enum ks_verdict eval_item(struct ks_matcher *matcher, const struct ks_item *item,
	const struct ks_view *view)
{
	struct values values = fetch(view, item->field);
	bool is_listed = item->shortlist != NULL && !matcher->is_plain;
	enum ks_verdict out = is_listed ? eval_listed(matcher, item, values, view) :
		eval_tests(matcher, item, values, view);

	return item->is_negated ? negate(out) : out;
}

static enum ks_verdict eval_node(struct ks_matcher *matcher, const struct ks_detection *detection,
	uint32_t at, const struct ks_view *view)
{
	const struct ks_node *node = &detection->nodes[at];
	enum ks_verdict settled = node->kind == KS_NODE_ALL ? KS_VERDICT_NO : KS_VERDICT_YES;
	enum ks_verdict out = negate(settled);

	if (node->kind == KS_NODE_ITEM)
		return eval_item(matcher, &detection->items[node->item], view);
	if (node->kind == KS_NODE_NOT)
		return negate(eval_node(matcher, detection, node->children[0], view));
	for (size_t i = 0; i < node->n && out != settled; i++) {
		enum ks_verdict verdict = eval_node(matcher, detection, node->children[i], view);

		if (verdict == settled || verdict == KS_VERDICT_UNDECIDED)
			out = verdict;
	}
	return out;
}

/* Without filters. */
static enum ks_verdict eval_own(struct ks_matcher *matcher, const struct ks_detection *detection,
	const struct ks_view *view)
{
	return eval_node(matcher, detection, detection->root, view);
}

/* A filter that is sure to leave the record out; NULL: none is. */
static const struct ks_rule *find_holder(struct ks_matcher *matcher, const struct ks_detection *detection,
	const struct ks_view *view)
{
	bool has_doubt = false;

	for (size_t i = 0; i < detection->filter_count; i++) {
		enum ks_verdict verdict = eval_own(matcher, &detection->filters[i]->detection, view);

		if (verdict == KS_VERDICT_NO)
			return detection->filters[i];
		has_doubt = has_doubt || verdict == KS_VERDICT_UNDECIDED;
	}
	matcher->has_doubt = matcher->has_doubt || has_doubt;
	return NULL;
}

/* The rule under its filters. */
static enum ks_verdict eval_rule(struct ks_matcher *matcher, const struct ks_detection *detection,
	const struct ks_view *view)
{
	enum ks_verdict own = eval_own(matcher, detection, view);

	return own != KS_VERDICT_NO && find_holder(matcher, detection, view) != NULL ? KS_VERDICT_NO : own;
}

enum ks_verdict ks_matcher_eval(struct ks_matcher *matcher, size_t rule, const struct ks_view *view)
{
	return eval_rule(matcher, &matcher->program->rules[rule]->detection, view);
}

/* Each by itself, under a whole budget: the reasons must not leave the verdict too little. */
static enum ks_verdict explain(struct ks_matcher *matcher, const struct ks_detection *detection,
	const struct ks_view *view, struct ks_vec *out_reasons)
{
	const struct ks_detection *part;

	for (size_t p = 0; (part = ks_detection_part(detection, p)) != NULL; p++)
		for (size_t i = 0; i < part->item_count; i++) {
			ks_matcher_begin(matcher);
			*(struct ks_reason *)ks_vec_push(out_reasons) = (struct ks_reason){ .item = &part->items[i],
				.filter = p > 0 ? detection->filters[p - 1] : NULL,
				.verdict = eval_item(matcher, &part->items[i], view) };
		}
	ks_matcher_begin(matcher);
	return eval_rule(matcher, detection, view);
}

enum ks_verdict ks_matcher_explain(struct ks_matcher *matcher, size_t rule, const struct ks_view *view,
	struct ks_vec *out_reasons)
{
	return explain(matcher, &matcher->program->rules[rule]->detection, view, out_reasons);
}

enum ks_verdict ks_matcher_eval_filter(struct ks_matcher *matcher, size_t filter, const struct ks_view *view,
	struct ks_vec *out_reasons)
{
	return explain(matcher, &matcher->program->filters[filter]->head.detection, view, out_reasons);
}

const struct ks_rule *ks_matcher_held_back_by(struct ks_matcher *matcher, size_t rule,
	const struct ks_view *view)
{
	const struct ks_detection *detection = &matcher->program->rules[rule]->detection;

	ks_matcher_begin(matcher);
	if (eval_own(matcher, detection, view) == KS_VERDICT_NO)
		return NULL;
	return find_holder(matcher, detection, view);
}
