#ifndef DEED_CSHA_H
#define DEED_CSHA_H

// OpenSSL 3 would rather have hashes asked for by name; looking the name up costs as much as
// hashing a small record.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

// Random bytes many at a time: Swift's own generator asks the kernel for each eight. Swift's Glibc
// module lacks it.
#include <sys/random.h>

#endif
