/* How incidents are shown, and what the incident commands read alike. */
#include "cmd/keysnare/incident_view.h"

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/incident/suppress.h"

#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_TEXT (1u << 20)
#define TIME_WIDTH 20
#define ACTOR_LONGEST 64u

int ks_incident_view_id(const char *argument, int64_t *out, struct ks_err *err)
{
	if (!ks_str_parse_int(ks_str_of(argument), out) || *out < 1)
		return ks_err_set(err, KS_ERR_USAGE,
			"'%s' is no incident: give its number, as incident list shows it", argument);
	return 0;
}

struct ks_str ks_incident_view_who(const struct ks_app *app, const struct ks_opt_args *args,
	struct ks_buf *buf)
{
	const char *who = ks_opt_value(args, "who", NULL);
	const struct passwd *user;

	if (who == NULL)
		who = ks_ctx_env(app->ctx, "USER");
	ks_buf_clear(buf);
	if (who != NULL)
		ks_buf_adds(buf, who);
	else if ((user = getpwuid(geteuid())) != NULL)
		ks_buf_adds(buf, user->pw_name);
	else
		ks_buf_addf(buf, "uid %u", (unsigned)geteuid());
	return ks_buf_str(buf);
}

int ks_incident_view_until(const struct ks_app *app, const char *option, const char *value, int64_t *out_ms,
	struct ks_err *err)
{
	int64_t now = ks_ctx_now(app->ctx), then;

	/* Counted back from the beginning of time, an age is its own length, negative. */
	if (ks_time_parse_user(ks_str_of(value), 0, true, &then, err) != 0 || then == 0)
		return ks_err_set(err, KS_ERR_USAGE,
			"option '--%s' takes a time to come, such as 4h, 7d or 2026-11-30, "
			"not '%s'",
			option, value);
	*out_ms = then < 0 ? now - then : then;
	if (*out_ms <= now)
		return ks_err_set(err, KS_ERR_USAGE, "'%s' of option '--%s' is over", value, option);
	return 0;
}

static int load_page(const struct ks_incident_view_from *from, int64_t id, struct ks_incident_view *out,
	struct ks_err *err)
{
	const struct ks_vec *page;

	if (ks_link_page(from->linker, id, &page, err) != 0)
		return -1;
	out->page = *KS_VEC_AT(page, int64_t, 0);
	out->linked_count = page->n - 1;
	for (size_t i = 0; i < page->n && out->linked.n < from->most_linked; i++)
		if (*KS_VEC_AT(page, int64_t, i) != id)
			*(int64_t *)ks_vec_push(&out->linked) = *KS_VEC_AT(page, int64_t, i);
	return 0;
}

int ks_incident_view_load(const struct ks_incident_view_from *from, int64_t id, struct ks_arena *arena,
	struct ks_incident_view *out, struct ks_err *err)
{
	bool found = false;

	*out = (struct ks_incident_view){ .linked = KS_VEC_OF(int64_t), .addresses = KS_VEC_OF(struct ks_str) };
	if (ks_incident_find(from->db, id, arena, &out->incident, &found, err) != 0)
		return -1;
	if (!found)
		return ks_err_set(err, KS_ERR_NOTFOUND, "there is no incident %" PRId64, id);
	if (ks_suppress_check(from->db, from->now_ms, &out->incident.suppressed_by, err) != 0 ||
		load_page(from, id, out, err) != 0 || ks_drillcase_read(from->db, id, &out->drillcase, err) != 0 ||
		ks_incident_addresses(from->db, id, arena, &out->addresses, err) != 0)
		return -1;
	if (out->incident.decoy_key.p == NULL)
		return 0;
	return ks_registry_find(from->db, out->incident.decoy_key, arena, &out->decoy, &out->has_decoy, err);
}

void ks_incident_view_release(struct ks_incident_view *view)
{
	ks_vec_release(&view->linked);
	ks_vec_release(&view->addresses);
}

static void add_number(struct ks_json *json, const char *key, int64_t number)
{
	if (number != 0)
		ks_json_add_int(json, key, number);
	else
		ks_json_add_null(json, key);
}

static struct ks_json *decoy_json(const struct ks_incident_view *view)
{
	const struct ks_str none = { NULL, 0 };
	struct ks_json *json = ks_json_new_object();

