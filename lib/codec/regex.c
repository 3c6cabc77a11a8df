/*
 * PCRE2, twice. PCRE2's own match limit starts anew at each offset of the subject and sees no scan within a
 * step, so it bounds nothing: a+$ is quadratic under any limit. Hence every expression is compiled once more
 * with a callout before each item, which counts what is done: one for the item and one for each byte that
 * the subject's position moved since. That is exact, and some four times as slow; so the plain code comes
 * first wherever the most that it can cost, reckoned from the subject's length, fits into a second budget.
 */
#include "lib/codec/regex.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define JIT_STACK_FIRST (32u * 1024)
#define JIT_STACK_MOST (512u * 1024)
#define BLIND_MATCH 64u                    /* match limit of the plain code, for each offset */
#define BLIND_BUDGET UINT64_C(600000000)   /* bytes that it may look at on one record, at the very most */
#define REFERENCE_SHARE 16u                /* bytes of a back reference compared at the price of a step */

struct ks_regex {
	pcre2_code *plain;
	pcre2_code *counted;                   /* NULL: the callouts make it longer than PCRE2 can take */
	bool is_anchored;                      /* tried at one offset only */
	bool has_references;                   /* a step may compare much without moving on */
};

struct ks_regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *plain, *counted;
	pcre2_jit_stack *stack; /* NULL where PCRE2 was built without the JIT */
	uint64_t blind;         /* what is left of BLIND_BUDGET */
	uint64_t steps;         /* likewise of KS_LIMIT_REGEX_RECORD */
	uint64_t left;          /* likewise of the match at hand */
	uint64_t toll;          /* of each of its steps */
	size_t at;              /* where its last step was */
};

static pcre2_code *compile(struct ks_str pattern, uint32_t options, int *number, PCRE2_SIZE *offset)
{
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)(pattern.p != NULL ? pattern.p : ""), pattern.n, options,
		number, offset, NULL);

	/* Without a JIT the interpreter does the same, slower. */
	if (code != NULL)
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

int ks_regex_new(struct ks_str pattern, unsigned flags, struct ks_regex **out, size_t *out_offset,
	struct ks_err *err)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_SIZE offset = 0;
	pcre2_code *plain, *counted;
	uint32_t all = 0, references = 0;
	int number = 0;

	if (pattern.n > KS_LIMIT_REGEX_PATTERN) {
		*out_offset = 0;
		return ks_err_set(err, KS_ERR_LIMIT, "regular expression is longer than %u bytes",
			KS_LIMIT_REGEX_PATTERN);
	}
	options |= flags & KS_REGEX_NOCASE ? PCRE2_CASELESS : 0;
	options |= flags & KS_REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
	options |= flags & KS_REGEX_DOTALL ? PCRE2_DOTALL : 0;
	plain = compile(pattern, options, &number, &offset);
	if (plain == NULL) {
		PCRE2_UCHAR text[160] = "";

		pcre2_get_error_message(number, text, sizeof(text));
		*out_offset = offset < pattern.n ? offset : pattern.n;
		return ks_err_set(err, KS_ERR_PARSE, "regular expression does not compile: %s at offset %zu",
			(const char *)text, *out_offset);
	}
	counted = compile(pattern, options | PCRE2_AUTO_CALLOUT, &number, &offset);
	pcre2_pattern_info(plain, PCRE2_INFO_ALLOPTIONS, &all);
	pcre2_pattern_info(plain, PCRE2_INFO_BACKREFMAX, &references);
	*out = ks_mem_alloc(sizeof(**out));
	**out = (struct ks_regex){ plain, counted, (all & PCRE2_ANCHORED) != 0, references > 0 };
	return 0;
}

void ks_regex_free(struct ks_regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_code_free(regex->plain);
	pcre2_code_free(regex->counted);
	free(regex);
}

