/* The floor: what LMDB and the disk give a C program that only moves the same bytes.
 *
 *   floor append FOLDER SIZES GROUP   puts one record for each size in the file SIZES (u32, native
 *                                     order) behind those there are, GROUP of them a synced commit
 *   floor open FOLDER                 opens the environment and reads the last record
 *   floor scan FOLDER                 reads every byte of every record with a cursor
 *   floor get FOLDER STEP COUNT       reads COUNT records, STEP positions apart (wrapping round)
 *   floor sync FOLDER COUNT           writes 4 KiB and calls fdatasync, COUNT times
 *
 * Each prints one line: name value, separated by blanks. Exits 1 with a sentence when it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void stop(const char *what, const char *why) {
  fprintf(stderr, "floor: %s: %s\n", what, why);
  exit(1);
}

static void check(const char *what, int code) {
  if (code != MDB_SUCCESS) stop(what, mdb_strerror(code));
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory == NULL) stop("malloc", "no memory");
  return memory;
}

static MDB_env *open_environment(const char *folder, unsigned flags) {
  MDB_env *environment;
  check("mdb_env_create", mdb_env_create(&environment));
  check("mdb_env_set_mapsize", mdb_env_set_mapsize(environment, (size_t)1 << 36));
  check("mdb_env_set_maxdbs", mdb_env_set_maxdbs(environment, 4));
  check("mdb_env_open", mdb_env_open(environment, folder, flags, 0600));
  return environment;
}

static uint32_t *read_sizes(const char *path, size_t *count) {
  struct stat status;
  FILE *file = fopen(path, "rb");
  if (file == NULL || fstat(fileno(file), &status) != 0) stop(path, strerror(errno));
  *count = (size_t)status.st_size / sizeof(uint32_t);
  uint32_t *sizes = allocate((size_t)status.st_size + 1);
  if (fread(sizes, sizeof(uint32_t), *count, file) != *count) stop(path, "could not be read");
  fclose(file);
  return sizes;
}

static void append(const char *folder, const char *sizes_path, size_t group) {
  size_t count, largest = 0, commits = 0;
  uint32_t *sizes = read_sizes(sizes_path, &count);
  for (size_t index = 0; index < count; index++)
    if (sizes[index] > largest) largest = sizes[index];
  unsigned char *record = allocate(largest + 1);
  for (size_t index = 0; index < largest; index++) record[index] = (unsigned char)(index * 131);
  double *pauses = allocate((count / group + 2) * sizeof(double));

  MDB_env *environment = open_environment(folder, 0);
  MDB_txn *transaction;
  MDB_dbi table;
  MDB_cursor *cursor;
  check("mdb_txn_begin", mdb_txn_begin(environment, NULL, 0, &transaction));
  check("mdb_dbi_open", mdb_dbi_open(transaction, "records", MDB_CREATE | MDB_INTEGERKEY, &table));
  MDB_stat status;
  check("mdb_stat", mdb_stat(transaction, table, &status));
  check("mdb_txn_commit", mdb_txn_commit(transaction));

  double start = now();
  for (size_t index = 0; index < count;) {
    double begun = now();
    size_t end = index + group < count ? index + group : count;
    check("mdb_txn_begin", mdb_txn_begin(environment, NULL, 0, &transaction));
    check("mdb_cursor_open", mdb_cursor_open(transaction, table, &cursor));
    for (; index < end; index++) {
      size_t number = status.ms_entries + index;
      MDB_val key = {sizeof number, &number}, value = {sizes[index], record};
      memcpy(record, &number, sizeof number);
      check("mdb_cursor_put", mdb_cursor_put(cursor, &key, &value, MDB_APPEND));
    }
    mdb_cursor_close(cursor);
    check("mdb_txn_commit", mdb_txn_commit(transaction));
    pauses[commits++] = now() - begun;
  }
  double seconds = now() - start;
  mdb_env_close(environment);
  qsort(pauses, commits, sizeof(double), ascending);
  printf("events %zu seconds %.6f p50_us %.1f p99_us %.1f max_us %.1f\n", count, seconds,
         pauses[commits / 2] * 1e6, pauses[commits * 99 / 100] * 1e6, pauses[commits - 1] * 1e6);
}

static uint64_t touch(const void *bytes, size_t count) {
  const unsigned char *place = bytes;
  uint64_t sum = 0, word;
  size_t index = 0;
  for (; index + 8 <= count; index += 8) {
    memcpy(&word, place + index, 8);
    sum ^= word;
  }
  for (; index < count; index++) sum ^= place[index];
  return sum;
}

static void scan(const char *folder) {
  MDB_env *environment = open_environment(folder, MDB_RDONLY);
  MDB_txn *transaction;
  MDB_dbi table;
  MDB_cursor *cursor;
  MDB_val key, value;
  uint64_t sum = 0, bytes = 0;
  size_t count = 0;
  check("mdb_txn_begin", mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction));
  check("mdb_dbi_open", mdb_dbi_open(transaction, "records", MDB_INTEGERKEY, &table));
  double start = now();
  check("mdb_cursor_open", mdb_cursor_open(transaction, table, &cursor));
  int code;
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
    sum ^= touch(value.mv_data, value.mv_size);
    bytes += value.mv_size;
    count++;
  }
  if (code != MDB_NOTFOUND) check("mdb_cursor_get", code);
  double seconds = now() - start;
  printf("events %zu seconds %.6f bytes %" PRIu64 " sum %" PRIu64 "\n", count, seconds, bytes, sum);
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  mdb_env_close(environment);
}

static void get(const char *folder, size_t step, size_t wanted) {
  MDB_env *environment = open_environment(folder, MDB_RDONLY);
  MDB_txn *transaction;
  MDB_dbi table;
  MDB_stat status;
  check("mdb_txn_begin", mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction));
  check("mdb_dbi_open", mdb_dbi_open(transaction, "records", MDB_INTEGERKEY, &table));
  check("mdb_stat", mdb_stat(transaction, table, &status));
  uint64_t sum = 0;
  size_t position = 0;
  double start = now();
  for (size_t index = 0; index < wanted; index++) {
    position = (position + step) % status.ms_entries;
    MDB_val key = {sizeof position, &position}, value;
    check("mdb_get", mdb_get(transaction, table, &key, &value));
    sum ^= touch(value.mv_data, value.mv_size);
  }
  double seconds = now() - start;
  printf("events %zu seconds %.6f sum %" PRIu64 "\n", wanted, seconds, sum);
  mdb_txn_abort(transaction);
  mdb_env_close(environment);
}

static void open_probe(const char *folder) {
  double start = now();
  MDB_env *environment = open_environment(folder, 0);
  MDB_txn *transaction;
  MDB_dbi table;
  MDB_cursor *cursor;
  MDB_val key, value;
  check("mdb_txn_begin", mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction));
  check("mdb_dbi_open", mdb_dbi_open(transaction, "records", MDB_INTEGERKEY, &table));
  check("mdb_cursor_open", mdb_cursor_open(transaction, table, &cursor));
  check("mdb_cursor_get", mdb_cursor_get(cursor, &key, &value, MDB_LAST));
  uint64_t sum = touch(value.mv_data, value.mv_size);
  double seconds = now() - start;
  printf("events 1 seconds %.6f sum %" PRIu64 "\n", seconds, sum);
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  mdb_env_close(environment);
}

static void sync_probe(const char *folder, size_t count) {
  char path[4096], page[4096];
  snprintf(path, sizeof path, "%s/sync-probe", folder);
  memset(page, 7, sizeof page);
  int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file < 0) stop(path, strerror(errno));
  double *pauses = allocate((count + 1) * sizeof(double));
  for (size_t index = 0; index < count; index++) {
    double start = now();
    if (pwrite(file, page, sizeof page, (off_t)(index * sizeof page)) != sizeof page ||
        fdatasync(file) != 0)
      stop(path, strerror(errno));
    pauses[index] = now() - start;
  }
  close(file);
  unlink(path);
  qsort(pauses, count, sizeof(double), ascending);
  printf("events %zu p50_us %.1f p99_us %.1f max_us %.1f\n", count, pauses[count / 2] * 1e6,
         pauses[count * 99 / 100] * 1e6, pauses[count - 1] * 1e6);
}

static size_t number(const char *text) {
  char *end;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value == 0) stop(text, "is no count above 0");
  return (size_t)value;
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "append") == 0) append(argv[2], argv[3], number(argv[4]));
  else if (argc == 3 && strcmp(argv[1], "scan") == 0) scan(argv[2]);
  else if (argc == 3 && strcmp(argv[1], "open") == 0) open_probe(argv[2]);
  else if (argc == 5 && strcmp(argv[1], "get") == 0) get(argv[2], number(argv[3]), number(argv[4]));
  else if (argc == 4 && strcmp(argv[1], "sync") == 0) sync_probe(argv[2], number(argv[3]));
  else {
    fputs("usage: floor append FOLDER SIZES GROUP | scan FOLDER | open FOLDER | "
          "get FOLDER STEP COUNT | sync FOLDER COUNT\n", stderr);
    return 2;
  }
  return 0;
}
