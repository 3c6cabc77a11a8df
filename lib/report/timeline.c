/* Lanes, marks and an axis of round times. Colors are the style sheet's, by class. */
#include "lib/report/timeline.h"

#include "lib/base/mem.h"
#include "lib/base/time.h"
#include "lib/report/timescale.h"
#include "lib/report/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 960 /* of the whole picture; one that is looked at closer is wider, and scrolls */
#define LEFT 140 /* room for the names of lanes */
#define RIGHT 16
#define INSET 18 /* between the lane's ends and the first and last mark */
#define LANE 44
#define AXIS 46 /* height below the lanes */
#define CELL 16 /* events so near to each other share a mark */
#define TICK 90 /* least room for one */
#define TIP 60u /* bytes of a label in a tooltip */

/* Events of one lane that share a mark. */
struct cell {
	size_t events, denied;
	enum ks_level level;
	int64_t first_ms, last_ms;
	double sum; /* of positions: the mark stands at their middle */
	struct ks_str label; /* of the first */
};

struct picture {
	struct ks_html *html;
	int zoom, width; /* times WIDTH */
	struct ks_timescale scale;
	int64_t seen_first_ms, seen_last_ms;
	size_t drawn, untimed;
	size_t lane_events[KS_STAGE_COUNT];
	unsigned levels; /* bits 1u << level that occur */
	bool has_denied;
	size_t cell_count; /* of a lane */
	struct cell *cells; /* those of the first lane, then of the second … */
};

/* How much closer: whole, and as often as it takes to tell busy moments apart. */
static const int zooms[] = { 1, 4, 16 };
#define ZOOMS (sizeof(zooms) / sizeof(zooms[0]))

static struct cell *cell_at(const struct picture *p, unsigned lane, size_t i)
{
	return &p->cells[lane * p->cell_count + i];
}

static double position(const struct picture *p, int64_t ms)
{
	return ks_timescale_position(&p->scale, ms);
}

/* Lays out the axis. */
static void measure(struct picture *p, const struct ks_timeline_mark *marks, size_t n)
{
	int64_t *times = ks_mem_alloc((n + 1) * sizeof(*times));

	for (size_t i = 0; i < n; i++) {
		if (marks[i].time_ms == KS_TIME_NONE)
			p->untimed++;
		else
			times[p->drawn++] = marks[i].time_ms;
	}
	if (p->drawn > 0) {
		ks_timescale_build(times, p->drawn, LEFT + INSET, p->width - RIGHT - INSET, &p->scale);
		p->seen_first_ms = times[0];
		p->seen_last_ms = times[p->drawn - 1];
	}
	free(times);
}

static void add_to_cell(struct cell *cell, const struct ks_timeline_mark *mark, double x)
{
	if (cell->events == 0 || mark->time_ms < cell->first_ms) {
		cell->first_ms = mark->time_ms;
		cell->label = mark->label;
	}
	if (cell->events == 0 || mark->time_ms > cell->last_ms)
		cell->last_ms = mark->time_ms;
	if (mark->level > cell->level)
		cell->level = mark->level;
	cell->events++;
	cell->denied += mark->is_denied;
	cell->sum += x;
}

static void collect(struct picture *p, const struct ks_timeline_mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x;

		if (marks[i].time_ms == KS_TIME_NONE)
			continue;
		x = position(p, marks[i].time_ms);
		p->levels |= 1u << marks[i].level;
		p->has_denied |= marks[i].is_denied;
		for (unsigned lane = 0; lane < KS_STAGE_COUNT; lane++) {
			if ((marks[i].stages & 1u << lane) == 0)
				continue;
			p->lane_events[lane]++;
			add_to_cell(cell_at(p, lane, (size_t)(x - LEFT) / CELL), &marks[i], x);
		}
	}
}

/* ---- marks ---- */

static const char *level_word(enum ks_level level)
{
	const char *name = ks_rule_level_name(level);

	return name != NULL ? name : "unrated";
}

