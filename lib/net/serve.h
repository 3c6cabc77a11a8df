/*
 * Answers over HTTP to programs of the same machine: libmicrohttpd behind one function, and the only file
 * that knows so. It listens on 127.0.0.1, on ::1 or on a UNIX socket, and nowhere else: what it shows is
 * for its owner, and it knows no passwords. A page in somebody's browser gets nothing either: a request is
 * answered only when its Host names the loopback (DNS rebinding).
 *
 * GET and HEAD only. A thread of its own takes one request after the other; at most KS_SERVE_CONNECTIONS at
 * a time, each with KS_SERVE_MEMORY for its head and KS_SERVE_IDLE_S without a byte.
 */
#ifndef KS_NET_SERVE_H
#define KS_NET_SERVE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define KS_SERVE_CONNECTIONS 32u
#define KS_SERVE_MEMORY (16u * 1024)
#define KS_SERVE_IDLE_S 10u
#define KS_SERVE_BODY (32u << 20)

struct ks_serve;

/* To be filled: body is empty at first, and released by the server. */
struct ks_serve_answer {
	int status;                      /* 200 unless it is set */
	const char *type;                /* of the body; "text/plain; charset=utf-8" unless it is set */
	struct ks_buf body;
};

struct ks_serve_config {
	/* "127.0.0.1:9464", "[::1]:9464" or "unix:/run/keysnare.sock"; port 0: any that is free. */
	const char *listen;
	/* path is without its query. False: there is no such page. Called by the server's thread. */
	bool (*page)(void *arg, const char *path, struct ks_serve_answer *answer);
	void *arg;
};

/* Whether text is an address that start would take. Errors: USAGE, which says what may stand there. */
int ks_serve_check(const char *text, struct ks_err *err);

/* Begins. A socket file that nobody listens on any more is replaced; a new one is its owner's alone (0600).
 * Errors: USAGE (as check), EXISTS (somebody listens there), IO. */
int ks_serve_start(const struct ks_serve_config *config, struct ks_serve **out, struct ks_err *err);

/* Where it listens, with the port that it got: "http://127.0.0.1:9464" or "unix:/run/keysnare.sock". */
const char *ks_serve_address(const struct ks_serve *serve);

void ks_serve_stop(struct ks_serve *serve);          /* NULL is fine */

#endif
