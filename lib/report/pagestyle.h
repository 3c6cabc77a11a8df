/*
 * How pages look: one style sheet, light and dark, screen and paper. It fetches nothing.
 */
#ifndef KS_REPORT_PAGESTYLE_H
#define KS_REPORT_PAGESTYLE_H

/* Pieces, NULL at the end. */
extern const char *const ks_pagestyle[];

#endif
