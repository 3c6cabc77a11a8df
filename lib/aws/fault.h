/*
 * What went wrong on AWS's side: error replies of every style to struct ks_err, and what may be done about
 * them. A reply may be XML where JSON was due, HTML of something in between, or nothing. The codes follow
 * the service models and the retry tables of botocore.
 */
#ifndef KS_AWS_FAULT_H
#define KS_AWS_FAULT_H

#include "lib/base/err.h"
#include "lib/net/http.h"

#include <stdbool.h>

/* Fills err from a reply whose status is no 2xx: aws_code, http_status, the code that fits, and the first
 * line of AWS's message behind what was asked ("IAM GetUser"). Returns -1. */
int ks_fault_set(struct ks_err *err, const struct ks_http_reply *reply, const char *asked);

bool ks_fault_is_throttling(const struct ks_err *err);

/* The service or the way to it failed in a way that may pass. Whether it acted is not known. */
bool ks_fault_is_transient(const struct ks_err *err);

/* The request was refused because of its time, before anything else. */
bool ks_fault_is_skew(const struct ks_err *err);

/* The keys were refused as expired: fresh ones may help. */
bool ks_fault_is_expired(const struct ks_err *err);

/* After this error the call may have been carried out: it must be read back before it is repeated. */
bool ks_fault_is_unknown(const struct ks_err *err);

#endif
