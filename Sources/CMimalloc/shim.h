#ifndef DEED_CMIMALLOC_H
#define DEED_CMIMALLOC_H

#include <mimalloc.h>

#endif
