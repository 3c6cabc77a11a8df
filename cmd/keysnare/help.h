/*
 * Help made from the rows: -h, man pages, completion. All of them return text; whoever asked prints it.
 */
#ifndef KS_CMD_HELP_H
#define KS_CMD_HELP_H

#include "cmd/keysnare/command.h"

#include <stdbool.h>

#define KS_HELP_MAX (1u << 20)   /* enough for any page */

/* What -h shows: of a command, or of the program when command is NULL. At most 100 columns. */
void ks_help_render(const struct ks_command *command, bool has_color, struct ks_buf *out);

/* The man page, as roff: keysnare(1) when command is NULL, else keysnare-<name>(1) with all its
 * subcommands. */
void ks_manpage_render(const struct ks_command *command, struct ks_buf *out);

/* The completion script for "bash", "zsh" or "fish". Errors: USAGE for another shell. */
int ks_completion_render(const char *shell, struct ks_buf *out, struct ks_err *err);

#endif