	ks_json_add_str(json, "key_id", view->incident.decoy_key);
	ks_json_add_str(json, "name", view->has_decoy ? view->decoy.name : none);
	ks_json_add_str(json, "placement", view->has_decoy ? view->decoy.placement : none);
	ks_json_add_str(json, "label", view->has_decoy && view->decoy.label.n > 0 ? view->decoy.label : none);
	return json;
}

static struct ks_json *stages_json(unsigned stages)
{
	struct ks_json *list = ks_json_new_array();

	for (unsigned i = 0; i < KS_STAGE_COUNT; i++)
		if ((stages & 1u << i) != 0)
			ks_json_add_text(list, NULL, ks_stage_name((enum ks_stage)(1u << i)));
	return list;
}

struct ks_json *ks_incident_view_json(const struct ks_incident_view *view)
{
	const struct ks_incident *incident = &view->incident;
	struct ks_json *json = ks_json_new_object(), *addresses = ks_json_new_array(),
		*linked = ks_json_new_array();

	ks_json_add_int(json, "v", 1);
	ks_json_add_int(json, "id", incident->id);
	ks_json_add_text(json, "state", ks_incident_state_name(incident->state));
	ks_json_add_text(json, "level", ks_rule_level_name(incident->level));
	/* Only where there is something to be said: nearly no incident is one. */
	if (view->drillcase.kind != KS_DRILLCASE_NONE)
		ks_json_add_text(json, "exercise", ks_drillcase_name(&view->drillcase));
	ks_json_add_str(json, "actor", incident->actor);
	if (incident->decoy_key.p != NULL)
		ks_json_add(json, "decoy", decoy_json(view));
	else
		ks_json_add_null(json, "decoy");
	ks_json_add_str(json, "account", incident->account);
	ks_json_add_time(json, "first", incident->first_ms);
	ks_json_add_time(json, "last", incident->last_ms);
	ks_json_add_int(json, "events", incident->events);
	ks_json_add(json, "stages", stages_json(incident->stages));
	for (size_t i = 0; i < view->addresses.n; i++)
		ks_json_add_str(addresses, NULL, *KS_VEC_AT(&view->addresses, struct ks_str, i));
	ks_json_add(json, "addresses", addresses);
	for (size_t i = 0; i < view->linked.n; i++)
		ks_json_add_int(linked, NULL, *KS_VEC_AT(&view->linked, int64_t, i));
	ks_json_add(json, "linked", linked);
	ks_json_add_int(json, "linked_count", (int64_t)view->linked_count);
	ks_json_add_int(json, "page", view->page);
	ks_json_add_str(json, "assignee", incident->assignee);
	ks_json_add_time(json, "opened", incident->opened_ms);
	ks_json_add_time(json, "changed", incident->changed_ms);
	ks_json_add_time(json, "snoozed_until", incident->snoozed_until_ms);
	ks_json_add_text(json, "notified_level", ks_rule_level_name(incident->notified_level));
	ks_json_add_time(json, "notified", incident->notified_ms);
	add_number(json, "suppressed_by", incident->suppressed_by);
	add_number(json, "merged_into", incident->merged_into);
	return json;
}

const char *ks_incident_view_level_name(enum ks_level level)
{
	const char *name = ks_rule_level_name(level);

	return name != NULL ? name : "unrated";
}

void ks_incident_view_level(FILE *to, enum ks_level level, bool has_color, int width)
{
	const char *color = level == KS_LEVEL_CRITICAL ? "1;97;41" : level == KS_LEVEL_HIGH ? "1;31" :
		level == KS_LEVEL_MEDIUM ? "33" : "36";
	const char *name = ks_incident_view_level_name(level);

	if (has_color)
		fprintf(to, "\033[%sm%s\033[0m%*s", color, name, width - (int)strlen(name), "");
	else
		fprintf(to, "%-*s", width, name);
}

/* Escaped, and cut after longest characters (0: never): a cut never falls into one. */
static void make_safe(struct ks_buf *out, struct ks_str text, size_t longest)
{
	struct ks_str rest = text;
	uint32_t code;

	for (size_t n = 0; rest.n > 0 && (longest == 0 || n < longest); n++) {
		size_t used = ks_text_next(rest, &code);

		rest = ks_str_sub(rest, used, rest.n);
	}
	ks_text_add_terminal(out, ks_str_sub(text, 0, text.n - rest.n));
	if (rest.n > 0)
		ks_buf_adds(out, "…");
}

