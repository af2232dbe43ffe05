#ifndef DEED_CTERMINAL_H
#define DEED_CTERMINAL_H

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

// Keeps what is in memory, keys above all, out of core dumps and from other processes of the same
// user, and new files from other users. 0 when all of it was done.
static inline int process_keep_secrets(void) {
  struct rlimit none = {0, 0};
  umask(077);
  return setrlimit(RLIMIT_CORE, &none) | prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// How many columns the terminal behind `fd` has; 0 when there is none.
static inline int terminal_columns(int fd) {
  struct winsize size;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

#endif
