#ifndef DEED_CSQLITE_H
#define DEED_CSQLITE_H

#include <malloc.h>
#include <sqlite3.h>

// Stops SQLite from counting its memory: it takes one lock of the whole process for each allocation
// to do so, which threads that write several files at once wait for. sqlite3_config is variadic,
// which Swift can't call. Only before SQLite is first used; SQLITE_MISUSE afterwards.
// Source: sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS.
static inline int deed_sqlite_leave_memory_uncounted(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Lets each allocation of a mebibyte or more have pages of its own, which go back to the system
// when it is freed. glibc raises that bound up to 32 MiB by itself; then the rows of a batch, packed
// by one thread and freed by another, leave holes in the heap of each.
// Source: mallopt(3), M_MMAP_THRESHOLD.
static inline int deed_give_back_large_blocks(void) {
  return mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

#endif
