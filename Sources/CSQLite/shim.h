#ifndef DEED_CSQLITE_H
#define DEED_CSQLITE_H

#include <sqlite3.h>

// Stops SQLite from counting its memory: it takes one lock of the whole process for each allocation
// to do so, which threads that write several files at once wait for. sqlite3_config is variadic,
// which Swift can't call. Only before SQLite is first used; SQLITE_MISUSE afterwards.
// Source: sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS.
static inline int deed_sqlite_leave_memory_uncounted(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

#endif
