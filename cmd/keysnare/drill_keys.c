/* Keys of a terminal, one at a time. */
#include "cmd/keysnare/drill_keys.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MOST 4096

void ks_drill_keys_begin(struct ks_drill_keys *keys)
{
	struct termios raw;

	*keys = (struct ks_drill_keys){ .is_on = false };
	ks_buf_init(&keys->line, LINE_MOST);
	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1 ||
		tcgetattr(STDIN_FILENO, &keys->before) != 0)
		return;
	raw = keys->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys->is_on = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	if (keys->is_on)
		printf("keys: p pause and go on, s skip to the next step, i tell all something, q stop\n");
}

void ks_drill_keys_end(struct ks_drill_keys *keys)
{
	if (keys->is_on)
		tcsetattr(STDIN_FILENO, TCSANOW, &keys->before);
	keys->is_on = false;
	ks_buf_release(&keys->line);
}

/* The last character, of one byte or more (UTF-8). */
static void take_back(struct ks_buf *line)
{
	while (line->n > 0 && (line->p[line->n - 1] & 0xc0) == 0x80)
		line->n--;
	if (line->n > 0)
		line->n--;
}

/* One more character of an inject; true at the end of its line. */
static bool add(struct ks_drill_keys *keys, char c)
{
	if (c == '\n' || c == '\r') {
		keys->is_typing = false;
		printf("\n");
		return keys->line.n > 0;
	}
	if (c == '\x1b') {
		keys->is_typing = false;
		printf("\r\x1b[K");
		fflush(stdout);
		return false;
	}
	if (c == 0x7f || c == '\b')
		take_back(&keys->line);
	else if ((unsigned char)c >= ' ')
		ks_buf_addc(&keys->line, c);
	printf("\r\x1b[Kinject: " KS_STR_FMT, KS_STR_ARG(ks_buf_str(&keys->line)));
	fflush(stdout);
	return false;
}

bool ks_drill_keys_read(struct ks_drill_keys *keys, struct ks_drillbook_order *out)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	while (keys->is_on && poll(&fd, 1, 0) == 1 && read(STDIN_FILENO, &c, 1) == 1) {
		*out = (struct ks_drillbook_order){ { NULL, 0 }, KS_STR("") };
		if (keys->is_typing) {
			if (!add(keys, c))
				continue;
			*out = (struct ks_drillbook_order){ KS_STR("inject"), ks_buf_str(&keys->line) };
		} else if (c == 'i') {
			keys->is_typing = true;
			ks_buf_clear(&keys->line);
			printf("inject: ");
			fflush(stdout);
		} else if (c == 'p') {
			out->what = KS_STR("toggle");
		} else if (c == 's') {
			out->what = KS_STR("skip");
		} else if (c == 'q') {
			out->what = KS_STR("stop");
		}
		if (out->what.p != NULL)
			return true;
	}
	return false;
}