/* A shape for each level, centered at x and y. */
static void draw_shape(struct ks_html *html, enum ks_level level, bool is_hollow, double x, double y,
	double r)
{
	const char *element = level >= KS_LEVEL_HIGH ? "path" : level == KS_LEVEL_MEDIUM ? "rect" : "circle";

	ks_html_open(html, element);
	ks_html_attrf(html, "class", "mark level-%s%s", level_word(level), is_hollow ? " denied" : "");
	if (level == KS_LEVEL_CRITICAL) {
		ks_html_attrf(html, "d", "M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz", x, y - r * 1.2, r * 1.2,
			r * 1.2, -r * 1.2, r * 1.2, -r * 1.2, -r * 1.2);
	} else if (level == KS_LEVEL_HIGH) {
		ks_html_attrf(html, "d", "M%.1f %.1fl%.1f %.1fh%.1fz", x, y - r * 1.1, r * 1.1, r * 2, -r * 2.2);
	} else if (level == KS_LEVEL_MEDIUM) {
		ks_html_attrf(html, "x", "%.1f", x - r * 0.9);
		ks_html_attrf(html, "y", "%.1f", y - r * 0.9);
		ks_html_attrf(html, "width", "%.1f", r * 1.8);
		ks_html_attrf(html, "height", "%.1f", r * 1.8);
	} else {
		ks_html_attrf(html, "cx", "%.1f", x);
		ks_html_attrf(html, "cy", "%.1f", y);
		ks_html_attrf(html, "r", "%.1f", level == KS_LEVEL_LOW ? r : r * 0.7);
	}
	ks_html_close(html);
}

static void draw_text(struct ks_html *html, const char *class_name, double x, double y, const char *text)
{
	ks_html_start(html, "text", class_name);
	ks_html_attrf(html, "x", "%.1f", x);
	ks_html_attrf(html, "y", "%.1f", y);
	ks_html_text(html, ks_str_of(text));
	ks_html_close(html);
}

static void draw_cell(struct picture *p, const struct cell *cell, double y)
{
	double x = cell->sum / (double)cell->events, r = cell->events == 1 ? 6 : cell->events < 10 ? 7 : 8.5;
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT], number[24];
	struct ks_html *html = p->html;

	ks_html_open(html, "g");
	ks_html_open(html, "title");
	ks_html_clip(html, cell->label, TIP);
	if (cell->events > 1)
		ks_html_textf(html, " and %zu more, %s to %s", cell->events - 1,
			ks_time_render(cell->first_ms, first), ks_time_render(cell->last_ms, last));
	else
		ks_html_textf(html, ", %s", ks_time_render(cell->first_ms, first));
	ks_html_textf(html, ", %s", level_word(cell->level));
	if (cell->denied > 0)
		ks_html_textf(html, ", %zu denied", cell->denied);
	ks_html_close(html);
	draw_shape(html, cell->level, cell->denied == cell->events, x, y, r);
	if (cell->events > 1) {
		snprintf(number, sizeof(number), "%zu", cell->events);
		draw_text(html, "count", x, y - r - 6, number);
	}
	ks_html_close(html);
}

static void draw_line(struct ks_html *html, const char *class_name, double x1, double y1, double x2,
	double y2)
{
	ks_html_start(html, "line", class_name);
	ks_html_attrf(html, "x1", "%.1f", x1);
	ks_html_attrf(html, "y1", "%.1f", y1);
	ks_html_attrf(html, "x2", "%.1f", x2);
	ks_html_attrf(html, "y2", "%.1f", y2);
	ks_html_close(html);
}

/* ---- axis ---- */

/* The smallest round step of which not more than ticks fit. */
static int64_t choose_step(int64_t span_ms, int64_t ticks)
{
	static const int64_t seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
		21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 30 * 86400, 90 * 86400, 365 * 86400 };

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		if (span_ms / (seconds[i] * KS_TIME_SECOND) < ticks)
			return seconds[i] * KS_TIME_SECOND;
	return (span_ms / ticks / KS_TIME_DAY + 1) * KS_TIME_DAY;
}

