/* External merge sort: runs of one budget each, merged by looking at the head of every run. */
#include "lib/base/sorter.h"

#include "lib/base/file.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ITEM_MAX (16u * 1024 * 1024)
#define READ_AHEAD (16u * 1024)

struct item {
	size_t at;                /* in held: the key, then the payload */
	uint32_t key_n, payload_n;
};

/* A sorted part of the file, and what has been read of it. */
struct run {
	uint64_t at, end;         /* not read yet */
	size_t used;              /* of its head's bytes */
};

void ks_sorter_init(struct ks_sorter *sorter, size_t budget, const char *dir)
{
	*sorter = (struct ks_sorter){ .items = KS_VEC_OF(struct item),
		.runs = KS_VEC_OF(struct run),
		.budget = budget,
		.given = SIZE_MAX,
		.dir = dir,
		.fd = -1 };
	ks_buf_init(&sorter->held, budget + 2 * (size_t)ITEM_MAX);
}

void ks_sorter_release(struct ks_sorter *sorter)
{
	if (sorter == NULL)
		return;
	for (size_t i = 0; sorter->heads != NULL && i < sorter->runs.n; i++)
		ks_buf_release(&sorter->heads[i]);
	free(sorter->heads);
	ks_buf_release(&sorter->held);
	ks_vec_release(&sorter->items);
	ks_vec_release(&sorter->runs);
	if (sorter->fd >= 0)
		close(sorter->fd);
	sorter->heads = NULL;
	sorter->fd = -1;
}

static struct ks_str key_of(const struct ks_sorter *sorter, const struct item *item)
{
	return (struct ks_str){ sorter->held.p + item->at, item->key_n };
}

static int compare_items(const void *a, const void *b, void *arg)
{
	return ks_str_compare(key_of(arg, a), key_of(arg, b));
}

static void sort_held(struct ks_sorter *sorter)
{
	if (sorter->items.n > 1)
		qsort_r(sorter->items.p, sorter->items.n, sizeof(struct item), compare_items, sorter);
}

static int write_at_end(struct ks_sorter *sorter, struct ks_str s, struct ks_err *err)
{
	return ks_file_write_at(sorter->fd, s, &sorter->file_end) ? 0 :
		ks_err_set_errno(err, "cannot write the temporary file for sorting");
}

/* Writes what is in memory as one sorted run: lengths, key, payload, one item after the other. */
static int spill(struct ks_sorter *sorter, struct ks_err *err)
{
	struct run *run = ks_vec_push(&sorter->runs);
	struct ks_buf out;
	int rc = 0;

	if (sorter->fd < 0 && (sorter->fd = ks_file_open_temporary(sorter->dir, err)) < 0)
		return -1;
	ks_buf_init(&out, 2 * (size_t)ITEM_MAX);
	sort_held(sorter);
	run->at = sorter->file_end;
	for (size_t i = 0; rc == 0 && i < sorter->items.n; i++) {
		const struct item *item = KS_VEC_AT(&sorter->items, struct item, i);
		uint32_t lengths[2] = { item->key_n, item->payload_n };

		ks_buf_add(&out, (struct ks_str){ (const char *)lengths, sizeof(lengths) });
		ks_buf_add(&out,
			(struct ks_str){ sorter->held.p + item->at, (size_t)item->key_n + item->payload_n });
		if (out.n > (1u << 20) || i + 1 == sorter->items.n) {
			rc = write_at_end(sorter, ks_buf_str(&out), err);
			ks_buf_clear(&out);
		}
	}
	KS_VEC_AT(&sorter->runs, struct run, sorter->runs.n - 1)->end = sorter->file_end;
	ks_vec_clear(&sorter->items);
	ks_buf_clear(&sorter->held);
	ks_buf_release(&out);
	return rc;
}

int ks_sorter_add(struct ks_sorter *sorter, struct ks_str key, struct ks_str payload, struct ks_err *err)
{
	struct item *item;

	if (key.n + payload.n > ITEM_MAX)
		return ks_err_set(err, KS_ERR_LIMIT, "an item of %zu bytes is too large to sort", key.n + payload.n);
	if (sorter->held.n > 0 && sorter->held.n + key.n + payload.n > sorter->budget && spill(sorter, err) != 0)
		return -1;
	item = ks_vec_push(&sorter->items);
	*item = (struct item){ sorter->held.n, (uint32_t)key.n, (uint32_t)payload.n };
	ks_buf_add(&sorter->held, key);
	ks_buf_add(&sorter->held, payload);
	return 0;
}

