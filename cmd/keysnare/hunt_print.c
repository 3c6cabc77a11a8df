/* The output of keysnare hunt. */
#include "cmd/keysnare/hunt_print.h"

#include "lib/base/limits.h"
#include "lib/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROBLEMS_A_FILE 5u          /* named one by one; the rest of a file's are only counted */
#define LONGEST_LINE (64u * 1024)

static void print_safe(FILE *to, const char *text)
{
	struct ks_buf safe;

	ks_buf_init(&safe, LONGEST_LINE);
	ks_text_add_terminal(&safe, ks_str_of(text));
	fputs(ks_buf_str(&safe).p, to);
	ks_buf_release(&safe);
}

static void clear_progress(struct ks_hunt_print *print)
{
	if (print->has_progress_line)
		fputs("\r\033[K", stderr);
	print->has_progress_line = false;
}

static void end_event(struct ks_hunt_print *print)
{
	fwrite(ks_buf_str(&print->about).p, 1, print->about.n, stdout);
	ks_buf_clear(&print->about);
}

static void finding(void *arg, struct ks_str text, struct ks_str about, const char *event)
{
	struct ks_hunt_print *print = arg;

	clear_progress(print);
	if (about.n == 0 || strcmp(print->event, event) != 0) {
		end_event(print);
		fputs(print->findings == 0 ? print->format->begin : print->format->between, stdout);
	}
	fwrite(text.p, 1, text.n, stdout);
	ks_buf_clear(&print->about);
	ks_buf_add(&print->about, about);
	snprintf(print->event, sizeof(print->event), "%s", event);
	print->findings++;
}

static void end_problems(struct ks_hunt_print *print)
{
	if (print->problems > PROBLEMS_A_FILE) {
		fputs("keysnare: ", stderr);
		print_safe(stderr, print->problem_path.p);
		fprintf(stderr, ": and %" PRIu64 " more like these\n", print->problems - PROBLEMS_A_FILE);
	}
	print->problems = 0;
}

static void problem(void *arg, const char *path, uint64_t offset, const struct ks_err *err)
{
	struct ks_hunt_print *print = arg;

	clear_progress(print);
	if (!ks_str_is_equal(ks_buf_str(&print->problem_path), ks_str_of(path))) {
		end_problems(print);
		ks_buf_clear(&print->problem_path);
		ks_buf_add(&print->problem_path, ks_str_of(path));
	}
	if (++print->problems > PROBLEMS_A_FILE)
		return;
	fputs("keysnare: ", stderr);
	/* A message that names the path itself needs no second one. */
	if (strstr(err->message, path) == NULL) {
		print_safe(stderr, path);
		if (offset > 0)
			fprintf(stderr, ": at byte %" PRIu64, offset);
		fputs(": ", stderr);
	}
	print_safe(stderr, err->message);
	fputc('\n', stderr);
}

/* For people only: the formats for programs say the same with each finding. */
static void leak(void *arg, const struct ks_hunt_leak *what)
{
	struct ks_hunt_print *print = arg;
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];
	bool has_color = print->app->has_color;

	if (print->app->format != KS_FORMAT_TEXT)
		return;
	end_event(print);
	printf("%s%sleaked%s  ", print->leaks++ == 0 ? "\n" : "", has_color ? "\033[1;35m" : "",
		has_color ? "\033[0m" : "");
	print_safe(stdout, what->decoy.placement != NULL ? what->decoy.placement : "(placement not known)");
	fputs("\n    decoy  ", stdout);
	print_safe(stdout, what->decoy.name);
	if (strcmp(what->decoy.name, what->decoy.key_id) != 0)
		printf("  %s", what->decoy.key_id);
	if (what->decoy.label != NULL && strcmp(what->decoy.label, what->decoy.name) != 0) {
		fputs("  (", stdout);
		print_safe(stdout, what->decoy.label);
		fputc(')', stdout);
	}
	printf("\n    used   %" PRIu64 " call%s", what->calls, what->calls == 1 ? "" : "s");
	if (what->first_ms != KS_TIME_NONE && what->first_ms != what->last_ms)
		printf(" from %s to %s", ks_time_render(what->first_ms, first), ks_time_render(what->last_ms, last));
	else if (what->first_ms != KS_TIME_NONE)
		printf(" at %s", ks_time_render(what->first_ms, first));
	fputs(", by ", stdout);
	print_safe(stdout, what->address[0] != '\0' ? what->address : "an unknown address");
	if (what->addresses > 1)
		printf(" and %" PRIu64 " more", what->addresses - 1);
	fputc('\n', stdout);
}

