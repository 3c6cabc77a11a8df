/* HTTP through libcurl's easy interface. */
#include "lib/net/http.h"

#include "lib/base/flag.h"
#include "lib/base/mem.h"

#include <curl/curl.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_MS 5000
#define TOTAL_MS 30000
#define REPLY_MAX (1u << 20)
#define HEADERS_MAX (64u * 1024)
#define ADDRESS_SIZE 324            /* the longest address (RFC 5321: 64 + 1 + 255), its brackets, a NUL */

struct ks_http_line {
	CURL *curl;
};

/* A body that is handed out once: curl cannot send it again. */
struct once {
	struct ks_str left;
	bool is_out;
};

struct ks_http_line *ks_http_line_new(void)
{
	return ks_mem_alloc(sizeof(struct ks_http_line));
}

void ks_http_line_free(struct ks_http_line *line)
{
	if (line == NULL)
		return;
	if (line->curl != NULL)
		curl_easy_cleanup(line->curl);
	free(line);
}

int ks_http_start(struct ks_err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ks_err_set(err, KS_ERR_NET, "cannot start libcurl");
	return 0;
}

void ks_http_end(void)
{
	curl_global_cleanup();
}

void ks_http_release(struct ks_http_reply *reply)
{
	if (reply == NULL)
		return;
	ks_buf_release(&reply->headers);
	ks_buf_wipe(&reply->body);       /* keys come this way */
	*reply = (struct ks_http_reply){ 0 };
}

/* An answer on its way. */
struct taking {
	CURL *curl;
	const struct ks_http_request *request;
	struct ks_http_reply *reply;
	struct ks_err *err;
	bool has_failed;                 /* the sink did, and has said why */
};

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct taking *taking = arg;
	struct ks_http_reply *reply = taking->reply;
	struct ks_str piece = { bytes, size * n };
	long status = 0;

	curl_easy_getinfo(taking->curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	if (taking->request->sink == NULL || status < 200 || status > 299) {
		ks_buf_add(&reply->body, piece);
		return reply->body.is_full ? 0 : piece.n;
	}
	taking->has_failed = taking->request->sink(taking->request->sink_arg, reply, piece, taking->err) != 0;
	return taking->has_failed ? 0 : piece.n;
}

/* An answer that is followed by another one (100 Continue, a proxy's) is not the one. */
static size_t take_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct ks_http_reply *reply = arg;
	struct ks_str line = { bytes, size * n };

	if (ks_str_has_prefix(line, KS_STR("HTTP/")))
		ks_buf_clear(&reply->headers);
	else
		ks_buf_add(&reply->headers, line);
	return reply->headers.is_full ? 0 : size * n;
}

static size_t give_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct once *once = arg;
	size_t take = once->left.n < size * n ? once->left.n : size * n;

	if (once->is_out)
		return CURL_READFUNC_ABORT;
	memcpy(bytes, once->left.p, take);
	once->left = ks_str_sub(once->left, take, once->left.n);
	once->is_out = once->left.n == 0;
	return take;
}

static int refuse_seek(void *arg, curl_off_t offset, int origin)
{
	(void)arg;
	(void)offset;
	(void)origin;
	return CURL_SEEKFUNC_FAIL;
}

/* Programs that are started meanwhile have no business with it. */
static int keep_private(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)purpose;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return CURL_SOCKOPT_OK;
}

static int check_stop(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const volatile sig_atomic_t *const *stop = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return ks_flag_is_raised(*stop);
}

/* Headers as curl wants them. "Expect:" keeps it from asking before it sends. */
static int add_headers(const struct ks_http_request *request, struct curl_slist **out, struct ks_err *err)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	struct ks_buf line;
	int rc = 0;

	ks_buf_init(&line, HEADERS_MAX);
	for (size_t i = 0; rc == 0 && i < request->header_count; i++) {
		const struct ks_http_header *header = &request->headers[i];

		ks_buf_clear(&line);
		ks_buf_addf(&line, "%s%s%s", header->name, header->value[0] != '\0' ? ": " : ";", header->value);
		if (strpbrk(header->name, "\r\n: ") != NULL || strpbrk(header->value, "\r\n") != NULL ||
			line.is_full)
			rc = ks_err_set(err, KS_ERR_USAGE, "'%s' cannot be sent as a header", header->name);
		else
			list = curl_slist_append(list, ks_buf_str(&line).p);
	}
	ks_buf_release(&line);
	*out = list;
	return rc;
}

/* What comes piece by piece may take as long as it needs, as long as it comes. */
static void set_times(CURL *curl, const struct ks_http_request *request)
{
	int total_ms = request->total_ms > 0 ? request->total_ms : TOTAL_MS;

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(request->connect_ms > 0 ? request->connect_ms : CONNECT_MS));
	if (request->sink == NULL) {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)total_ms);
		return;
	}
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)(total_ms + 999) / 1000);
}

