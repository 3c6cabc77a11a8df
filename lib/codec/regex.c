/* PCRE2: compiled with the JIT where there is one, matched under fixed limits. */
#include "lib/codec/regex.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define JIT_STACK_FIRST (32u * 1024)
#define JIT_STACK_MOST (512u * 1024)

struct ks_regex {
	pcre2_code *code;
};

struct ks_regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL where PCRE2 was built without the JIT */
};

int ks_regex_new(struct ks_str pattern, unsigned flags, struct ks_regex **out, size_t *out_offset,
	struct ks_err *err)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_SIZE offset = 0;
	pcre2_code *code;
	int number = 0;

	if (pattern.n > KS_LIMIT_REGEX_PATTERN) {
		*out_offset = 0;
		return ks_err_set(err, KS_ERR_LIMIT, "regular expression is longer than %u bytes",
			KS_LIMIT_REGEX_PATTERN);
	}
	options |= flags & KS_REGEX_NOCASE ? PCRE2_CASELESS : 0;
	options |= flags & KS_REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
	options |= flags & KS_REGEX_DOTALL ? PCRE2_DOTALL : 0;
	code = pcre2_compile((PCRE2_SPTR)(pattern.p != NULL ? pattern.p : ""), pattern.n, options, &number,
		&offset, NULL);
	if (code == NULL) {
		PCRE2_UCHAR text[160] = "";

		pcre2_get_error_message(number, text, sizeof(text));
		*out_offset = offset < pattern.n ? offset : pattern.n;
		return ks_err_set(err, KS_ERR_PARSE, "regular expression does not compile: %s at offset %zu",
			(const char *)text, *out_offset);
	}
	/* Without a JIT the interpreter does the same, slower. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	*out = ks_mem_alloc(sizeof(**out));
	(*out)->code = code;
	return 0;
}

void ks_regex_free(struct ks_regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_code_free(regex->code);
	free(regex);
}

struct ks_regex_scratch *ks_regex_scratch_new(void)
{
	struct ks_regex_scratch *scratch = ks_mem_alloc(sizeof(*scratch));

	/* One pair of offsets is enough: only whether it matches is asked. */
	scratch->data = pcre2_match_data_create(1, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	if (scratch->data == NULL || scratch->context == NULL)
		abort();
	pcre2_set_match_limit(scratch->context, KS_LIMIT_REGEX_MATCH);
	pcre2_set_depth_limit(scratch->context, KS_LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(scratch->context, KS_LIMIT_REGEX_HEAP);
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	if (scratch->stack != NULL)
		pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	return scratch;
}

void ks_regex_scratch_free(struct ks_regex_scratch *scratch)
{
	if (scratch == NULL)
		return;
	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
	free(scratch);
}

enum ks_regex_verdict ks_regex_match(const struct ks_regex *regex, struct ks_regex_scratch *scratch,
	struct ks_str subject)
{
	int status = pcre2_match(regex->code, (PCRE2_SPTR)(subject.p != NULL ? subject.p : ""), subject.n,
		0, 0,
		scratch->data, scratch->context);

	/* Zero is a match with more groups than the one pair holds. Any error but "no match" is a limit. */
	if (status >= 0)
		return KS_REGEX_YES;
	return status == PCRE2_ERROR_NOMATCH ? KS_REGEX_NO : KS_REGEX_UNDECIDED;
}
