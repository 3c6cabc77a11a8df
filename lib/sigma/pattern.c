/* Wildcard patterns: compiled to a literal with marks, matched by the shape that was found. */
#include "lib/sigma/pattern.h"

#include "lib/base/text.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A literal under construction; both arrays have room for all of source and two stars. */
struct draft {
	char *p;
	unsigned char *marks;
	size_t n;
};

static void add(struct draft *draft, enum ks_pattern_mark mark, char c)
{
	if (mark == KS_PATTERN_MANY && draft->n > 0 && draft->marks[draft->n - 1] == KS_PATTERN_MANY)
		return;
	draft->p[draft->n] = c;
	draft->marks[draft->n++] = (unsigned char)mark;
}

enum ks_pattern_mark ks_pattern_next(struct ks_str source, size_t *at, char *out)
{
	char c = source.p[(*at)++];

	if (c == '\\' && *at < source.n && strchr("*?\\", source.p[*at]) != NULL && source.p[*at] != '\0') {
		c = source.p[(*at)++];
	} else if (c == '*' || c == '?') {
		*out = c;
		return c == '*' ? KS_PATTERN_MANY : KS_PATTERN_ONE;
	}
	*out = c;
	return KS_PATTERN_LITERAL;
}

void ks_pattern_put(struct ks_buf *out, enum ks_pattern_mark mark, char c)
{
	if (mark == KS_PATTERN_LITERAL && (c == '*' || c == '?' || c == '\\'))
		ks_buf_addc(out, '\\');
	ks_buf_addc(out, c);
}

bool ks_pattern_has_wildcard(struct ks_str source)
{
	char c;

	for (size_t at = 0; at < source.n;)
		if (ks_pattern_next(source, &at, &c) != KS_PATTERN_LITERAL)
			return true;
	return false;
}

static enum ks_pattern_kind classify(const struct draft *draft)
{
	bool has_front = draft->n > 0 && draft->marks[0] == KS_PATTERN_MANY;
	bool has_back = draft->n > 1 && draft->marks[draft->n - 1] == KS_PATTERN_MANY;

	if (draft->n == 1 && has_front)
		return KS_PATTERN_ANY;
	for (size_t i = has_front; i < draft->n - has_back; i++)
		if (draft->marks[i] != KS_PATTERN_LITERAL)
			return KS_PATTERN_GLOB;
	if (has_front)
		return has_back ? KS_PATTERN_CONTAINS : KS_PATTERN_SUFFIX;
	return has_back ? KS_PATTERN_PREFIX : KS_PATTERN_EXACT;
}

struct ks_pattern ks_pattern_compile(struct ks_str source, const struct ks_pattern_spec *spec,
	struct ks_arena *arena)
{
	struct draft draft = { .p = ks_arena_alloc(arena, source.n + 3),
		.marks = ks_arena_alloc(arena, source.n + 3) };
	struct ks_pattern pattern = { .is_cased = spec->is_cased };
	size_t front, back;

	if (spec->has_front)
		add(&draft, KS_PATTERN_MANY, '*');
	for (size_t at = 0; at < source.n;) {
		char c;
		enum ks_pattern_mark mark = ks_pattern_next(source, &at, &c);

		add(&draft, mark, spec->is_cased ? c : ks_str_lower(c));
	}
	if (spec->has_back)
		add(&draft, KS_PATTERN_MANY, '*');
	pattern.kind = classify(&draft);
	pattern.literal = (struct ks_str){ draft.p, draft.n };
	pattern.marks = draft.marks;
	if (pattern.kind != KS_PATTERN_GLOB) {
		front = pattern.kind == KS_PATTERN_SUFFIX || pattern.kind == KS_PATTERN_CONTAINS;
		back = pattern.kind == KS_PATTERN_PREFIX || pattern.kind == KS_PATTERN_CONTAINS ||
			pattern.kind == KS_PATTERN_ANY;
		pattern.literal = ks_str_sub(pattern.literal, front, draft.n - front - back);
		pattern.marks = NULL;
	}
	return pattern;
}

/* Eight bytes with their ASCII letters in lower case: in is_upper the highest bit of a byte is set where a
 * capital stands. No sum of seven bits and less than 128 reaches the next byte. */
static inline uint64_t lower_eight(const char *text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	uint64_t word, low, is_upper;

	memcpy(&word, text, sizeof(word));
	low = word & ~highs;
	is_upper = (low + ones * (128 - 'A')) & ~(low + ones * (127 - 'Z')) & ~word & highs;
	return word | is_upper >> 2;
}

static inline bool is_like_eight(const char *text, const char *literal)
{
	uint64_t word;

	memcpy(&word, literal, sizeof(word));
	return lower_eight(text) == word;
}

