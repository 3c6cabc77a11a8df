/*
 * Whether the threads of a program make progress. A thread joins, beats whenever it has got on with
 * something, and rests while it waits for work; one that neither beats nor rests for longer than the limit
 * is stalled. For a watchdog, which goes by the monotonic clock: a jump of the other one stalls nobody.
 *
 * A thread is known by itself: whoever is called by it (a client that repeats a request) may beat for it
 * without knowing it, and one that never joined beats for nothing. A NULL pulse is never stalled.
 */
#ifndef KS_BASE_PULSE_H
#define KS_BASE_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#define KS_PULSE_WORKERS 64u                 /* further ones are not watched */
#define KS_PULSE_NAME 48u                    /* bytes of a name, its NUL among them */

struct ks_pulse;

/* limit_ms: how long a thread may take from one beat to the next. */
struct ks_pulse *ks_pulse_new(int64_t limit_ms);
void ks_pulse_free(struct ks_pulse *pulse);  /* NULL is fine; nobody beats any more */

/* From the thread itself. name is copied. */
void ks_pulse_join(struct ks_pulse *pulse, const char *name);
void ks_pulse_leave(struct ks_pulse *pulse);
void ks_pulse_beat(struct ks_pulse *pulse);
void ks_pulse_rest(struct ks_pulse *pulse);  /* until it beats again */

/* The worker with this number, from 0: false when there is none. How long it has been without a beat, 0
 * while it rests. */
struct ks_pulse_worker {
	char name[KS_PULSE_NAME];
	int64_t silent_ms;
	bool is_stalled;
};
bool ks_pulse_look(struct ks_pulse *pulse, unsigned number, struct ks_pulse_worker *out);

/* Whether any of them is stalled; its name then. */
bool ks_pulse_is_stalled(struct ks_pulse *pulse, char out_name[KS_PULSE_NAME]);

#endif
