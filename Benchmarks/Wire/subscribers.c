/* Many subscribers in one process, lean enough to measure a server beside: gRPC over bare sockets.
 *
 *   subscribers PORT METHOD REQUEST FIELDS COUNT EVENTS SECONDS FILE
 *
 * Each of COUNT subscribers is a connection to 127.0.0.1:PORT with one call of METHOD, whose message
 * is REQUEST in hex. FIELDS are the numbers of the protobuf fields that lead to the position of each
 * event of an answer: 2.1.1 is field 1 of what field 1 of field 2 holds. When all calls are open, it
 * prints "open". It ends when each subscriber has EVENTS events, or after SECONDS without one.
 *
 * Each position must be the one before and one. FILE gets 24 bytes for each read that brought
 * events, in native order: first position, last position, and the nanoseconds of the monotonic
 * clock when the subscriber had taken them apart. The last line tells the processor time since
 * "open", in user and in system mode, and the number of reads. Exits 1 with a sentence when it
 * fails.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
enum { FRAME_HEAD = 9, MESSAGE_HEAD = 5, PATH_LIMIT = 8, RAW_LIMIT = 1 << 18, MESSAGE_LIMIT = 1 << 20 };

struct subscriber {
  int socket;
  bool is_open;
  /* What came of a frame that is not whole, and of a message that is not whole. */
  uint8_t *raw, *message;
  size_t raw_count, message_count;
  uint64_t next, events;
};

struct arrival {
  uint64_t first, last, at;
};

static struct arrival *arrivals;
static size_t arrival_count, arrival_room;
static int path[PATH_LIMIT + 1];

_Noreturn static void stop(const char *what, const char *why) {
  fprintf(stderr, "subscribers: %s: %s\n", what, why);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory == NULL) stop("malloc", "no memory");
  return memory;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static size_t number(const char *text, size_t limit) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text == 0 || *end != 0 || errno != 0 || value > limit) stop(text, "no such number");
  return (size_t)value;
}

/* Frames out. */

struct bytes {
  uint8_t at[4096];
  size_t count;
};

static void add(struct bytes *bytes, const void *more, size_t count) {
  if (count > sizeof bytes->at - bytes->count) stop("request", "too long");
  memcpy(bytes->at + bytes->count, more, count);
  bytes->count += count;
}

static void add_number(struct bytes *bytes, uint32_t value, int byte_count) {
  for (int shift = 8 * (byte_count - 1); shift >= 0; shift -= 8) {
    add(bytes, &(uint8_t){(uint8_t)(value >> shift)}, 1);
  }
}

static void add_frame(
    struct bytes *bytes, int kind, int flags, uint32_t stream, const void *payload, size_t count) {
  add_number(bytes, (uint32_t)count, 3);
  add_number(bytes, (uint32_t)kind, 1);
  add_number(bytes, (uint32_t)flags, 1);
  add_number(bytes, stream, 4);
  add(bytes, payload, count);
}

/* A header field that is in no table, without Huffman coding. */
static void add_field(struct bytes *bytes, const char *name, const char *value) {
  if (strlen(name) > 126 || strlen(value) > 126) stop(name, "too long");
  add_number(bytes, 0, 1);
  add_number(bytes, (uint32_t)strlen(name), 1);
  add(bytes, name, strlen(name));
  add_number(bytes, (uint32_t)strlen(value), 1);
  add(bytes, value, strlen(value));
}

static void send_all(int socket, const uint8_t *bytes, size_t count) {
  if (send(socket, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) stop("send", strerror(errno));
}

static struct bytes opening(const char *method, const struct bytes *message) {
  struct bytes settings = {0}, window = {0}, headers = {0}, data = {0}, all = {0};
  /* Windows as large as they get: a measurement takes less than fills them. */
  const uint32_t largest = 0x7fffffff;
  add_number(&settings, 4, 2);
  add_number(&settings, largest, 4);
  add_number(&window, largest - 65535, 4);
  add_field(&headers, ":method", "POST");
  add_field(&headers, ":scheme", "http");
  add_field(&headers, ":path", method);
  add_field(&headers, ":authority", "127.0.0.1");
  add_field(&headers, "content-type", "application/grpc");
  add_field(&headers, "te", "trailers");
  add_number(&data, 0, 1);
  add_number(&data, (uint32_t)message->count, 4);
  add(&data, message->at, message->count);
  const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  add(&all, preface, sizeof preface - 1);
  add_frame(&all, SETTINGS, 0, 0, settings.at, settings.count);
  add_frame(&all, WINDOW_UPDATE, 0, 0, window.at, window.count);
  add_frame(&all, HEADERS, END_HEADERS, 1, headers.at, headers.count);
  add_frame(&all, DATA, END_STREAM, 1, data.at, data.count);
  return all;
}

static int connected(size_t port) {
  int made = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address) != 0) {
    stop("connect", strerror(errno));
  }
  if (setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0) {
    stop("TCP_NODELAY", strerror(errno));
  }
  return made;
}

