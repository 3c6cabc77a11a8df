/*
 * One HTTP exchange: libcurl behind one function, and the only file that knows so; one mail by SMTP as
 * well. Certificates are checked, redirects are answers like any other, the reply is capped, and everything
 * ends by a deadline. Proxies come from the environment as curl has it (https_proxy, no_proxy …). On a
 * line the connections stay open between exchanges.
 */
#ifndef KS_NET_HTTP_H
#define KS_NET_HTTP_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_http_header {
	const char *name;
	const char *value;
};

/* Connections that stay open, with names that were looked up and TLS sessions. One exchange at a time. */
struct ks_http_line;
struct ks_http_line *ks_http_line_new(void);
void ks_http_line_free(struct ks_http_line *line);              /* NULL is fine */

struct ks_http_reply;

/* Takes the body of a 2xx as it comes; status and headers of the reply are known by then. -1 (err filled)
 * ends the exchange with that error. */
typedef int ks_http_sink_fn(void *arg, const struct ks_http_reply *reply, struct ks_str bytes,
	struct ks_err *err);

/* All borrowed. Fields that are zero or NULL have the default that stands behind them. */
struct ks_http_request {
	const char *method;                     /* "GET" */
	const char *url;                        /* http or https */
	const struct ks_http_header *headers;
	size_t header_count;
	struct ks_str body;                     /* p NULL: none */
	int connect_ms;                         /* 5000: until connected */
	int total_ms;                           /* 30000: until all of the reply is there */
	size_t reply_max;                       /* 1 MB: a longer body is an error */
	const char *ca_file;                    /* the system's certificates */
	bool is_direct;                         /* whatever the environment says of proxies, none is asked */
	const volatile sig_atomic_t *stop;      /* gives up when it is set; may be NULL */
	struct ks_http_line *line;              /* NULL: a connection for this exchange only */
	/* It may take effect twice: where a connection breaks that was open before, and bytes had gone out, that
	 * is an error, and nothing is sent again on another one. */
	bool is_once;
	/* NULL: the body is kept in the reply. With one its length has no bound, nor its time: total_ms is how
	 * long nothing may come. */
	ks_http_sink_fn *sink;
	void *sink_arg;
	bool *is_unsent;                        /* may be NULL; set after NET: nothing of it can have gone out */
};

struct ks_http_reply {
	int status;                             /* as the server said, whatever it is */
	struct ks_buf headers;                  /* "name: value" lines of the last answer, CR LF */
	struct ks_buf body;
};

/* Before the first exchange, and before threads are started that make any; end undoes it. Errors: NET. */
int ks_http_start(struct ks_err *err);
void ks_http_end(void);

/* Fills out, which is released in any case before it is used again. Any status is a success. Errors:
 * USAGE (a URL or header that is none), NET (no answer: name, connection, certificate, time), LIMIT (too
 * long an answer), STATE (stopped). */
int ks_http_send(const struct ks_http_request *request, struct ks_http_reply *out, struct ks_err *err);
void ks_http_release(struct ks_http_reply *reply);              /* zeroed is fine */

/* One mail. All borrowed; zero and NULL as above. */
struct ks_http_mail {
	const char *url;                        /* smtp://host[:port]/our-name or smtps:// */
	const char *from;                       /* of the envelope: "a@b", nothing around it */
	const char *const *to;
	size_t to_count;
	const char *user, *password;            /* NULL: nobody logs in */
	bool may_be_plain;                      /* without TLS where the server offers none */
	struct ks_str message;                  /* header and body, lines ended by CR LF */
	int connect_ms;
	int total_ms;
	const char *ca_file;
	const volatile sig_atomic_t *stop;
	bool *is_unsent;                        /* as above, and where nobody may log in */
};

/* Sends it to all that the server takes, at least one. *out_code: what the server said last, 0 without a
 * word; also on failure. Errors: USAGE (a URL or address that is none), NET, REMOTE (refused), AUTH,
 * STATE. */
int ks_http_mail(const struct ks_http_mail *mail, int *out_code, struct ks_err *err);

/* Logs in as for a mail, and sends none: only url, user, password and what stands behind them count. Always
 * with TLS. Errors: as above. */
int ks_http_login(const struct ks_http_mail *mail, int *out_code, struct ks_err *err);

/* The reply's Date (RFC 9110, the usual form); false when it has none. Milliseconds since 1970. */
bool ks_http_date(const struct ks_http_reply *reply, int64_t *out_ms);

/* The value of a reply's header, any case, without blanks around; p NULL when it is not there. */
struct ks_str ks_http_header(const struct ks_http_reply *reply, const char *name);

#endif
