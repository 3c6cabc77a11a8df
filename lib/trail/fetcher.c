/* Jobs in their order, the threads that do them, and what they have brought. */
#include "lib/trail/fetcher.h"

#include "lib/base/file.h"
#include "lib/base/flag.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum state { WAITS, RUNS, OVER };

struct item {
	struct ks_fetcher_job job;
	struct ks_fetcher *fetcher;
	struct item *next;
	enum state state;
	bool is_in_file;
};

struct ks_fetcher {
	struct ks_fetcher_config config;
	pthread_t *threads;
	unsigned thread_count;
	int event;                       /* counts up when the first of the jobs is over */
	volatile sig_atomic_t stop;
	pthread_mutex_t lock;            /* of what follows, and of each item's state */
	pthread_cond_t wakened;
	struct item *first, *last;       /* in the order in which they are taken */
	struct item *begin;              /* the first that nobody does yet; NULL: none */
	size_t count;
	uint64_t bytes;                  /* of all of them */
};

/* ---- what is brought ----------------------------------------------------------------------------- */

static struct item *item_of(struct ks_fetcher_job *job)
{
	/* The job is the first of it. */
	return (struct item *)(void *)job;
}

/* What was held in memory goes on in a file. */
static int move_to_file(struct item *item, struct ks_err *err)
{
	const char *dir = item->fetcher->config.dir != NULL ? item->fetcher->config.dir : "/tmp";
	int fd = ks_file_open_temporary(dir, err), rc = 0;
	char chunk[1 << 16];
	off_t at = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (rc == 0 && (n = pread(item->job.fd, chunk, sizeof(chunk), at)) > 0) {
		rc = ks_file_write(fd, (struct ks_str){ chunk, (size_t)n }, err);
		at += n;
	}
	if (rc == 0 && (uint64_t)at != item->job.size)
		rc = ks_err_set(err, KS_ERR_IO, "cannot read what was fetched");
	if (rc != 0) {
		close(fd);
		return -1;
	}
	close(item->job.fd);
	item->job.fd = fd;
	item->is_in_file = true;
	return 0;
}

static void count_bytes(struct ks_fetcher *fetcher, uint64_t more, uint64_t less)
{
	pthread_mutex_lock(&fetcher->lock);
	fetcher->bytes += more;
	fetcher->bytes -= less;
	pthread_mutex_unlock(&fetcher->lock);
}

int ks_fetcher_write(struct ks_fetcher_job *job, struct ks_str bytes, struct ks_err *err)
{
	struct item *item = item_of(job);

	if (job->fd < 0)
		job->fd = memfd_create("keysnare", MFD_CLOEXEC);
	if (job->fd < 0)
		return ks_err_set_errno(err, "cannot keep what is fetched");
	if (!item->is_in_file && job->size + bytes.n > KS_FETCHER_IN_MEMORY && move_to_file(item, err) != 0)
		return -1;
	if (ks_file_write(job->fd, bytes, err) != 0)
		return -1;
	job->size += bytes.n;
	count_bytes(item->fetcher, bytes.n, 0);
	return 0;
}

int ks_fetcher_rewind(struct ks_fetcher_job *job, struct ks_err *err)
{
	if (job->fd >= 0 && (ftruncate(job->fd, 0) != 0 || lseek(job->fd, 0, SEEK_SET) != 0))
		return ks_err_set_errno(err, "cannot begin anew");
	count_bytes(item_of(job)->fetcher, 0, job->size);
	job->size = 0;
	return 0;
}

static void forget(struct ks_fetcher_job *job)
{
	if (job->fd >= 0)
		close(job->fd);
	count_bytes(item_of(job)->fetcher, 0, job->size);
	job->fd = -1;
	job->size = 0;
}

/* ---- threads ------------------------------------------------------------------------------------- */

static void do_job(struct ks_fetcher *fetcher, void **tools, struct ks_fetcher_job *job)
{
	const struct ks_fetcher_config *config = &fetcher->config;

	if (*tools == NULL && config->open != NULL)
		job->rc = config->open(config->arg, &fetcher->stop, tools, &job->err);
	if (job->rc == 0)
		job->rc = config->work(config->arg, *tools, job, &fetcher->stop, &job->err);
	if (job->rc == 0 && job->fd >= 0 && lseek(job->fd, 0, SEEK_SET) != 0)
		job->rc = ks_err_set_errno(&job->err, "cannot read what was fetched");
	if (job->rc != 0)
		forget(job);
}

/* Under the lock. The next job to begin; NULL: the end. Past the bytes that may be held only the one that
 * is waited for goes on, or nothing ever would. */
static struct item *wait_for_job(struct ks_fetcher *fetcher)
{
	while (fetcher->stop == 0 && (fetcher->begin == NULL ||
		(fetcher->bytes >= fetcher->config.bytes && fetcher->begin != fetcher->first)))
		pthread_cond_wait(&fetcher->wakened, &fetcher->lock);
	return fetcher->stop == 0 ? fetcher->begin : NULL;
}

static void signal_over(struct ks_fetcher *fetcher)
{
	uint64_t one = 1;
	ssize_t n;

	/* It cannot fail but by being full, which says the same. */
	n = write(fetcher->event, &one, sizeof(one));
	(void)n;
}

static void *work_thread(void *arg)
{
	struct ks_fetcher *fetcher = arg;
	void *tools = NULL;
	struct item *item;

	pthread_mutex_lock(&fetcher->lock);
	while ((item = wait_for_job(fetcher)) != NULL) {
		item->state = RUNS;
		fetcher->begin = item->next;
		pthread_mutex_unlock(&fetcher->lock);
		do_job(fetcher, &tools, &item->job);
		pthread_mutex_lock(&fetcher->lock);
		item->state = OVER;
		if (item == fetcher->first)
			signal_over(fetcher);
	}
	pthread_mutex_unlock(&fetcher->lock);
	if (tools != NULL && fetcher->config.close != NULL)
		fetcher->config.close(fetcher->config.arg, tools);
	return NULL;
}

