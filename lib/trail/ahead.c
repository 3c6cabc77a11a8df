/* A ring of pieces between the thread that unpacks and the one that looks. */
#include "lib/trail/ahead.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/trail/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 4u

struct piece {
	char *text;
	size_t n, at;        /* bytes of it, and how many of them were handed out */
	uint64_t bytes_in;   /* of the file, up to here */
	bool is_truncated;
	int rc;
	struct ks_err err;
};

struct ks_ahead {
	struct ks_stream stream;         /* a copy: the thread's own */
	struct piece pieces[PIECES];
	pthread_t thread;
	pthread_mutex_t lock;            /* of what follows */
	pthread_cond_t has_piece, has_room;
	size_t made, used;               /* pieces, in all */
	bool is_ending;
};

/* The next piece to fill; NULL at the end. */
static struct piece *wait_for_room(struct ks_ahead *ahead)
{
	struct piece *piece = NULL;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->made - ahead->used == PIECES && !ahead->is_ending)
		pthread_cond_wait(&ahead->has_room, &ahead->lock);
	if (!ahead->is_ending)
		piece = &ahead->pieces[ahead->made % PIECES];
	pthread_mutex_unlock(&ahead->lock);
	return piece;
}

static void *work(void *arg)
{
	struct ks_ahead *ahead = arg;
	struct piece *piece;
	bool is_last = false;

	while (!is_last && (piece = wait_for_room(ahead)) != NULL) {
		piece->rc = ks_stream_read(&ahead->stream, piece->text, KS_LIMIT_CHUNK, &piece->n, &piece->err);
		piece->at = 0;
		piece->bytes_in = ahead->stream.bytes_in;
		piece->is_truncated = ahead->stream.is_truncated;
		is_last = piece->rc != 0 || piece->n == 0;
		pthread_mutex_lock(&ahead->lock);
		ahead->made++;
		pthread_cond_signal(&ahead->has_piece);
		pthread_mutex_unlock(&ahead->lock);
	}
	return NULL;
}

static void forget(struct ks_ahead *ahead)
{
	for (size_t i = 0; i < PIECES; i++)
		free(ahead->pieces[i].text);
	pthread_cond_destroy(&ahead->has_piece);
	pthread_cond_destroy(&ahead->has_room);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead);
}

struct ks_ahead *ks_ahead_start(const struct ks_stream *stream)
{
	struct ks_ahead *ahead = ks_mem_alloc(sizeof(*ahead));

	*ahead = (struct ks_ahead){ .stream = *stream, .lock = PTHREAD_MUTEX_INITIALIZER,
		.has_piece = PTHREAD_COND_INITIALIZER, .has_room = PTHREAD_COND_INITIALIZER };
	ahead->stream.idle = NULL;
	for (size_t i = 0; i < PIECES; i++)
		ahead->pieces[i].text = ks_mem_resize(NULL, KS_LIMIT_CHUNK);
	if (pthread_create(&ahead->thread, NULL, work, ahead) == 0)
		return ahead;
	forget(ahead);
	return NULL;
}

static struct piece *wait_for_piece(struct ks_ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	while (ahead->made == ahead->used)
		pthread_cond_wait(&ahead->has_piece, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return &ahead->pieces[ahead->used % PIECES];
}

static void give_room(struct ks_ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->used++;
	pthread_cond_signal(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
}

int ks_ahead_read(struct ks_ahead *ahead, struct ks_stream *stream, char *out, size_t n, size_t *out_n,
	struct ks_err *err)
{
	struct piece *piece = wait_for_piece(ahead);
	size_t left = piece->n - piece->at;
	int rc;

	*out_n = left < n ? left : n;
	memcpy(out, piece->text + piece->at, *out_n);
	piece->at += *out_n;
	stream->bytes_out += *out_n;
	stream->bytes_in = piece->bytes_in;
	if (piece->at < piece->n)
		return 0;
	rc = piece->rc;
	if (rc != 0)
		*err = piece->err;
	stream->is_truncated = piece->is_truncated;
	stream->is_over = rc != 0 || piece->n == 0;
	/* The last piece stays: nobody waits for it. */
	if (!stream->is_over)
		give_room(ahead);
	return rc;
}

void ks_ahead_end(struct ks_ahead *ahead)
{
	if (ahead == NULL)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->is_ending = true;
	pthread_cond_signal(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	forget(ahead);
}