static void draw_tick(struct picture *p, int64_t ms, int64_t step, bool has_date, int bottom)
{
	struct ks_time_parts at = ks_time_split(ms);
	double x = position(p, ms);
	char time[32], date[48];

	snprintf(date, sizeof(date), "%04d-%02d-%02d", at.year, at.month, at.day);
	if (step < 60 * KS_TIME_SECOND)
		snprintf(time, sizeof(time), "%02d:%02d:%02d", at.hour, at.minute, at.second);
	else
		snprintf(time, sizeof(time), "%02d:%02d", at.hour, at.minute);
	draw_line(p->html, "grid", x, 0, x, bottom + 5);
	draw_text(p->html, "tick", x, bottom + 20, step >= KS_TIME_DAY ? date : time);
	if (has_date && step < KS_TIME_DAY)
		draw_text(p->html, "tick date", x, bottom + 36, date);
}

static int64_t day_of(int64_t ms)
{
	return ms / KS_TIME_DAY - (ms % KS_TIME_DAY < 0);
}

/* The date stands under the first tick of each day. */
static void draw_segment(struct picture *p, const struct ks_timescale_segment *segment, int64_t *day,
	int bottom)
{
	int64_t ticks = (int64_t)(segment->width / TICK), span = segment->to_ms - segment->from_ms;
	int64_t step = choose_step(span, ticks > 1 ? ticks : 1);
	int64_t tick = segment->from_ms - ((segment->from_ms % step) + step) % step;
	bool is_empty = true;

	for (; tick <= segment->to_ms; tick += step) {
		if (tick < segment->from_ms)
			continue;
		draw_tick(p, tick, step, day_of(tick) != *day, bottom);
		*day = day_of(tick);
		is_empty = false;
	}
	if (is_empty) {
		draw_tick(p, segment->first_ms, KS_TIME_SECOND, day_of(segment->first_ms) != *day, bottom);
		*day = day_of(segment->first_ms);
	}
}

/* A stretch that was cut out, and how long it is. */
static void draw_gap(struct picture *p, size_t i, int bottom)
{
	const struct ks_timescale_segment *before = &p->scale.segments[i - 1], *after = &p->scale.segments[i];
	double x = before->x + before->width + INSET, width = KS_TIMESCALE_GAP - 2 * INSET;
	char span[KS_VERDICT_SPAN];

	ks_html_start(p->html, "rect", "gap");
	ks_html_attrf(p->html, "x", "%.1f", x);
	ks_html_attr(p->html, "y", KS_STR("0"));
	ks_html_attrf(p->html, "width", "%.1f", width);
	ks_html_attrf(p->html, "height", "%d", bottom + 1);
	ks_html_close(p->html);
	ks_html_start(p->html, "text", "tick gap-text");
	ks_html_attrf(p->html, "transform", "translate(%.1f %.1f) rotate(-90)", x + width / 2 + 4,
		bottom / 2.0);
	ks_html_text(p->html, ks_str_of(ks_verdict_span(after->first_ms - before->last_ms, span)));
	ks_html_close(p->html);
}

static void draw_axis(struct picture *p, int bottom)
{
	int64_t day = INT64_MIN;

	for (size_t i = 0; i < p->scale.n; i++)
		draw_segment(p, &p->scale.segments[i], &day, bottom);
	draw_line(p->html, "axis", LEFT, bottom, p->width - RIGHT, bottom);
	for (size_t i = 1; i < p->scale.n; i++)
		draw_gap(p, i, bottom);
}

/* ---- the picture ---- */

/* What somebody hears who does not see it. */
static void describe(struct picture *p)
{
	char first[KS_TIME_TEXT], last[KS_TIME_TEXT];
	struct ks_html *html = p->html;

	ks_html_open(html, "title");
	ks_html_attrf(html, "id", "timeline-title-%d", p->zoom);
	ks_html_textf(html, "%zu event%s from %s to %s", p->drawn, p->drawn == 1 ? "" : "s",
		ks_time_render(p->seen_first_ms, first), ks_time_render(p->seen_last_ms, last));
	ks_html_close(html);
	ks_html_open(html, "desc");
	ks_html_attrf(html, "id", "timeline-text-%d", p->zoom);
	ks_html_textf(html, "By stage:");
	for (unsigned lane = 0; lane < KS_STAGE_COUNT; lane++)
		if (p->lane_events[lane] > 0)
			ks_html_textf(html, " %s %zu;", ks_stage_name((enum ks_stage)(1u << lane)),
				p->lane_events[lane]);
	ks_html_textf(html, " the table of the evidence lists every event.");
	ks_html_close(html);
}

