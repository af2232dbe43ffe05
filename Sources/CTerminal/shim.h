#ifndef DEED_CTERMINAL_H
#define DEED_CTERMINAL_H

#include <sys/ioctl.h>

// How many columns the terminal behind `fd` has; 0 when there is none.
static inline int terminal_columns(int fd) {
  struct winsize size;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

#endif