/* Makes at least n bytes of a run readable behind what was used of it. */
static int read_run(struct ks_sorter *sorter, struct run *run, struct ks_buf *head, size_t n,
	struct ks_err *err)
{
	if (run->used > 0) {
		memmove(head->p, head->p + run->used, head->n - run->used);
		head->n -= run->used;
		run->used = 0;
	}
	while (head->n < n) {
		size_t want = n - head->n > READ_AHEAD ? n - head->n : READ_AHEAD;
		ssize_t got;

		if (want > run->end - run->at)
			want = (size_t)(run->end - run->at);
		got = pread(sorter->fd, ks_buf_reserve(head, want), want, (off_t)run->at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ks_err_set(err, KS_ERR_IO, "the temporary file for sorting cannot be read back");
		head->n += (size_t)got;
		run->at += (uint64_t)got;
	}
	return 0;
}

/* The lengths at the head of a run. */
static void lengths_of(const struct run *run, const struct ks_buf *head, uint32_t out[2])
{
	memcpy(out, head->p + run->used, 2 * sizeof(out[0]));
}

/* Brings the next item of a run to its head. A run that is over has nothing left there. */
static int load_head(struct ks_sorter *sorter, size_t i, struct ks_err *err)
{
	struct run *run = KS_VEC_AT(&sorter->runs, struct run, i);
	struct ks_buf *head = &sorter->heads[i];
	uint32_t lengths[2];
	size_t left = head->n - run->used;

	if (left == 0 && run->at == run->end)
		return 0;
	if (left < sizeof(lengths) && read_run(sorter, run, head, sizeof(lengths), err) != 0)
		return -1;
	lengths_of(run, head, lengths);
	left = sizeof(lengths) + lengths[0] + lengths[1];
	return head->n - run->used < left ? read_run(sorter, run, head, left, err) : 0;
}

static int begin(struct ks_sorter *sorter, struct ks_err *err)
{
	sort_held(sorter);
	sorter->heads = ks_mem_alloc((sorter->runs.n + 1) * sizeof(sorter->heads[0]));
	for (size_t i = 0; i < sorter->runs.n; i++) {
		ks_buf_init(&sorter->heads[i], 2 * (size_t)ITEM_MAX);
		if (load_head(sorter, i, err) != 0)
			return -1;
	}
	return 0;
}

/* Moves the run whose item was given out last on to its next one; its bytes lived until now. */
static int move_on(struct ks_sorter *sorter, struct ks_err *err)
{
	size_t i = sorter->given;
	struct run *run;
	uint32_t lengths[2];

	if (i == SIZE_MAX)
		return 0;
	run = KS_VEC_AT(&sorter->runs, struct run, i);
	lengths_of(run, &sorter->heads[i], lengths);
	run->used += sizeof(lengths) + lengths[0] + lengths[1];
	sorter->given = SIZE_MAX;
	return load_head(sorter, i, err);
}

int ks_sorter_next(struct ks_sorter *sorter, struct ks_str *out_key, struct ks_str *out_payload,
	bool *out_has, struct ks_err *err)
{
	if ((sorter->heads == NULL ? begin(sorter, err) : move_on(sorter, err)) != 0)
		return -1;
	*out_has = false;
	if (sorter->at < sorter->items.n) {
		const struct item *item = KS_VEC_AT(&sorter->items, struct item, sorter->at);

		*out_key = key_of(sorter, item);
		*out_payload = (struct ks_str){ out_key->p + item->key_n, item->payload_n };
		*out_has = true;
	}
	for (size_t i = 0; i < sorter->runs.n; i++) {
		const struct run *run = KS_VEC_AT(&sorter->runs, struct run, i);
		struct ks_str key;
		uint32_t lengths[2];

		if (sorter->heads[i].n == run->used)
			continue;
		lengths_of(run, &sorter->heads[i], lengths);
		key = (struct ks_str){ sorter->heads[i].p + run->used + sizeof(lengths), lengths[0] };
		if (!*out_has || ks_str_compare(key, *out_key) < 0) {
			*out_key = key;
			*out_payload = (struct ks_str){ key.p + lengths[0], lengths[1] };
			*out_has = true;
			sorter->given = i;
		}
	}
	if (*out_has && sorter->given == SIZE_MAX)
		sorter->at++;
	return 0;
}