/* Whether the literal stands at the front of text, which is at least as long. */
static bool stands_at(const struct ks_pattern *pattern, const char *text)
{
	const char *literal = pattern->literal.p;
	size_t n = pattern->literal.n;

	if (pattern->is_cased)
		return memcmp(text, literal, n) == 0;
	if (n >= 8) {
		for (size_t i = 0; i + 8 < n; i += 8)
			if (!is_like_eight(text + i, literal + i))
				return false;
		/* The end, together with what comes before it. */
		return is_like_eight(text + n - 8, literal + n - 8);
	}
	for (size_t i = 0; i < n; i++)
		if (ks_str_lower(text[i]) != literal[i])
			return false;
	return true;
}

#ifdef __SSE2__
/* Where, in sixteen bytes, a letter stands in either case; for other characters: it, or one that differs
 * from it as cases do. */
static inline __m128i find_letter(const char *text, char letter)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);

	return _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8((char)(letter | 0x20)));
}
#endif

/* How many of the next n places the literal does not stand at, by its first and its last letter. The text
 * goes on behind them for as long as the literal is. */
static size_t skip(const struct ks_pattern *pattern, const char *text, size_t n)
{
	size_t at = 0;

#ifdef __SSE2__
	size_t last = pattern->literal.n - 1;

	while (n >= 16 && at < n) {
		/* The end is looked at together with what comes before it. */
		size_t from = n - at < 16 ? n - 16 : at;
		unsigned found = (unsigned)_mm_movemask_epi8(_mm_and_si128(
			find_letter(text + from, pattern->literal.p[0]),
			find_letter(text + from + last, pattern->literal.p[last])));

		found &= 0xffffu << (at - from);
		if (found != 0)
			return from + (size_t)__builtin_ctz(found);
		at = from + 16;
	}
#else
	(void)pattern;
	(void)text;
	(void)n;
#endif
	return at;
}

static bool contains(const struct ks_pattern *pattern, struct ks_str text)
{
	struct ks_str literal = pattern->literal;
	char first = literal.n > 0 ? literal.p[0] : '\0';

	if (literal.n == 0)
		return true;
	if (pattern->is_cased)
		return ks_str_find(text, literal) >= 0;
	if (text.n < literal.n)
		return false;
	for (size_t i = 0, n = text.n - literal.n + 1; i < n; i++) {
		i += skip(pattern, text.p + i, n - i);
		if (i < n && ks_str_lower(text.p[i]) == first && stands_at(pattern, text.p + i))
			return true;
	}
	return false;
}

static bool is_same(const struct ks_pattern *pattern, size_t at, char c)
{
	return pattern->literal.p[at] == (pattern->is_cased ? c : ks_str_lower(c));
}

/* One way forward at a time; on a mismatch the last * takes one character more. */
static bool match_glob(const struct ks_pattern *pattern, struct ks_str text)
{
	size_t at = 0, i = 0, star = SIZE_MAX, resume = 0;
	uint32_t code_point;

	while (i < text.n) {
		bool is_more = at < pattern->literal.n;

		if (is_more && pattern->marks[at] == KS_PATTERN_MANY) {
			star = at++;
			resume = i;
		} else if (is_more && pattern->marks[at] == KS_PATTERN_ONE) {
			i += ks_text_next(ks_str_sub(text, i, text.n), &code_point);
			at++;
		} else if (is_more && is_same(pattern, at, text.p[i])) {
			i++;
			at++;
		} else if (star != SIZE_MAX) {
			resume += ks_text_next(ks_str_sub(text, resume, text.n), &code_point);
			i = resume;
			at = star + 1;
		} else {
			return false;
		}
	}
	while (at < pattern->literal.n && pattern->marks[at] == KS_PATTERN_MANY)
		at++;
	return at == pattern->literal.n;
}

bool ks_pattern_is_match(const struct ks_pattern *pattern, struct ks_str text)
{
	size_t n = pattern->literal.n;

	switch (pattern->kind) {
	case KS_PATTERN_EXACT:
		return text.n == n && (n == 0 || stands_at(pattern, text.p));
	case KS_PATTERN_PREFIX:
		return text.n >= n && (n == 0 || stands_at(pattern, text.p));
	case KS_PATTERN_SUFFIX:
		return text.n >= n && (n == 0 || stands_at(pattern, text.p + text.n - n));
	case KS_PATTERN_CONTAINS:
		return contains(pattern, text);
	case KS_PATTERN_GLOB:
		return match_glob(pattern, text);
	case KS_PATTERN_ANY:
		return true;
	}
	return false;
}

struct ks_str ks_pattern_text(const struct ks_pattern *pattern)
{
	struct ks_str literal = pattern->literal, best = { literal.p, 0 };

	if (pattern->kind != KS_PATTERN_GLOB)
		return literal;
	for (size_t from = 0, at = 0; at <= literal.n; at++) {
		if (at < literal.n && pattern->marks[at] == KS_PATTERN_LITERAL)
			continue;
		if (at - from > best.n)
			best = ks_str_sub(literal, from, at - from);
		from = at + 1;
	}
	return best;
}

bool ks_pattern_stands(const struct ks_pattern *pattern, struct ks_str text, size_t at)
{
	return at <= text.n && text.n - at >= pattern->literal.n &&
		(pattern->literal.n == 0 || stands_at(pattern, text.p + at));
}
