/* Learning how a house names its users. */
#include "lib/decoy/naming.h"

#include "lib/aws/arn.h"
#include "lib/decoy/fingerprint.h"
#include "lib/decoy/minter.h"

#include <string.h>

#define FEWEST 3u                /* users of one kind that make a scheme */
#define TRIES 400
#define LONGEST 40

/* What users of services do; in the spelling of most houses. */
static const char *const tasks[] = {
	"mailer", "notifications", "newsletter", "smtp", "billing", "reporting", "invoices", "export", "backup",
	"sync", "imports", "archive", "metrics", "assets", "media", "uploads", "search", "scheduler", "webhooks",
	"alerts", "statements", "etl", "crm", "marketing", "support", "orders", "payments", "catalog",
};

/* For baits that name no users. */
static const char *const usual[] = {
	"svc-backup", "prod-deploy", "ci-deploy", "data-export", "svc-reporting", "app-storage", "ops-admin",
	"svc-mailer",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A word and how many users have it at that place. */
struct word {
	struct ks_str text;
	size_t n;
};

/* What was learned of the names with the most usual separator. */
struct scheme {
	char separator;
	struct ks_vec first, last;       /* struct word, of names with several */
	size_t names;                    /* with this separator */
	size_t capitals;                 /* of these, how many begin their words with a capital */
};

bool ks_naming_is_telling(struct ks_str name)
{
	struct ks_vec tells = KS_VEC_OF(struct ks_fingerprint_tell);
	struct ks_decoy decoy = { .user_name = name, .form = KS_PLACEMENT_PRINTED };
	struct ks_arena arena = { NULL };
	bool is_telling;

	ks_fingerprint_lint(&(struct ks_fingerprint_request){ .decoy = &decoy }, &arena, &tells);
	is_telling = tells.n > 0;
	ks_vec_release(&tells);
	ks_arena_release(&arena);
	return is_telling;
}

static void count_word(struct ks_vec *words, struct ks_str text)
{
	for (size_t i = 0; i < words->n; i++) {
		struct word *word = KS_VEC_AT(words, struct word, i);

		if (ks_str_is_equal(word->text, text)) {
			word->n++;
			return;
		}
	}
	*(struct word *)ks_vec_push(words) = (struct word){ text, 1 };
}

/* Letters only, and a few of them: what has digits is a date, a number or a random end. */
static bool is_word(struct ks_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (ks_str_lower(text.p[i]) < 'a' || ks_str_lower(text.p[i]) > 'z')
			return false;
	return text.n >= 2 && text.n <= 12;
}

static void learn_name(struct scheme *scheme, struct ks_str name)
{
	struct ks_str rest = name, word, first = KS_STR(""), last = KS_STR("");
	size_t n = 0;

	while (ks_str_next(&rest, scheme->separator, &word)) {
		if (n++ == 0)
			first = word;
		last = word;
	}
	if (n < 2)
		return;
	scheme->names++;
	scheme->capitals += first.n > 0 && first.p[0] >= 'A' && first.p[0] <= 'Z';
	if (is_word(first))
		count_word(&scheme->first, first);
	if (is_word(last))
		count_word(&scheme->last, last);
}

/* The separator that most names have. */
static char separator_of(const struct ks_vec *users)
{
	static const char separators[] = "-_.";
	size_t most = 0;
	char best = '-';

	for (const char *c = separators; *c != '\0'; c++) {
		size_t n = 0;

		for (size_t i = 0; i < users->n; i++) {
			struct ks_str name = *KS_VEC_AT(users, struct ks_str, i);

			n += name.n > 0 && memchr(name.p, *c, name.n) != NULL;
		}
		if (n > most) {
			most = n;
			best = *c;
		}
	}
	return best;
}

/* A word that several users share, each as likely as it is common; "" when there is none. */
static int draw(const struct ks_ctx *ctx, const struct ks_vec *words, struct ks_str *out,
	struct ks_err *err)
{
	uint32_t total = 0, at;

	*out = KS_STR("");
	for (size_t i = 0; i < words->n; i++)
		if (KS_VEC_AT(words, struct word, i)->n >= 2)
			total += (uint32_t)KS_VEC_AT(words, struct word, i)->n;
	if (total == 0)
		return 0;
	if (ks_minter_number(ctx, total, &at, err) != 0)
		return -1;
	for (size_t i = 0; i < words->n; i++) {
		const struct word *word = KS_VEC_AT(words, struct word, i);

		if (word->n < 2)
			continue;
		if (at < word->n) {
			*out = word->text;
			return 0;
		}
		at -= (uint32_t)word->n;
	}
	return 0;
}

static bool is_free(const struct ks_naming_request *request, struct ks_str name)
{
	if (!ks_arn_is_name(name) || name.n > LONGEST || ks_naming_is_telling(name))
		return false;
	for (size_t i = 0; i < request->users->n; i++)
		if (ks_str_is_equal_nocase(*KS_VEC_AT(request->users, struct ks_str, i), name))
			return false;
	return request->is_refused == NULL || !request->is_refused(request->arg, name);
}

/* first-task-last, of which first or last may be missing; a task that the name says already is another's. */
static int compose(const struct ks_ctx *ctx, const struct scheme *scheme, struct ks_arena *arena,
	struct ks_str *out, struct ks_err *err)
{
	struct ks_str first, last;
	uint32_t task;
	char *word;

	if (draw(ctx, &scheme->first, &first, err) != 0 || draw(ctx, &scheme->last, &last, err) != 0 ||
		ks_minter_number(ctx, (uint32_t)COUNT(tasks), &task, err) != 0)
		return -1;
	word = ks_arena_strdup(arena, ks_str_of(tasks[task]));
	if (2 * scheme->capitals > scheme->names)
		word[0] = (char)(word[0] - 'a' + 'A');
	if (first.n == 0 && last.n == 0)
		*out = KS_STR("");
	else
		*out = ks_str_of(ks_arena_printf(arena, KS_STR_FMT "%.*s%s%.*s" KS_STR_FMT, KS_STR_ARG(first),
			first.n > 0, &scheme->separator, word, last.n > 0, &scheme->separator, KS_STR_ARG(last)));
	return 0;
}

static int follow(const struct ks_ctx *ctx, const struct ks_naming_request *request,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	struct scheme scheme = { .first = KS_VEC_OF(struct word), .last = KS_VEC_OF(struct word) };
	int rc = 0;

	*out = KS_STR("");
	scheme.separator = separator_of(request->users);
	for (size_t i = 0; i < request->users->n; i++)
		learn_name(&scheme, *KS_VEC_AT(request->users, struct ks_str, i));
	for (int i = 0; scheme.names >= FEWEST && rc == 0 && i < TRIES; i++) {
		rc = compose(ctx, &scheme, arena, out, err);
		if (rc == 0 && is_free(request, *out))
			break;
		*out = KS_STR("");
	}
	ks_vec_release(&scheme.first);
	ks_vec_release(&scheme.last);
	return rc;
}

static struct ks_str usual_at(const struct ks_naming_request *request, size_t i)
{
	return request->usual->n > 0 ? *KS_VEC_AT(request->usual, struct ks_str, i) : ks_str_of(usual[i]);
}

int ks_naming_choose(const struct ks_ctx *ctx, const struct ks_naming_request *request,
	struct ks_arena *arena, struct ks_str *out, struct ks_err *err)
{
	size_t n = request->usual->n > 0 ? request->usual->n : COUNT(usual);
	struct ks_str name;
	uint32_t first;

	if (follow(ctx, request, arena, &name, err) != 0 ||
		ks_minter_number(ctx, (uint32_t)n, &first, err) != 0)
		return -1;
	for (size_t i = 0; name.n == 0 && i < 100 * n; i++) {
		struct ks_str base = usual_at(request, (first + i) % n);
		struct ks_str next = i < n ? ks_arena_copy(arena, base) :
			ks_str_of(ks_arena_printf(arena, KS_STR_FMT "-%zu", KS_STR_ARG(base), i / n + 1));

		if (is_free(request, next))
			name = next;
	}
	if (name.n == 0)
		return ks_err_set(err, KS_ERR_EXISTS, "every name that came to mind is taken, give one with "
			"--user");
	*out = name;
	return 0;
}
