// Shows ThreadSanitizer the slow ways into and out of Swift's Mutex.
//
// A lock that nobody waits for is taken and given up by code that the compiler puts into the caller,
// where the sanitizer sees it. The rest happens inside libswiftSynchronization, which isn't
// instrumented: what one holder wrote would look unordered with what the next one does. These stand
// in front of its functions, call them, and say what was acquired and released.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

void __tsan_acquire(void *address);
void __tsan_release(void *address);

static void *next(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) {
    fprintf(stderr, "Swift's Mutex has no %s any more: look at %s\n", name, __FILE__);
    abort();
  }
  return function;
}

SWIFT void deed_lock(uint32_t thread, SELF handle) __asm__(LOCK);
SWIFT void deed_lock(uint32_t thread, SELF handle) {
  ((SWIFT void (*)(uint32_t, SELF))next(LOCK))(thread, handle);
  __tsan_acquire(handle);
}

SWIFT bool deed_try_lock(SELF handle) __asm__(TRY_LOCK);
SWIFT bool deed_try_lock(SELF handle) {
  bool is_locked = ((SWIFT bool (*)(SELF))next(TRY_LOCK))(handle);
  if (is_locked) __tsan_acquire(handle);
  return is_locked;
}

SWIFT void deed_unlock(SELF handle) __asm__(UNLOCK);
SWIFT void deed_unlock(SELF handle) {
  __tsan_release(handle);
  ((SWIFT void (*)(SELF))next(UNLOCK))(handle);
}