static void set_options(CURL *curl, const struct ks_http_request *request, struct taking *taking,
	const volatile sig_atomic_t **stop)
{
	const char *method = request->method != NULL ? request->method : "GET";

	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (request->is_direct)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
	set_times(curl, request);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "keysnare/" KS_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, taking->reply);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_stop);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, stop);
	if (request->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, keep_private);
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

/* curl sends a request again by itself where a connection that it kept turns out to be broken. Of what goes
 * out once it gets no second copy; and what has no body goes on a new connection. */
static void set_body(CURL *curl, const struct ks_http_request *request, struct once *once)
{
	bool is_guarded = request->line != NULL && request->is_once;

	*once = (struct once){ .left = request->body };
	if (is_guarded && request->body.n == 0)
		curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	if (request->body.p == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
	if (!is_guarded || request->body.n == 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.p);
		return;
	}
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(curl, CURLOPT_READDATA, once);
	curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, refuse_seek);
}

/* No name, no connection in time, no TLS: whoever it is for has not seen a byte of it. */
static bool is_unsent(CURL *curl, CURLcode code)
{
	curl_off_t connected = 0;

	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_USE_SSL_FAILED:
	case CURLE_LOGIN_DENIED:
		return true;
	case CURLE_OPERATION_TIMEDOUT:
		return curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected == 0;
	default:
		return false;
	}
}

static int explain(CURLcode code, const char *detail, const struct ks_http_reply *reply, bool is_out,
	struct ks_err *err)
{
	const char *why = detail[0] != '\0' ? detail : curl_easy_strerror(code);

	if (code == CURLE_URL_MALFORMAT)
		return ks_err_set(err, KS_ERR_USAGE, "not a URL for http or https: %s", why);
	if (code == CURLE_SEND_FAIL_REWIND || is_out)
		return ks_err_set(err, KS_ERR_NET, "no answer: the connection was closed");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return ks_err_set(err, KS_ERR_STATE, "stopped before there was an answer");
	if (code == CURLE_WRITE_ERROR && (reply->body.is_full || reply->headers.is_full))
		return ks_err_set(err, KS_ERR_LIMIT, "the answer is longer than %zu bytes", reply->body.max);
	return ks_err_set(err, KS_ERR_NET, "no answer: %s", why);
}

/* That of a line keeps its connections when it is reset, and nothing else. */
static CURL *open_handle(struct ks_http_line *line)
{
	if (line == NULL)
		return curl_easy_init();
	if (line->curl == NULL)
		line->curl = curl_easy_init();
	return line->curl;
}

int ks_http_send(const struct ks_http_request *request, struct ks_http_reply *out, struct ks_err *err)
{
	const volatile sig_atomic_t *stop = request->stop;
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	struct ks_http_reply reply = { 0 };
	struct once once = { .is_out = false };
	long status = 0;
	CURL *curl = open_handle(request->line);
	struct taking taking = { curl, request, &reply, err, false };
	CURLcode code;
	int rc = -1;

	ks_buf_init(&reply.headers, HEADERS_MAX);
	ks_buf_init(&reply.body, request->reply_max > 0 ? request->reply_max : REPLY_MAX);
	if (curl == NULL) {
		ks_err_set(err, KS_ERR_NET, "cannot start libcurl");
		goto out;
	}
	if (strncasecmp(request->url, "http://", 7) != 0 && strncasecmp(request->url, "https://", 8) != 0) {
		ks_err_set(err, KS_ERR_USAGE, "not a URL for http or https");
		goto out;
	}
	if (add_headers(request, &headers, err) != 0)
		goto out;
	set_options(curl, request, &taking, &stop);
	set_body(curl, request, &once);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		if (request->is_unsent != NULL)
			*request->is_unsent = !once.is_out && is_unsent(curl, code);
		if (!taking.has_failed)
			explain(code, detail, &reply, once.is_out && code == CURLE_ABORTED_BY_CALLBACK &&
				!ks_flag_is_raised(stop), err);
		goto out;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	reply.status = (int)status;
	*out = reply;
	rc = 0;
out:
	if (rc != 0)
		ks_http_release(&reply);
	curl_slist_free_all(headers);
	if (request->line == NULL)
		curl_easy_cleanup(curl);
	else if (curl != NULL)
		curl_easy_reset(curl);
	return rc;
}

/* ---- mail ---------------------------------------------------------------------------------------- */

static size_t give_message(char *bytes, size_t size, size_t n, void *arg)
{
	struct ks_str *rest = arg;
	size_t taken = rest->n < size * n ? rest->n : size * n;

	memcpy(bytes, rest->p, taken);
	*rest = ks_str_sub(*rest, taken, rest->n);
	return taken;
}

/* As the envelope has it, in angle brackets. */
static int add_address(const char *address, struct curl_slist **list, char out[ADDRESS_SIZE],
	struct ks_err *err)
{
	if (strpbrk(address, "<> \t\r\n") != NULL || address[0] == '\0' ||
		(size_t)snprintf(out, ADDRESS_SIZE, "<%s>", address) >= ADDRESS_SIZE)
		return ks_err_set(err, KS_ERR_USAGE, "this is no address for mail");
	if (list != NULL)
		*list = curl_slist_append(*list, out);
	return 0;
}

