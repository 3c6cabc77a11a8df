/* Seats: each is the lock on one byte, far behind the end of an empty file. */
#include "lib/store/seat.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct ks_seat {
	int fd;
	int64_t number;
};

/* Above all numbers: whoever carries out plans shares this lock. */
#define SERVICE ((INT64_C(1) << 62) + 1)

static struct flock lock_of(int64_t number)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1 };
}

int ks_seat_open(const struct ks_ctx *ctx, const char *store_path, struct ks_seat **out, struct ks_err *err)
{
	char path[PATH_MAX];
	struct ks_seat *seat;
	struct flock lock;
	uint64_t random;
	int fd;

	if (ks_ctx_random(ctx, &random, sizeof(random), err) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s-seats", store_path);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EACCES || errno == EROFS))
		return ks_err_set(err, KS_ERR_IO, "store '%s': its directory cannot be written, and '%s', by which "
			"one watch knows of the other, has to stand there; make the directory writable", store_path,
			path);
	if (fd < 0)
		return ks_err_set_errno(err, "cannot open '%s'", path);
	/* Another one with the same number is nothing that happens. */
	lock = lock_of((int64_t)(random >> 2) + 1);
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		ks_err_set_errno(err, "cannot lock '%s'", path);
		close(fd);
		return -1;
	}
	seat = ks_mem_alloc(sizeof(*seat));
	*seat = (struct ks_seat){ fd, lock.l_start };
	*out = seat;
	return 0;
}

void ks_seat_close(struct ks_seat *seat)
{
	if (seat == NULL)
		return;
	close(seat->fd);
	free(seat);
}

int64_t ks_seat_number(const struct ks_seat *seat)
{
	return seat->number;
}

bool ks_seat_is_taken(const struct ks_seat *seat, int64_t number)
{
	struct flock lock = lock_of(number);

	return number == seat->number || fcntl(seat->fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

int ks_seat_serve(struct ks_seat *seat, struct ks_err *err)
{
	struct flock lock = lock_of(SERVICE);

	lock.l_type = F_RDLCK;
	if (fcntl(seat->fd, F_OFD_SETLK, &lock) != 0)
		return ks_err_set_errno(err, "cannot lock the seats of the store");
	return 0;
}

bool ks_seat_is_served(const struct ks_seat *seat)
{
	struct flock lock = lock_of(SERVICE);

	return fcntl(seat->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