static void draw_lanes(struct picture *p, int lanes)
{
	struct ks_html *html = p->html;
	int at = 0;

	for (unsigned lane = 0; lane < KS_STAGE_COUNT; lane++) {
		if (p->lane_events[lane] == 0)
			continue;
		ks_html_start(html, "rect", at % 2 == 0 ? "lane" : "lane other");
		ks_html_attrf(html, "x", "%d", LEFT);
		ks_html_attrf(html, "y", "%d", at * LANE);
		ks_html_attrf(html, "width", "%d", p->width - LEFT - RIGHT);
		ks_html_attrf(html, "height", "%d", LANE);
		ks_html_close(html);
		draw_text(html, "stage", LEFT - 12, at * LANE + LANE / 2 + 8,
			ks_stage_name((enum ks_stage)(1u << lane)));
		/* Once more wherever the first name is out of sight. */
		for (int x = LEFT + WIDTH / 2; x < p->width - WIDTH / 4; x += WIDTH / 2)
			if (p->zoom > 1)
				draw_text(html, "again", x, at * LANE + 12, ks_stage_name((enum ks_stage)(1u << lane)));
		at++;
	}
	draw_axis(p, lanes * LANE);
	at = 0;
	for (unsigned lane = 0; lane < KS_STAGE_COUNT; lane++) {
		if (p->lane_events[lane] == 0)
			continue;
		for (size_t i = 0; i < p->cell_count; i++)
			if (cell_at(p, lane, i)->events > 0)
				draw_cell(p, cell_at(p, lane, i), at * LANE + LANE / 2 + 5);
		at++;
	}
}

static void draw(struct picture *p)
{
	struct ks_html *html = p->html;
	int lanes = 0;

	for (unsigned lane = 0; lane < KS_STAGE_COUNT; lane++)
		lanes += p->lane_events[lane] > 0;
	ks_html_open(html, "div");
	ks_html_attrf(html, "class", "scroll zoomed-%d", p->zoom);
	ks_html_attr(html, "tabindex", KS_STR("0"));
	ks_html_attr(html, "role", KS_STR("group"));
	ks_html_attrf(html, "aria-label", "Timeline, %d times as wide: scrolls with the arrow keys", p->zoom);
	ks_html_start(html, "svg", "timeline");
	ks_html_attrf(html, "viewBox", "0 0 %d %d", p->width, lanes * LANE + AXIS);
	ks_html_attr(html, "role", KS_STR("img"));
	ks_html_attrf(html, "aria-labelledby", "timeline-title-%d timeline-text-%d", p->zoom, p->zoom);
	describe(p);
	draw_lanes(p, lanes);
	ks_html_close(html);
	ks_html_close(html);
}

static void add_key(struct ks_html *html, enum ks_level level, bool is_hollow, const char *text)
{
	ks_html_open(html, "li");
	ks_html_start(html, "svg", "key");
	ks_html_attr(html, "viewBox", KS_STR("0 0 20 20"));
	ks_html_attr(html, "aria-hidden", KS_STR("true"));
	draw_shape(html, level, is_hollow, 10, 10, 6.5);
	ks_html_close(html);
	ks_html_text(html, ks_str_of(text));
	ks_html_close(html);
}

