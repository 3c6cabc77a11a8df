/* A short list of things to try again. */
#include "lib/engine/errand.h"

#include <string.h>

void ks_errand_init(struct ks_errands *errands)
{
	errands->list = KS_VEC_OF(struct ks_errand);
}

void ks_errand_release(struct ks_errands *errands)
{
	ks_vec_release(&errands->list);
}

static struct ks_errand *find(const struct ks_errands *errands, int64_t incident, int64_t plan)
{
	for (size_t i = 0; i < errands->list.n; i++) {
		struct ks_errand *errand = KS_VEC_AT(&errands->list, struct ks_errand, i);

		if (errand->plan == plan && (plan != 0 || errand->incident == incident))
			return errand;
	}
	return NULL;
}

const struct ks_errand *ks_errand_find(const struct ks_errands *errands, int64_t incident, int64_t plan)
{
	return find(errands, incident, plan);
}

const struct ks_errand *ks_errand_fail(struct ks_errands *errands, const struct ks_errand *what,
	int64_t now_ms)
{
	struct ks_errand *errand = find(errands, what->incident, what->plan);
	int64_t wait = KS_ERRAND_FIRST_MS;

	if (errand == NULL) {
		errand = ks_vec_push(&errands->list);
		*errand = *what;
		errand->failures = 0;
	}
	for (unsigned i = 0; i < errand->failures && wait < KS_ERRAND_LONGEST_MS; i++)
		wait *= 2;
	errand->failures++;
	errand->due_ms = now_ms + (wait < KS_ERRAND_LONGEST_MS ? wait : KS_ERRAND_LONGEST_MS);
	return errand;
}

void ks_errand_begin(struct ks_errands *errands, int64_t incident, int64_t plan)
{
	struct ks_errand *errand = find(errands, incident, plan);

	if (errand != NULL)
		errand->due_ms = INT64_MAX;
}

void ks_errand_drop(struct ks_errands *errands, int64_t incident, int64_t plan)
{
	struct ks_errand *errand = find(errands, incident, plan);

	if (errand == NULL)
		return;
	*errand = *KS_VEC_AT(&errands->list, struct ks_errand, errands->list.n - 1);
	errands->list.n--;
}

bool ks_errand_has_account(const struct ks_errands *errands, const char *account)
{
	for (size_t i = 0; i < errands->list.n; i++)
		if (strcmp(KS_VEC_AT(&errands->list, struct ks_errand, i)->account, account) == 0)
			return true;
	return false;
}

bool ks_errand_next(const struct ks_errands *errands, int64_t now_ms, struct ks_errand *out)
{
	const struct ks_errand *first = NULL;

	for (size_t i = 0; i < errands->list.n; i++) {
		const struct ks_errand *errand = KS_VEC_AT(&errands->list, struct ks_errand, i);

		if (errand->due_ms <= now_ms && (first == NULL || errand->due_ms < first->due_ms))
			first = errand;
	}
	if (first != NULL)
		*out = *first;
	return first != NULL;
}

int64_t ks_errand_next_ms(const struct ks_errands *errands)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < errands->list.n; i++)
		if (KS_VEC_AT(&errands->list, struct ks_errand, i)->due_ms < next)
			next = KS_VEC_AT(&errands->list, struct ks_errand, i)->due_ms;
	return next;
}
