/*
 * struct ks_str: a borrowed run of bytes. It owns nothing, may hold NULs, and need not end in one. Whoever
 * hands one out says how long it lives.
 */
#ifndef KS_BASE_STR_H
#define KS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_str {
	const char *p;
	size_t n;
};

#define KS_STR(literal) ((struct ks_str){ (literal), sizeof(literal) - 1 })
#define KS_STR_FMT "%.*s"                              /* printf: KS_STR_FMT with KS_STR_ARG(s) */
#define KS_STR_ARG(s) (int)(s).n, (s).p != NULL ? (s).p : ""

struct ks_str ks_str_of(const char *c);                /* of a C string; NULL gives the empty string */
struct ks_str ks_str_sub(struct ks_str s, size_t from, size_t n); /* clamped to s */
bool ks_str_is(struct ks_str s, const char *c);        /* same bytes as a C string */
bool ks_str_is_equal(struct ks_str a, struct ks_str b);
bool ks_str_is_equal_nocase(struct ks_str a, struct ks_str b);  /* ASCII letters only */
int ks_str_compare(struct ks_str a, struct ks_str b);  /* by bytes, as memcmp; a prefix comes first */
bool ks_str_has_prefix(struct ks_str s, struct ks_str prefix);
bool ks_str_has_suffix(struct ks_str s, struct ks_str suffix);
ptrdiff_t ks_str_find(struct ks_str s, struct ks_str needle);   /* offset of the first, or -1 */
ptrdiff_t ks_str_find_nocase(struct ks_str s, struct ks_str needle);    /* ASCII letters in either case */
struct ks_str ks_str_trim(struct ks_str s);            /* without blanks, tabs, CR, LF at both ends */

/* Cuts *rest at the first sep: returns what stood before it, leaves what comes after. False when *rest was
 * already spent (its p is NULL); the last piece, also an empty one, leaves *rest spent. */
bool ks_str_next(struct ks_str *rest, char sep, struct ks_str *out);

/* Decimal digits with an optional sign, nothing else. False when it is not one or does not fit. */
bool ks_str_parse_int(struct ks_str s, int64_t *out);

uint64_t ks_str_hash(struct ks_str s);      /* not for hostile tables of any size */
/* The same on every machine and in every release: for what is made from it and compared later. */
uint64_t ks_str_hash_same(struct ks_str s);
uint64_t ks_str_hash_nocase(struct ks_str s);          /* of the ASCII-lowered bytes */

static inline char ks_str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

#endif