static void add_legend(struct picture *p)
{
	ks_html_start(p->html, "ul", "legend");
	ks_html_attr(p->html, "aria-label", KS_STR("Legend of the timeline"));
	for (int level = KS_LEVEL_CRITICAL; level >= KS_LEVEL_NONE; level--)
		if ((p->levels & 1u << level) != 0)
			add_key(p->html, (enum ks_level)level, false, level_word((enum ks_level)level));
	if (p->has_denied)
		add_key(p->html, KS_LEVEL_LOW, true, "hollow: every call was denied");
	ks_html_put(p->html, "li", NULL, KS_STR("a number: so many events near to each other"));
	if (p->scale.n > 1)
		ks_html_put(p->html, "li", NULL,
			KS_STR("a band with a time: so long without events, not to scale"));
	ks_html_put(p->html, "li", NULL, KS_STR("times are UTC"));
	ks_html_close(p->html);
}

/* How many marks there are in the picture. */
static size_t count_marks(const struct picture *p)
{
	size_t n = 0;

	for (size_t i = 0; i < KS_STAGE_COUNT * p->cell_count; i++)
		n += p->cells[i].events > 0;
	return n;
}

static void lay_out(struct picture *p, int zoom, const struct ks_timeline_mark *marks, size_t n,
	struct ks_html *html)
{
	*p = (struct picture){ .html = html, .zoom = zoom, .width = WIDTH * zoom };
	p->cell_count = (size_t)(p->width - LEFT - RIGHT) / CELL + 1;
	p->cells = ks_mem_alloc(KS_STAGE_COUNT * p->cell_count * sizeof(*p->cells));
	measure(p, marks, n);
	if (p->drawn > 0)
		collect(p, marks, n);
}

/* Radio buttons in front of the pictures: the style sheet shows the one that is chosen. No script. */
static void add_choice(struct ks_html *html, const bool *is_shown)
{
	static const char *const words[ZOOMS] = { "all of it", "4 times as wide", "16 times as wide" };

	for (size_t i = 0; i < ZOOMS; i++) {
		if (!is_shown[i])
			continue;
		ks_html_open(html, "input");
		ks_html_attr(html, "type", KS_STR("radio"));
		ks_html_attr(html, "name", KS_STR("zoom"));
		ks_html_attr(html, "class", KS_STR("zoom"));
		ks_html_attrf(html, "id", "zoom-%d", zooms[i]);
		if (i == 0)
			ks_html_attr(html, "checked", KS_STR("checked"));
		ks_html_close(html);
		ks_html_open(html, "label");
		ks_html_attrf(html, "for", "zoom-%d", zooms[i]);
		ks_html_text(html, ks_str_of(words[i]));
		ks_html_close(html);
	}
}

static void draw_all(struct picture *pictures, struct ks_html *html)
{
	bool is_shown[ZOOMS] = { true };
	size_t marks = count_marks(&pictures[0]), choices = 1;

	/* A closer look that tells nothing more apart is none. */
	for (size_t i = 1; i < ZOOMS; i++) {
		is_shown[i] = count_marks(&pictures[i]) > marks;
		choices += is_shown[i];
		if (is_shown[i])
			marks = count_marks(&pictures[i]);
	}
	if (choices > 1) {
		ks_html_start(html, "fieldset", "zooms");
		ks_html_put(html, "legend", NULL, KS_STR("Zoom"));
		add_choice(html, is_shown);
	}
	for (size_t i = 0; i < ZOOMS; i++)
		if (is_shown[i])
			draw(&pictures[i]);
	if (choices > 1)
		ks_html_close(html);
}

void ks_timeline_render(const struct ks_timeline_mark *marks, size_t n, struct ks_html *html)
{
	struct picture pictures[ZOOMS], *p = &pictures[0];

	for (size_t i = 0; i < ZOOMS; i++)
		lay_out(&pictures[i], zooms[i], marks, n, html);
	if (p->drawn > 0) {
		draw_all(pictures, html);
		add_legend(p);
	} else {
		ks_html_put(html, "p", "note", KS_STR("There is no event with a time that can be drawn."));
	}
	if (p->untimed > 0)
		ks_html_putf(html, "p", "note", "%zu event%s without a readable time %s not drawn.", p->untimed,
			p->untimed == 1 ? "" : "s", p->untimed == 1 ? "is" : "are");
	for (size_t i = 0; i < ZOOMS; i++)
		free(pictures[i].cells);
}
