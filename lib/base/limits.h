/*
 * Every cap of the program in one place: how large a thing from outside may grow before it becomes an
 * ordinary error. Sizes are bytes unless the name says otherwise.
 */
#ifndef KS_BASE_LIMITS_H
#define KS_BASE_LIMITS_H

/* Trails. CloudTrail itself omits request parameters above 100 KB, so a real record stays far below the
 * cap. */
#define KS_LIMIT_CHUNK       (256u * 1024)         /* text inflated at a time: stays in the L2 cache */
#define KS_LIMIT_READ        (256u * 1024)         /* compressed bytes read at a time */
#define KS_LIMIT_RECORD      (8u * 1024 * 1024)    /* one record; a longer one is reported and passed over */
#define KS_LIMIT_VALUES      (256u * 1024)         /* JSON values in one record */
#define KS_LIMIT_NESTING 8u /* envelopes in envelopes (a record in a string in an array …) */

/* Files that people write. */
#define KS_LIMIT_RULE_FILE   (1u * 1024 * 1024)    /* one Sigma or policy file */
#define KS_LIMIT_YAML_DEPTH  64u                   /* nesting of a YAML document */
#define KS_LIMIT_CONDITION   64u                   /* nesting of a Sigma condition */
#define KS_LIMIT_RULE_NODES  100000u               /* selections, items and values that one rule comes to */
/* text that modifiers make of the values of one rule file */
#define KS_LIMIT_RULE_BYTES  (64u * 1024 * 1024)
#define KS_LIMIT_LIST_FILE   (256u * 1024 * 1024)  /* a list of key ids, accounts or addresses */
#define KS_LIMIT_BAIT (1u * 1024 * 1024) /* a bait template, and a file that a bait is merged into */

/* AWS: what it answers, and the files that its tools share. */
#define KS_LIMIT_AWS_FILE    (1u * 1024 * 1024)    /* ~/.aws/config, ~/.aws/credentials, a token file */
#define KS_LIMIT_AWS_REPLY   (16u * 1024 * 1024)   /* one reply of a service */
#define KS_LIMIT_XML_DEPTH   64u                   /* nesting of an XML reply */
#define KS_LIMIT_XML_NODES   200000u               /* elements of an XML reply */
#define KS_LIMIT_PAGES       10000u                /* pages of one list */

/* Regular expressions (PCRE2): a limit that is hit makes the verdict undecided, never "no". */
#define KS_LIMIT_REGEX_PATTERN (16u * 1024)        /* one pattern */
#define KS_LIMIT_REGEX_STEPS  10000000u            /* one match, about 0.07 s */
#define KS_LIMIT_REGEX_RECORD 40000000u            /* all of them on one record, about 0.3 s */
#define KS_LIMIT_REGEX_DEPTH 1000u                 /* backtracking depth limit */
#define KS_LIMIT_REGEX_HEAP  1024u                 /* heap limit, KiB */
#define KS_LIMIT_PAIRS 1000000u /* pairs of values, or 32 bytes each, that comparing two fields looks at */

#define KS_LIMIT_UNDECIDED 10u /* undecided verdicts of a run that are named one by one */

/* Correlations. */
#define KS_LIMIT_HITS        (4u * 1024 * 1024)    /* hits kept in memory before they spill to a file */
#define KS_LIMIT_WINDOW      65536u                /* events in one window of one group */
#define KS_LIMIT_MATCHED     1000u                 /* events that one finding lists */
#define KS_LIMIT_INNER       (16u * 1024 * 1024)   /* names of events of chains that others build on */

/* Output. */
#define KS_LIMIT_SORT        (8u * 1024 * 1024)    /* findings kept in memory before they spill to a file */
#define KS_LIMIT_LINE        (1u * 1024 * 1024)    /* one rendered finding */
#define KS_LIMIT_DECOYS      4000000u              /* key ids in one set */

#endif