static void set_mail_options(CURL *curl, const struct ks_http_mail *mail, struct ks_str *rest)
{
	curl_easy_setopt(curl, CURLOPT_URL, mail->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(mail->may_be_plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(mail->connect_ms > 0 ? mail->connect_ms : CONNECT_MS));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(mail->total_ms > 0 ? mail->total_ms : TOTAL_MS));
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(curl, CURLOPT_READDATA, rest);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_stop);
	if (mail->ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, mail->ca_file);
	if (mail->user != NULL)
		curl_easy_setopt(curl, CURLOPT_USERNAME, mail->user);
	if (mail->password != NULL)
		curl_easy_setopt(curl, CURLOPT_PASSWORD, mail->password);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_SMTP | CURLPROTO_SMTPS);
#endif
}

static int explain_mail(CURLcode code, const char *detail, long said, struct ks_err *err)
{
	const char *why = detail[0] != '\0' ? detail : curl_easy_strerror(code);

	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return ks_err_set(err, KS_ERR_USAGE, "not a URL for smtp or smtps: %s", why);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return ks_err_set(err, KS_ERR_STATE, "stopped before the mail was taken");
	if (code == CURLE_LOGIN_DENIED)
		return ks_err_set(err, KS_ERR_AUTH, "the mail server does not let us in: %s", why);
	if (code == CURLE_USE_SSL_FAILED)
		return ks_err_set(err, KS_ERR_NET, "the mail server offers no TLS, and nothing is sent without");
	if (said >= 400)
		return ks_err_set(err, KS_ERR_REMOTE, "the mail server answered %ld: %s", said, why);
	return ks_err_set(err, KS_ERR_NET, "the mail was not taken: %s", why);
}

int ks_http_mail(const struct ks_http_mail *mail, int *out_code, struct ks_err *err)
{
	char from[ADDRESS_SIZE], to[ADDRESS_SIZE], detail[CURL_ERROR_SIZE] = "";
	const volatile sig_atomic_t *stop = mail->stop;
	struct ks_str rest = mail->message;
	struct curl_slist *list = NULL;
	CURL *curl = curl_easy_init();
	CURLcode code;
	long said = 0;
	int rc = 0;

	*out_code = 0;
	if (curl == NULL)
		return ks_err_set(err, KS_ERR_NET, "cannot start libcurl");
	rc = add_address(mail->from, NULL, from, err);
	for (size_t i = 0; rc == 0 && i < mail->to_count; i++)
		rc = add_address(mail->to[i], &list, to, err);
	if (rc == 0) {
		set_mail_options(curl, mail, &rest);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
		curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
		curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, list);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &said);
		*out_code = (int)said;
		if (code != CURLE_OK && mail->is_unsent != NULL)
			*mail->is_unsent = is_unsent(curl, code);
		if (code != CURLE_OK)
			rc = explain_mail(code, detail, said, err);
	}
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
	return rc;
}

int ks_http_login(const struct ks_http_mail *mail, int *out_code, struct ks_err *err)
{
	char detail[CURL_ERROR_SIZE] = "";
	const volatile sig_atomic_t *stop = mail->stop;
	struct ks_str nothing = { NULL, 0 };
	CURL *curl = curl_easy_init();
	CURLcode code;
	long said = 0;

	*out_code = 0;
	if (curl == NULL)
		return ks_err_set(err, KS_ERR_NET, "cannot start libcurl");
	set_mail_options(curl, mail, &nothing);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &said);
	curl_easy_cleanup(curl);
	*out_code = (int)said;
	if (code == CURLE_OK)
		return 0;
	explain_mail(code, detail, said, err);
	/* It was no mail. */
	if (err->code == KS_ERR_NET && code != CURLE_USE_SSL_FAILED)
		ks_err_set(err, KS_ERR_NET, "no answer: %s", detail[0] != '\0' ? detail : curl_easy_strerror(code));
	return -1;
}

struct ks_str ks_http_header(const struct ks_http_reply *reply, const char *name)
{
	struct ks_str rest = ks_buf_str(&reply->headers), line, wanted = ks_str_of(name);

	while (ks_str_next(&rest, '\n', &line))
		if (line.n > wanted.n && line.p[wanted.n] == ':' &&
			ks_str_is_equal_nocase(ks_str_sub(line, 0, wanted.n), wanted))
			return ks_str_trim(ks_str_sub(line, wanted.n + 1, line.n));
	return (struct ks_str){ NULL, 0 };
}

bool ks_http_date(const struct ks_http_reply *reply, int64_t *out_ms)
{
	struct ks_str value = ks_http_header(reply, "Date");
	char text[64];
	time_t seconds;

	if (value.p == NULL || value.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), KS_STR_FMT, KS_STR_ARG(value));
	seconds = curl_getdate(text, NULL);
	if (seconds < 0)
		return false;
	*out_ms = (int64_t)seconds * 1000;
	return true;
}