static int count_step(pcre2_callout_block *block, void *arg)
{
	struct ks_regex_scratch *scratch = arg;
	size_t at = block->current_position;
	uint64_t price = scratch->toll + (at > scratch->at ? at - scratch->at : scratch->at - at);

	scratch->at = at;
	if (price > scratch->left) {
		scratch->left = 0;
		return PCRE2_ERROR_CALLOUT;
	}
	scratch->left -= price;
	return 0;
}

static pcre2_match_context *new_context(uint32_t match_limit, pcre2_jit_stack *stack)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);

	if (context == NULL)
		abort();
	pcre2_set_match_limit(context, match_limit);
	pcre2_set_depth_limit(context, KS_LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(context, KS_LIMIT_REGEX_HEAP);
	if (stack != NULL)
		pcre2_jit_stack_assign(context, NULL, stack);
	return context;
}

struct ks_regex_scratch *ks_regex_scratch_new(void)
{
	struct ks_regex_scratch *scratch = ks_mem_alloc(sizeof(*scratch));

	/* One pair of offsets is enough: only whether it matches is asked. */
	scratch->data = pcre2_match_data_create(1, NULL);
	if (scratch->data == NULL)
		abort();
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	scratch->plain = new_context(BLIND_MATCH, scratch->stack);
	scratch->counted = new_context(UINT32_MAX, scratch->stack);
	pcre2_set_callout(scratch->counted, count_step, scratch);
	ks_regex_scratch_begin(scratch);
	return scratch;
}

void ks_regex_scratch_free(struct ks_regex_scratch *scratch)
{
	if (scratch == NULL)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->plain);
	pcre2_match_context_free(scratch->counted);
	pcre2_jit_stack_free(scratch->stack);
	free(scratch);
}

void ks_regex_scratch_begin(struct ks_regex_scratch *scratch)
{
	scratch->blind = BLIND_BUDGET;
	scratch->steps = KS_LIMIT_REGEX_RECORD;
}

/* Zero is a match with more groups than the one pair holds. Any error but "no match" is a limit. */
static enum ks_regex_verdict verdict_of(int status)
{
	if (status >= 0)
		return KS_REGEX_YES;
	return status == PCRE2_ERROR_NOMATCH ? KS_REGEX_NO : KS_REGEX_UNDECIDED;
}

/* The plain code, where the worst that it can do fits into what is left. */
static enum ks_regex_verdict match_blindly(const struct ks_regex *regex, struct ks_regex_scratch *scratch,
	struct ks_str subject)
{
	uint64_t n = subject.n + 1, price = (regex->is_anchored ? 1 : n) * n * (BLIND_MATCH / 2);

	if (regex->has_references || price > scratch->blind)
		return KS_REGEX_UNDECIDED;
	scratch->blind -= price;
	return verdict_of(pcre2_match(regex->plain, (PCRE2_SPTR)subject.p, subject.n, 0, 0, scratch->data,
		scratch->plain));
}

enum ks_regex_verdict ks_regex_match(const struct ks_regex *regex, struct ks_regex_scratch *scratch,
	struct ks_str subject)
{
	enum ks_regex_verdict verdict;
	uint64_t allowed;

	subject.p = subject.p != NULL ? subject.p : "";
	verdict = match_blindly(regex, scratch, subject);
	if (verdict != KS_REGEX_UNDECIDED || regex->counted == NULL)
		return verdict;
	allowed = scratch->steps < KS_LIMIT_REGEX_STEPS ? scratch->steps : KS_LIMIT_REGEX_STEPS;
	/* Reading the subject for valid UTF-8, and for where to begin, is linear and not counted. */
	scratch->left = allowed > subject.n ? allowed - subject.n : 0;
	scratch->toll = 1 + (regex->has_references ? subject.n / REFERENCE_SHARE : 0);
	scratch->at = 0;
	if (scratch->left > 0)
		verdict = verdict_of(pcre2_match(regex->counted, (PCRE2_SPTR)subject.p, subject.n, 0, 0,
			scratch->data, scratch->counted));
	scratch->steps -= allowed - scratch->left;
	return verdict;
}