/* Events in. */

static void take(struct subscriber *subscriber, uint64_t position) {
  if (subscriber->events > 0 && position != subscriber->next) {
    char text[96];
    snprintf(text, sizeof text, "%" PRIu64 " came, and %" PRIu64 " was next", position,
             subscriber->next);
    stop("position", text);
  }
  subscriber->next = position + 1;
  subscriber->events++;
}

static uint64_t varint(const uint8_t **at, const uint8_t *end) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (*at == end) stop("message", "a number is cut off");
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  stop("message", "a number is too long");
}

/* Takes the positions below `fields` out of a message; one that is left out is 0. */
static void read_fields(
    struct subscriber *subscriber, const int *fields, const uint8_t *at, const uint8_t *end) {
  bool is_event = fields[1] == 0;
  uint64_t position = 0;
  while (at < end) {
    uint64_t key = varint(&at, end), count;
    switch (key & 7) {
    case 0:
      count = varint(&at, end);
      if (is_event && (int)(key >> 3) == fields[0]) position = count;
      continue;
    case 1: count = 8; break;
    case 2: count = varint(&at, end); break;
    case 5: count = 4; break;
    default: stop("message", "an unknown kind of field");
    }
    if (count > (uint64_t)(end - at)) stop("message", "a field is cut off");
    if ((key & 7) == 2 && !is_event && (int)(key >> 3) == fields[0]) {
      read_fields(subscriber, fields + 1, at, at + count);
    }
    at += count;
  }
  if (is_event) take(subscriber, position);
}

static uint32_t big_endian(const uint8_t *at, int count) {
  uint32_t value = 0;
  for (int index = 0; index < count; index++) value = value << 8 | at[index];
  return value;
}

static void read_data(struct subscriber *subscriber, const uint8_t *bytes, size_t count) {
  if (count > MESSAGE_LIMIT - subscriber->message_count) stop("message", "too long");
  memcpy(subscriber->message + subscriber->message_count, bytes, count);
  subscriber->message_count += count;
  const uint8_t *at = subscriber->message, *end = at + subscriber->message_count;
  while (end - at >= MESSAGE_HEAD) {
    uint32_t length = big_endian(at + 1, 4);
    if ((size_t)(end - at) < MESSAGE_HEAD + (size_t)length) break;
    at += MESSAGE_HEAD;
    read_fields(subscriber, path, at, at + length);
    at += length;
  }
  subscriber->message_count = (size_t)(end - at);
  if (subscriber->message_count > 0) memmove(subscriber->message, at, subscriber->message_count);
}

static void read_frame(
    struct subscriber *subscriber, int kind, int flags, const uint8_t *payload, size_t count) {
  struct bytes answer = {0};
  switch (kind) {
  case DATA: read_data(subscriber, payload, count); break;
  case SETTINGS:
    if (flags & ACK) return;
    add_frame(&answer, SETTINGS, ACK, 0, "", 0);
    send_all(subscriber->socket, answer.at, answer.count);
    break;
  case PING:
    if (flags & ACK) return;
    add_frame(&answer, PING, ACK, 0, payload, count);
    send_all(subscriber->socket, answer.at, answer.count);
    break;
  case HEADERS:
    if (flags & END_STREAM) stop("call", "the server ended it");
    subscriber->is_open = true;
    break;
  case RST_STREAM: stop("call", "the server reset it");
  case GOAWAY: stop("connection", "the server says goodbye");
  default: break;
  }
}

