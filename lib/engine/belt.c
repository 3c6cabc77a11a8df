/* A ring of trays: one is filled while others wait or are emptied. */
#include "lib/engine/belt.h"

#include "lib/base/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TRAYS 4u
#define TRAY_ROWS 512u
#define TRAY_TEXT ((size_t)128 << 10)  /* bytes; a single event may need more */

struct row {
	struct ks_inquiry_event event;
	struct ks_str actor;
};

struct tray {
	struct row rows[TRAY_ROWS];
	size_t n;
	char *text;
	size_t text_n, room;
};

struct ks_belt {
	ks_belt_take *take;
	void *arg;
	struct tray trays[TRAYS];
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock;            /* of what follows */
	pthread_cond_t has_tray, has_room;
	size_t filled, emptied;          /* trays, in all */
	bool is_ending;
};

/* All texts of an event, wherever they are borrowed from. */
#define TEXTS 13u
_Static_assert(sizeof(struct ks_inquiry_event) == (TEXTS - 1) * sizeof(struct ks_str) + 2 * sizeof(uint64_t),
	"all texts of an event are listed");

static void list_texts(struct row *row, struct ks_str *out[TEXTS])
{
	struct ks_inquiry_event *event = &row->event;
	struct ks_str *const texts[TEXTS] = { &event->identity, &event->source, &event->name, &event->region,
		&event->error, &event->key_id, &event->arn, &event->unique_id, &event->issuer, &event->ip,
		&event->agent, &event->decoy, &row->actor };

	memcpy(out, texts, sizeof(texts));
}

static void empty_tray(struct ks_belt *belt, struct tray *tray)
{
	for (size_t i = 0; i < tray->n; i++)
		belt->take(belt->arg, &tray->rows[i].event, tray->rows[i].actor);
	tray->n = tray->text_n = 0;
}

/* The next tray to empty; NULL at the end. */
static struct tray *wait_for_tray(struct ks_belt *belt)
{
	struct tray *tray = NULL;

	pthread_mutex_lock(&belt->lock);
	while (belt->filled == belt->emptied && !belt->is_ending)
		pthread_cond_wait(&belt->has_tray, &belt->lock);
	if (belt->filled != belt->emptied)
		tray = &belt->trays[belt->emptied % TRAYS];
	pthread_mutex_unlock(&belt->lock);
	return tray;
}

static void *work(void *arg)
{
	struct ks_belt *belt = arg;
	struct tray *tray;

	while ((tray = wait_for_tray(belt)) != NULL) {
		empty_tray(belt, tray);
		pthread_mutex_lock(&belt->lock);
		belt->emptied++;
		pthread_cond_signal(&belt->has_room);
		pthread_mutex_unlock(&belt->lock);
	}
	return NULL;
}

/* Sends the tray at hand off, and waits until the next one is empty. */
static void move_on(struct ks_belt *belt)
{
	if (!belt->has_thread) {
		empty_tray(belt, &belt->trays[0]);
		return;
	}
	pthread_mutex_lock(&belt->lock);
	belt->filled++;
	pthread_cond_signal(&belt->has_tray);
	while (belt->filled - belt->emptied == TRAYS)
		pthread_cond_wait(&belt->has_room, &belt->lock);
	pthread_mutex_unlock(&belt->lock);
}

struct ks_belt *ks_belt_start(ks_belt_take *take, void *arg)
{
	struct ks_belt *belt = ks_mem_alloc(sizeof(*belt));

	belt->take = take;
	belt->arg = arg;
	pthread_mutex_init(&belt->lock, NULL);
	pthread_cond_init(&belt->has_tray, NULL);
	pthread_cond_init(&belt->has_room, NULL);
	belt->has_thread = pthread_create(&belt->thread, NULL, work, belt) == 0;
	return belt;
}

/* Where that much text fits. */
static struct tray *find_room(struct ks_belt *belt, size_t n)
{
	struct tray *tray = &belt->trays[belt->filled % TRAYS];

	if (tray->n == TRAY_ROWS || (tray->n > 0 && n > tray->room - tray->text_n)) {
		move_on(belt);
		tray = &belt->trays[belt->filled % TRAYS];
	}
	if (n > tray->room || tray->text == NULL) {
		tray->room = n > TRAY_TEXT ? n : TRAY_TEXT;
		tray->text = ks_mem_resize(tray->text, tray->room);
	}
	return tray;
}

void ks_belt_put(struct ks_belt *belt, const struct ks_inquiry_event *event, struct ks_str actor)
{
	struct row row = { *event, actor };
	struct ks_str *texts[TEXTS];
	struct tray *tray;
	size_t n = 0;

	list_texts(&row, texts);
	for (size_t i = 0; i < TEXTS; i++)
		n += texts[i]->n;
	tray = find_room(belt, n);
	for (size_t i = 0; i < TEXTS; i++) {
		if (texts[i]->n == 0)
			continue;
		memcpy(tray->text + tray->text_n, texts[i]->p, texts[i]->n);
		texts[i]->p = tray->text + tray->text_n;
		tray->text_n += texts[i]->n;
	}
	tray->rows[tray->n++] = row;
}

void ks_belt_end(struct ks_belt *belt)
{
	move_on(belt);
	if (belt->has_thread) {
		pthread_mutex_lock(&belt->lock);
		belt->is_ending = true;
		pthread_cond_signal(&belt->has_tray);
		pthread_mutex_unlock(&belt->lock);
		pthread_join(belt->thread, NULL);
	}
	for (size_t i = 0; i < TRAYS; i++)
		free(belt->trays[i].text);
	pthread_cond_destroy(&belt->has_tray);
	pthread_cond_destroy(&belt->has_room);
	pthread_mutex_destroy(&belt->lock);
	free(belt);
}