/* Characters of a text once it is safe. */
static int count(struct ks_str text)
{
	uint32_t code;
	int n = 0;

	for (; text.n > 0; n++)
		text = ks_str_sub(text, ks_text_next(text, &code), text.n);
	return n;
}

static int columns_of(struct ks_str text, size_t longest)
{
	struct ks_buf safe;
	int n;

	ks_buf_init(&safe, LONGEST_TEXT);
	make_safe(&safe, text, longest);
	n = count(ks_buf_str(&safe));
	ks_buf_release(&safe);
	return n;
}

void ks_incident_view_text(FILE *to, struct ks_str text, size_t longest, int width)
{
	struct ks_buf safe;
	int n;

	ks_buf_init(&safe, LONGEST_TEXT);
	make_safe(&safe, text, longest);
	n = count(ks_buf_str(&safe));
	fprintf(to, "%s%*s", safe.p != NULL ? safe.p : "", width > n ? width - n : 0, "");
	ks_buf_release(&safe);
}

void ks_incident_view_time(FILE *to, int64_t ms, int width)
{
	char text[KS_TIME_TEXT];

	/* Seconds are enough for the eye, and make columns. */
	if (ms != KS_TIME_NONE)
		ks_time_render(ms - ((ms % KS_TIME_SECOND) + KS_TIME_SECOND) % KS_TIME_SECOND, text);
	fprintf(to, "%-*s", width, ms != KS_TIME_NONE ? text : "-");
}

/* Where the decoy lay, else what else is known. */
static void print_where(const struct ks_incident_view *view)
{
	const struct ks_incident *incident = &view->incident;

	if (view->has_decoy)
		ks_incident_view_text(stdout, view->decoy.placement, 0, 0);
	else if (incident->decoy_key.p != NULL)
		fputs("(decoy, placement not known)", stdout);
	else
		ks_incident_view_text(stdout, incident->account.n > 0 ? incident->account : KS_STR("-"), 0, 0);
	if (view->drillcase.kind != KS_DRILLCASE_NONE)
		fputs(view->drillcase.kind == KS_DRILLCASE_WHOLE ? "  EXERCISE" : "  in part an exercise", stdout);
	if (incident->assignee.p != NULL) {
		fputs("  @", stdout);
		ks_incident_view_text(stdout, incident->assignee, ACTOR_LONGEST, 0);
	}
	if (incident->suppressed_by != 0)
		printf("  suppressed by %" PRId64, incident->suppressed_by);
	if (incident->merged_into != 0)
		printf("  now a part of %" PRId64, incident->merged_into);
}

static void print_row(const struct ks_app *app, const struct ks_incident_view *view, int actor_width)
{
	const struct ks_incident *incident = &view->incident;
	char page[48] = "-";

	if (view->linked_count > 0)
		snprintf(page, sizeof(page), "%" PRId64 " (%zu)", view->page, view->linked_count + 1);
	printf("%4" PRId64 "  ", incident->id);
	ks_incident_view_level(stdout, incident->level, app->has_color, 13);
	printf("  %-12s  %6" PRId64 "  ", ks_incident_state_name(incident->state), incident->events);
	ks_incident_view_time(stdout, incident->last_ms, TIME_WIDTH);
	printf("  %-8s  ", page);
	ks_incident_view_text(stdout, incident->actor, ACTOR_LONGEST, actor_width);
	fputs("  ", stdout);
	print_where(view);
	putchar('\n');
}

void ks_incident_view_table(const struct ks_app *app, const struct ks_vec *views)
{
	int width = 5;

	for (size_t i = 0; i < views->n; i++) {
		int n = columns_of(KS_VEC_AT(views, struct ks_incident_view, i)->incident.actor, ACTOR_LONGEST);

		if (n > width)
			width = n;
	}
	if (views->n > 0)
		printf("%4s  %-13s  %-12s  %6s  %-*s  %-8s  %-*s  %s\n", "ID", "LEVEL", "STATE", "EVENTS",
			TIME_WIDTH, "LAST EVENT", "PAGE", width, "ACTOR", "WHERE");
	for (size_t i = 0; i < views->n; i++)
		print_row(app, KS_VEC_AT(views, struct ks_incident_view, i), width);
}