static void undecided(void *arg, const struct ks_rule *rule, const char *event_id, const char *path,
	uint64_t offset)
{
	struct ks_hunt_print *print = arg;
	struct ks_buf line;

	clear_progress(print);
	end_problems(print);
	print->undecided++;
	ks_buf_init(&line, LONGEST_LINE);
	ks_buf_addf(&line, "%s: at byte %" PRIu64 ": undecided whether event '%s' meets rule '" KS_STR_FMT "'",
		path, offset, event_id, KS_STR_ARG(rule->title));
	fputs("keysnare: ", stderr);
	print_safe(stderr, ks_buf_str(&line).p);
	fputc('\n', stderr);
	ks_buf_release(&line);
}

static void progress(void *arg, const struct ks_hunt_progress *p)
{
	struct ks_hunt_print *print = arg;

	if (p->bytes_all > 0)
		fprintf(stderr, "\r\033[Kreading … %" PRIu64 " %% of %.1f MB", p->bytes * 100 / p->bytes_all,
			(double)p->bytes_all / 1e6);
	else if (p->files_all > 1)
		fprintf(stderr, "\r\033[Kreading … file %zu of %zu, %.1f MB", p->files, p->files_all,
			(double)p->bytes / 1e6);
	else
		fprintf(stderr, "\r\033[Kreading … %.1f MB", (double)p->bytes / 1e6);
	print->has_progress_line = true;
}

void ks_hunt_print_begin(struct ks_hunt_print *print, const struct ks_app *app,
	const struct ks_formatter *format)
{
	*print = (struct ks_hunt_print){ .app = app, .format = format,
		.sink = { finding, problem, leak, undecided, app->has_progress ? progress : NULL, NULL } };
	print->sink.arg = print;
	ks_buf_init(&print->about, KS_LIMIT_LINE);
	ks_buf_init(&print->problem_path, KS_WALK_PATH);
}

void ks_hunt_print_end(struct ks_hunt_print *print, const struct ks_hunt_summary *s)
{
	double rate = s->seconds > 0 ? (double)s->bytes / 1e6 / s->seconds : 0;

	clear_progress(print);
	end_problems(print);
	end_event(print);
	ks_buf_release(&print->about);
	ks_buf_release(&print->problem_path);
	if (print->findings == 0)
		fputs(print->format->begin, stdout);
	fputs(print->format->end, stdout);
	fflush(stdout);
	fprintf(stderr,
		"%" PRIu64 " finding%s in %" PRIu64 " record%s, %" PRIu64
		" file%s, %.1f MB (%.1f MB packed); %" PRIu64 " duplicate%s, %" PRIu64 " unreadable, %" PRIu64
		" skipped; %.2f s, %.0f MB/s\n",
		s->findings, s->findings == 1 ? "" : "s", s->records, s->records == 1 ? "" : "s", s->files,
		s->files == 1 ? "" : "s", (double)s->bytes / 1e6, (double)s->bytes_in / 1e6, s->duplicates,
		s->duplicates == 1 ? "" : "s", s->unreadable, s->skipped, s->seconds, rate);
	if (s->untimed > 0)
		fprintf(stderr, "%" PRIu64 " event%s without a readable time: not correlated\n",
			s->untimed, s->untimed == 1 ? "" : "s");
	if (s->overflow > 0)
		fprintf(stderr, "%" PRIu64 " event%s not counted by a correlation: more than %u in one window\n",
			s->overflow, s->overflow == 1 ? "" : "s", KS_LIMIT_WINDOW);
	if (s->shortened > 0)
		fprintf(stderr, "%" PRIu64 " finding%s of more than %u events: only the first are listed\n",
			s->shortened, s->shortened == 1 ? "" : "s", KS_LIMIT_MATCHED);
	if (s->findings == 0)
		fprintf(stderr, "looked for %zu decoy%s with %zu rule%s\n", print->decoys,
			print->decoys == 1 ? "" : "s", print->rules, print->rules == 1 ? "" : "s");
	if (s->has_unfollowed)
		fputs("sessions of a decoy hand out sessions deeper than they are followed\n", stderr);
	if (s->undecided > print->undecided)
		fprintf(stderr, "keysnare: and %" PRIu64 " more undecided like these\n",
			s->undecided - print->undecided);
	if (s->undecided > 0)
		fprintf(stderr,
			"%" PRIu64 " verdict%s undecided: the text costs a regular expression or a comparison of "
			"fields more than its limit\n", s->undecided, s->undecided == 1 ? " is" : "s are");
}