/* As many as can be had; one is enough. */
static int start_threads(struct ks_fetcher *fetcher, struct ks_err *err)
{
	sigset_t all, before;
	int code = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 0; i < fetcher->config.threads && code == 0; i++) {
		code = pthread_create(&fetcher->threads[i], NULL, work_thread, fetcher);
		fetcher->thread_count += code == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return fetcher->thread_count > 0 ? 0 : ks_err_set_errno(err, "cannot start a thread");
}

int ks_fetcher_start(const struct ks_fetcher_config *config, struct ks_fetcher **out, struct ks_err *err)
{
	struct ks_fetcher *fetcher = ks_mem_alloc(sizeof(*fetcher));

	fetcher->config = *config;
	if (config->threads == 0)
		fetcher->config.threads = KS_FETCHER_THREADS;
	if (config->items == 0)
		fetcher->config.items = KS_FETCHER_ITEMS;
	if (config->bytes == 0)
		fetcher->config.bytes = KS_FETCHER_BYTES;
	pthread_mutex_init(&fetcher->lock, NULL);
	pthread_cond_init(&fetcher->wakened, NULL);
	fetcher->threads = ks_mem_alloc(fetcher->config.threads * sizeof(*fetcher->threads));
	fetcher->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fetcher->event < 0)
		ks_err_set_errno(err, "cannot be told of what was fetched");
	if (fetcher->event < 0 || start_threads(fetcher, err) != 0) {
		ks_fetcher_finish(fetcher, NULL, NULL);
		return -1;
	}
	*out = fetcher;
	return 0;
}

void ks_fetcher_finish(struct ks_fetcher *fetcher, void (*drop)(void *arg, void *what), void *arg)
{
	struct ks_fetcher_job job;

	if (fetcher == NULL)
		return;
	pthread_mutex_lock(&fetcher->lock);
	ks_flag_raise(&fetcher->stop);
	pthread_cond_broadcast(&fetcher->wakened);
	pthread_mutex_unlock(&fetcher->lock);
	for (unsigned i = 0; i < fetcher->thread_count; i++)
		pthread_join(fetcher->threads[i], NULL);
	for (struct item *item = fetcher->first; item != NULL; item = item->next)
		item->state = OVER;
	while (ks_fetcher_take(fetcher, &job)) {
		if (job.fd >= 0)
			close(job.fd);
		if (drop != NULL)
			drop(arg, job.what);
	}
	if (fetcher->event >= 0)
		close(fetcher->event);
	pthread_cond_destroy(&fetcher->wakened);
	pthread_mutex_destroy(&fetcher->lock);
	free(fetcher->threads);
	free(fetcher);
}

/* ---- the owner's --------------------------------------------------------------------------------- */

/* The lock is no part of what a reader may change. */
static pthread_mutex_t *lock_of(const struct ks_fetcher *fetcher)
{
	return (pthread_mutex_t *)(uintptr_t)&fetcher->lock;
}

bool ks_fetcher_has_room(const struct ks_fetcher *fetcher)
{
	bool has_room;

	pthread_mutex_lock(lock_of(fetcher));
	has_room = fetcher->count < fetcher->config.items && fetcher->bytes < fetcher->config.bytes;
	pthread_mutex_unlock(lock_of(fetcher));
	return has_room;
}

void ks_fetcher_add(struct ks_fetcher *fetcher, void *what)
{
	struct item *item = ks_mem_alloc(sizeof(*item));

	*item = (struct item){ .job = { .what = what, .fd = -1 }, .fetcher = fetcher };
	pthread_mutex_lock(&fetcher->lock);
	if (fetcher->last != NULL)
		fetcher->last->next = item;
	else
		fetcher->first = item;
	fetcher->last = item;
	if (fetcher->begin == NULL)
		fetcher->begin = item;
	fetcher->count++;
	pthread_cond_signal(&fetcher->wakened);
	pthread_mutex_unlock(&fetcher->lock);
}

/* Under the lock: nothing can be over between this look and the next signal. */
static void clear_event(struct ks_fetcher *fetcher)
{
	uint64_t ignored;
	ssize_t n = read(fetcher->event, &ignored, sizeof(ignored));

	(void)n;
}

bool ks_fetcher_take(struct ks_fetcher *fetcher, struct ks_fetcher_job *out)
{
	struct item *item;

	pthread_mutex_lock(&fetcher->lock);
	item = fetcher->first;
	if (item == NULL || item->state != OVER) {
		clear_event(fetcher);
		pthread_mutex_unlock(&fetcher->lock);
		return false;
	}
	fetcher->first = item->next;
	if (fetcher->first == NULL)
		fetcher->last = NULL;
	/* Only where the threads were ended it may be that nobody began it. */
	if (fetcher->begin == item)
		fetcher->begin = item->next;
	fetcher->count--;
	fetcher->bytes -= item->job.size;
	/* There is room again, and another one is waited for. */
	pthread_cond_broadcast(&fetcher->wakened);
	pthread_mutex_unlock(&fetcher->lock);
	*out = item->job;
	free(item);
	return true;
}

size_t ks_fetcher_waiting(const struct ks_fetcher *fetcher)
{
	size_t count;

	pthread_mutex_lock(lock_of(fetcher));
	count = fetcher->count;
	pthread_mutex_unlock(lock_of(fetcher));
	return count;
}

int ks_fetcher_poll_fd(const struct ks_fetcher *fetcher)
{
	return fetcher->event;
}