/* One read and all whole frames in it. */
static void read_some(struct subscriber *subscriber) {
  uint64_t events = subscriber->events;
  ssize_t got = recv(subscriber->socket, subscriber->raw + subscriber->raw_count,
                     RAW_LIMIT - subscriber->raw_count, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) stop("connection", got == 0 ? "the server closed it" : strerror(errno));
  const uint8_t *at = subscriber->raw, *end = at + subscriber->raw_count + (size_t)got;
  while (end - at >= FRAME_HEAD) {
    uint32_t length = big_endian(at, 3);
    if ((size_t)(end - at) < FRAME_HEAD + (size_t)length) break;
    read_frame(subscriber, at[3], at[4], at + FRAME_HEAD, length);
    at += FRAME_HEAD + length;
  }
  subscriber->raw_count = (size_t)(end - at);
  if (subscriber->raw_count > 0) memmove(subscriber->raw, at, subscriber->raw_count);
  if (subscriber->events == events) return;
  if (arrival_count == arrival_room) stop("events", "more came than were asked for");
  arrivals[arrival_count++] = (struct arrival){
      subscriber->next - (subscriber->events - events), subscriber->next - 1, now()};
}

static bool is_open(const struct subscriber *subscriber, uint64_t wanted) {
  (void)wanted;
  return subscriber->is_open;
}

static bool is_served(const struct subscriber *subscriber, uint64_t wanted) {
  return subscriber->events >= wanted;
}

/* Reads until all are what `is_done` says; gives back how many reads it took. */
static uint64_t follow(
    int poll, struct subscriber *all, size_t count, uint64_t wanted, int seconds,
    bool (*is_done)(const struct subscriber *, uint64_t)) {
  struct epoll_event ready[256];
  uint64_t reads = 0;
  size_t done = 0;
  /* Who is done stays so: the first who is not is the one to look at. */
  while (true) {
    while (done < count && is_done(&all[done], wanted)) done++;
    if (done == count) return reads;
    int found = epoll_wait(poll, ready, 256, 1000 * seconds);
    if (found < 0 && errno != EINTR) stop("epoll_wait", strerror(errno));
    if (found == 0) stop("server", "sends nothing any more");
    for (int index = 0; index < found; index++) read_some(ready[index].data.ptr);
    reads += found > 0 ? (uint64_t)found : 0;
  }
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int count, char **words) {
  if (count != 9) stop("usage", "PORT METHOD REQUEST FIELDS COUNT EVENTS SECONDS FILE");
  size_t port = number(words[1], 65535), subscriber_count = number(words[5], 100000);
  uint64_t wanted = number(words[6], 100000000);
  int seconds = (int)number(words[7], 3600);
  struct bytes request = {0};
  for (const char *hex = words[3]; *hex != 0; hex += 2) {
    unsigned byte;
    if (sscanf(hex, "%2x", &byte) != 1) stop(words[3], "no hex");
    add_number(&request, byte, 1);
  }
  int depth = 0;
  for (char *part = strtok(words[4], "."); part != NULL; part = strtok(NULL, ".")) {
    if (depth == PATH_LIMIT) stop("FIELDS", "too many");
    path[depth++] = (int)number(part, 1 << 20);
  }
  if (depth < 2) stop("FIELDS", "an event's, and its position's at least");

  arrival_room = subscriber_count * wanted;
  arrivals = allocate(arrival_room * sizeof *arrivals);
  /* Its pages are there before the first event is. */
  memset(arrivals, 0, arrival_room * sizeof *arrivals);
  struct subscriber *all = allocate(subscriber_count * sizeof *all);
  int poll = epoll_create1(0);
  if (poll < 0) stop("epoll_create1", strerror(errno));
  struct bytes first = opening(words[2], &request);
  for (size_t index = 0; index < subscriber_count; index++) {
    all[index] = (struct subscriber){
        .socket = connected(port), .raw = allocate(RAW_LIMIT), .message = allocate(MESSAGE_LIMIT)};
    send_all(all[index].socket, first.at, first.count);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[index]};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, all[index].socket, &event) != 0) {
      stop("epoll_ctl", strerror(errno));
    }
  }
  follow(poll, all, subscriber_count, 0, seconds, is_open);
  printf("open\n");
  fflush(stdout);
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  uint64_t reads = follow(poll, all, subscriber_count, wanted, seconds, is_served);
  getrusage(RUSAGE_SELF, &after);
  FILE *file = fopen(words[8], "wb");
  if (file == NULL || fwrite(arrivals, sizeof *arrivals, arrival_count, file) != arrival_count
      || fclose(file) != 0) {
    stop(words[8], strerror(errno));
  }
  printf("user %.6f system %.6f reads %" PRIu64 "\n",
         seconds_of(after.ru_utime) - seconds_of(before.ru_utime),
         seconds_of(after.ru_stime) - seconds_of(before.ru_stime), reads);
  return 0;
}
