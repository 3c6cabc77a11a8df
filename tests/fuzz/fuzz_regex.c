/* Hostile regular expressions on hostile text: the first byte is a set of flags, the first line the pattern,
 * the rest the subject. The answer is the same twice over, and a limit is an answer. */
#include "lib/codec/regex.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ks_str rest = { (const char *)data, n }, pattern;
	struct ks_regex_scratch *scratch;
	enum ks_regex_verdict verdict;
	struct ks_regex *regex;
	struct ks_err err = { 0 };
	size_t offset = 0;
	unsigned flags;

	if (n < 2)
		return 0;
	flags = data[0] & (KS_REGEX_NOCASE | KS_REGEX_MULTILINE | KS_REGEX_DOTALL);
	rest = ks_str_sub(rest, 1, n);
	ks_str_next(&rest, '\n', &pattern);
	if (ks_regex_new(pattern, flags, &regex, &offset, &err) != 0) {
		if (offset > pattern.n || err.message[0] == '\0')
			abort();
		return 0;
	}
	scratch = ks_regex_scratch_new();
	verdict = ks_regex_match(regex, scratch, rest);
	ks_regex_scratch_begin(scratch);
	if (ks_regex_match(regex, scratch, rest) != verdict)
		abort();
	ks_regex_scratch_free(scratch);
	ks_regex_free(regex);
	return 0;
}
